"""Are the scores probabilities? Equal-mass bins and the reliability curve over them."""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from lifecycle.evaluation.sample import Floats, Ints

N_BINS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationBin:
    """Rows with neighbouring scores.

    Attributes:
        n: number of rows, at least one.
        score: mean score of the rows.
        rate: share of positive rows; low and high are its Wilson interval.
    """

    n: int
    score: float
    rate: float
    low: float
    high: float


def equal_mass_bins(scores: Floats, n_bins: int = N_BINS) -> Ints:
    """Number of each row's bin, lowest scores first, shape (n_rows,).

    The edges are quantiles of the scores. Equal scores share a bin, so ties may leave fewer bins than asked.

    >>> equal_mass_bins(np.array([0.1, 0.2, 0.3, 0.4]), n_bins=2)
    array([0, 0, 1, 1])
    """
    if not len(scores):
        return np.zeros(0, dtype=np.int64)
    edges = np.quantile(scores, np.arange(1, n_bins) / n_bins)
    # Side "left" puts an edge's own value below the edge.
    return np.unique(np.searchsorted(edges, scores, side="left"), return_inverse=True)[1].astype(np.int64)


def reliability_curve(
    y: Floats, scores: Floats, *, n_bins: int = N_BINS, level: float = 0.95
) -> tuple[CalibrationBin, ...]:
    """Observed rate of positives against the mean score, per equal-mass bin of a binary model."""
    bins = equal_mass_bins(scores, n_bins)
    curve = []
    for b in range(bins.max(initial=-1) + 1):
        inside = bins == b
        n, positives = int(inside.sum()), int(y[inside].sum())
        low, high = wilson_interval(positives, n, level=level)
        curve.append(
            CalibrationBin(n=n, score=float(scores[inside].mean()), rate=positives / n, low=low, high=high)
        )
    return tuple(curve)


def expected_ece(scores: Floats, n_bins: int = N_BINS) -> float | None:
    """The ECE that these scores would show on average if they were perfectly calibrated: what is mere noise.

    Each bin's gap is then close to normal around zero, with the variance of its rows' own coin flips; the
    mean size of such a gap is sqrt(2 / pi) of its spread. None without rows.

    >>> round(expected_ece(np.full(100, 0.5)), 4)
    0.0399
    """
    if not len(scores):
        return None
    bins = equal_mass_bins(scores, n_bins)
    spread = np.sqrt(np.bincount(bins, scores * (1 - scores)))
    return float(math.sqrt(2 / math.pi) * spread.sum() / len(scores))


def wilson_interval(positives: int, n: int, *, level: float = 0.95) -> tuple[float, float]:
    """Interval of a share, for independent rows; never outside 0 to 1, and sensible at 0 of n.

    Source: Wilson (1927).

    >>> low, high = wilson_interval(8, 10)
    >>> round(low, 4), round(high, 4)
    (0.4902, 0.9433)
    """
    z = NormalDist().inv_cdf((1 + level) / 2)
    share, shrink = positives / n, 1 + z * z / n
    middle = (share + z * z / (2 * n)) / shrink
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / shrink
    # Clipped by what is observed: rounding must not push 0 of n above 0, or n of n below 1.
    return min(max(middle - half, 0.0), share), max(min(middle + half, 1.0), share)
