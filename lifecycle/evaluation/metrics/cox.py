"""Calibration slope and intercept: the logistic regression of the label on the score's log odds.

Slope 1 and intercept 0 are perfect calibration. A slope below 1: the scores are too extreme (an overfit
model); above 1: too timid. A positive intercept: the model says too little risk. Unlike the ECE neither is
biased upwards on few rows.

Source: Cox (1958), Two further applications of a model for binary regression; Van Calster et al. (2019).
"""

import math
from collections.abc import Callable

import numpy as np

from lifecycle.evaluation.metrics.metric import Metric, Statistic
from lifecycle.evaluation.metrics.probabilities import SMALLEST_PROBABILITY
from lifecycle.evaluation.sample import Floats, Ints, Sample

N_GROUPS = 1000
"""Rows of neighbouring scores are fit as one: exact up to so many distinct scores, and within 1e-3 beyond."""

_STEPS, _LARGEST_STEP, _TOLERANCE = 50, 2.0, 1e-9
_CHUNK_CELLS = 2**20


def _fits(sample: Sample) -> Callable[[Floats], Floats]:
    """From counts of shape (n_draws, n_blocks) to slope and intercept of each draw, shape (n_draws, 2)."""
    p = np.clip(sample.scores, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
    log_odds = np.log(p / (1 - p))
    order = np.argsort(log_odds, kind="stable")
    starts = _group_starts(log_odds[order])
    block, y = sample.block[order], sample.y[order]
    n = np.diff(np.append(starts, len(y)))
    x = np.add.reduceat(log_odds[order], starts) / n if len(y) else np.empty(0)
    step = max(1, _CHUNK_CELLS // max(1, sample.n_rows))

    def statistic(counts: Floats) -> Floats:
        fitted = np.full((len(counts), 2), np.nan)
        for at in range(0, len(counts) if len(y) else 0, step):
            drawn = counts[at : at + step][:, block]
            rows, positives = (np.add.reduceat(w, starts, axis=1) for w in (drawn, drawn * y))
            fitted[at : at + step] = fit_logistic(x, rows, positives)
        return fitted

    return statistic


def fit_logistic(x: Floats, rows: Floats, positives: Floats) -> Floats:
    """Slope and intercept of weighted logistic regressions on one variable, all at once, by Newton's method.

    Args:
        x: the variable, shape (n_groups,).
        rows: weight of each group in each fit, shape (n_fits, n_groups).
        positives: of which positive, same shape.

    Returns:
        Shape (n_fits, 2); nan where the likelihood has no maximum: one class only, a constant variable, or
        classes that the variable separates.
    """
    middle = x.mean()
    centred = x - middle
    slope, at_middle = np.ones(len(rows)), np.full(len(rows), middle)
    done = np.zeros(len(rows), dtype=bool)
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-np.clip(at_middle[:, None] + slope[:, None] * centred, -700, 700)))
        gap, weight = positives - rows * p, rows * p * (1 - p)
        g0, g1 = gap.sum(axis=1), gap @ centred
        h00, h01, h11 = weight.sum(axis=1), weight @ centred, weight @ centred**2
        determinant = h00 * h11 - h01**2
        solvable = determinant > 1e-12 * np.maximum(h00 * h11, 1e-300)
        safe = np.where(solvable, determinant, 1.0)
        d0 = np.where(solvable, (h11 * g0 - h01 * g1) / safe, np.inf)
        d1 = np.where(solvable, (h00 * g1 - h01 * g0) / safe, np.inf)
        done = (np.abs(d0) < _TOLERANCE) & (np.abs(d1) < _TOLERANCE)
        if done.all():
            break
        # Bounded steps: the first ones may overshoot where the scores are far from calibrated.
        at_middle = at_middle + np.clip(d0, -_LARGEST_STEP, _LARGEST_STEP)
        slope = slope + np.clip(d1, -_LARGEST_STEP, _LARGEST_STEP)
    fitted = np.stack([slope, at_middle - slope * middle], axis=1)
    fitted[~done] = np.nan
    return fitted


def _group_starts(ordered: Floats) -> Ints:
    """First row of each group of equal, or neighbouring, log odds."""
    if not len(ordered):
        return np.zeros(0, dtype=np.int64)
    distinct = np.flatnonzero(np.diff(ordered, prepend=-np.inf))
    if len(distinct) <= N_GROUPS:
        return distinct.astype(np.int64)
    even = np.linspace(0, len(ordered), N_GROUPS, endpoint=False).astype(np.int64)
    return np.unique(distinct[np.searchsorted(distinct, even, side="right") - 1]).astype(np.int64)


def _slope(sample: Sample) -> Statistic:
    fits = _fits(sample)
    return lambda counts: fits(counts)[:, 0]


def _intercept(sample: Sample) -> Statistic:
    fits = _fits(sample)
    return lambda counts: fits(counts)[:, 1]


SLOPE = Metric(
    name="calibration_slope", task="binary", better="neither", build=_slope, span=(-math.inf, math.inf)
)
INTERCEPT = Metric(
    name="calibration_intercept",
    task="binary",
    better="neither",
    build=_intercept,
    span=(-math.inf, math.inf),
)
