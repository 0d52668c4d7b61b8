"""Metrics of predicted numbers, in the unit of the label unless said."""

import math

import numpy as np

from lifecycle.evaluation.metrics.metric import Metric, Statistic, additive, mean, ratio
from lifecycle.evaluation.sample import Floats, Sample

_NOISE = 1e-12


def _rmse(sample: Sample) -> Statistic:
    """Root of the mean squared error."""
    mean_square = mean(sample, (sample.scores - sample.y) ** 2)
    return lambda counts: np.sqrt(mean_square(counts))


def _r2(sample: Sample) -> Statistic:
    """Share of the labels' variance explained, no unit, no lower bound; nan when the labels are constant."""
    # Centred first: the difference of two big sums would lose the digits of labels far from zero.
    y = sample.y - (sample.y.mean() if sample.n_rows else 0.0)
    if not np.any(y):
        return lambda counts: np.full(len(counts), np.nan)

    def of_sums(n: Floats, total: Floats, square: Floats, error: Floats) -> Floats:
        spread = square - ratio(total**2, n)
        # A draw of equal labels leaves rounding noise here, which must not pass for a variance.
        return 1 - ratio(error, np.where(spread > _NOISE * square, spread, 0.0))

    return additive(sample, [y, y**2, (sample.scores - sample.y) ** 2], of_sums)


MAE = Metric(
    name="mae",
    task="regression",
    better="lower",
    build=lambda sample: mean(sample, np.abs(sample.scores - sample.y)),
    span=(0.0, math.inf),
)
RMSE = Metric(name="rmse", task="regression", better="lower", build=_rmse, span=(0.0, math.inf))
R2 = Metric(name="r2", task="regression", better="higher", build=_r2, span=(-math.inf, 1.0))
BIAS = Metric(
    name="bias",
    task="regression",
    better="neither",
    build=lambda sample: mean(sample, sample.scores - sample.y),
    span=(-math.inf, math.inf),
)
