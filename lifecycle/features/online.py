"""The feature plan over one request: plain closures, compiled once per bundle."""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lifecycle.errors import LifecycleError
from lifecycle.features.calendar import Calendar
from lifecycle.features.expression import Call, Const, Expression, Kind, Ref, Value
from lifecycle.features.functions import FUNCTIONS, LARGEST, US, Function, local_time
from lifecycle.features.plan import FeaturePlan, LookupPlan

Slots = Mapping[str, Value]
Compiled = Callable[[Slots], Value]


@dataclass(frozen=True, slots=True)
class LookupTable:
    """A side table in memory: for each key the times of its rows, ascending, and the rows."""

    plan: LookupPlan
    rows: Mapping[tuple[Value, ...], tuple[Sequence[int], Sequence[Mapping[str, Value]]]]
    missing: Mapping[str, Value]

    @classmethod
    def build(cls, plan: LookupPlan, rows: Sequence[Mapping[str, Value]]) -> "LookupTable":
        """Index rows that hold the lookup's keys, its time (us) where it has one, and its columns.

        Raises:
            LifecycleError: two rows for one key (and time).
        """
        names = {column: f"{plan.name}.{column}" for column in plan.columns}
        grouped: dict[tuple[Value, ...], list[tuple[int, Mapping[str, Value]]]] = {}
        for row in rows:
            key = tuple(row[column] for column in plan.key)
            at = row[plan.known_at] if plan.known_at else 0
            if any(part is None for part in key) or not isinstance(at, int):
                continue
            grouped.setdefault(key, []).append((at, {slot: row[column] for column, slot in names.items()}))
        indexed = {}
        for key, found in grouped.items():
            found.sort(key=lambda item: item[0])
            times = [at for at, _ in found]
            if len(set(times)) < len(times):
                raise LifecycleError(
                    f"lookup {plan.name!r} has two rows for {key}: keep one row a key and time"
                )
            indexed[key] = (times, [values for _, values in found])
        return cls(plan, indexed, dict.fromkeys(names.values()))

    def at(self, request: Slots, event_us: int) -> Mapping[str, Value]:
        """Slots of the latest row known at a time; all missing where there is none, or it is too old."""
        key = tuple(request.get(column) for column in self.plan.key.values())
        times, rows = self.rows.get(key, ((), ()))
        if self.plan.known_at is None:
            return rows[0] if rows else self.missing
        position = bisect_right(times, event_us) - 1
        if position < 0:
            return self.missing
        # Whole seconds on both sides, as the offline path counts them.
        age_s = event_us // US - times[position] // US
        too_old = self.plan.max_age_s is not None and age_s > self.plan.max_age_s
        return self.missing if too_old else rows[position]


class OnlineFeatures:
    """Computes the features of single requests."""

    def __init__(self, plan: FeaturePlan, lookups: Mapping[str, LookupTable]) -> None:
        self.plan = plan
        self._lookups = [lookups[lookup.name] for lookup in plan.lookups]
        self._floats = [feature.name for feature in plan.features if feature.kind == "float"]
        self._compiled = [(f.name, _compile(f.expression, plan.calendar)) for f in plan.features]

    def compute(self, request: Slots) -> dict[str, Value]:
        """Features of one request whose values were parsed by `lifecycle.features.request`."""
        slots = dict(request)
        event_us = self._event_us(request)
        for lookup in self._lookups:
            slots.update(lookup.at(request, event_us))
        features = {name: compiled(slots) for name, compiled in self._compiled}
        for name in self._floats:
            value = features[name]
            # Written so that NaN is missing as well.
            if isinstance(value, int | float) and not abs(value) <= LARGEST:
                features[name] = None
        return features

    def _event_us(self, request: Slots) -> int:
        if self.plan.event_time is None:
            return 0  # no lookup of such a plan has times
        event_us = request.get(self.plan.event_time)
        if not isinstance(event_us, int):
            raise LifecycleError(f"a request needs its event time {self.plan.event_time!r} in microseconds")
        return event_us


def _compile(expression: Expression, calendar: Calendar) -> Compiled:
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
    args = [_compile(arg, calendar) for arg in expression.args]
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
