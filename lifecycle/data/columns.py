"""How the logical types of a spec are held in Arrow: one width, one unit, one zone for each."""

from collections.abc import Mapping

import pyarrow as pa

from lifecycle.errors import LifecycleError
from lifecycle.spec.columns import ColumnType

_ARROW: Mapping[ColumnType, pa.DataType] = {
    "string": pa.string(),
    "int": pa.int64(),
    "float": pa.float64(),
    "bool": pa.bool_(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "date": pa.date32(),
}


def arrow_type(kind: ColumnType) -> pa.DataType:
    """The Arrow type that holds a logical type.

    >>> str(arrow_type("timestamp"))
    'timestamp[us, tz=UTC]'
    """
    return _ARROW[kind]


def column_type(held: pa.DataType) -> ColumnType:
    """The logical type of values held in any Arrow type of the same meaning.

    Raises:
        LifecycleError: no logical type has this meaning. A timestamp without a zone has none: which instant
            it is depends on who reads it.

    >>> column_type(pa.dictionary(pa.int8(), pa.large_string()))
    'string'
    """
    if pa.types.is_dictionary(held):
        return column_type(held.value_type)
    if pa.types.is_string(held) or pa.types.is_large_string(held) or pa.types.is_string_view(held):
        return "string"
    if pa.types.is_integer(held):
        return "int"
    if pa.types.is_floating(held):
        return "float"
    if pa.types.is_boolean(held):
        return "bool"
    if pa.types.is_timestamp(held) and held.tz is not None:
        return "timestamp"
    if pa.types.is_date(held):
        return "date"
    raise LifecycleError(f"no logical type holds {held} values; use one of {', '.join(_ARROW)}")
