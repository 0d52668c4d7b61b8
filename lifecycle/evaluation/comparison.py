"""A version against the champion on the same rows: paired differences, so that what both share cancels."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from lifecycle.evaluation.intervals import Interval
from lifecycle.evaluation.mcnemar import McNemar, compare_decisions
from lifecycle.evaluation.metrics.metric import Better, Metric, Statistic, value_of
from lifecycle.evaluation.sample import Floats, Sample, build_sample
from lifecycle.evaluation.slices.families import Member, measure_families
from lifecycle.evaluation.slices.masks import Mask, SliceRows

ComparisonState = Literal["compared", "first_version", "is_champion", "contaminated", "not_comparable"]
_ANY = (-math.inf, math.inf)


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricDifference:
    """A metric of both models on the same rows.

    Attributes:
        version: the judged version's value; None, as for the others: it cannot be computed.
        difference: version - champion, in the metric's unit; what is better depends on the metric.
        interval: of the difference, by resamples that both models share.
        together: interval that holds for all judged slices of the family at once.
    """

    metric: str
    better: Better
    version: float | None
    champion: float | None
    difference: float | None
    interval: Interval | None
    together: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceDifference:
    """The differences on one slice; none where it has fewer than `min_rows` rows."""

    family: str
    name: str
    n_rows: int
    min_rows: int
    judged: bool
    metrics: tuple[MetricDifference, ...]

    def metric(self, name: str) -> MetricDifference | None:
        """The difference of that metric; None where there is none."""
        return next((m for m in self.metrics if m.metric == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What is known about a version beside the champion.

    Attributes:
        state: "compared"; "first_version": there is no champion; "is_champion": the version is the champion,
            or its twin; "contaminated": the champion saw every row; "not_comparable": another label, other
            classes, or inputs that cannot be made for it.
        reason: one sentence for people.
        champion: its registered version; None: there is none.
        n_rows: rows that both were measured on.
        n_contaminated: rows left out because the champion saw them in fit or validation.
        metrics: of all compared rows, for metrics that rank models.
    """

    state: ComparisonState
    reason: str
    champion: str | None
    champion_as_of: str | None
    n_rows: int
    n_contaminated: int
    metrics: tuple[MetricDifference, ...]
    mcnemar: McNemar | None
    slices: tuple[SliceDifference, ...]

    def metric(self, name: str) -> MetricDifference | None:
        """The difference of that metric on all compared rows; None where there is none."""
        return next((m for m in self.metrics if m.metric == name), None)


def without_differences(
    state: ComparisonState,
    reason: str,
    *,
    champion: str | None = None,
    champion_as_of: str | None = None,
    n_contaminated: int = 0,
) -> Comparison:
    """A comparison that says why nothing was compared."""
    return Comparison(
        state=state,
        reason=reason,
        champion=champion,
        champion_as_of=champion_as_of,
        n_rows=0,
        n_contaminated=n_contaminated,
        metrics=(),
        mcnemar=None,
        slices=(),
    )


FIRST_VERSION = without_differences("first_version", "first version, nothing to compare with")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChampionScores:
    """What the champion says of the rows that it never saw.

    Attributes:
        version: its registered version.
        unseen: mask over all evaluated rows, shape (n_rows,), at least one of them True.
        scores: its scores of those rows, in their order.
        threshold: its own operating point; None where the task has none.
    """

    version: str
    as_of: str
    unseen: Mask
    scores: Floats
    threshold: float | None


def against_champion(
    metrics: Sequence[Metric],
    sample: Sample,
    champion: ChampionScores,
    slices: Sequence[SliceRows] = (),
    *,
    seed: int,
    n_resamples: int = 1000,
    level: float = 0.95,
) -> Comparison:
    """The judged version and the champion on the rows that neither has seen."""
    unseen = champion.unseen
    # Numbered anew: blocks without a row would only make the resamples uneven.
    version, rival = (
        build_sample(sample.task, sample.y[unseen], scores, blocks=sample.block[unseen], threshold=threshold)
        for scores, threshold in (
            (sample.scores[unseen], sample.threshold),
            (champion.scores, champion.threshold),
        )
    )
    parts = [replace(s, mask=s.mask[unseen]) for s in slices]
    metrics_found, slices_found, test = compare(
        metrics, version, rival, parts, seed=seed, n_resamples=n_resamples, level=level
    )
    n_seen = int(np.count_nonzero(~unseen))
    reason = f"compared with version {champion.version} on {version.n_rows} rows"
    if n_seen:
        reason += f"; contaminated: it saw {n_seen} other rows in fit or validation, which are left out"
    return Comparison(
        state="compared",
        reason=reason,
        champion=champion.version,
        champion_as_of=champion.as_of,
        n_rows=version.n_rows,
        n_contaminated=n_seen,
        metrics=metrics_found,
        mcnemar=test,
        slices=slices_found,
    )


def compare(
    metrics: Sequence[Metric],
    version: Sample,
    champion: Sample,
    slices: Sequence[SliceRows] = (),
    *,
    seed: int,
    n_resamples: int = 1000,
    level: float = 0.95,
) -> tuple[tuple[MetricDifference, ...], tuple[SliceDifference, ...], McNemar | None]:
    """Differences on all rows and on each slice that has rows enough, and McNemar's test.

    Args:
        version: the judged version's answers; `champion`: the champion's, on the same rows and blocks.
    """
    ranking = [m for m in metrics if m.better != "neither"]
    parts = [(version, champion), *((version.part(s.mask), champion.part(s.mask)) for s in slices)]
    judged = [True, *(part.n_rows >= s.min_rows for (part, _), s in zip(parts[1:], slices, strict=True))]
    bound = [
        [(m.build(ours), m.build(theirs)) for m in ranking] if enough else []
        for (ours, theirs), enough in zip(parts, judged, strict=True)
    ]
    families = ["", *(s.family for s in slices)]  # no family of a spec bears the empty name
    members = [
        Member(
            family=family,
            n_held_blocks=ours.n_held_blocks,
            statistics=[_difference(a, b) for a, b in pairs],
        )
        for family, (ours, _), pairs, enough in zip(families, parts, bound, judged, strict=True)
        if enough
    ]
    measured = iter(
        measure_families(
            members,
            [_ANY] * len(ranking),
            n_blocks=version.n_blocks,
            seed=seed,
            n_resamples=n_resamples,
            level=level,
        )
    )
    found = []
    for pairs, enough in zip(bound, judged, strict=True):
        row = []
        for m, (ours, theirs), seen in zip(ranking, pairs, next(measured), strict=True) if enough else ():
            row.append(
                MetricDifference(
                    metric=m.name,
                    better=m.better,
                    version=value_of(ours, version.n_blocks),
                    champion=value_of(theirs, version.n_blocks),
                    difference=seen.value,
                    interval=seen.own,
                    together=seen.together,
                )
            )
        found.append(tuple(row))
    on_slices = tuple(
        SliceDifference(
            family=s.family,
            name=s.name,
            n_rows=part.n_rows,
            min_rows=s.min_rows,
            judged=enough,
            metrics=differences,
        )
        for s, (part, _), enough, differences in zip(slices, parts[1:], judged[1:], found[1:], strict=True)
    )
    return found[0], on_slices, compare_decisions(version, champion)


def _difference(ours: Statistic, theirs: Statistic) -> Statistic:
    return lambda counts: ours(counts) - theirs(counts)
