"""An estimated metric with the interval that its realised value should fall into."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lifecycle.evaluation.intervals import MIN_BLOCKS
from lifecycle.evaluation.sample import Floats, Task

N_DRAWS = 500
BUSINESS_VALUE = "business_value"

_BEFORE: Mapping[Task, tuple[str, ...]] = {
    "binary": (
        "scores are wrong in the same way as on the held-out rows: P(label | score) has not changed "
        "(no concept drift)",
        "the held-out rows reach over the scores that are asked about",
        "days differ from each other as much as the held-out days did",
    ),
    "regression": (
        "errors of rows alike are as large as on the held-out rows (no concept drift)",
        "the held-out rows reach over the features that are asked about",
        "days differ from each other as much as the held-out days did",
    ),
}
ASSUMPTIONS: Mapping[Task, tuple[str, ...]] = {**_BEFORE, "multiclass": _BEFORE["binary"]}
"""What an estimate without labels takes for granted. It sees what a change of the inputs does to a metric. A
change of the truth behind the inputs it cannot see: that is the gap to the realised value, once there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A metric of rows whose labels nobody looked at.

    Attributes:
        value: None: it cannot be computed on these rows.
        low: the realised value of these very rows lies between low and high with probability `level`, if the
            assumptions hold; None, as high: no value, or too few held-out days to tell.
    """

    metric: str
    value: float | None
    low: float | None
    high: float | None
    level: float


def estimate_of(
    metric: str,
    value: float,
    draws: Floats,
    *,
    n_blocks: int,
    level: float,
    span: tuple[float, float] = (-math.inf, math.inf),
) -> Estimate:
    """The estimate from its value and from draws of what the realised value may be.

    The percentiles are moved outwards by Student's t, because few days understate how much days differ. The
    interval is widened to hold the value, and cut at the span.

    Args:
        draws: shape (n_draws,), nan where a draw has no value; above 5 % of those there is no interval.
        n_blocks: held-out days; below `MIN_BLOCKS` there is no interval.
    """
    from scipy.special import ndtr, stdtrit

    known = draws[np.isfinite(draws)]
    told = float(value) if math.isfinite(value) else None
    if told is None or n_blocks < MIN_BLOCKS or len(known) < max(1.0, 0.95 * len(draws)):
        return Estimate(metric=metric, value=told, low=None, high=None, level=level)
    t = float(stdtrit(n_blocks - 1, (1 - level) / 2))
    tail = float(ndtr(t * math.sqrt(n_blocks / (n_blocks - 1))))
    low, high = (float(q) for q in np.quantile(known, [tail, 1 - tail]))
    return Estimate(
        metric=metric,
        value=told,
        low=max(min(low, told), span[0]),
        high=min(max(high, told), span[1]),
        level=level,
    )


def estimate_named(estimates: Sequence[Estimate], metric: str) -> Estimate | None:
    """The estimate of a metric; None where it is not estimated."""
    return next((estimate for estimate in estimates if estimate.metric == metric), None)
