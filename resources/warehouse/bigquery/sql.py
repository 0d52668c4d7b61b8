"""Names, values and texts in the SQL of BigQuery: names are quoted, values are bound as parameters."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from lifecycle.features.plain_name import plain_name
from lifecycle.spec.columns import ColumnType

if TYPE_CHECKING:
    from google.cloud.bigquery import ScalarQueryParameter

SQL_TYPES: Mapping[ColumnType, str] = {
    "string": "STRING",
    "int": "INT64",
    "float": "FLOAT64",
    "bool": "BOOL",
    "timestamp": "TIMESTAMP",
    "date": "DATE",
}
_OLD_NAMES = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL"}
Value = str | int | float | bool | datetime | date | None


def identifier(name: str) -> str:
    r"""A name as a quoted identifier.

    >>> identifier("a`b")
    '`a\\`b`'
    """
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def coded(name: str) -> str:
    """A column of a table of the lake, or of a query over one, quoted; sources have names of their own.

    >>> coded("feature.carrier")
    '`feature_x2e_carrier`'
    """
    return identifier(plain_name(name))


def standard_type(name: str, mode: str = "NULLABLE") -> str:
    """A column's type as GoogleSQL calls it; the API answers in older names.

    >>> standard_type("INTEGER"), standard_type("STRING", "REPEATED")
    ('INT64', 'ARRAY<STRING>')
    """
    standard = _OLD_NAMES.get(name, name)
    return f"ARRAY<{standard}>" if mode == "REPEATED" else standard


@dataclass(slots=True)
class Values:
    """The values of one query: what is bound comes back as the name of its parameter.

    >>> values = Values()
    >>> values.bind("it's", "string"), values.bind(2, "int"), values.bind("it's", "string")
    ('@v0', '@v1', '@v0')
    """

    _names: dict[tuple[ColumnType, str], str] = field(default_factory=dict)
    _bound: list[tuple[ColumnType, Value]] = field(default_factory=list)

    def bind(self, value: object, kind: ColumnType) -> str:
        """The name of a parameter with this value."""
        held = _as_kind(value, kind)
        known = (kind, repr(held))
        if known not in self._names:
            self._names[known] = f"@v{len(self._bound)}"
            self._bound.append((kind, held))
        return self._names[known]

    def parameters(self) -> "list[ScalarQueryParameter]":
        """The parameters as the client takes them."""
        from google.cloud.bigquery import ScalarQueryParameter

        return [
            ScalarQueryParameter(f"v{i}", SQL_TYPES[kind], value)
            for i, (kind, value) in enumerate(self._bound)
        ]

    def __repr__(self) -> str:
        return repr(self._bound)


def _as_kind(value: object, kind: ColumnType) -> Value:
    if kind == "float":
        return float(str(value))
    if kind == "string":
        return str(value)
    if isinstance(value, (str, int, float, datetime, date)) or value is None:
        return value
    raise TypeError(f"{type(value).__name__} is no value of a query")


@dataclass(frozen=True, slots=True)
class BigQueryRules:
    """How `resources.warehouse.row_rules` writes a condition for BigQuery."""

    values: Values

    def identifier(self, name: str) -> str:
        """See `RuleSql`."""
        return coded(name)

    def value(self, value: object, kind: ColumnType) -> str:
        """See `RuleSql`."""
        bound = self.values.bind(value, kind if kind in ("float", "int", "bool") else "string")
        return bound if kind in ("float", "int", "bool", "string") else f"CAST({bound} AS {SQL_TYPES[kind]})"

    def finite(self, x: str) -> str:
        """See `RuleSql`."""
        return finite(x)


def finite(x: str) -> str:
    """Whether a float is a number; missing where it is missing."""
    return f"NOT (IS_NAN({x}) OR IS_INF({x}))"


def text_of(x: str, kind: ColumnType) -> str:
    """SQL for a value as text, in the form that Arrow gives it."""
    if kind == "float":
        whole = f"{x} = TRUNC({x}) AND ABS({x}) < 1e15"
        return f"IF({whole}, CAST(CAST({x} AS INT64) AS STRING), CAST({x} AS STRING))"
    if kind == "timestamp":
        return f"CONCAT(FORMAT_TIMESTAMP('%Y-%m-%d %H:%M:%E6S', {x}, 'UTC'), 'Z')"
    return x if kind == "string" else f"CAST({x} AS STRING)"


def canonical_text(x: str, kind: ColumnType) -> str:
    """SQL for a value as a text that no other value of its column has, but for the two zeros."""
    if kind == "float":
        return f"CAST(IF({x} = 0, 0.0, {x}) AS STRING)"
    if kind == "timestamp":
        return f"CAST(UNIX_MICROS({x}) AS STRING)"
    return x if kind == "string" else f"CAST({x} AS STRING)"


def order_by(first: Sequence[str], columns: Iterable[str]) -> str:
    """Columns to order by: ties are broken by all of them, and what is missing comes last, as in DuckDB."""
    by = [*first, *(name for name in columns if name not in first)]
    return ", ".join(f"{coded(name)} NULLS LAST" for name in by)
