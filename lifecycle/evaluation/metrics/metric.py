"""What a metric is: a function of how often each block of rows is drawn.

Stated that way, one definition gives the value on the data (every block once), the bootstrap (random counts)
and, on the same counts, a paired comparison of two models; and none of them touches the rows again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from lifecycle.evaluation.sample import Floats, Ints, Sample, Task

Better = Literal["higher", "lower", "neither"]
Statistic: TypeAlias = Callable[[Floats], Floats]
"""Counts of shape (n_draws, n_blocks) in; values of shape (n_draws,) out, nan where it cannot be computed."""

_CHUNK_CELLS = 2**20  # 8 MB per temporary array: stays near the cache, and bounds the memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric of one task.

    Attributes:
        better: "neither" for a metric that describes (bias, positive_rate) instead of ranking models.
        build: binds the metric to rows; done once, however many draws follow.
        span: lowest and highest value the metric can take; intervals end there.
    """

    name: str
    task: Task
    better: Better
    build: Callable[[Sample], Statistic]
    span: tuple[float, float] = (0.0, 1.0)

    def value(self, sample: Sample) -> float | None:
        """The metric on these rows; None when it cannot be computed, one class only for example."""
        return value_of(self.build(sample), sample.n_blocks)


def value_of(statistic: Statistic, n_blocks: int) -> float | None:
    """The statistic with every block drawn once; None when it cannot be computed."""
    value = float(statistic(np.ones((1, n_blocks)))[0])
    return value if np.isfinite(value) else None


def ratio(part: Floats, whole: Floats) -> Floats:
    """Element-wise `part / whole`; nan where `whole` is 0.

    >>> ratio(np.array([1.0, 1.0]), np.array([4.0, 0.0]))
    array([0.25,  nan])
    """
    quotient: Floats = np.full(whole.shape, np.nan)
    np.divide(part, whole, out=quotient, where=whole > 0)
    return quotient


def additive(sample: Sample, columns: Sequence[Floats], of_sums: Callable[..., Floats]) -> Statistic:
    """A metric that depends on the rows through sums only.

    Args:
        columns: what each row adds, each of shape (n_rows,).
        of_sums: from the sums over the drawn rows, first their number, then one per column, each of shape
            (n_draws,), to the metric.
    """
    per_block = np.stack(
        [
            np.bincount(sample.block, weights=c, minlength=sample.n_blocks)
            for c in (np.ones(sample.n_rows), *columns)
        ],
        axis=1,
    )
    return lambda counts: of_sums(*(counts @ per_block).T)


def mean(sample: Sample, column: Floats) -> Statistic:
    """The mean over the drawn rows of a column of shape (n_rows,)."""
    return additive(sample, [column], lambda n, total: ratio(total, n))


def ranked(sample: Sample, of_counts: Callable[[Floats, Floats], Floats]) -> Statistic:
    """A metric of binary scores that depends on their order only.

    Args:
        of_counts: from true and false positives, both of shape (n_draws, n_thresholds + 1), to the metric.
            Column 0 decides nothing positive (zeros); each next column lowers the threshold to the next
            distinct score, so tied rows enter together; the last one decides everything positive.
    """
    order = np.argsort(-sample.scores, kind="stable")
    block, y = sample.block[order], sample.y[order]
    starts = np.flatnonzero(np.diff(sample.scores[order], prepend=np.inf))  # first row of each distinct score
    step = max(1, _CHUNK_CELLS // max(1, sample.n_rows))

    def statistic(counts: Floats) -> Floats:
        values = np.full(len(counts), np.nan)
        if not sample.n_rows:
            return values
        for at in range(0, len(counts), step):
            drawn = counts[at : at + step][:, block]
            values[at : at + step] = of_counts(
                _cumulated(drawn * y, starts), _cumulated(drawn * (1 - y), starts)
            )
        return values

    return statistic


def _cumulated(weights: Floats, starts: Ints) -> Floats:
    totals = np.zeros((len(weights), len(starts) + 1))
    np.cumsum(np.add.reduceat(weights, starts, axis=1), axis=1, out=totals[:, 1:])
    return totals
