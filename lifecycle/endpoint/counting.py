"""What an endpoint counts of itself, in plain numbers; `exposition` writes them down."""

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field

from lifecycle.endpoint.lane import Reason

BOUNDS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the latency histogram; the last bin has none."""
_BOUNDS_US = [int(bound * 1e6) for bound in BOUNDS_S]


@dataclass(slots=True)
class VariantCounts:
    """Of the requests assigned to one variant; a request whose rows are shared out counts for each."""

    requests: int = 0
    failed: Counter[Reason] = field(default_factory=Counter)
    """By reason: the variant gave no scores, whether or not another answered."""
    latency_us: int = 0
    """Sum over the requests."""
    bins: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_S) + 1))


@dataclass(slots=True)
class Counts:
    """Of one process, since it started."""

    variants: dict[str, VariantCounts] = field(default_factory=dict)
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    """Protocol and status -> answers to requests for scores."""
    in_flight: int = 0
    shed: int = 0
    """Refused because too many were under way."""
    unlogged: int = 0
    """Answered or refused without a record in the request log."""
    shadow_scored: Counter[str] = field(default_factory=Counter)
    shadow_failed: Counter[str] = field(default_factory=Counter)
    shadow_dropped: Counter[str] = field(default_factory=Counter)
    """Variant -> requests that it did not get: its queue was full."""

    def part(self, variant: str, reason: Reason | None, latency_us: int) -> None:
        """Count rows of a request that were assigned to a variant."""
        counts = self.variants.get(variant)
        if counts is None:
            counts = self.variants[variant] = VariantCounts()
        counts.requests += 1
        counts.latency_us += latency_us
        counts.bins[bisect_left(_BOUNDS_US, latency_us)] += 1
        if reason is not None:
            counts.failed[reason] += 1
