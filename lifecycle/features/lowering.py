"""Expressions over the rows of a table: ibis expressions, whose meaning is the same on the engines we use."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from lifecycle.features.calendar import Calendar
from lifecycle.features.expression import Const, Expression, Kind, Ref, calls
from lifecycle.features.functions import FUNCTIONS, LARGEST, epoch_s

if TYPE_CHECKING:
    import ibis.expr.types as ir

IBIS_TYPES: Mapping[Kind, str] = {
    "string": "string",
    "int": "int64",
    "float": "float64",
    "bool": "boolean",
    "timestamp": "timestamp('UTC', 6)",
    "date": "date",
}
"""How ibis names the kinds of values."""


def with_local_times(
    rows: "ir.Table", expressions: Iterable[Expression], calendar: Calendar
) -> tuple["ir.Table", Mapping[Expression, str]]:
    """The rows with the local time of every instant whose date parts are asked for, and the columns' names.

    Seconds first, then local times, in columns of their own: the tree of the calendar would repeat whatever
    it compares at each of its nodes, and every date part the whole tree.
    """
    instants = dict.fromkeys(
        call.args[0]
        for expression in expressions
        for call in calls(expression)
        if FUNCTIONS[call.function].needs_calendar and call.args[0].kind == "timestamp"
    )
    names = {instant: f"#local{i}" for i, instant in enumerate(instants)}
    if not names:
        return rows, names
    utc_s = {name: epoch_s(_lower(instant, rows, calendar, {})) for instant, name in names.items()}
    rows = rows.mutate(**utc_s)
    return rows.mutate(**{name: _local(rows[name], calendar) for name in utc_s}), names


def lower_value(
    expression: Expression, rows: "ir.Table", calendar: Calendar, local: Mapping[Expression, str]
) -> Any:
    """An expression over rows that `with_local_times` gave; a float that a model cannot hold is missing."""
    import ibis

    value = _lower(expression, rows, calendar, local).cast(IBIS_TYPES[expression.kind])
    return (value.abs() <= LARGEST).ifelse(value, ibis.null()) if expression.kind == "float" else value


def _lower(
    expression: Expression, rows: "ir.Table", calendar: Calendar, local: Mapping[Expression, str]
) -> Any:
    """An expression over rows, some of whose instants have their local time in a column already."""
    import ibis

    if isinstance(expression, Const):
        if expression.value is None:
            return ibis.null()
        return ibis.literal(expression.value, type=IBIS_TYPES[expression.kind])
    if isinstance(expression, Ref):
        return rows[expression.slot].cast(IBIS_TYPES[expression.kind])
    function = FUNCTIONS[expression.function]
    if function.needs_calendar and expression.args[0] in local:
        return function.offline(rows[local[expression.args[0]]])
    args = [_lower(arg, rows, calendar, local) for arg in expression.args]
    if function.needs_calendar:
        is_date = expression.args[0].kind == "date"
        args = [args[0].cast("timestamp(6)") if is_date else _local(epoch_s(args[0]), calendar)]
    return function.offline(*args)


def _local(utc_s: Any, calendar: Calendar) -> Any:
    """A timestamp without zone whose fields are the local ones, of whole seconds since 1970 UTC."""
    offset_s = _offset(utc_s, calendar, 0, len(calendar.starts_s))
    return (utc_s + offset_s).as_timestamp("s").cast("timestamp(6)")


def _offset(utc_s: Any, calendar: Calendar, low: int, high: int) -> Any:
    """Offset of the zone as a balanced tree of comparisons over the calendar's starts."""
    import ibis

    if high - low == 1:
        return ibis.literal(calendar.offsets_s[low], type="int64")
    middle = (low + high) // 2
    return (utc_s < calendar.starts_s[middle]).ifelse(
        _offset(utc_s, calendar, low, middle), _offset(utc_s, calendar, middle, high)
    )
