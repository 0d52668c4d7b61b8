"""What is told in the place of a sensitive value."""

import math
from collections.abc import Mapping
from typing import Any

from lifecycle.spec.columns import Column, ColumnType
from lifecycle.spec.kinds import Scalar

HIDDEN = "(hidden)"
_STAND_INS: Mapping[ColumnType, Scalar] = {
    "string": HIDDEN,
    "bool": False,
    "timestamp": "2000-01-01T00:00:00+00:00",
    "date": "2000-01-01",
}


def sensitive_of(columns: Mapping[str, Column]) -> frozenset[str]:
    """Names of the columns whose values are never shown."""
    return frozenset(name for name, column in columns.items() if column.sensitive)


def stand_in(column: Column) -> Scalar:
    """A value that keeps the contract of a column, and tells of nobody.

    >>> stand_in(Column(type="int", min=17.5)), stand_in(Column(type="string"))
    (18, '(hidden)')
    """
    if column.allowed:
        return column.allowed[0]
    if column.type not in ("int", "float"):
        return _STAND_INS[column.type]
    low = -math.inf if column.min is None else column.min
    high = math.inf if column.max is None else column.max
    if column.type == "float":
        return min(max(0.0, low), high)
    return 0 if low <= 0 <= high else math.ceil(low) if low > 0 else math.floor(high)


def without_sensitive(row: Mapping[str, Any], columns: Mapping[str, Column]) -> dict[str, Any]:
    """A request that may be shown: of sensitive columns it holds stand-ins."""
    hidden = sensitive_of(columns)
    return {name: stand_in(columns[name]) if name in hidden else value for name, value in row.items()}
