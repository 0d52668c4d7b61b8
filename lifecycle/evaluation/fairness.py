"""How differently a model treats groups: the largest difference of a rate between any two of them."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from lifecycle.evaluation.intervals import Interval, interval_of, resample
from lifecycle.evaluation.metrics.metric import additive, ratio, value_of
from lifecycle.evaluation.sample import Floats, Ints, Sample, Task
from lifecycle.evaluation.simultaneous import simultaneous_intervals
from lifecycle.evaluation.slices.masks import Mask
from lifecycle.spec.gates import FairnessMeasure


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Attribute:
    """An attribute and the rows of each of its groups, as masks of shape (n_rows,)."""

    name: str
    groups: Sequence[tuple[str, Mask]]
    min_rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFacts:
    """One group: how many rows, and whether they are enough to judge it by."""

    name: str
    n_rows: int
    judged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Disparity:
    """One measure of one attribute: the largest difference between any two judged groups.

    Attributes:
        value: None: a rate that fewer than two groups have, or fewer than two groups are judged.
        interval: None: no value, or a difference between two groups has no interval.
    """

    measure: FairnessMeasure
    value: float | None
    interval: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeFairness:
    """All that is known of one attribute."""

    attribute: str
    groups: tuple[GroupFacts, ...]
    disparities: tuple[Disparity, ...]

    def disparity(self, measure: str) -> Disparity | None:
        """The disparity of that measure; None where it was not computed."""
        return next((d for d in self.disparities if d.measure == measure), None)


_Rates = Callable[[Sample], list[tuple[Floats, Floats]]]
"""Rates as pairs of columns of shape (n_rows,): what counts, and out of what."""


def _decided(sample: Sample) -> tuple[list[Floats], list[Floats]]:
    """Decision and truth of each class against the rest, as 0 and 1; binary: of the positive class only."""
    if sample.task == "binary":
        return [sample.decisions], [sample.y]
    said: Ints = sample.scores.argmax(axis=1)
    classes = range(sample.scores.shape[1])
    return [1.0 * (said == c) for c in classes], [1.0 * (sample.y == c) for c in classes]


def _demographic_parity(sample: Sample) -> list[tuple[Floats, Floats]]:
    """Share of positive decisions; multiclass: of each class."""
    return [(said, np.ones(sample.n_rows)) for said in _decided(sample)[0]]


def _equalized_odds(sample: Sample) -> list[tuple[Floats, Floats]]:
    """Share of positive decisions among the positive rows, and among the negative ones."""
    rates = []
    for said, truth in zip(*_decided(sample), strict=True):
        rates += [(said * truth, truth), (said * (1 - truth), 1 - truth)]
    return rates


def _accuracy(sample: Sample) -> list[tuple[Floats, Floats]]:
    """Share of right decisions."""
    said = sample.decisions if sample.task == "binary" else sample.scores.argmax(axis=1)
    return [(1.0 * (said == sample.y), np.ones(sample.n_rows))]


def _error(sample: Sample) -> list[tuple[Floats, Floats]]:
    """Mean absolute error, in the unit of the label."""
    return [(np.abs(sample.scores - sample.y), np.ones(sample.n_rows))]


_CLASSES: Mapping[FairnessMeasure, _Rates] = {
    "demographic_parity": _demographic_parity,
    "equalized_odds": _equalized_odds,
    "accuracy_gap": _accuracy,
}
MEASURES: Mapping[Task, Mapping[FairnessMeasure, _Rates]] = {
    "binary": _CLASSES,
    "multiclass": _CLASSES,
    "regression": {"error_gap": _error},
}


def measure_fairness(
    sample: Sample,
    attributes: Sequence[Attribute],
    *,
    seed: int,
    n_resamples: int = 1000,
    level: float = 0.95,
) -> tuple[AttributeFairness, ...]:
    """Every measure of the task, for every attribute, with block-bootstrap intervals.

    Demographic parity is the largest difference of the shares of positive decisions, equalized odds the
    larger one of the differences of true and of false positive rates, the accuracy gap that of the shares of
    right decisions, the error gap that of the mean absolute errors. Multiclass takes the worst class, each
    against the rest. A group that lacks a rate (no positive rows) is left out of that rate.

    Source: Hardt, Price and Srebro (2016); the measures' names and signs are those of fairlearn.
    """
    return tuple(
        _attribute(sample, attribute, seed=seed, n_resamples=n_resamples, level=level)
        for attribute in attributes
    )


def _attribute(
    sample: Sample, attribute: Attribute, *, seed: int, n_resamples: int, level: float
) -> AttributeFairness:
    groups = tuple(
        GroupFacts(name=name, n_rows=int(mask.sum()), judged=int(mask.sum()) >= attribute.min_rows)
        for name, mask in attribute.groups
    )
    judged = [mask for (_, mask), facts in zip(attribute.groups, groups, strict=True) if facts.judged]
    disparities = []
    for measure, rates in MEASURES[sample.task].items():
        pairs = _pairs(sample, judged, rates(sample), seed=seed, n_resamples=n_resamples)
        disparities.append(largest_difference(measure, pairs, level=level, top=_top(sample.task)))
    return AttributeFairness(attribute=attribute.name, groups=groups, disparities=tuple(disparities))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairDifference:
    """The difference of a rate between two groups, and on each resample; None: a group lacks the rate."""

    value: float | None
    draws: Floats
    n_blocks: int


def largest_difference(
    measure: FairnessMeasure, pairs: Sequence[PairDifference], *, level: float, top: float
) -> Disparity:
    """The largest absolute difference of all pairs, with an interval that does not flatter.

    The largest of several noisy differences is too large by luck, and resamples make it larger still: their
    percentiles say nothing about the truth. So the interval is put together from those of the pairs. Above
    it ends where the last pair's own interval ends: that all pairs keep a limit is shown by each of them
    keeping it. Below it begins at the highest begin of intervals that hold for all pairs at once: that some
    pair breaks a limit must stand against the choice of that pair.

    Args:
        top: largest difference there can be.
    """
    values = [abs(pair.value) for pair in pairs if pair.value is not None]
    if not pairs or len(values) < len(pairs):
        return Disparity(measure=measure, value=None, interval=None)
    own = [interval_of(p.value, p.draws, n_blocks=p.n_blocks, level=level) for p in pairs]
    together = simultaneous_intervals(
        [p.value for p in pairs], [p.draws for p in pairs], n_blocks=[p.n_blocks for p in pairs], level=level
    )
    known = [(o, t) for o, t in zip(own, together, strict=True) if o is not None and t is not None]
    interval = None
    if len(known) == len(pairs):
        high = max(max(o.high, -o.low) for o, _ in known)
        low = max(max(t.low, -t.high) for _, t in known)
        interval = Interval(
            low=max(low, 0.0),
            high=min(high, top),
            level=level,
            n_resamples=len(pairs[0].draws),
            method="bounds of all pairs",
            n_blocks=min(p.n_blocks for p in pairs),
        )
    return Disparity(measure=measure, value=max(values), interval=interval)


def _pairs(
    sample: Sample,
    masks: Sequence[Mask],
    rates: Sequence[tuple[Floats, Floats]],
    *,
    seed: int,
    n_resamples: int,
) -> list[PairDifference]:
    """Differences between all pairs of groups that have a rate, for every rate.

    A rate that fewer than two groups have gives one difference without a value: the largest is unknown then.
    """
    held = [sample.part(mask).n_held_blocks for mask in masks]
    found: list[PairDifference] = []
    for part, whole in rates:
        having = [i for i, mask in enumerate(masks) if whole[mask].any()]
        if len(having) < 2:
            found.append(PairDifference(value=None, draws=np.empty(0), n_blocks=0))
            continue
        statistics = [
            additive(sample, [part * masks[i], whole * masks[i]], lambda _, hits, of: ratio(hits, of))
            for i in having
        ]
        values = [value_of(statistic, sample.n_blocks) for statistic in statistics]
        draws = resample(statistics, sample.n_blocks, n_resamples=n_resamples, seed=seed)
        for a, b in combinations(range(len(having)), 2):
            left, right = values[a], values[b]
            found.append(
                PairDifference(
                    value=None if left is None or right is None else left - right,
                    draws=draws[a] - draws[b],
                    n_blocks=min(held[having[a]], held[having[b]]),
                )
            )
    return found


def _top(task: Task) -> float:
    return math.inf if task == "regression" else 1.0
