"""A column that is gone, and one that came: what to say where the two look like one."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from lifecycle.data.schema_drift import renamed_columns
from lifecycle.data.table_profile import ColumnProfile, TableProfile, column_profile
from lifecycle.spec.model_spec import ModelSpec
from resources.warehouse.base import TimeWindow
from resources.warehouse.casts import identifier, lenient_expression
from resources.warehouse.reading import rows_inside

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MAX_NEW = 50


def rename_hint(
    connection: "DuckDBPyConnection",
    relation: str,
    found: Mapping[str, str],
    spec: ModelSpec,
    window: TimeWindow,
    lost: Collection[str],
    before: TableProfile,
) -> str:
    """The end of a sentence that names each pair of a lost and a new column, and the way out; "" without one.

    Args:
        found: columns of the source, with their DuckDB types.
        lost: columns of the spec that the source lacks.
        before: how the columns looked in the partition before.
    """
    new = [name for name in found if name not in spec.data.columns][:_MAX_NEW]
    if spec.data.event_time not in found:
        return ""
    pairs = list[tuple[str, str]]()
    for column in lost:
        # Times are profiled by their distance from the event: a single column tells too little of them.
        if column in before.columns and spec.data.columns[column].type not in ("timestamp", "date"):
            looks = {name: _look(connection, relation, found, spec, window, column, name) for name in new}
            pairs += renamed_columns({column: before.columns[column]}, looks)
    return "".join(
        f". The new column {now} holds values like those of {past} in the partition "
        f"before: if it was renamed, "
        f"write `SELECT {now} AS {past}` in data.source.sql, or rename {past} in the spec"
        for past, now in pairs
    )


def _look(
    connection: "DuckDBPyConnection",
    relation: str,
    found: Mapping[str, str],
    spec: ModelSpec,
    window: TimeWindow,
    lost: str,
    new: str,
) -> ColumnProfile:
    """How a new column looks, read as the one that is gone."""
    kind, zone = spec.data.columns[lost].type, spec.data.time_zone
    value, _ = lenient_expression(new, found[new], kind, time_zone=zone)
    inside, bounds = rows_inside(relation, found, spec, window)
    query = f"SELECT {value} AS {identifier(new)} FROM {inside}"
    reader = connection.execute(query, bounds).to_arrow_reader(131_072)
    return column_profile(kind, (batch.column(0) for batch in reader))
