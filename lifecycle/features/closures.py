"""Expressions as plain closures over the values of one row, compiled once."""

from collections.abc import Callable, Mapping
from typing import Any

from lifecycle.errors import LifecycleError
from lifecycle.features.calendar import Calendar
from lifecycle.features.expression import Call, Const, Expression, Kind, Ref, Value
from lifecycle.features.functions import FUNCTIONS, Function, local_time

Slots = Mapping[str, Value]
Compiled = Callable[[Slots], Value]


def compile_expression(expression: Expression, calendar: Calendar) -> Compiled:
    """A closure that computes an expression from the slots of one row.

    Raises:
        LifecycleError: the expression calls a function that this version lacks.
    """
    if isinstance(expression, Const):
        value = expression.value
        return lambda slots: value
    if isinstance(expression, Ref):
        slot = expression.slot
        return lambda slots: slots.get(slot)
    if expression.function not in FUNCTIONS:
        raise LifecycleError(
            f"the plan calls {expression.function!r}, which this version lacks: upgrade Flywheel"
        )
    return _compile_call(expression, FUNCTIONS[expression.function], calendar)


def _compile_call(expression: Call, function: Function, calendar: Calendar) -> Compiled:
    args = [compile_expression(arg, calendar) for arg in expression.args]
    run: Callable[..., Any] = function.online
    if function.needs_calendar:
        return _compile_date_part(args[0], expression.args[0].kind, run, calendar)
    if function.sees_null:
        return lambda slots: run(*[arg(slots) for arg in args])
    if len(args) == 1:
        only = args[0]
        return lambda slots: None if (a := only(slots)) is None else run(a)
    if len(args) == 2:
        left, right = args
        return lambda slots: None if (a := left(slots)) is None or (b := right(slots)) is None else run(a, b)

    def compiled(slots: Slots) -> Value:
        values = [arg(slots) for arg in args]
        return None if None in values else run(*values)

    return compiled


def _compile_date_part(
    arg: Compiled, kind: Kind, run: Callable[[int, int], int], calendar: Calendar
) -> Compiled:
    def compiled(slots: Slots) -> Value:
        value = arg(slots)
        return run(*local_time(calendar, kind, value)) if isinstance(value, int) else None

    return compiled
