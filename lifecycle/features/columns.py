"""Expressions over the columns of several rows: what `closures` gives row by row, with one call a column.

Both call the same function of the allow-list on the same values, so they give the same. One thing differs: a
closure does not look at its right argument where the left is missing, a column is computed whole. A function
that raises over such a value raises here only; whoever asks then computes the rows one by one.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lifecycle.features.calendar import Calendar
from lifecycle.features.expression import Call, Const, Expression, Kind, Ref, Value
from lifecycle.features.functions import FUNCTIONS, local_time

Columns = Mapping[str, Sequence[Value]]
"""Slot, or feature -> its value in each row."""
CompiledColumn = Callable[[Columns, int], Sequence[Value]]
"""From columns and the number of rows."""


def compile_column(expression: Expression, calendar: Calendar) -> CompiledColumn:
    """What computes an expression for all rows at once; `compile_expression` took it, so it is whole."""
    if isinstance(expression, Const):
        value = expression.value
        return lambda columns, rows: [value] * rows
    if isinstance(expression, Ref):
        slot = expression.slot
        return lambda columns, rows: columns[slot] if slot in columns else [None] * rows
    return _compile_call(expression, calendar)


def _compile_call(expression: Call, calendar: Calendar) -> CompiledColumn:
    function = FUNCTIONS[expression.function]
    args = [compile_column(arg, calendar) for arg in expression.args]
    run: Callable[..., Any] = function.online
    if function.needs_calendar:
        return _compile_date_part(args[0], expression.args[0].kind, run, calendar)
    if function.sees_null:
        return lambda columns, rows: list(map(run, *[arg(columns, rows) for arg in args]))
    if len(args) == 1:
        only = args[0]
        return lambda columns, rows: [None if a is None else run(a) for a in only(columns, rows)]
    if len(args) == 2:
        left, right = args
        return lambda columns, rows: [
            None if a is None or b is None else run(a, b)
            for a, b in zip(left(columns, rows), right(columns, rows), strict=True)
        ]
    return lambda columns, rows: [
        None if None in values else run(*values)
        for values in zip(*[arg(columns, rows) for arg in args], strict=True)
    ]


def _compile_date_part(
    arg: CompiledColumn, kind: Kind, run: Callable[[int, int], int], calendar: Calendar
) -> CompiledColumn:
    return lambda columns, rows: [
        run(*local_time(calendar, kind, value)) if isinstance(value, int) else None
        for value in arg(columns, rows)
    ]
