"""CBPE: the performance of a classifier before its labels are in, from calibrated scores.

Scores are calibrated on rows that the version was judged on, not fit on. A calibrated row is of each class
with the chance that it says; so the confusion matrix, and what follows from it, can be expected before the
labels come. `estimate.ASSUMPTIONS` says what that takes for granted: above all, no concept drift.

The interval is one for the realised value of these very rows. Each draw takes

- calibrators that other held-out days would have given (days are drawn, several classes with them),
- a shift for each day of the window, as large as the held-out days differ,
- labels by those probabilities.

Source: NannyML's documentation, Confidence-based Performance Estimation; Garg et al. (2022), Leveraging
unlabeled data to predict out-of-distribution performance, on what no estimate without labels can do.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lifecycle.errors import LifecycleError
from lifecycle.evaluation.intervals import draw_counts
from lifecycle.evaluation.metrics.registry import METRICS
from lifecycle.evaluation.sample import Floats, Ints, Sample
from lifecycle.monitoring.beta_calibration import BetaCalibrators, fit_beta
from lifecycle.monitoring.day_spread import shift_variance, spread_out
from lifecycle.monitoring.estimate import BUSINESS_VALUE, N_DRAWS, Estimate, estimate_of
from lifecycle.monitoring.expected import expected_binary, expected_multiclass

_CHUNK_CELLS = 2**21
_MOST_CELLS = 2**28  # draws times rows times classes: fewer draws of very large windows, but not below:
_FEWEST_DRAWS = 200


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration:
    """What held-out rows say about a version's scores: `as_held` by all of them, `drawn` by other days.

    Attributes:
        as_held: one fit a class; one alone, of the positive class, for a binary model.
        drawn: the same fits on resampled days.
        variance: of the days' shifts, on the same resamples, shape (n_draws,).
        n_blocks: held-out days.
    """

    as_held: tuple[BetaCalibrators, ...]
    drawn: tuple[BetaCalibrators, ...]
    variance: Floats
    n_blocks: int
    threshold: float | None
    seed: int


def calibrate(held_out: Sample, *, seed: int, n_draws: int = N_DRAWS) -> Calibration:
    """Calibrate a version's scores on labelled rows that it was not fit on.

    Args:
        held_out: a binary or multiclass sample with days as blocks.

    Raises:
        LifecycleError: a regression, or no row.
    """
    if held_out.task == "regression":
        raise LifecycleError("a regression has no scores to calibrate: estimate its loss instead")
    once = np.ones((1, held_out.n_blocks))
    counts = np.concatenate(list(draw_counts(max(1, held_out.n_blocks), n_resamples=n_draws, seed=seed)))
    as_held, drawn, variances = [], [], []
    for y, scores in _classes(held_out):
        as_held.append(fit_beta(y, scores, held_out.block, once))
        drawn.append(fit_beta(y, scores, held_out.block, counts))
        p = as_held[-1].apply(scores)[0]
        variances.append(shift_variance(y, p, held_out.block, counts))
    k = len(as_held)
    # Shifts of one class against the others are made of two: with two classes, of twice the variance.
    share = (k - 1) / k if k > 1 else 1.0
    return Calibration(
        as_held=tuple(as_held),
        drawn=tuple(drawn),
        variance=share * np.mean(variances, axis=0),
        n_blocks=held_out.n_held_blocks,
        threshold=held_out.threshold,
        seed=seed,
    )


def estimate(
    calibration: Calibration, scores: Floats, block: Ints, *, level: float = 0.95, worth: Floats | None = None
) -> tuple[Estimate, ...]:
    """The metrics that a window's labels should show. No label goes in; the order of the rows is nothing.

    Args:
        scores: as in a `Sample`, shape (n_rows,) or (n_rows, n_classes).
        block: day of each row, any numbers, shape (n_rows,).
        worth: what each row is worth if it turns out to be of each class, shape (n_rows, n_classes), binary:
            negative and positive; adds `business_value`, the mean of a row.
    """
    order = np.lexsort((*np.atleast_2d(scores.T)[::-1], block))
    said, day = scores[order], np.unique(block[order], return_inverse=True)[1].astype(np.int64)
    values = None if worth is None else worth[order]
    binary = said.ndim == 1
    plain = (_binary if binary else _several)(calibration, said, values, _as_held(calibration, said))
    drawn: dict[str, list[Floats]] = {name: [] for name in plain}
    for p in _draws(calibration, said, day):
        for name, found in (_binary if binary else _several)(calibration, said, values, p).items():
            drawn[name].append(found)
    task = "binary" if binary else "multiclass"
    spans = {m.name: m.span for m in METRICS if m.task == task}
    return tuple(
        estimate_of(
            name,
            float(value[0]),
            np.concatenate(drawn[name]),
            n_blocks=calibration.n_blocks,
            level=level,
            span=spans.get(name, (-np.inf, np.inf)),
        )
        for name, value in plain.items()
    )


def _classes(sample: Sample) -> Iterator[tuple[Floats, Floats]]:
    if sample.task == "binary":
        yield sample.y, sample.scores
        return
    for number in range(sample.scores.shape[1]):
        yield (sample.y == number).astype(np.float64), sample.scores[:, number]


def _as_held(calibration: Calibration, scores: Floats) -> Floats:
    """Probabilities by all held-out rows, shape (1, n_rows), or (1, n_rows, n_classes)."""
    return _probabilities(calibration.as_held, scores, slice(None))


def _probabilities(fits: tuple[BetaCalibrators, ...], scores: Floats, chosen: slice) -> Floats:
    some = [BetaCalibrators(parameters=fit.parameters[chosen]) for fit in fits]
    if scores.ndim == 1:
        return some[0].apply(scores)
    p = np.stack([fit.apply(scores[:, c]) for c, fit in enumerate(some)], axis=2)
    added: Floats = p / np.maximum(p.sum(axis=2, keepdims=True), 1e-300)
    return added


def _draws(calibration: Calibration, scores: Floats, day: Ints) -> Iterator[Floats]:
    """Labels that the window may turn out to have, as 0.0 and 1.0, some draws at a time."""
    random = np.random.default_rng(calibration.seed)
    n_days, cells = int(day.max(initial=-1)) + 1, max(1, scores.size)
    n_draws = min(len(calibration.variance), max(_FEWEST_DRAWS, _MOST_CELLS // cells))
    step = max(1, _CHUNK_CELLS // cells)
    for at in range(0, n_draws, step):
        chosen = slice(at, min(at + step, n_draws))
        p, variance = _probabilities(calibration.drawn, scores, chosen), calibration.variance[chosen]
        shape = (len(variance), n_days) if scores.ndim == 1 else (len(variance), n_days, scores.shape[1])
        spread = np.sqrt(variance).reshape(-1, *[1] * (len(shape) - 1))
        shift = (random.standard_normal(shape) * spread)[:, day]
        yield _labels(random, p, shift, variance)


def _labels(random: np.random.Generator, p: Floats, shift: Floats, variance: Floats) -> Floats:
    if p.ndim == 2:
        moved = spread_out(p, shift, variance[:, None])
        return (random.random(p.shape) < moved).astype(np.float64)
    odds = p * np.exp(shift)
    edges = np.cumsum(odds, axis=2)
    drawn = random.random((*p.shape[:2], 1)) * edges[:, :, -1:]
    chosen: NDArray[np.int64] = (drawn >= edges).sum(axis=2)
    one_hot: Floats = np.eye(p.shape[2])[np.minimum(chosen, p.shape[2] - 1)]
    return one_hot


def _binary(
    calibration: Calibration, scores: Floats, worth: Floats | None, p: Floats
) -> Mapping[str, Floats]:
    found = dict(expected_binary(p, scores, threshold=calibration.threshold))
    if worth is not None and len(scores):
        found[BUSINESS_VALUE] = (p @ worth[:, 1] + (1 - p) @ worth[:, 0]) / len(scores)
    return found


def _several(
    calibration: Calibration, scores: Floats, worth: Floats | None, p: Floats
) -> Mapping[str, Floats]:
    each = [expected_multiclass(one, scores) for one in p]
    found = {name: np.array([one[name] for one in each]) for name in each[0]}
    if worth is not None and len(scores):
        found[BUSINESS_VALUE] = np.einsum("drk,rk->d", p, worth) / len(scores)
    return found
