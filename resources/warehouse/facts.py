"""The facts of a table, pushed down: one aggregate query, and a second look only where something is wrong.

What a query of all rules would spend most of its time on is left out of the first look. The smallest and the
largest value say whether any value is out of range or not finite. Categories are grouped, and only the
groups are compared. The table is sorted by entity, so that its neighbours say whether one is there twice.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC
from typing import TYPE_CHECKING, Any

from lifecycle.data.facts import MAX_SAMPLES, ColumnFacts, TableFacts
from lifecycle.spec.columns import Column, ColumnType
from lifecycle.spec.hidden import HIDDEN
from lifecycle.spec.model_spec import ModelSpec
from resources.warehouse.base import TimeWindow
from resources.warehouse.casts import identifier, literal_of
from resources.warehouse.row_rules import (
    label_before_event,
    label_without_time,
    outside_allowed,
    outside_range,
)

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def measure_facts(
    connection: "DuckDBPyConnection",
    relation: str,
    columns: Mapping[str, ColumnType],
    spec: ModelSpec,
    window: TimeWindow,
) -> TableFacts:
    """Measure a relation against a spec.

    Args:
        relation: SQL of a table, trusted; it is read in its own order, by entity.
        columns: the columns it has; facts about others are left out.
        window: where its event times should lie.
    """
    return _Measuring(connection, relation, columns, spec, window).facts()


@dataclass(frozen=True, slots=True)
class _Measuring:
    connection: "DuckDBPyConnection"
    relation: str
    columns: Mapping[str, ColumnType]
    spec: ModelSpec
    window: TimeWindow

    def facts(self) -> TableFacts:
        aggregates = dict(self._aggregates())
        sql = f"SELECT {', '.join(aggregates.values())} FROM {self.relation}"
        found = dict(zip(aggregates, self._row(sql), strict=True))
        table = {fact: value for (fact, column), value in found.items() if not column}
        if (newest := table.get("newest")) is not None:
            table["newest"] = newest.astimezone(UTC)
        facts = TableFacts(columns={name: self._column(name, found) for name in self.columns}, **table)
        return replace(facts, **self._duplicates())

    def _aggregates(self) -> Iterator[tuple[tuple[str, str], str]]:
        """(name of the fact, column or "") -> aggregate; columns that are not there have none."""
        yield ("rows", ""), "count(*)"
        yield from self._table_aggregates()
        for name, kind in self.columns.items():
            x = identifier(name)
            yield ("nulls", name), f"count(*) - count({x})"
            if kind in ("int", "float"):
                yield ("min", name), f"CAST(min({x}) AS DOUBLE)"
                yield ("max", name), f"CAST(max({x}) AS DOUBLE)"
            if self._contract(name).unique and name != self.spec.data.entity:
                yield ("repeated", name), f"count({x}) - count(DISTINCT {x})"

    def _table_aggregates(self) -> Iterator[tuple[tuple[str, str], str]]:
        data, held = self.spec.data, self.columns
        label, known_at = data.label.column, data.label.known_at
        if data.event_time is not None and held.get(data.event_time) == "timestamp":
            x = identifier(data.event_time)
            start, end = (literal_of(bound, "timestamp") for bound in (self.window.start, self.window.end))
            yield ("outside_window", ""), f"count_if({x} < {start} OR {x} >= {end})"
            yield ("newest", ""), f"max({x})"
        if label in held:
            yield ("labels", ""), f"count({identifier(label)})"
        times = [held.get(name) for name in (known_at, data.event_time) if name is not None]
        if label in held and known_at is not None and times == ["timestamp", "timestamp"]:
            yield ("labels_without_time", ""), f"count_if({label_without_time(self.spec)})"
            yield ("labels_before_event", ""), f"count_if({label_before_event(self.spec)})"

    def _column(self, name: str, found: Mapping[tuple[str, str], Any]) -> ColumnFacts:
        own = {fact: value for (fact, column), value in found.items() if column == name}
        kind, contract = self.columns[name], self._contract(name)
        facts = ColumnFacts(kind=kind, **own)
        if kind in ("int", "float") and not _within(facts, contract if kind == contract.type else None):
            facts = replace(facts, **self._numbers(name, contract))
        if name not in self.spec.data.columns or kind != contract.type:
            return facts
        if contract.allowed is not None:
            facts = replace(facts, **self._allowed(name, contract))
        if contract.increasing:
            facts = replace(facts, decreases=self._decreases(name))
        if facts.repeated:
            x = identifier(name)
            query = f"SELECT {x} AS v FROM {self.relation} GROUP BY {x} HAVING count({x}) > 1"
            facts = replace(facts, repeated_samples=self._samples(name, query))
        return facts

    def _numbers(self, name: str, contract: Column) -> dict[str, Any]:
        """The second look at a column that holds something out of range, or not finite."""
        x = identifier(name)
        finite = f"isfinite(CAST({x} AS DOUBLE))"
        ranged = contract.type == self.columns[name] and (
            contract.min is not None or contract.max is not None
        )
        outside = outside_range(name, contract) if ranged else "false"
        low, high, other, out = self._row(
            f"SELECT CAST(min({x}) FILTER ({finite}) AS DOUBLE), CAST(max({x}) FILTER ({finite}) AS DOUBLE), "
            f"count_if(NOT {finite}), count_if({outside}) FROM {self.relation}"
        )
        samples: tuple[str, ...] = ()
        if out:
            samples = self._samples(name, f"SELECT DISTINCT {x} AS v FROM {self.relation} WHERE {outside}")
        return {"min": low, "max": high, "not_finite": other, "outside_range": out, "range_samples": samples}

    def _allowed(self, name: str, contract: Column) -> dict[str, Any]:
        """Values are grouped first: comparing a hundred groups costs nothing, a million texts a second."""
        x, outside = identifier(name), outside_allowed(name, contract)
        groups = f"WITH g AS MATERIALIZED (SELECT {x}, count(*) AS n FROM {self.relation} GROUP BY {x}) "
        (count,) = self._row(f"{groups} SELECT coalesce(sum(n), 0)::BIGINT FROM g WHERE {outside}")
        if not count:
            return {}
        samples = self._samples(name, f"SELECT {x} AS v FROM g WHERE {outside}", before=groups)
        return {"outside_allowed": count, "allowed_samples": samples}

    def _decreases(self, name: str) -> int | None:
        """Moments whose smallest value is below the largest of the moment before; ties have no order."""
        data = self.spec.data
        if data.event_time is None or self.columns.get(data.event_time) != "timestamp":
            return None
        x, event = identifier(name), identifier(data.event_time)
        (count,) = self._row(
            "SELECT count_if(low < before) FROM "
            "(SELECT low, lag(high) OVER (ORDER BY moment) AS before FROM "
            f"(SELECT {event} AS moment, min({x}) AS low, max({x}) AS high FROM {self.relation} "
            f"WHERE {x} IS NOT NULL GROUP BY {event}))"
        )
        return int(count)

    def _duplicates(self) -> dict[str, Any]:
        entity = self.spec.data.entity
        if entity not in self.columns:
            return {}
        x = identifier(entity)
        # DuckDB keeps the order of a file in a window without one. If it did not, neighbours would descend.
        count, descents = self._row(
            f"SELECT count_if(x = before), count_if(x < before) FROM "
            f"(SELECT {x} AS x, lag({x}) OVER () AS before FROM {self.relation})"
        )
        if descents:
            (count,) = self._row(f"SELECT count({x}) - count(DISTINCT {x}) FROM {self.relation}")
        if not count:
            return {"duplicate_rows": 0}
        query = f"SELECT {x} AS v FROM {self.relation} GROUP BY {x} HAVING count({x}) > 1"
        return {"duplicate_rows": count, "duplicate_samples": self._samples(entity, query)}

    def _samples(self, column: str, query: str, *, before: str = "") -> tuple[str, ...]:
        """Distinct values `v` of a query as text, the first few in their order."""
        if self._contract(column).sensitive:
            return (HIDDEN,)
        select = f"{before} SELECT DISTINCT CAST(v AS VARCHAR) FROM ({query}) ORDER BY 1 LIMIT {MAX_SAMPLES}"
        return tuple(row[0] for row in self.connection.execute(select).fetchall())

    def _contract(self, name: str) -> Column:
        return self.spec.data.columns.get(name) or Column(type=self.columns[name])

    def _row(self, sql: str) -> tuple[Any, ...]:
        return tuple(self.connection.execute(sql).fetchall()[0])


def _within(facts: ColumnFacts, contract: Column | None) -> bool:
    """Whether the two ends say that all values are finite and in range. NaN is the largest for DuckDB."""
    ends = [end for end in (facts.min, facts.max) if end is not None]
    if not all(map(math.isfinite, ends)):
        return False
    if contract is None or not ends:
        return True
    low, high = min(ends), max(ends)
    return (contract.min is None or low >= contract.min) and (contract.max is None or high <= contract.max)
