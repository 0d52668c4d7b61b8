"""The Brier score taken apart: wrong probabilities, rows told apart, and what no model can know."""

from dataclasses import dataclass

import numpy as np

from lifecycle.evaluation.calibration import N_BINS, equal_mass_bins
from lifecycle.evaluation.sample import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class BrierParts:
    """brier = reliability - resolution + uncertainty + within_bins.

    Attributes:
        reliability: mean squared gap between a bin's mean score and its rate; 0 is perfect calibration.
        resolution: spread of the bins' rates around the overall rate; more is better.
        uncertainty: variance of the label, which no model can take away.
        within_bins: what differs inside the bins and the other three do not see; near 0.
    """

    brier: float
    reliability: float
    resolution: float
    uncertainty: float
    within_bins: float


def brier_parts(y: Floats, scores: Floats, *, n_bins: int = N_BINS) -> BrierParts | None:
    """The parts over equal-mass bins of a binary model's scores; None without rows.

    Source: Murphy (1973); the part within bins is named by Stephenson, Coelho and Jolliffe (2008).

    >>> parts = brier_parts(np.array([0.0, 1.0, 1.0, 1.0]), np.array([0.5, 0.5, 1.0, 1.0]), n_bins=2)
    >>> parts.reliability, parts.resolution, parts.uncertainty, parts.brier
    (0.0, 0.0625, 0.1875, 0.125)
    """
    if not len(y):
        return None
    bins = equal_mass_bins(scores, n_bins)
    n = np.bincount(bins)
    share, said, rate = n / len(y), np.bincount(bins, scores) / n, np.bincount(bins, y) / n
    brier, overall = float(np.mean((scores - y) ** 2)), float(y.mean())
    reliability = float(share @ (said - rate) ** 2)
    resolution = float(share @ (rate - overall) ** 2)
    uncertainty = overall * (1 - overall)
    return BrierParts(
        brier=brier,
        reliability=reliability,
        resolution=resolution,
        uncertainty=uncertainty,
        within_bins=brier - (reliability - resolution + uncertainty),
    )
