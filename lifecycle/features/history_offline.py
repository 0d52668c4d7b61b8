"""History features over tables: ibis expressions over the union of questions and past rows.

Every engine that we use gives these the same meaning: windows over whole microseconds, never over times.
Whole numbers are counted with running sums: a past row adds itself when it begins to count, and takes itself
away when it leaves the window. Each row is touched twice, however wide the window. Floats cannot be taken
away again without loss: they are aggregated over a range of microseconds, as smallest and largest values are.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from lifecycle.features.functions import epoch_s
from lifecycle.features.history import SCOPE, HistoryGroup, HistoryPlan, HistorySource, history_groups
from lifecycle.features.history_parts import as_kind, as_number, part_of, value_column, whole_sum
from lifecycle.features.lowering import IBIS_TYPES, lower_value, with_local_times
from lifecycle.features.plan import FeaturePlan

if TYPE_CHECKING:
    import ibis.expr.types as ir

EVENT_US = "#event_us"
"""Column of the event time in microseconds. No column of a spec has a name like this."""
_AT, _US, _ASKS = "#at", "#us", "#asks"


def epoch_us(timestamp: Any) -> Any:
    """Whole microseconds since 1970 of an ibis timestamp."""
    return epoch_s(timestamp) * 1_000_000 + timestamp.microsecond().cast("int64")


def with_histories(
    rows: "ir.Table",
    plan: FeaturePlan,
    events: "ir.Table",
    sources: Mapping[str, "ir.Table"],
    window: tuple[datetime, datetime],
) -> "ir.Table":
    """The rows with each history as `history.<name>`, and the latest `at` that each group saw.

    Args:
        rows: events with what was joined to them, and `EVENT_US`.
        plan: what to compute.
        events: the events alone: their distinct keys and times are the questions.
        sources: past rows by name.
        window: bounds of the event times, UTC.
    """
    for group in history_groups(plan.histories):
        pass_ = _Pass(plan, group, events, sources[group.first.source], window)
        rows = pass_.joined(rows)
    return rows


def past_rows(
    table: "ir.Table", source: HistorySource, window: tuple[datetime, datetime], reach_s: int
) -> "ir.Table":
    """Past rows that may count inside a window, with their moment as `#at`.

    Args:
        table: rows with the source's columns.
        source: what they are.
        window: bounds of the questions, UTC, the last one included.
        reach_s: how far before the window a row may begin to count.
    """
    import ibis

    def moment(time: datetime) -> Any:
        return ibis.literal(time, type=IBIS_TYPES["timestamp"])

    taken = table.select(
        **{name: table[name].cast(IBIS_TYPES[kind]) for name, kind in source.columns.items()}
    )
    at = taken[source.time]
    if source.delay_s:
        at = at + ibis.interval(seconds=source.delay_s)
    if source.asked is not None:
        after = taken[source.asked] + ibis.interval(microseconds=1)
        at = at.notnull().ifelse(ibis.greatest(at, after), ibis.null())
    taken = taken.mutate(**{_AT: at.cast(IBIS_TYPES["timestamp"])})
    if source.label is not None:
        taken = taken.filter(taken[source.label].notnull())
    since = window[0] - timedelta(seconds=reach_s)
    return taken.filter(taken[_AT] > moment(since), taken[_AT] <= moment(window[1]))


def needed_rows(
    past: "ir.Table", groups: Sequence[HistoryGroup], intervals: Sequence["ir.Table"]
) -> "ir.Table":
    """Past rows that lie in an interval of one of the groups.

    Args:
        past: what `past_rows` gave.
        groups: histories over these rows.
        intervals: of each group, what `asked_intervals` gave: the key as `k0`, `k1` ..., `after_us`,
            `until_us`. A row lies in one of them at most, so that no row comes twice.
    """
    import ibis

    columns = past.columns
    rows = past.mutate(**{_US: epoch_us(past[_AT])})
    for group, asked in zip(groups, intervals, strict=True):
        names = {name: f"#n{group.number}{name}" for name in asked.columns}
        asked = asked.rename({new: old for old, new in names.items()})
        on = [rows[column] == asked[names[f"k{i}"]] for i, column in enumerate(group.first.key)]
        on += [rows[_US] > asked[names["after_us"]], rows[_US] <= asked[names["until_us"]]]
        rows = rows.left_join(asked, on)
    found = [rows[f"#n{group.number}after_us"].notnull() for group in groups]
    return rows.filter(ibis.or_(*found)).select(*columns)


class _Pass:
    """The questions and past rows of one group, and their answers."""

    def __init__(
        self,
        plan: FeaturePlan,
        group: HistoryGroup,
        events: "ir.Table",
        table: "ir.Table",
        window: tuple[datetime, datetime],
    ) -> None:
        self._plan, self._group = plan, group
        self._window_us = group.first.window_us
        self._keys = [f"#h{group.number}k{i}" for i in range(len(group.first.key))]
        self._asked = self._questions(events)
        self._past = self._counting(table, window)

    def joined(self, rows: "ir.Table") -> "ir.Table":
        """The rows with the group's answers; those with a missing part of the key get none."""
        on = [*zip(self._group.first.key.values(), self._keys, strict=True), (EVENT_US, _US)]
        one_pass = [history for history in self._group.histories if history.aggregate != "distinct"]
        tables = [self._answers(one_pass)]
        tables += [self._distinct(h) for h in self._group.histories if h.aggregate == "distinct"]
        for table in tables:
            rows = rows.left_join(table, on).drop(*self._keys, _US)
        return rows

    def _questions(self, events: "ir.Table") -> "ir.Table":
        """Distinct keys and times: many rows may ask the same."""
        kinds, key = self._plan.request, self._group.first.key
        asked = events.select(
            **{
                name: events[column].cast(IBIS_TYPES[kinds[column].type])
                for name, column in zip(self._keys, key.values(), strict=True)
            },
            **{_US: epoch_us(events[self._plan.asked_at])},
        )
        return asked.filter(*(asked[name].notnull() for name in self._keys), asked[_US].notnull()).distinct()

    def _counting(self, table: "ir.Table", window: tuple[datetime, datetime]) -> "ir.Table":
        """Past rows of the group: keys, `#at`, `#us`, and the value of each history."""
        first, source = self._group.first, self._plan.source(self._group.first.source)
        past = past_rows(table, source, window, first.window_s)
        past = past.drop_null(list(first.key)) if first.key else past
        if first.max_delay_s is not None and source.asked is not None:
            took_us = epoch_us(past[source.time]) - epoch_us(past[source.asked])
            past = past.filter(took_us <= first.max_delay_s * 1_000_000)
        values = [h.value for h in self._group.histories if h.value is not None]
        past, local = with_local_times(past, values, self._plan.calendar)
        return past.select(
            **{name: past[column] for name, column in zip(self._keys, first.key, strict=True)},
            **{_AT: past[_AT], _US: epoch_us(past[_AT])},
            **{
                value_column(h): lower_value(h.value, past, self._plan.calendar, local)
                for h in self._group.histories
                if h.value is not None
            },
        )

    def _answers(self, histories: Sequence[HistoryPlan]) -> "ir.Table":
        """Questions with the results of all histories that one union can answer, and the latest `at`."""
        import ibis

        parts = [part_of(history) for history in histories]
        at_none = ibis.null(IBIS_TYPES["timestamp"])
        past, asked = self._past, self._asked
        told = {name: value for part in parts for name, value in part.told(past).items()}
        tables = [self._side(past, past[_US], past[_AT], told, asks=0)]
        if any(history.is_counted for history in histories):
            gone = {name: value for part in parts for name, value in part.gone(past).items()}
            tables.append(self._side(past, past[_US] + self._window_us, at_none, gone, asks=0))
        none = {name: value for part in parts for name, value in part.none().items()}
        tables.append(self._side(asked, asked[_US], at_none, none, asks=1))
        both = ibis.union(*tables)
        running, ranged = self._frames(both)
        found = {
            name: value for part in parts for name, value in part.windowed(both, running, ranged).items()
        }
        answered = both.mutate(**found, **{_AT: both[_AT].max().over(running)})
        answered = answered.filter(answered[_ASKS] == 1)
        oldest = answered[_US] - self._window_us
        seen = (epoch_us(answered[_AT]) > oldest).ifelse(answered[_AT], at_none)
        results = {part.slot: part.result(answered, oldest) for part in parts}
        table = answered.select(*self._keys, _US, **results, **{self._group.at_column: seen})
        for history in histories:
            if history.aggregate == "last":
                table = self._with_last(table, history)
        return table

    def _side(
        self, table: "ir.Table", us: Any, at: Any, columns: Mapping[str, Any], *, asks: int
    ) -> "ir.Table":
        import ibis

        own = {_US: us, _ASKS: ibis.literal(asks, type="int8"), _AT: at}
        return table.select(*self._keys, **own, **columns)

    def _frames(self, both: "ir.Table") -> tuple[Any, Any]:
        """All rows up to each, and those of its window. What counts from a question's time is before it."""
        import ibis

        keys = [both[name] for name in self._keys]
        running = ibis.cumulative_window(group_by=keys, order_by=[both[_US], both[_ASKS]])
        ranged = ibis.range_window(
            preceding=self._window_us - 1, following=0, group_by=keys, order_by=[both[_US]]
        )
        return running, ranged

    def _with_last(self, table: "ir.Table", history: HistoryPlan) -> "ir.Table":
        """The moment of the latest value replaced by the value itself, the greatest of that moment."""
        slot, value = f"{SCOPE}.{history.name}", self._past[value_column(history)]
        names = {name: f"{name}#" for name in (*self._keys, _US)}
        counting = self._past.filter(value.notnull())
        number = as_number(counting[value_column(history)])
        latest = counting.group_by(*names).aggregate(**{f"{slot}#": number.max()})
        latest = latest.rename({new: old for old, new in names.items()})
        on = [*((name, names[name]) for name in self._keys), (slot, names[_US])]
        kept = [name for name in table.columns if name != slot]
        table = table.left_join(latest, on)
        # Not by leaving columns out: ibis does that with names that BigQuery does not know.
        return table.select(*kept, **{slot: as_kind(table[f"{slot}#"], history)})

    def _distinct(self, history: HistoryPlan) -> "ir.Table":
        """Questions with the number of different values.

        A row stands for its value until the next row of the same value, or until it leaves the window; so at
        any moment each value in the window is stood for once.
        """
        import ibis

        column, slot = value_column(history), f"{SCOPE}.{history.name}"
        past = self._past.filter(self._past[column].notnull())
        value = past[column]
        if value.type().is_floating():
            # BigQuery partitions by no float; text of it tells -0.0 from 0.0, which are one value.
            value = (value == 0).ifelse(0.0, value).cast("string")
        past = past.select(*self._keys, _US, value=value).distinct()
        same = ibis.window(group_by=[*self._keys, "value"], order_by=past[_US])
        past = past.mutate(next=past[_US].lead(1).over(same))
        leaves = past[_US] + self._window_us
        until = ibis.least(leaves, past["next"].fill_null(leaves))
        none = ibis.null(IBIS_TYPES["timestamp"])
        tables = [
            self._side(table, us, none, {"change": ibis.literal(change, type="int64")}, asks=asks)
            for table, us, change, asks in [
                (past, past[_US], 1, 0),
                (past, until, -1, 0),
                (self._asked, self._asked[_US], 0, 1),
            ]
        ]
        both = ibis.union(*tables)
        running, _ = self._frames(both)
        answered = both.mutate(**{slot: whole_sum(both["change"], running)})
        return answered.filter(answered[_ASKS] == 1).select(*self._keys, _US, slot)
