"""What a bundle costs to serve: time of a call, resident memory, size on disk."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from lifecycle.errors import LifecycleError


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Times of repeated calls in one warm process on one thread.

    Attributes:
        rows: in each call.
        p99_low: lower end of the 95 % interval of the 99th percentile; None, like high: too few calls.
    """

    rows: int
    calls: int
    p50_ms: float
    p99_ms: float
    p99_low: float | None
    p99_high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """Measured in a fresh process, by the code that serves: request contract, features and scoring, no HTTP.

    Attributes:
        cpu_p99_ms: 99th percentile of the time that a call of one row computes; where the clock says much
            more, the machine was busy with other things.
        memory_mib: resident memory after loading and all calls, libraries included: what a container needs.
        added_mib: of which came with this bundle, beyond the serving code and its libraries.
        bundle_mib: size of the bundle's files.
    """

    single: Latency
    batch: Latency
    cpu_p99_ms: float
    memory_mib: float
    added_mib: float
    bundle_mib: float


def latency_of(times_s: Sequence[float], *, rows: int, level: float = 0.95) -> Latency:
    """Percentiles of call times.

    The interval of the 99th percentile is that of its order statistics, which assumes nothing about the shape
    of the tail; it needs some 370 calls, because with fewer even the longest call may lie below the truth.

    Raises:
        LifecycleError: no call.

    Source: Conover (1999), Practical nonparametric statistics, section 3.2 (normal approximation of ranks).

    >>> latency_of([0.001] * 99 + [0.5], rows=1).p99_ms
    1.0
    """
    if not times_s:
        raise LifecycleError(
            "no call was timed: the bundle has no golden row to call it with; train it again"
        )
    ordered = sorted(1000 * time for time in times_s)
    n = len(ordered)
    middle, half = 0.99 * n, NormalDist().inv_cdf((1 + level) / 2) * math.sqrt(n * 0.99 * 0.01)
    low_rank, high_rank = math.floor(middle - half), math.ceil(middle + half)
    enough = high_rank <= n and low_rank >= 1
    return Latency(
        rows=rows,
        calls=n,
        p50_ms=_rank(ordered, 0.5 * n),
        p99_ms=_rank(ordered, middle),
        p99_low=ordered[low_rank - 1] if enough else None,
        p99_high=ordered[high_rank - 1] if enough else None,
    )


def _rank(ordered: Sequence[float], rank: float) -> float:
    # The smallest value that so many calls do not exceed; the subtraction undoes rounding (0.99 * 100).
    return ordered[max(0, math.ceil(rank - 1e-9) - 1)]
