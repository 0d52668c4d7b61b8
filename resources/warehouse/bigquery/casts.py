"""BigQuery SQL that reads a column as one of the spec's logical types, without changing a value.

The readings are those of `resources.warehouse.casts`: a value either has a reading that loses nothing, or it
is an error that names the column and the value. BigQuery's own casts round 1.5 to 2 and guess a zone, too.
"""

from collections.abc import Collection, Mapping

from lifecycle.spec.columns import ColumnType
from resources.warehouse.bigquery.sql import SQL_TYPES, Values, coded, identifier
from resources.warehouse.casts import CLOCK_CHANGES, Family, refuse_missing

_FAMILIES: Mapping[str, Family] = {
    "STRING": "text",
    "INT64": "int",
    "FLOAT64": "float",
    "NUMERIC": "float",
    "BIGNUMERIC": "float",
    "BOOL": "bool",
    "TIMESTAMP": "instant",
    "DATETIME": "clock",
    "DATE": "date",
}
_ZERO_ONE = "CASE {x} WHEN 0 THEN FALSE WHEN 1 THEN TRUE END"
_TRUE_FALSE = (
    "CASE LOWER({x}) WHEN 'false' THEN FALSE WHEN '0' THEN FALSE WHEN 'true' THEN TRUE WHEN '1' THEN TRUE END"
)
_WHOLE = "CASE WHEN {x} = TRUNC({x}) THEN SAFE_CAST({x} AS INT64) END"
_DIGITS = r"CASE WHEN REGEXP_CONTAINS({x}, r'^\s*[+-]?\d+\s*$') THEN SAFE_CAST(TRIM({x}) AS INT64) END"
_DAY = r"CASE WHEN REGEXP_CONTAINS({x}, r'^\d{{4}}-\d\d-\d\d$') THEN SAFE_CAST({x} AS DATE) END"
_HAS_OFFSET = r"REGEXP_CONTAINS({x}, r'\d:\d\d.*([zZ]|[+-]\d\d(:?\d\d)?)$')"

# What has a reading. A pair that is missing here has none: there only missing values can be read.
_READINGS: Mapping[tuple[Family, ColumnType], str] = {
    ("text", "string"): "{x}",
    ("int", "string"): "CAST({x} AS STRING)",
    ("int", "int"): "{x}",
    ("float", "int"): _WHOLE,
    ("bool", "int"): "CAST({x} AS INT64)",
    ("text", "int"): _DIGITS,
    ("int", "float"): "CAST({x} AS FLOAT64)",
    ("float", "float"): "CAST({x} AS FLOAT64)",
    ("text", "float"): "SAFE_CAST(TRIM({x}) AS FLOAT64)",
    ("bool", "bool"): "{x}",
    ("int", "bool"): _ZERO_ONE,
    ("float", "bool"): _ZERO_ONE,
    ("text", "bool"): _TRUE_FALSE,
    ("instant", "timestamp"): "{x}",
    ("date", "date"): "{x}",
    ("text", "date"): _DAY,
}
_CANNOT_FAIL = {"{x}", "CAST({x} AS STRING)", "CAST({x} AS FLOAT64)", "CAST({x} AS INT64)"}


def family(found: str) -> Family:
    """What kind of values a type holds.

    >>> family("NUMERIC"), family("DATETIME"), family("ARRAY<STRING>")
    ('float', 'clock', 'other')
    """
    return _FAMILIES.get(found, "other")


def value_expression(x: str, found: str, kind: ColumnType, *, time_zone: str) -> str:
    """SQL for the values of an expression as a logical type: null where a value does not fit.

    >>> value_expression("x", "FLOAT64", "bool", time_zone="UTC")
    'CASE x WHEN 0 THEN FALSE WHEN 1 THEN TRUE END'
    """
    read_from = family(found)
    if kind == "timestamp" and read_from in ("clock", "date", "text"):
        return _instant(x, read_from, time_zone)
    return _READINGS.get((read_from, kind), f"CAST(NULL AS {SQL_TYPES[kind]})").format(x=x)


def cast_expression(
    column: str, found: str, kind: ColumnType, *, time_zone: str, values: Values, hidden: bool = False
) -> str:
    """SQL for the values of a column as a logical type; reading a value that does not fit is an error.

    Args:
        column: name of the column.
        found: its type in BigQuery.
        kind, time_zone, hidden: as in `resources.warehouse.casts.cast_expression`.
        values: takes the words of the error.
    """
    x = identifier(column)
    value = value_expression(x, found, kind, time_zone=time_zone)
    if not _may_fail(found, kind):
        return value
    begin = values.bind(f"the column {column} holds ", "string")
    end = values.bind(f", which cannot be read as {kind}", "string")
    shown = "'a value'" if hidden else f"LEFT({_shown(x, found)}, 80)"
    return (
        f"CASE WHEN {x} IS NULL OR ({value}) IS NOT NULL THEN {value} "
        f"ELSE ERROR(CONCAT({begin}, {shown}, {end})) END"
    )


def lenient_expression(
    column: str, found: str, kind: ColumnType, *, time_zone: str
) -> tuple[str, str | None]:
    """SQL for the values that fit, and for the text of those that do not; None: every value fits."""
    x = identifier(column)
    value = value_expression(x, found, kind, time_zone=time_zone)
    may_fail = _may_fail(found, kind)
    return value, f"CASE WHEN ({value}) IS NULL THEN {_shown(x, found)} END" if may_fail else None


def read_as(
    relation: str,
    found: Mapping[str, str],
    kinds: Mapping[str, ColumnType],
    *,
    what: str,
    time_zone: str,
    values: Values,
    lenient: Mapping[str, str] | None = None,
    hidden: Collection[str] = (),
) -> str:
    """SQL that reads columns of a relation as logical types; see `resources.warehouse.sources.read_as`.

    Raises:
        LifecycleError: columns are missing; all of them are named.
    """
    refuse_missing(found, kinds, what=what)
    columns = []
    for name, kind in kinds.items():
        if lenient and name in lenient:
            value, raw = lenient_expression(name, found[name], kind, time_zone=time_zone)
            columns.append(f"{raw or 'CAST(NULL AS STRING)'} AS {coded(lenient[name])}")
        else:
            value = cast_expression(
                name, found[name], kind, time_zone=time_zone, values=values, hidden=name in hidden
            )
        columns.append(f"{value} AS {coded(name)}")
    return f"SELECT {', '.join(columns)} FROM {relation}"


def _may_fail(found: str, kind: ColumnType) -> bool:
    return _READINGS.get((family(found), kind)) not in _CANNOT_FAIL


def _shown(x: str, found: str) -> str:
    """SQL of a value as text, whatever it is."""
    return f"CAST({x} AS STRING)" if found in _FAMILIES else f"TO_JSON_STRING({x})"


def _instant(x: str, read_from: Family, time_zone: str) -> str:
    if read_from == "text":
        on_clock = _on_clock(f"SAFE_CAST({x} AS DATETIME)", time_zone)
        return f"CASE WHEN {_HAS_OFFSET.format(x=x)} THEN SAFE_CAST({x} AS TIMESTAMP) ELSE {on_clock} END"
    return _on_clock(f"CAST({x} AS DATETIME)", time_zone)


def _on_clock(clock: str, time_zone: str) -> str:
    """The instant at which a zone's clock shows a time; null where it shows it never, or twice."""
    zone = f"'{time_zone}'"
    instant = f"TIMESTAMP({clock}, {zone})"
    if time_zone == "UTC":
        return instant
    shifts = [minutes * sign for minutes in CLOCK_CHANGES for sign in (1, -1)]
    twice = " OR ".join(
        f"DATETIME(TIMESTAMP_ADD({instant}, INTERVAL {shift} MINUTE), {zone}) = {clock}" for shift in shifts
    )
    return f"CASE WHEN DATETIME({instant}, {zone}) = {clock} AND NOT ({twice}) THEN {instant} END"
