"""SQL that reads a column of any source as one of the spec's logical types, without changing a value.

DuckDB's own casts round 1.5 to 2, take 7 for true and guess a zone. Here a value either has a reading that
loses nothing, or it is an error that names the column and the value.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Literal

from lifecycle.errors import LifecycleError
from lifecycle.spec.columns import ColumnType

Family = Literal["text", "int", "float", "bool", "instant", "clock", "date", "other"]

SQL_TYPES: Mapping[ColumnType, str] = {
    "string": "VARCHAR",
    "int": "BIGINT",
    "float": "DOUBLE",
    "bool": "BOOLEAN",
    "timestamp": "TIMESTAMPTZ",
    "date": "DATE",
}
_SIGNED = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_UNSIGNED = ("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT")
_ZERO_ONE = "CASE {x} WHEN 0 THEN false WHEN 1 THEN true END"
_TRUE_FALSE = (
    "CASE lower({x}) WHEN 'false' THEN false WHEN '0' THEN false WHEN 'true' THEN true WHEN '1' THEN true END"
)
_WHOLE = "CASE WHEN {x} = trunc({x}) THEN TRY_CAST({x} AS BIGINT) END"
_DIGITS = r"CASE WHEN regexp_full_match({x}, '\s*[+-]?\d+\s*') THEN TRY_CAST({x} AS BIGINT) END"
_DAY = r"CASE WHEN regexp_full_match({x}, '\d{{4}}-\d\d-\d\d') THEN TRY_CAST({x} AS DATE) END"
_HAS_OFFSET = r"regexp_matches({x}, '\d:\d\d.*([zZ]|[+-]\d\d(:?\d\d)?)$')"

# What has a reading. A pair that is missing here has none: there only missing values can be read.
_READINGS: Mapping[tuple[Family, ColumnType], str] = {
    ("text", "string"): "CAST({x} AS VARCHAR)",
    ("int", "string"): "CAST({x} AS VARCHAR)",
    ("int", "int"): "TRY_CAST({x} AS BIGINT)",
    ("float", "int"): _WHOLE,
    ("bool", "int"): "CAST({x} AS BIGINT)",
    ("text", "int"): _DIGITS,
    ("int", "float"): "CAST({x} AS DOUBLE)",
    ("float", "float"): "CAST({x} AS DOUBLE)",
    ("text", "float"): "TRY_CAST({x} AS DOUBLE)",
    ("bool", "bool"): "{x}",
    ("int", "bool"): _ZERO_ONE,
    ("float", "bool"): _ZERO_ONE,
    ("text", "bool"): _TRUE_FALSE,
    ("instant", "timestamp"): "{x}",
    ("date", "date"): "{x}",
    ("text", "date"): _DAY,
}
_CANNOT_FAIL = {"{x}", "CAST({x} AS VARCHAR)", "CAST({x} AS DOUBLE)"}
# By how many minutes clocks are set back or forward: 60 nearly everywhere, but for Lord Howe and Troll.
CLOCK_CHANGES = (30, 60, 120)


def refuse_missing(found: Collection[str], asked: Iterable[str], *, what: str) -> None:
    """Refuse a relation without columns that are to be read.

    Raises:
        LifecycleError: columns are missing; all of them are named.
    """
    if missing := [name for name in asked if name not in found]:
        has = ", ".join(found)
        raise LifecycleError(
            f"{what} has no column {', '.join(missing)}; it has {has}: mend the spec or the source"
        )


def identifier(name: str) -> str:
    """A name as a quoted SQL identifier.

    >>> identifier('a"b')
    '"a""b"'
    """
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as a SQL literal.

    >>> literal("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def family(found: str) -> Family:
    """What kind of values a DuckDB type holds.

    >>> family("DECIMAL(10,2)"), family("TIMESTAMP_NS"), family("BLOB")
    ('float', 'clock', 'other')
    """
    if found in ("VARCHAR", "UUID") or found.startswith("ENUM"):
        return "text"
    if found in (*_SIGNED, *_UNSIGNED):
        return "int"
    if found in ("FLOAT", "DOUBLE") or found.startswith("DECIMAL"):
        return "float"
    if found == "TIMESTAMP WITH TIME ZONE":
        return "instant"
    if found.startswith("TIMESTAMP"):
        return "clock"
    if found == "BOOLEAN":
        return "bool"
    return "date" if found == "DATE" else "other"


def literal_of(value: object, kind: ColumnType) -> str:
    """A value of a spec as a SQL literal of a logical type.

    >>> literal_of("a'b", "string"), literal_of(1.5, "float")
    ("CAST('a''b' AS VARCHAR)", "CAST('1.5' AS DOUBLE)")
    """
    return f"CAST({literal(str(value))} AS {SQL_TYPES[kind]})"


def cast_expression(
    column: str, found: str, kind: ColumnType, *, time_zone: str, hidden: bool = False
) -> str:
    """SQL for the values of a column as a logical type; reading a value that does not fit is an error.

    Args:
        column: name of the column.
        found: its DuckDB type.
        kind: the type to read it as.
        time_zone: IANA name; times without a zone are read on this zone's clock. A time that the clock skips
            or shows twice does not fit. Fractions under a microsecond are dropped.
        hidden: leave the value out of the error.

    >>> cast_expression("f", "FLOAT", "float", time_zone="UTC")
    'CAST("f" AS DOUBLE)'
    """
    value, may_fail = _reading(column, found, kind, time_zone)
    if not may_fail:
        return value
    x = identifier(column)
    shown = "'a value'" if hidden else f"left(CAST({x} AS VARCHAR), 80)"
    problem = literal(f"the column {column} holds "), literal(f", which cannot be read as {kind}")
    message = f"{problem[0]} || {shown} || {problem[1]}"
    return f"coalesce({value}, CASE WHEN {x} IS NOT NULL THEN error({message}) END)"


def lenient_expression(
    column: str, found: str, kind: ColumnType, *, time_zone: str
) -> tuple[str, str | None]:
    """SQL for the values that fit, and for the text of those that do not; None: every value fits.

    Each is missing where the other one is there. See `cast_expression`.

    >>> lenient_expression("f", "FLOAT", "float", time_zone="UTC")
    ('CAST("f" AS DOUBLE)', None)
    """
    value, may_fail = _reading(column, found, kind, time_zone)
    x = identifier(column)
    return value, f"CASE WHEN ({value}) IS NULL THEN CAST({x} AS VARCHAR) END" if may_fail else None


def _reading(column: str, found: str, kind: ColumnType, time_zone: str) -> tuple[str, bool]:
    """SQL that is null for what does not fit, and whether there can be such a value."""
    read_from = family(found)
    value = value_expression(identifier(column), read_from, kind, time_zone=time_zone)
    return value, _READINGS.get((read_from, kind)) not in _CANNOT_FAIL


def value_expression(x: str, read_from: Family, kind: ColumnType, *, time_zone: str) -> str:
    """SQL for the values of an expression as a logical type: null where a value does not fit.

    Args:
        x: SQL of the expression.
        read_from: what kind of values it has.
        kind, time_zone: as in `cast_expression`.

    >>> value_expression("x", "float", "bool", time_zone="UTC")
    'CASE x WHEN 0 THEN false WHEN 1 THEN true END'
    """
    text = f"CAST({x} AS VARCHAR)" if read_from == "text" else x
    if kind == "timestamp" and read_from in ("clock", "date", "text"):
        return _instant(text, read_from, time_zone)
    return _READINGS.get((read_from, kind), f"CAST(NULL AS {SQL_TYPES[kind]})").format(x=text)


def _instant(x: str, read_from: Family, time_zone: str) -> str:
    if read_from == "text":
        on_clock = _on_clock(f"TRY_CAST({x} AS TIMESTAMP)", time_zone)
        return f"CASE WHEN {_HAS_OFFSET.format(x=x)} THEN TRY_CAST({x} AS TIMESTAMPTZ) ELSE {on_clock} END"
    return _on_clock(f"CAST({x} AS TIMESTAMP)", time_zone)


def _on_clock(clock: str, time_zone: str) -> str:
    """The instant at which a zone's clock shows a time; null where it shows it never, or twice."""
    zone = literal(time_zone)
    instant = f"({clock} AT TIME ZONE {zone})"
    if time_zone == "UTC":
        return instant
    shifts = [f"{sign} INTERVAL {minutes} MINUTE" for minutes in CLOCK_CHANGES for sign in "+-"]
    twice = " OR ".join(f"(({instant} {shift}) AT TIME ZONE {zone}) = {clock}" for shift in shifts)
    return f"CASE WHEN ({instant} AT TIME ZONE {zone}) = {clock} AND NOT ({twice}) THEN {instant} END"
