"""Tables of different versions as one: the features of all, null where a version has none."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lifecycle.endpoint.log.compaction import table_of

if TYPE_CHECKING:
    import pyarrow as pa


def united(tables: "Sequence[pa.Table]", columns: Sequence[str] | None = None) -> "pa.Table":
    """One table of the log's columns, with a column for each feature that any of the tables has.

    Whole numbers beside fractions become fractions. A feature that changed its type otherwise becomes text,
    for both meanings must stay readable.

    Args:
        tables: as `table_of` makes them, or parts of their columns; older ones may lack a column.
        columns: the columns of the result, in this order; one that no table has is null. All by default.
    """
    import pyarrow as pa

    empty = table_of([])
    if columns is not None:
        empty = empty.select([name for name in columns if name in empty.column_names])
    found = _as_text_where_types_clash([empty, *tables])
    whole = pa.concat_tables(found, promote_options="permissive")
    if columns is None:
        return whole
    for name in columns:
        if name not in whole.column_names:
            whole = whole.append_column(name, pa.nulls(whole.num_rows))
    return whole.select(list(columns))


def _as_text_where_types_clash(tables: "Sequence[pa.Table]") -> "list[pa.Table]":
    import pyarrow as pa

    types: dict[str, set[pa.DataType]] = {}
    for table in tables:
        for field in table.schema:
            types.setdefault(field.name, set()).add(field.type)
    clashing = {name for name, kinds in types.items() if _clash(kinds)}
    if not clashing:
        return list(tables)
    return [
        table.cast(pa.schema([(f.name, pa.string() if f.name in clashing else f.type) for f in table.schema]))
        for table in tables
    ]


def _clash(kinds: "set[pa.DataType]") -> bool:
    import pyarrow as pa

    known = {kind for kind in kinds if not pa.types.is_null(kind)}
    numbers = all(pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in known)
    return len(known) > 1 and not numbers
