"""A history feature over one request: past rows in memory, indexed by key, sorted by time."""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from lifecycle.features.calendar import Calendar
from lifecycle.features.closures import Slots, compile_expression
from lifecycle.features.expression import Kind, Ref, Value
from lifecycle.features.functions import LARGEST
from lifecycle.features.history import HistoryPlan, HistorySource
from lifecycle.features.window_aggregates import WindowAggregate, window_aggregate

US = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRows:
    """Rows of a source, column by column, with the moments from which they count."""

    source: HistorySource
    columns: Mapping[str, Sequence[Value]]
    """Column of the source -> its values, in the form of the online path."""
    at_us: Sequence[int | None]
    """When each row begins to count, microseconds since 1970 UTC; None: never."""

    @classmethod
    def build(cls, source: HistorySource, columns: Mapping[str, Sequence[Value]]) -> "PastRows":
        """Rows whose moments are worked out from their times, see `lifecycle.features.history`."""
        times = columns[source.time]
        shift = source.delay_s * US
        at: list[int | None] = [t + shift if isinstance(t, int) else None for t in times]
        if source.asked is not None:
            # A row is never its own past, nor that of rows asked at the same moment.
            at = [
                max(t, asked + 1) if t is not None and isinstance(asked, int) else None
                for t, asked in zip(at, columns[source.asked], strict=True)
            ]
        if source.label is not None:
            at = [t if told is not None else None for t, told in zip(at, columns[source.label], strict=True)]
        return cls(source=source, columns=columns, at_us=at)

    def of(self, history: HistoryPlan, calendar: Calendar) -> "Iterable[tuple[Any, int, Value]]":
        """(key, moment, value) of the rows that count for a history; the value is None where it has none."""
        keys = self._keys(history)
        values = self._values(history, calendar)
        for key, at, value in zip(keys, self._in_time(history), values, strict=True):
            if at is None or key is None or (history.value is not None and value is None):
                continue
            yield key, at, value

    def _keys(self, history: HistoryPlan) -> Iterable[Any]:
        columns = [self.columns[name] for name in history.key]
        if not columns:
            return [()] * len(self.at_us)
        if len(columns) == 1:
            return columns[0]
        return (None if None in key else key for key in zip(*columns, strict=True))

    def _in_time(self, history: HistoryPlan) -> Sequence[int | None]:
        if history.max_delay_s is None or self.source.asked is None:
            return self.at_us
        most = history.max_delay_s * US
        told, asked = self.columns[self.source.time], self.columns[self.source.asked]
        return [
            at if isinstance(t, int) and isinstance(a, int) and t - a <= most else None
            for at, t, a in zip(self.at_us, told, asked, strict=True)
        ]

    def _values(self, history: HistoryPlan, calendar: Calendar) -> Iterable[Value]:
        expression = history.value
        if expression is None:
            return [None] * len(self.at_us)
        if isinstance(expression, Ref):
            found: Iterable[Value] = self.columns[expression.name]
        else:
            compiled, names = compile_expression(expression, calendar), list(self.columns)
            rows = zip(*self.columns.values(), strict=True)
            found = (compiled(dict(zip(names, row, strict=True))) for row in rows)
        if expression.kind != "float":
            return found
        # Written so that NaN is missing as well.
        return (v if isinstance(v, int | float) and abs(v) <= LARGEST else None for v in found)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryTable:
    """The past rows of one history: for each key the moments, ascending, and the aggregate over stretches."""

    plan: HistoryPlan
    known_by_us: int | None
    """What happened after this moment is not in the table; None: it holds all there is."""
    of_nothing: Value
    window_us: int
    key_of: Callable[[Slots], Any]
    """The key of a request; None where a part of it is missing."""
    rows: Mapping[Any, tuple[Sequence[int], WindowAggregate]]

    @classmethod
    def build(
        cls, plan: HistoryPlan, past: PastRows, calendar: Calendar, *, known_by_us: int | None = None
    ) -> "HistoryTable":
        """Index the past rows of a history's source."""
        kind: Kind = "null" if plan.value is None else plan.value.kind
        grouped: dict[Any, list[tuple[int, Any]]] = {}
        for key, at, value in past.of(plan, calendar):
            grouped.setdefault(key, []).append((at, value))
        rows = {}
        for key, found in grouped.items():
            # By value, too: the last of several at one moment is the greatest.
            found.sort(key=itemgetter(0) if plan.value is None else None)
            times = array("q", map(itemgetter(0), found))
            values: Sequence[Any] = list(map(itemgetter(1), found))
            held = array("d", values) if kind == "float" else values
            rows[key] = (times, window_aggregate(plan.aggregate, kind, times, held))
        return cls(
            plan=plan,
            known_by_us=known_by_us,
            of_nothing=plan.of_nothing,
            window_us=plan.window_us,
            key_of=_key_of(list(plan.key.values())),
            rows=rows,
        )

    def at(self, request: Slots, event_us: int) -> Value:
        """The aggregate for a request; missing with its key, or where nothing of the window is known."""
        key = self.key_of(request)
        known_by = self.known_by_us
        # What is not known is not zero.
        if key is None or (known_by is not None and event_us - known_by > self.window_us):
            return None
        found = self.rows.get(key)
        if found is None:
            return self.of_nothing
        times, aggregate = found
        high = bisect_right(times, event_us)
        low = bisect_right(times, event_us - self.window_us, 0, high)
        return aggregate.over(low, high, event_us) if low < high else self.of_nothing


def _key_of(columns: Sequence[str]) -> Callable[[Slots], Any]:
    if not columns:
        return lambda request: ()
    if len(columns) == 1:
        (only,) = columns
        return lambda request: request.get(only)

    def several(request: Slots) -> tuple[Value, ...] | None:
        key = tuple([request.get(column) for column in columns])
        return None if None in key else key

    return several
