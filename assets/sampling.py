"""Some rows of a table: spread evenly over it, or by their keys."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from resources.warehouse.base import TableRef, Warehouse

if TYPE_CHECKING:
    import pyarrow as pa


def sampled_rows(
    warehouse: Warehouse, table: TableRef, columns: list[str], count: int
) -> list[dict[str, Any]]:
    """About `count` rows of a table, spread evenly over its order, which no run changes."""
    import pyarrow as pa

    step, seen, found = max(1, table.rows // count), 0, list[dict[str, Any]]()
    for batch in warehouse.batches(table, columns):
        picked = range(-seen % step, batch.num_rows, step)
        found += batch.take(pa.array(picked, pa.int64())).to_pylist()
        seen += batch.num_rows
    return found


def rows_of(
    warehouse: Warehouse, table: TableRef, entity: str, keys: Collection[str | int]
) -> dict[str | int, dict[str, Any]]:
    """Rows of a table by their key."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found: dict[str | int, dict[str, Any]] = {}
    for batch in warehouse.batches(table):
        column = batch[entity]
        wanted = pc.is_in(column, value_set=pa.array(sorted(keys, key=str), type=column.type))
        found |= {row[entity]: row for row in batch.filter(wanted).to_pylist()}
    return found


def spread_rows(
    warehouse: Warehouse, tables: Sequence[TableRef], columns: Sequence[str], count: int
) -> "pa.Table":
    """About `count` rows of several tables together, spread evenly over the order of each."""
    import pyarrow as pa

    step, picked = max(1, sum(table.rows for table in tables) // count), []
    for table in tables:
        seen = 0
        for batch in warehouse.batches(table, columns):
            picked.append(batch.take(pa.array(range(-seen % step, batch.num_rows, step), pa.int64())))
            seen += batch.num_rows
    return pa.Table.from_batches(picked)
