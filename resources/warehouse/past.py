"""Past rows that history features look back on, through DuckDB."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from lifecycle.features.expression import Kind
from lifecycle.features.history import HistoryGroup, HistorySource, history_groups
from lifecycle.features.history_asked import asked_intervals
from lifecycle.features.history_offline import needed_rows, past_rows
from lifecycle.features.lowering import IBIS_TYPES
from lifecycle.features.plan import FeaturePlan
from lifecycle.features.request import from_python
from lifecycle.spec.columns import ColumnType
from lifecycle.spec.model_spec import ModelSpec
from resources.warehouse.sources import SourceFiles, columns_of, create_view, ordered, read_as

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa
    from duckdb import DuckDBPyConnection


def unbound(name: str, kinds: Mapping[str, Kind] | Mapping[str, ColumnType]) -> "ir.Table":
    """A table for ibis to compile against; DuckDB knows it as a view of that name."""
    import ibis

    return ibis.table({column: IBIS_TYPES[kind] for column, kind in kinds.items()}, name=name)


def create_past(
    connection: "DuckDBPyConnection", spec: ModelSpec, source: HistorySource, files: SourceFiles
) -> "ir.Table":
    """Name the rows of a source; the table to compile against comes back."""
    # No lookup has such a name: it holds a space.
    name = f"the past {source.name}"
    found, kinds = columns_of(connection, files.sql), column_types(source)
    query = read_as(files.sql, found, kinds, what=files.role, time_zone=spec.data.time_zone)
    create_view(connection, name, query)
    return unbound(name, source.columns)


def select_past(
    connection: "DuckDBPyConnection",
    rows: "ir.Table",
    plan: FeaturePlan,
    source: HistorySource,
    *,
    since: datetime,
    known_by: datetime,
    asked: "pa.Table | None",
) -> "pa.Table":
    """The rows of `Warehouse.history_rows`, out of those that `create_past` named."""
    import ibis

    intervals = None
    if asked is not None:
        intervals = [_registered(connection, plan, group, asked) for group in groups_of(plan, source)]
    past = chosen_past(rows, plan, source, since=since, known_by=known_by, intervals=intervals)
    query = ibis.to_sql(past, dialect="duckdb", pretty=False)
    return connection.execute(ordered(query, [source.time], source.columns)).to_arrow_table()


def groups_of(plan: FeaturePlan, source: HistorySource) -> list[HistoryGroup]:
    """The groups of histories that look back on a source."""
    return [group for group in history_groups(plan.histories) if group.first.source == source.name]


def chosen_past(
    rows: "ir.Table",
    plan: FeaturePlan,
    source: HistorySource,
    *,
    since: datetime,
    known_by: datetime,
    intervals: "Sequence[ir.Table] | None",
) -> "ir.Table":
    """The rows of `Warehouse.history_rows`, in no order.

    Args:
        intervals: for each of `groups_of`, the table of `interval_table`; None: every row is needed.
    """
    past = past_rows(rows, source, (since, known_by), 0)
    if intervals is not None:
        past = needed_rows(past, groups_of(plan, source), intervals)
    return past.select(*source.columns)


def _registered(
    connection: "DuckDBPyConnection", plan: FeaturePlan, group: HistoryGroup, asked: "pa.Table"
) -> "ir.Table":
    """What a group's questions need, as a table of the connection."""
    name = f"the intervals {group.number}"
    connection.register(name, interval_table(plan, group, asked))
    return unbound(name, interval_kinds(plan, group))


def interval_kinds(plan: FeaturePlan, group: HistoryGroup) -> dict[str, Kind]:
    """Columns of `interval_table`."""
    key = {f"k{i}": plan.request[column].type for i, column in enumerate(group.first.key.values())}
    return {**key, "after_us": "int", "until_us": "int"}


def interval_table(plan: FeaturePlan, group: HistoryGroup, asked: "pa.Table") -> "pa.Table":
    """What a group's questions need; see `needed_rows`."""
    import pyarrow as pa

    from lifecycle.data.columns import arrow_type

    columns = [*group.first.key.values(), plan.asked_at]
    questions = [
        {name: from_python(value) for name, value in row.items()} for row in asked.select(columns).to_pylist()
    ]
    found = asked_intervals(group, plan.asked_at, questions)
    flat = [(key, interval) for key, intervals in found.items() for interval in intervals]
    kinds = [plan.request[column].type for column in group.first.key.values()]
    parts: dict[str, pa.Array] = {
        f"k{i}": _as_arrow([key[i] for key, _ in flat], arrow_type(kind)) for i, kind in enumerate(kinds)
    }
    for place, name in enumerate(("after_us", "until_us")):
        parts[name] = pa.array([interval[place] for _, interval in flat], pa.int64())
    return pa.table(parts)


def _as_arrow(values: list[object], kind: "pa.DataType") -> "pa.Array":
    """Values of the online path as the type that they stand for: times and dates are whole numbers there."""
    import pyarrow as pa

    if pa.types.is_timestamp(kind):
        return pa.array(values, pa.int64()).cast(kind)
    return pa.array(values, pa.int32()).cast(kind) if pa.types.is_date32(kind) else pa.array(values, kind)


def column_types(source: HistorySource) -> dict[str, ColumnType]:
    """Columns of a source, with their types."""
    return {name: kind for name, kind in source.columns.items() if kind != "null"}
