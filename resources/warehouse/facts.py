"""The facts of a table in one aggregate query; samples are asked for only where something is wrong."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lifecycle.data.contract import MAX_SAMPLES, ColumnFacts, TableFacts
from lifecycle.spec.records import Column, ColumnType, ModelSpec, Scalar
from resources.warehouse.base import TimeWindow
from resources.warehouse.casts import SQL_TYPES, identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Parameter = Scalar | object


@dataclass(frozen=True, slots=True)
class _Condition:
    """A SQL condition, with values for its question marks."""

    sql: str
    parameters: tuple[Parameter, ...] = ()


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

    def samples(column: str, wrong: _Condition) -> tuple[str, ...]:
        x = identifier(column)
        distinct = f"SELECT DISTINCT CAST({x} AS VARCHAR) FROM {relation} WHERE {wrong.sql} ORDER BY 1"
        return _first(
            connection.execute(f"{distinct} LIMIT {MAX_SAMPLES}", list(wrong.parameters)).fetchall()
        )

    def column_facts(name: str) -> ColumnFacts:
        contract = spec.data.columns.get(name)
        out, other = found.get(("outside_range", name), 0), found.get(("outside_allowed", name), 0)
        return ColumnFacts(
            nulls=found["nulls", name],
            not_finite=found.get(("not_finite", name), 0),
            min=found.get(("min", name)),
            max=found.get(("max", name)),
            outside_range=out,
            range_samples=samples(name, _outside_range(name, contract)) if contract and out else (),
            outside_allowed=other,
            allowed_samples=samples(name, _outside_allowed(name, contract)) if contract and other else (),
        )

    table = {name: value for (name, column), value in found.items() if not column}
    repeated: tuple[str, ...] = ()
    if table.get("duplicate_rows"):
        key = identifier(spec.data.entity)
        grouped = f"SELECT CAST({key} AS VARCHAR) FROM {relation} GROUP BY {key} HAVING count({key}) > 1"
        repeated = _first(connection.execute(f"{grouped} ORDER BY 1 LIMIT {MAX_SAMPLES}").fetchall())
    return TableFacts(
        columns={name: column_facts(name) for name in columns}, duplicate_samples=repeated, **table
    )


def _aggregates(
    columns: Mapping[str, ColumnType], spec: ModelSpec, window: TimeWindow
) -> Iterator[tuple[tuple[str, str], _Condition]]:
    """(name of the fact, column or "") -> aggregate; facts about columns that are not there are left out."""
    yield ("rows", ""), _Condition("count(*)")
    yield from _table_aggregates(columns, spec, window)
    for name, kind in columns.items():
        x = identifier(name)
        yield ("nulls", name), _Condition(f"count(*) - count({x})")
        if kind in ("int", "float"):
            finite = f"isfinite(CAST({x} AS DOUBLE))"
            yield ("min", name), _Condition(f"CAST(min({x}) FILTER ({finite}) AS DOUBLE)")
            yield ("max", name), _Condition(f"CAST(max({x}) FILTER ({finite}) AS DOUBLE)")
        if kind == "float":
            yield ("not_finite", name), _counted(_Condition(f"NOT isfinite({x})"))
        contract = spec.data.columns.get(name)
        if contract is not None and (contract.min is not None or contract.max is not None):
            yield ("outside_range", name), _counted(_outside_range(name, contract))
        if contract is not None and contract.allowed is not None:
            yield ("outside_allowed", name), _counted(_outside_allowed(name, contract))


def _table_aggregates(
    columns: Iterable[str], spec: ModelSpec, window: TimeWindow
) -> Iterator[tuple[tuple[str, str], _Condition]]:
    data, have = spec.data, set(columns)
    entity, at, label = identifier(data.entity), identifier(data.event_time), identifier(data.label.column)
    if data.entity in have:
        yield ("duplicate_rows", ""), _Condition(f"count({entity}) - count(DISTINCT {entity})")
    if data.event_time in have:
        outside = _Condition(f"{at} < ? OR {at} >= ?", (window.start, window.end))
        yield ("outside_window", ""), _counted(outside)
    if data.label.column in have:
        yield ("labels", ""), _Condition(f"count({label})")
    if data.label.known_at is not None and {data.label.column, data.label.known_at, data.event_time} <= have:
        known_at = identifier(data.label.known_at)
        labelled = f"{label} IS NOT NULL AND"
        yield ("labels_without_time", ""), _counted(_Condition(f"{labelled} {known_at} IS NULL"))
        yield ("labels_before_event", ""), _counted(_Condition(f"{labelled} {known_at} < {at}"))


def _counted(condition: _Condition) -> _Condition:
    return _Condition(f"count(*) FILTER ({condition.sql})", condition.parameters)


def _outside_range(name: str, column: Column) -> _Condition:
    x = identifier(name)
    ends = [(f"{x} < ?", column.min), (f"{x} > ?", column.max)]
    given = [(sql, end) for sql, end in ends if end is not None]
    # DuckDB sorts NaN above every number; it and the infinities have a fact of their own.
    finite = f"isfinite(CAST({x} AS DOUBLE))"
    return _Condition(
        f"{finite} AND ({' OR '.join(sql for sql, _ in given)})", tuple(end for _, end in given)
    )


def _outside_allowed(name: str, column: Column) -> _Condition:
    allowed = column.allowed or ()
    if not allowed:
        return _Condition(f"{identifier(name)} IS NOT NULL")
    marks = ", ".join(f"CAST(? AS {SQL_TYPES[column.type]})" for _ in allowed)
    return _Condition(f"{identifier(name)} NOT IN ({marks})", allowed)


def _first(rows: Iterable[tuple[str]]) -> tuple[str, ...]:
    return tuple(row[0] for row in rows)
