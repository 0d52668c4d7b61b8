"""Reading one partition of a source: typed, ordered, with the reason where a row breaks a rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from lifecycle.data.rules import severity_of
from lifecycle.errors import LifecycleError
from lifecycle.spec.hidden import sensitive_of
from lifecycle.spec.model_spec import ModelSpec
from resources.warehouse.base import TimeWindow
from resources.warehouse.casts import cast_expression, identifier
from resources.warehouse.row_rules import RowCondition, raw_name, row_conditions, with_reasons
from resources.warehouse.sources import ordered, read_as

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionRows:
    """The rows of a partition, on their way."""

    reader: "pa.RecordBatchReader"
    """Columns of the spec, raw texts, `REASON`, `SET_ASIDE`; ordered by entity, event time, the others."""
    conditions: tuple[RowCondition, ...]
    raw: tuple[str, ...]
    """Columns that may hold what cannot be read."""


def read_partition(
    connection: "DuckDBPyConnection",
    relation: str,
    found: Mapping[str, str],
    spec: ModelSpec,
    window: TimeWindow,
    *,
    what: str,
    hint: str = "",
) -> PartitionRows:
    """Start to read the rows of a window.

    Only the event time of other partitions' rows is looked at: a value there that cannot be read is their
    error.

    Args:
        relation: the source.
        found: its columns, with their DuckDB types.
        hint: what to say after the columns that it lacks.

    Raises:
        LifecycleError: rows without an event time, which belong to no partition; they would be dropped in
            silence. Or the source lacks a column.
    """
    from resources.warehouse.lake import ROW_GROUP_ROWS

    data = spec.data
    kinds = {name: column.type for name, column in data.columns.items()}
    raw = tuple(name for name in kinds if severity_of(spec, "readable", name) == "quarantine")
    hidden = sensitive_of(data.columns)
    if missing := [name for name in kinds if name not in found]:
        has = ", ".join(found)
        raise LifecycleError(
            f"{what} has no column {', '.join(missing)}; it has {has}: mend the spec or the source{hint}"
        )
    if data.event_time is not None:
        _refuse_rows_without(connection, relation, data.event_time, what=what)
    inside, bounds = rows_inside(relation, found, spec, window)
    lenient = {name: raw_name(name) for name in raw}
    query = read_as(inside, found, kinds, what=what, time_zone=data.time_zone, lenient=lenient, hidden=hidden)
    conditions = row_conditions(spec, kinds, raw)
    by = [data.entity] if data.event_time is None else [data.entity, data.event_time]
    query = ordered(with_reasons(query, conditions), by, [*kinds, *lenient.values()])
    reader = connection.execute(query, bounds)
    return PartitionRows(reader=reader.to_arrow_reader(ROW_GROUP_ROWS), conditions=conditions, raw=raw)


def rows_inside(
    relation: str, found: Mapping[str, str], spec: ModelSpec, window: TimeWindow
) -> tuple[str, dict[str, datetime]]:
    """SQL of the rows of a window, and the values of its parameters.

    All of them where time does not cut the table: a row of an impossible time then breaks the contract, and
    is not lost.
    """
    data = spec.data
    if data.event_time is None or data.partition.every == "once":
        return relation, {}
    event = cast_expression(
        data.event_time,
        found[data.event_time],
        "timestamp",
        time_zone=data.time_zone,
        hidden=data.columns[data.event_time].sensitive,
    )
    bounds = {"start": window.start, "end": window.end}
    return f"(SELECT * FROM {relation} WHERE {event} >= $start AND {event} < $end)", bounds


def _refuse_rows_without(
    connection: "DuckDBPyConnection", relation: str, event_time: str, *, what: str
) -> None:
    query = f"SELECT count(*) FROM {relation} WHERE {identifier(event_time)} IS NULL"
    count = connection.execute(query).fetchall()[0][0]
    if count:
        raise LifecycleError(
            f"{what} has {count} rows without {event_time}, which belong to no partition; "
            "mend them or leave them out in data.source.sql"
        )
