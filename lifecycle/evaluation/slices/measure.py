"""Metrics of slices, on the resamples of the whole."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lifecycle.evaluation.intervals import Interval, MetricValue
from lifecycle.evaluation.metrics.metric import Metric
from lifecycle.evaluation.sample import Sample
from lifecycle.evaluation.slices.families import Measured, Member, measure_families
from lifecycle.evaluation.slices.masks import SliceRows


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceMetric:
    """A metric of one slice.

    Attributes:
        together: interval that holds for all judged slices of the family at once; it is the longer one.
    """

    measured: MetricValue
    together: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceResult:
    """One slice of a family.

    Attributes:
        name: in words, such as "origin = LGA".
        judged: it has at least `min_rows` rows; without them it has no metrics.
    """

    family: str
    name: str
    n_rows: int
    n_blocks: int
    min_rows: int
    judged: bool
    metrics: tuple[SliceMetric, ...]

    def metric(self, name: str) -> SliceMetric | None:
        """The metric of that name; None where the slice was not judged, or the metric not asked for."""
        return next((m for m in self.metrics if m.measured.metric == name), None)


def measure_slices(
    metrics: Sequence[Metric],
    sample: Sample,
    slices: Sequence[SliceRows],
    *,
    seed: int,
    n_resamples: int = 1000,
    level: float = 0.95,
) -> tuple[SliceResult, ...]:
    """Every metric of every slice that has rows enough; a slice that has not is counted."""
    parts = [sample.part(s.mask) for s in slices]
    judged = [part.n_rows >= s.min_rows for part, s in zip(parts, slices, strict=True)]
    members = [
        Member(
            family=s.family,
            n_held_blocks=part.n_held_blocks,
            statistics=[m.build(part) for m in metrics],
        )
        for s, part, enough in zip(slices, parts, judged, strict=True)
        if enough
    ]
    found = iter(
        measure_families(
            members,
            [m.span for m in metrics],
            n_blocks=sample.n_blocks,
            seed=seed,
            n_resamples=n_resamples,
            level=level,
        )
    )
    return tuple(
        SliceResult(
            family=s.family,
            name=s.name,
            n_rows=part.n_rows,
            n_blocks=part.n_held_blocks,
            min_rows=s.min_rows,
            judged=enough,
            metrics=tuple(_metrics(metrics, next(found))) if enough else (),
        )
        for s, part, enough in zip(slices, parts, judged, strict=True)
    )


def _metrics(metrics: Sequence[Metric], found: Sequence[Measured]) -> Iterator[SliceMetric]:
    for m, seen in zip(metrics, found, strict=True):
        measured = MetricValue(metric=m.name, better=m.better, value=seen.value, interval=seen.own)
        yield SliceMetric(measured=measured, together=seen.together)
