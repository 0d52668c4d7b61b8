"""Calibration of a regression: tenths of the rows by prediction, what was predicted and what came."""

from dataclasses import dataclass

import numpy as np

from lifecycle.evaluation.calibration import equal_mass_bins
from lifecycle.evaluation.sample import Floats

N_DECILES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Decile:
    """Rows with neighbouring predictions, in the unit of the label.

    Attributes:
        n: number of rows, at least one.
        predicted: mean prediction.
        observed: mean label.
        residual_low: tenth percentile of label minus prediction; residual_median and residual_high: the
            fiftieth and the ninetieth.
    """

    n: int
    predicted: float
    observed: float
    residual_low: float
    residual_median: float
    residual_high: float


def deciles(y: Floats, predictions: Floats) -> tuple[Decile, ...]:
    """Deciles by prediction, lowest first; equal predictions share one, so there may be fewer.

    >>> [(d.predicted, d.observed) for d in deciles(np.array([1.0, 3.0]), np.array([0.0, 4.0]))]
    [(0.0, 1.0), (4.0, 3.0)]
    """
    bins = equal_mass_bins(predictions, N_DECILES)
    found = []
    for b in range(bins.max(initial=-1) + 1):
        inside = bins == b
        residuals = y[inside] - predictions[inside]
        low, median, high = (float(q) for q in np.quantile(residuals, [0.1, 0.5, 0.9]))
        found.append(
            Decile(
                n=int(inside.sum()),
                predicted=float(predictions[inside].mean()),
                observed=float(y[inside].mean()),
                residual_low=low,
                residual_median=median,
                residual_high=high,
            )
        )
    return tuple(found)
