"""Beta calibration: from a model's scores to probabilities that were true on held-out rows.

The log odds of a row are `a ln s - b ln(1 - s) + c`, with a and b not negative: monotone, and with a = b = 1
and c = 0 it changes nothing. Three numbers hardly fit noise. Isotonic regression, the usual choice, does: its
steps follow the rows that it saw, which makes a model look better than it is (decision 038 has numbers).

Source: Kull, Silva Filho and Flach (2017), Beta calibration: a well-founded and easily implemented
improvement on logistic calibration for binary classifiers.
"""

from dataclasses import dataclass

import numpy as np

from lifecycle.errors import LifecycleError
from lifecycle.evaluation.sample import Floats, Ints

SMALLEST_SCORE = 1e-6
"""Scores are moved inwards by this: beyond it a single row would steer the whole fit."""
N_GROUPS = 1000
"""Rows of neighbouring scores are fit as one."""
_PRIOR_SD = 10.0  # around (1, 1, 0): changes nothing on real rows, and is finite where classes are separated
_HELD_SD = 1e-6
_STEPS, _LARGEST_STEP, _TOLERANCE = 100, 2.0, 1e-6
_CHUNK_CELLS = 2**20


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BetaCalibrators:
    """One or more fits, each of which turns scores into probabilities.

    Attributes:
        parameters: a, b and c of each fit, shape (n_fits, 3).
    """

    parameters: Floats

    def apply(self, scores: Floats) -> Floats:
        """Probabilities of the positive class by each fit, shape (n_fits, n_rows)."""
        log_odds: Floats = self.parameters @ _terms(scores).T
        return 1 / (1 + np.exp(-np.clip(log_odds, -50, 50)))


def fit_beta(y: Floats, scores: Floats, block: Ints, counts: Floats) -> BetaCalibrators:
    """Calibrators of held-out rows, one for each way to draw their blocks.

    Args:
        y: 1.0 where the row is of the class, else 0.0, shape (n_rows,).
        scores: what the model said, 0 to 1, shape (n_rows,).
        block: number of each row's block, shape (n_rows,).
        counts: how often each block is drawn, shape (n_fits, n_blocks); ones fit the rows as they are.

    Raises:
        LifecycleError: there is no row.

    >>> rng = np.random.default_rng(1)
    >>> true = rng.uniform(0.05, 0.95, 20_000)
    >>> said = true**2 / (true**2 + (1 - true) ** 2)  # twice the log odds: too sure of itself
    >>> late = (rng.random(20_000) < true).astype(float)
    >>> fitted = fit_beta(late, said, np.arange(20_000) % 20, np.ones((1, 20)))
    >>> np.round(fitted.apply(np.array([0.1, 0.5, 0.9])), 2)
    array([[0.24, 0.5 , 0.76]])
    """
    if not len(y):
        raise LifecycleError("no labelled row was held out, so scores cannot be calibrated; hold out more")
    order = np.argsort(scores, kind="stable")
    starts = _group_starts(scores[order])
    blocks, hits = block[order], y[order]
    n = np.diff(np.append(starts, len(y)))
    terms = np.add.reduceat(_terms(scores[order]), starts, axis=0) / n[:, None]
    fitted = np.empty((len(counts), 3))
    step = max(1, _CHUNK_CELLS // len(y))
    for at in range(0, len(counts), step):
        drawn = counts[at : at + step][:, blocks]
        rows, positives = (np.add.reduceat(w, starts, axis=1) for w in (drawn, drawn * hits))
        fitted[at : at + step] = _fit(terms, rows, positives)
    return BetaCalibrators(parameters=fitted)


def _terms(scores: Floats) -> Floats:
    """What the log odds are linear in, shape (n_rows, 3)."""
    s = np.clip(scores, SMALLEST_SCORE, 1 - SMALLEST_SCORE)
    return np.stack([np.log(s), -np.log1p(-s), np.ones(len(s))], axis=1)


def _group_starts(ascending: Floats) -> Ints:
    distinct = np.flatnonzero(np.diff(ascending, prepend=-np.inf))
    if len(distinct) > N_GROUPS:
        even = np.linspace(0, len(ascending), N_GROUPS, endpoint=False).astype(np.int64)
        distinct = np.unique(distinct[np.searchsorted(distinct, even, side="right") - 1])
    return distinct.astype(np.int64)


def _fit(terms: Floats, rows: Floats, positives: Floats) -> Floats:
    """The fit with the largest posterior; a slope that comes out negative is held at zero, then refit."""
    middle = np.tile([1.0, 1.0, 0.0], (len(rows), 1))
    spread = np.full((len(rows), 3), _PRIOR_SD)
    fitted = _newton(terms, rows, positives, middle, spread)
    for _ in range(2):
        falling = fitted < 0
        falling[:, 2] = False
        if not (again := falling.any(axis=1)).any():
            break
        middle[falling], spread[falling] = 0.0, _HELD_SD
        fitted[again] = _newton(terms, rows[again], positives[again], middle[again], spread[again])
        fitted[:, :2] = np.where(spread[:, :2] == _HELD_SD, 0.0, fitted[:, :2])
    fitted[:, :2] = np.maximum(fitted[:, :2], 0.0)
    return fitted


def _newton(terms: Floats, rows: Floats, positives: Floats, middle: Floats, spread: Floats) -> Floats:
    """Logistic regressions under normal priors, all at once; shapes (n_fits, n_groups) and (n_fits, 3)."""
    at, precision = middle.copy(), 1 / spread**2
    products = (terms[:, :, None] * terms[:, None, :]).reshape(len(terms), 9)
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-np.clip(at @ terms.T, -50, 50)))
        slope = (positives - rows * p) @ terms - precision * (at - middle)
        bend = ((rows * p * (1 - p)) @ products).reshape(-1, 3, 3)
        bend += precision[:, :, None] * np.eye(3)
        move = np.linalg.solve(bend, slope[:, :, None])[:, :, 0]
        # Bounded steps: the first ones may overshoot where scores are far from calibrated.
        at = (
            at + move * np.minimum(1.0, _LARGEST_STEP / np.maximum(np.abs(move).max(axis=1), 1e-300))[:, None]
        )
        if np.abs(move).max() < _TOLERANCE:
            break
    return at
