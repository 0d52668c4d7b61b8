"""The facts of a table in one aggregate query; samples are asked for only where something is wrong."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lifecycle.data.contract import MAX_SAMPLES, ColumnFacts, TableFacts
from lifecycle.spec.records import Column, ColumnType, ModelSpec
from resources.warehouse.base import TimeWindow
from resources.warehouse.casts import SQL_TYPES, identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class _Sql:
    """A piece of SQL, with values for its question marks."""

    sql: str
    parameters: tuple[object, ...] = ()


def measure_facts(
    connection: "DuckDBPyConnection",
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
    aggregates = dict(_aggregates(columns, spec, window))
    values = [value for aggregate in aggregates.values() for value in aggregate.parameters]
    sql = f"SELECT {', '.join(aggregate.sql for aggregate in aggregates.values())} FROM {relation}"
    measured = connection.execute(sql, values).fetchall()[0]
    found = dict(zip(aggregates, measured, strict=True))
    rows_of = _Relation(connection, relation)
    table = {fact: value for (fact, column), value in found.items() if not column}
    return TableFacts(
        columns={
            name: _column_facts(
                rows_of,
                name,
                spec.data.columns.get(name),
                {fact: value for (fact, column), value in found.items() if column == name},
            )
            for name in columns
        },
        duplicate_samples=rows_of.repeated(spec.data.entity) if table.get("duplicate_rows") else (),
        **table,
    )


@dataclass(frozen=True, slots=True)
class _Relation:
    """Where samples are taken from: distinct values as text, the first few in their order."""

    connection: "DuckDBPyConnection"
    sql: str

    def where(self, column: str, wrong: _Sql) -> tuple[str, ...]:
        return self._first(f"FROM {self.sql} WHERE {wrong.sql}", column, wrong.parameters)

    def repeated(self, column: str) -> tuple[str, ...]:
        x = identifier(column)
        return self._first(f"FROM {self.sql} GROUP BY {x} HAVING count({x}) > 1", column)

    def _first(self, rest: str, column: str, parameters: Sequence[object] = ()) -> tuple[str, ...]:
        select = (
            f"SELECT DISTINCT CAST({identifier(column)} AS VARCHAR) {rest} ORDER BY 1 LIMIT {MAX_SAMPLES}"
        )
        return tuple(row[0] for row in self.connection.execute(select, list(parameters)).fetchall())


def _column_facts(
    rows_of: _Relation, name: str, contract: Column | None, found: dict[str, Any]
) -> ColumnFacts:
    out, other = found.get("outside_range"), found.get("outside_allowed")
    return ColumnFacts(
        **found,
        range_samples=rows_of.where(name, _outside_range(name, contract)) if contract and out else (),
        allowed_samples=rows_of.where(name, _outside_allowed(name, contract)) if contract and other else (),
    )


def _aggregates(
    columns: Mapping[str, ColumnType], spec: ModelSpec, window: TimeWindow
) -> Iterator[tuple[tuple[str, str], _Sql]]:
    """(name of the fact, column or "") -> aggregate; facts about columns that are not there are left out."""
    yield ("rows", ""), _Sql("count(*)")
    yield from _table_aggregates(columns, spec, window)
    for name, kind in columns.items():
        x = identifier(name)
        yield ("nulls", name), _Sql(f"count(*) - count({x})")
        if kind in ("int", "float"):
            finite = f"isfinite(CAST({x} AS DOUBLE))"
            yield ("min", name), _Sql(f"CAST(min({x}) FILTER ({finite}) AS DOUBLE)")
            yield ("max", name), _Sql(f"CAST(max({x}) FILTER ({finite}) AS DOUBLE)")
        if kind == "float":
            yield ("not_finite", name), _counted(_Sql(f"NOT isfinite({x})"))
        contract = spec.data.columns.get(name)
        if contract is not None and (contract.min is not None or contract.max is not None):
            yield ("outside_range", name), _counted(_outside_range(name, contract))
        if contract is not None and contract.allowed is not None:
            yield ("outside_allowed", name), _counted(_outside_allowed(name, contract))


def _table_aggregates(
    columns: Iterable[str], spec: ModelSpec, window: TimeWindow
) -> Iterator[tuple[tuple[str, str], _Sql]]:
    data, have = spec.data, set(columns)
    entity, label = identifier(data.entity), identifier(data.label.column)
    if data.entity in have:
        yield ("duplicate_rows", ""), _Sql(f"count({entity}) - count(DISTINCT {entity})")
    if data.label.column in have:
        yield ("labels", ""), _Sql(f"count({label})")
    if data.event_time is None or data.event_time not in have:
        return
    at = identifier(data.event_time)
    outside = _Sql(f"{at} < ? OR {at} >= ?", (window.start, window.end))
    yield ("outside_window", ""), _counted(outside)
    if data.label.known_at is not None and {data.label.column, data.label.known_at} <= have:
        known_at = identifier(data.label.known_at)
        labelled = f"{label} IS NOT NULL AND"
        yield ("labels_without_time", ""), _counted(_Sql(f"{labelled} {known_at} IS NULL"))
        yield ("labels_before_event", ""), _counted(_Sql(f"{labelled} {known_at} < {at}"))


def _counted(condition: _Sql) -> _Sql:
    return _Sql(f"count(*) FILTER ({condition.sql})", condition.parameters)


def _outside_range(name: str, column: Column) -> _Sql:
    x = identifier(name)
    ends = [(f"{x} < ?", column.min), (f"{x} > ?", column.max)]
    given = [(sql, end) for sql, end in ends if end is not None]
    # DuckDB sorts NaN above every number; it and the infinities have a fact of their own.
    finite = f"isfinite(CAST({x} AS DOUBLE))"
    return _Sql(f"{finite} AND ({' OR '.join(sql for sql, _ in given)})", tuple(end for _, end in given))


def _outside_allowed(name: str, column: Column) -> _Sql:
    allowed = column.allowed or ()
    if not allowed:
        return _Sql(f"{identifier(name)} IS NOT NULL")
    marks = ", ".join(f"CAST(? AS {SQL_TYPES[column.type]})" for _ in allowed)
    return _Sql(f"{identifier(name)} NOT IN ({marks})", allowed)
