"""How much worse a metric gets when something changes the scores, with an interval of that difference.

The rows stay the same and only the scores differ, so both metrics are taken on the same resamples of days:
the luck of the days cancels out, and the interval is much shorter than those of two metrics.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from lifecycle.errors import LifecycleError
from lifecycle.evaluation.intervals import MIN_BLOCKS, draw_counts, interval_of
from lifecycle.evaluation.metrics.metric import Metric, value_of
from lifecycle.evaluation.sample import Floats, Sample

Change = Literal["permuted", "feature missing", "lookup missing", "noise"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Harm:
    """What a change of the inputs does to a metric.

    Attributes:
        what: name of the feature or lookup that was changed.
        value: the metric under the change; None, like harm: it cannot be computed.
        harm: how much worse that is than without the change, in the metric's unit; below 0: better.
        low: lower end of the harm's interval; None, like high: not enough days.
    """

    change: Change
    what: str
    value: float | None
    harm: float | None
    low: float | None
    high: float | None


class Baseline:
    """The metric of unchanged scores, on the data and on each resample."""

    def __init__(
        self, metric: Metric, sample: Sample, *, seed: int, n_resamples: int = 500, level: float = 0.95
    ) -> None:
        if metric.better == "neither":
            raise LifecycleError(f"{metric.name} says neither better nor worse: no change can harm it")
        self.metric, self.sample = metric, sample
        self._seed, self._n_resamples, self._level = seed, n_resamples, level
        self.value, self._draws = self._measured([sample.scores])

    def harm_of(self, scores: Sequence[Floats], *, change: Change, what: str) -> Harm:
        """The harm of changed scores.

        Args:
            scores: of the same rows in the same order; several repeats of a random change are averaged.
        """
        value, draws = self._measured(scores)
        if value is None or self.value is None:
            return Harm(change=change, what=what, value=value, harm=None, low=None, high=None)
        sign = 1.0 if self.metric.better == "lower" else -1.0
        harm = sign * (value - self.value)
        interval = interval_of(
            harm, sign * (draws - self._draws), n_blocks=self.sample.n_blocks, level=self._level
        )
        return Harm(
            change=change,
            what=what,
            value=value,
            harm=harm,
            low=interval.low if interval else None,
            high=interval.high if interval else None,
        )

    def _measured(self, repeats: Sequence[Floats]) -> tuple[float | None, Floats]:
        """Mean over repeats of the metric: on the data, and on each resample (the same ones each time)."""
        statistics = [self.metric.build(replace(self.sample, scores=scores)) for scores in repeats]
        n_blocks = self.sample.n_blocks
        values = [value_of(statistic, n_blocks) for statistic in statistics]
        known = [value for value in values if value is not None]
        value = float(np.mean(known)) if len(known) == len(values) else None
        if n_blocks < MIN_BLOCKS:
            return value, np.empty(0)
        counts = draw_counts(n_blocks, n_resamples=self._n_resamples, seed=self._seed)
        drawn = [np.mean([statistic(chunk) for statistic in statistics], axis=0) for chunk in counts]
        return value, np.concatenate(drawn)


def by_harm(harms: Sequence[Harm]) -> tuple[Harm, ...]:
    """The most harmful first; those that could not be computed last."""
    return tuple(sorted(harms, key=lambda h: (h.harm is None, -(h.harm or 0.0), h.what)))
