"""Aggregates over a stretch of a sequence, in much less time than a look at each value.

An entry of a history table is a sequence of values in the order of time; a request asks for an aggregate of
the values from one position to another. Sums of whole numbers are differences of running sums. Sums of floats
are not, as a difference of large sums loses the digits of a small one: they are sums of block sums, and exact
but for one rounding a block.
"""

from array import array
from collections.abc import Callable, Sequence
from itertools import accumulate
from math import fsum
from typing import Any, Protocol

import numpy as np

from lifecycle.features.expression import Kind, Value
from lifecycle.features.history import DAY_US
from lifecycle.spec.features import Aggregate

BLOCK = 64
_SMALL = 256
"""A set of so few values is made faster than NumPy is called."""
_LONG = 2**63


class WindowAggregate(Protocol):
    """An aggregate of some values in the order of their times."""

    def over(self, low: int, high: int, event_us: int) -> Value:
        """The aggregate of the values from `low` to before `high`, of which there is one at least."""
        ...


class Count:
    """How many."""

    def over(self, low: int, high: int, event_us: int) -> Value:
        return high - low


class WholeSum:
    """Sum of whole numbers, or of conditions as 0 and 1; missing beyond 64 bits."""

    def __init__(self, values: Sequence[Any]) -> None:
        self._before = list(accumulate(map(int, values), initial=0))

    def over(self, low: int, high: int, event_us: int) -> Value:
        total = self._before[high] - self._before[low]
        return total if -_LONG <= total < _LONG else None


class WholeMean(WholeSum):
    """Mean of whole numbers, or share of conditions that hold."""

    def over(self, low: int, high: int, event_us: int) -> Value:
        return (self._before[high] - self._before[low]) / (high - low)


class Blocks:
    """An aggregate of aggregates: of blocks inside the stretch, and of the single values at its ends.

    >>> Blocks(range(1000), max).over(3, 977, event_us=0)
    976
    """

    def __init__(self, values: Sequence[Any], of: Callable[[Sequence[Any]], Any]) -> None:
        self._of = of
        self._levels: list[Sequence[Any]] = [values]
        while len(level := self._levels[-1]) > BLOCK:
            ends = range(BLOCK, len(level) + 1, BLOCK)
            self._levels.append([of(level[end - BLOCK : end]) for end in ends])

    def over(self, low: int, high: int, event_us: int) -> Value:
        found: Value = self._of(self._parts(low, high))
        return found

    def _parts(self, low: int, high: int) -> list[Any]:
        parts: list[Any] = []
        for level in self._levels:
            # Blocks that lie inside as a whole are left to the next level.
            first, last = -(-low // BLOCK), high // BLOCK
            if first >= last or level is self._levels[-1]:
                parts += level[low:high]
                break
            parts += level[low : first * BLOCK]
            parts += level[last * BLOCK : high]
            low, high = first, last
        return parts


class FloatMean(Blocks):
    """Mean of floats."""

    def __init__(self, values: Sequence[float]) -> None:
        super().__init__(values, fsum)

    def over(self, low: int, high: int, event_us: int) -> Value:
        total: float = fsum(self._parts(low, high))
        return total / (high - low)


class Last:
    """The value of the latest time; values of one time are in ascending order."""

    def __init__(self, values: Sequence[Any]) -> None:
        self._values = values

    def over(self, low: int, high: int, event_us: int) -> Value:
        found: Value = self._values[high - 1]
        return found


class DaysSince:
    """Days since the latest time."""

    def __init__(self, times: Sequence[int]) -> None:
        self._times = times

    def over(self, low: int, high: int, event_us: int) -> Value:
        return (event_us - self._times[high - 1]) / DAY_US


class Distinct:
    """How many different values: those whose predecessor lies before the stretch."""

    def __init__(self, values: Sequence[Any]) -> None:
        self._values = values
        latest: dict[Any, int] = {}
        before = array("q")
        for position, value in enumerate(values):
            before.append(latest.get(value, -1))
            latest[value] = position
        self._before = np.frombuffer(before, dtype=np.int64)

    def over(self, low: int, high: int, event_us: int) -> Value:
        if high - low <= _SMALL:
            return len(set(self._values[low:high]))
        return int(np.count_nonzero(self._before[low:high] < low))


def window_aggregate(
    aggregate: Aggregate, kind: Kind, times: Sequence[int], values: Sequence[Any]
) -> WindowAggregate:
    """The aggregate of a sequence.

    Args:
        aggregate: which one.
        kind: of the values.
        times: microseconds since 1970, ascending.
        values: none of them missing; ascending where times are equal. Empty where the aggregate needs none.
    """
    match aggregate:
        case "count":
            return Count()
        case "days_since":
            return DaysSince(times)
        case "last":
            return Last(values)
        case "distinct":
            return Distinct(values)
        case "min":
            return Blocks(values, min)
        case "max":
            return Blocks(values, max)
        case "mean":
            return FloatMean(values) if kind == "float" else WholeMean(values)
        case "sum":
            return Blocks(values, fsum) if kind == "float" else WholeSum(values)
