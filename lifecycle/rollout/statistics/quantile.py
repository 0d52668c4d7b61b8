"""Quantiles of latency: is the challenger's p99 too long, at any look?

A p99 is over a limit exactly when more than 1 % of the requests are. So for a fixed limit the exact bounds of
`rate.rate_bounds` on requests over it decide, and two counts are all that is kept. For a limit that moves
with the champion's own p99, each arm keeps a histogram.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lifecycle.rollout.statistics.arm_sums import SumsError
from lifecycle.rollout.statistics.mean_difference import Estimate
from lifecycle.rollout.statistics.rate import log_evidence

_WORTH = 100.0
"""Requests that the prior of a share below the quantile is worth. A p99 has an upper end from 950 requests;
with 1,000 in the place of 100 it would be from 1,700 on, and 5 % tighter at a million."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """Counts of values between edges; histograms of the same edges add up.

    Attributes:
        edges: rising upper edges of the bins, each belonging to its bin, shape (n_bins,).
        counts: shape (n_bins + 1,); the last bin has no upper edge.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.counts) != len(self.edges) + 1 or min(self.counts) < 0:
            raise SumsError(f"{len(self.edges)} edges need {len(self.edges) + 1} counts of at least 0")
        if list(self.edges) != sorted(set(self.edges)):
            raise SumsError("edges of a histogram rise, each once")

    def __add__(self, other: "Histogram") -> "Histogram":
        if self.edges != other.edges:
            raise SumsError("histograms of different edges do not add up: use the same edges in both windows")
        counts = tuple(a + b for a, b in zip(self.counts, other.counts, strict=True))
        return Histogram(edges=self.edges, counts=counts)


LATENCY_EDGES_MS = tuple(round(0.1 * 1.05**i, 6) for i in range(284))
"""Each 5 % above the one before, from a tenth of a millisecond to 100 s: a quantile is known to 5 %."""


def histogram_of(values: Sequence[float], edges: tuple[float, ...] = LATENCY_EDGES_MS) -> Histogram:
    """Counts of the values.

    >>> histogram_of([1.0, 2.0, 9.0], edges=(1.0, 4.0)).counts
    (1, 1, 1)
    """
    bins = np.searchsorted(edges, np.asarray(values, dtype=float), side="left")
    counts = np.bincount(bins, minlength=len(edges) + 1)
    return Histogram(edges=edges, counts=tuple(int(c) for c in counts))


def quantile_bounds(histogram: Histogram, q: float, *, alpha: float) -> tuple[float, float]:
    """Where the quantile may be, exact for any distribution at every look together, to a bin's width.

    Values must be independent. Where requests of one key are alike, give one request of each key.

    Returns:
        Lower and upper end; 0 and inf where too few values were seen to tell.

    Source: Howard and Ramdas (2022), Sequential estimation of quantiles with applications to A/B testing and
    best-arm identification, with the beta-binomial mixture for the one quantile.
    """
    n = sum(histogram.counts)
    if n == 0:
        return 0.0, math.inf
    fewest, most = _counts_below(n, q, alpha=alpha)
    below = np.cumsum(histogram.counts[:-1])
    # At the quantile at least a share q lies at or below. An edge with too few below is under the quantile;
    # an edge with too many is at the quantile or over it.
    under = np.flatnonzero(below < fewest)
    over = np.flatnonzero(below > most)
    low = histogram.edges[under[-1]] if len(under) else 0.0
    return low, histogram.edges[over[0]] if len(over) else math.inf


def least_for_an_upper_end(q: float, *, alpha: float) -> int:
    """Values below which no upper end of a quantile is known, wherever they lie.

    >>> least_for_an_upper_end(0.99, alpha=0.001)
    920
    """
    limit, low, high = math.log(1 / alpha), 1, 1

    def known(n: int) -> bool:
        return log_evidence(n, n, rate=q, guess=q, worth=_WORTH) >= limit

    while not known(high):
        low, high = high, 2 * high
    while high - low > 1:
        between = (low + high) // 2
        low, high = (low, between) if known(between) else (between, high)
    return high


def quantile_ratio(champion: Histogram, challenger: Histogram, q: float, *, alpha: float) -> Estimate:
    """Challenger's quantile over the champion's, minus 1; each arm's interval has half of alpha.

    Raises:
        SumsError: an arm without values.
    """
    n_champion, n_challenger = sum(champion.counts), sum(challenger.counts)
    if not n_champion or not n_challenger:
        raise SumsError("an arm without values has no quantile: wait for requests")
    old = quantile_bounds(champion, q, alpha=alpha / 2)
    new = quantile_bounds(challenger, q, alpha=alpha / 2)
    return Estimate(
        value=_quantile(challenger, q) / _quantile(champion, q) - 1,
        low=new[0] / old[1] - 1,
        high=new[1] / old[0] - 1 if old[0] > 0 else math.inf,
        alpha=alpha,
        n_champion=n_champion,
        n_challenger=n_challenger,
    )


def _quantile(histogram: Histogram, q: float) -> float:
    """Upper edge of the quantile's bin."""
    at = int(np.searchsorted(np.cumsum(histogram.counts), q * sum(histogram.counts)))
    return histogram.edges[min(at, len(histogram.edges) - 1)]


def _counts_below(n: int, q: float, *, alpha: float) -> tuple[int, int]:
    """Fewest and most of n values that may lie below a quantile without contradicting it."""
    limit, middle = math.log(1 / alpha), round(n * q)

    def excluded(k: int) -> bool:
        return log_evidence(k, n, rate=q, guess=q, worth=_WORTH) >= limit

    def edge(outer: int) -> int:
        inner = middle
        if not excluded(outer):
            return outer
        while abs(outer - inner) > 1:
            between = (outer + inner) // 2
            outer, inner = (between, inner) if excluded(between) else (outer, between)
        return inner

    return edge(0), edge(n)
