"""How far two distributions lie apart, with bounds that hold at every look."""

import math

import numpy as np
from numpy.typing import ArrayLike

from lifecycle.rollout.statistics.mean_difference import Estimate


def band(n: int, *, alpha: float) -> float:
    """Half-width around an empirical distribution function that holds at all sizes together.

    P(there is an n: sup |F_n - F| > band(n)) <= alpha, whatever the distribution, ties and bins included.

    Source: Howard and Ramdas (2022), Sequential estimation of quantiles with applications to A/B testing and
    best-arm identification, equation 6.

    >>> round(band(1000, alpha=0.05), 4), band(0, alpha=0.05)
    (0.0866, 1.0)
    """
    if n < 1:
        return 1.0
    return min(1.0, 0.85 * math.sqrt((math.log(math.log(math.e * n)) + 0.8 * math.log(1612 / alpha)) / n))


def between_samples(champion: ArrayLike, challenger: ArrayLike, *, alpha: float) -> Estimate:
    """Kolmogorov-Smirnov distance of two samples, in 0..1; each has half of alpha.

    Args:
        champion: one value a key, finite; likewise `challenger`. Neither may be empty.

    >>> found = between_samples([1, 2, 3, 4], [3, 4, 5, 6], alpha=0.05)
    >>> found.value, found.low, found.high
    (0.5, 0.0, 1.0)
    """
    old, new = np.sort(np.asarray(champion, dtype=float)), np.sort(np.asarray(challenger, dtype=float))
    at = np.concatenate([old, new])
    gaps = np.searchsorted(old, at, side="right") / len(old) - np.searchsorted(new, at, side="right") / len(
        new
    )
    value = float(np.abs(gaps).max())
    apart = band(len(old), alpha=alpha / 2) + band(len(new), alpha=alpha / 2)
    return Estimate(
        value=value,
        low=max(0.0, value - apart),
        high=min(1.0, value + apart),
        alpha=alpha,
        n_champion=len(old),
        n_challenger=len(new),
    )


def from_reference(reference: ArrayLike, counts: ArrayLike, *, alpha: float) -> Estimate:
    """Distance of counts from shares that are taken for the truth, over the same bins in the same order.

    For numbers it is the Kolmogorov-Smirnov distance as far as bins show it. Categories have no order: any
    one that is fixed before will do, and the distance is at most that of total variation.

    Args:
        reference: counts, shape (n_bins,), not all 0; `counts`: likewise.

    >>> found = from_reference([50, 50], [900, 100], alpha=0.05)
    >>> round(found.value, 3), round(found.low, 3)
    (0.4, 0.313)
    """
    before, now = np.asarray(reference, dtype=float), np.asarray(counts, dtype=float)
    n = int(now.sum())
    value = float(np.abs(np.cumsum(before / before.sum()) - np.cumsum(now / n)).max())
    apart = band(n, alpha=alpha)
    return Estimate(
        value=value,
        low=max(0.0, value - apart),
        high=min(1.0, value + apart),
        alpha=alpha,
        n_champion=0,
        n_challenger=n,
    )


def farthest(found: "list[Estimate]") -> Estimate:
    """The largest of several distances, each bounded at its part of alpha: all bounds hold together.

    >>> near, far = (from_reference([1, 1], counts, alpha=0.01) for counts in ([50, 50], [100, 0]))
    >>> farthest([near, far]).value
    0.5
    """
    top = max(found, key=lambda one: one.value)
    return Estimate(
        value=top.value,
        low=max(one.low for one in found),
        high=max(one.high for one in found),
        alpha=sum(one.alpha for one in found),
        n_champion=min(one.n_champion for one in found),
        n_challenger=min(one.n_challenger for one in found),
    )
