"""Statistics of families of slices: value, interval of each, and intervals that hold for all of a family."""

from collections.abc import Sequence
from dataclasses import dataclass

from lifecycle.evaluation.intervals import Interval, interval_of, resample
from lifecycle.evaluation.metrics.metric import Statistic, value_of
from lifecycle.evaluation.simultaneous import simultaneous_intervals

Span = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A statistic of one slice.

    Attributes:
        own: interval of this slice alone.
        together: interval that holds for all slices of the family at once; it is the longer one.
    """

    value: float | None
    own: Interval | None
    together: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One slice of a family: its statistics, all on blocks with the numbers of the whole.

    Attributes:
        n_held_blocks: blocks that hold a row of it.
        statistics: one a metric; every member of a family has the same ones.
    """

    family: str
    n_held_blocks: int
    statistics: Sequence[Statistic]


def measure_families(
    members: Sequence[Member],
    spans: Sequence[Span],
    *,
    n_blocks: int,
    seed: int,
    n_resamples: int,
    level: float,
) -> list[list[Measured]]:
    """Measure every member, for each metric (each has its span), on the same resamples."""
    n_metrics = len(spans)
    flat = [statistic for member in members for statistic in member.statistics]
    values = [value_of(statistic, n_blocks) for statistic in flat]
    draws = resample(flat, n_blocks, n_resamples=n_resamples, seed=seed)
    together: dict[int, Interval | None] = {}
    for family in dict.fromkeys(member.family for member in members):
        inside = [i for i, member in enumerate(members) if member.family == family]
        for m, span in enumerate(spans):
            at = [i * n_metrics + m for i in inside]
            found = simultaneous_intervals(
                [values[k] for k in at],
                [draws[k] for k in at],
                n_blocks=[members[i].n_held_blocks for i in inside],
                level=level,
                span=span,
            )
            together |= dict(zip(at, found, strict=True))
    measured: list[list[Measured]] = []
    for i, member in enumerate(members):
        row = []
        for m, span in enumerate(spans):
            k = i * n_metrics + m
            own = interval_of(values[k], draws[k], n_blocks=member.n_held_blocks, level=level, span=span)
            row.append(Measured(value=values[k], own=own, together=together[k]))
        measured.append(row)
    return measured
