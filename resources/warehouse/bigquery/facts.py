"""The facts of a table on BigQuery: all counts in one query, and samples only of what is wrong.

BigQuery is paid by columns read, so that one look at every rule costs no more than a look at one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC
from typing import Any

from lifecycle.data.facts import MAX_SAMPLES, ColumnFacts, TableFacts
from lifecycle.spec.columns import Column, ColumnType
from lifecycle.spec.hidden import HIDDEN
from lifecycle.spec.model_spec import ModelSpec
from resources.warehouse.base import TimeWindow
from resources.warehouse.bigquery.jobs import Jobs
from resources.warehouse.bigquery.sql import BigQueryRules, Values, coded, finite
from resources.warehouse.row_rules import (
    label_before_event,
    label_without_time,
    outside_allowed,
    outside_range,
)


def measure_facts(
    jobs: Jobs,
    relation: str,
    columns: Mapping[str, ColumnType],
    spec: ModelSpec,
    window: TimeWindow,
) -> TableFacts:
    """Measure a relation against a spec.

    Args:
        relation: SQL of a table, trusted.
        columns: the columns it has; facts about others are left out.
        window: where its event times should lie.
    """
    return _Measuring(jobs, relation, columns, spec, window).facts()


@dataclass(frozen=True, slots=True)
class _Measuring:
    jobs: Jobs
    relation: str
    columns: Mapping[str, ColumnType]
    spec: ModelSpec
    window: TimeWindow
    values: Values = field(default_factory=Values)

    def facts(self) -> TableFacts:
        aggregates = dict(self._aggregates())
        sql = f"SELECT {', '.join(aggregates.values())} FROM {self.relation}"
        (row,) = self.jobs.rows(sql, self.values, purpose="facts")
        found = dict(zip(aggregates, row, strict=True))
        table = {fact: value for (fact, column), value in found.items() if not column}
        if (newest := table.get("newest")) is not None:
            table["newest"] = newest.astimezone(UTC)
        duplicates: dict[str, Any] = {}
        if table.get("duplicate_rows"):
            entity = self.spec.data.entity
            duplicates = {"duplicate_samples": self._repeated(entity)}
        columns = {name: self._column(name, found) for name in self.columns}
        return replace(TableFacts(columns=columns, **table), **duplicates)

    def _aggregates(self) -> Iterator[tuple[tuple[str, str], str]]:
        """(name of the fact, column or "") -> aggregate; columns that are not there have none."""
        yield ("rows", ""), "COUNT(*)"
        yield from self._table_aggregates()
        for name, kind in self.columns.items():
            x, contract = coded(name), self._contract(name)
            yield ("nulls", name), f"COUNT(*) - COUNT({x})"
            if kind in ("int", "float"):
                number = f"IF({finite(x)}, {x}, NULL)" if kind == "float" else x
                yield ("min", name), f"CAST(MIN({number}) AS FLOAT64)"
                yield ("max", name), f"CAST(MAX({number}) AS FLOAT64)"
            if kind == "float":
                yield ("not_finite", name), f"COUNTIF(NOT ({finite(x)}))"
            if self._is_ranged(name):
                yield ("outside_range", name), f"COUNTIF({self._outside_range(name)})"
            if self._is_limited(name):
                yield ("outside_allowed", name), f"COUNTIF({self._outside_allowed(name)})"
            if contract.unique and name != self.spec.data.entity:
                yield ("repeated", name), f"COUNT({x}) - COUNT(DISTINCT {x})"

    def _table_aggregates(self) -> Iterator[tuple[tuple[str, str], str]]:
        data, held = self.spec.data, self.columns
        label, known_at = data.label.column, data.label.known_at
        rules = BigQueryRules(self.values)
        if data.event_time is not None and held.get(data.event_time) == "timestamp":
            x = coded(data.event_time)
            start, end = (self.values.bind(at, "timestamp") for at in (self.window.start, self.window.end))
            yield ("outside_window", ""), f"COUNTIF({x} < {start} OR {x} >= {end})"
            yield ("newest", ""), f"MAX({x})"
        if data.entity in held:
            x = coded(data.entity)
            yield ("duplicate_rows", ""), f"COUNT({x}) - COUNT(DISTINCT {x})"
        if label in held:
            yield ("labels", ""), f"COUNT({coded(label)})"
        times = [held.get(name) for name in (known_at, data.event_time) if name is not None]
        if label in held and known_at is not None and times == ["timestamp", "timestamp"]:
            yield ("labels_without_time", ""), f"COUNTIF({label_without_time(self.spec, rules)})"
            yield ("labels_before_event", ""), f"COUNTIF({label_before_event(self.spec, rules)})"

    def _column(self, name: str, found: Mapping[tuple[str, str], Any]) -> ColumnFacts:
        own = {fact: value for (fact, column), value in found.items() if column == name}
        facts = ColumnFacts(kind=self.columns[name], **own)
        if facts.outside_range:
            facts = replace(facts, range_samples=self._samples(name, self._outside_range(name)))
        if facts.outside_allowed:
            facts = replace(facts, allowed_samples=self._samples(name, self._outside_allowed(name)))
        if facts.repeated:
            facts = replace(facts, repeated_samples=self._repeated(name))
        if self._contract(name).increasing and self._fits(name):
            facts = replace(facts, decreases=self._decreases(name))
        return facts

    def _decreases(self, name: str) -> int | None:
        """Moments whose smallest value is below the largest of the moment before; ties have no order."""
        data = self.spec.data
        if data.event_time is None or self.columns.get(data.event_time) != "timestamp":
            return None
        x, event = coded(name), coded(data.event_time)
        sql = (
            "SELECT COUNTIF(low < before) FROM "
            "(SELECT low, LAG(high) OVER (ORDER BY moment) AS before FROM "
            f"(SELECT {event} AS moment, MIN({x}) AS low, MAX({x}) AS high FROM {self.relation} "
            f"WHERE {x} IS NOT NULL GROUP BY moment))"
        )
        ((count,),) = self.jobs.rows(sql, purpose="facts")
        return int(count)

    def _repeated(self, name: str) -> tuple[str, ...]:
        x = coded(name)
        return self._texts(
            name, f"SELECT {x} AS v FROM {self.relation} WHERE {x} IS NOT NULL GROUP BY v HAVING COUNT(*) > 1"
        )

    def _samples(self, name: str, condition: str) -> tuple[str, ...]:
        return self._texts(name, f"SELECT DISTINCT {coded(name)} AS v FROM {self.relation} WHERE {condition}")

    def _texts(self, name: str, query: str) -> tuple[str, ...]:
        """Values `v` of a query as text, the first few in the order of their texts."""
        if self._contract(name).sensitive:
            return (HIDDEN,)
        select = f"SELECT v FROM ({query}) ORDER BY CAST(v AS STRING) LIMIT {MAX_SAMPLES}"
        rows = self.jobs.rows(select, self.values, purpose="samples")
        return tuple(_shown(row[0]) for row in rows)

    def _outside_range(self, name: str) -> str:
        return outside_range(name, self._contract(name), BigQueryRules(self.values))

    def _outside_allowed(self, name: str) -> str:
        return outside_allowed(name, self._contract(name), BigQueryRules(self.values))

    def _is_ranged(self, name: str) -> bool:
        contract = self._contract(name)
        return self._fits(name) and (contract.min is not None or contract.max is not None)

    def _is_limited(self, name: str) -> bool:
        return self._fits(name) and self._contract(name).allowed is not None

    def _fits(self, name: str) -> bool:
        """Whether a column of the spec is held in its type."""
        return name in self.spec.data.columns and self._contract(name).type == self.columns[name]

    def _contract(self, name: str) -> Column:
        return self.spec.data.columns.get(name) or Column(type=self.columns[name])


def _shown(value: object) -> str:
    """A value as DuckDB writes it.

    >>> _shown(-1.0), _shown(True)
    ('-1.0', 'true')
    """
    return str(value).lower() if isinstance(value, bool) else str(value)
