"""The feature plan over one request: plain closures, compiled once per bundle."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

from lifecycle.errors import LifecycleError
from lifecycle.features.closures import Slots, compile_expression
from lifecycle.features.columns import Columns, compile_column
from lifecycle.features.expression import Value
from lifecycle.features.functions import LARGEST, US
from lifecycle.features.history import SCOPE
from lifecycle.features.history_online import HistoryTable
from lifecycle.features.plan import FeaturePlan, LookupPlan


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

    def __init__(
        self,
        plan: FeaturePlan,
        lookups: Mapping[str, LookupTable],
        histories: Mapping[str, HistoryTable] | None = None,
    ) -> None:
        self.plan = plan
        self._floats = [feature.name for feature in plan.features if feature.kind == "float"]
        self._compiled = [(f.name, compile_expression(f.expression, plan.calendar)) for f in plan.features]
        self._columns = [(f.name, compile_column(f.expression, plan.calendar)) for f in plan.features]
        self._take(lookups, histories or {})

    def with_tables(
        self, lookups: Mapping[str, LookupTable], histories: Mapping[str, HistoryTable]
    ) -> "OnlineFeatures":
        """The same features over other tables; what is compiled is shared."""
        other = copy(self)
        other._take(lookups, histories)
        return other

    def _take(self, lookups: Mapping[str, LookupTable], histories: Mapping[str, HistoryTable]) -> None:
        self._lookups = [lookups[lookup.name] for lookup in self.plan.lookups]
        self._histories = [
            (f"{SCOPE}.{history.name}", histories[history.name].at) for history in self.plan.histories
        ]

    def compute(self, request: Slots) -> dict[str, Value]:
        """Features of one request whose values were parsed by `lifecycle.features.request`."""
        slots = dict(request)
        event_us = self._event_us(request)
        for lookup in self._lookups:
            slots.update(lookup.at(request, event_us))
        for slot, at in self._histories:
            slots[slot] = at(request, event_us)
        features = {name: compiled(slots) for name, compiled in self._compiled}
        for name in self._floats:
            value = features[name]
            # Written so that NaN is missing as well.
            if isinstance(value, int | float) and not abs(value) <= LARGEST:
                features[name] = None
        return features

    def compute_columns(self, request: Columns, n_rows: int) -> dict[str, Sequence[Value]]:
        """The features of many requests, each as `compute` gives it.

        Args:
            request: typed values of all columns of the plan, with the event time where it has one.
            n_rows: how many requests there are.

        Raises:
            ArithmeticError: of a number that `compute` may not look at, see `lifecycle.features.columns`.
        """
        slots = dict(request)
        if self._lookups or self._histories:
            self._add_tables(slots, request)
        features = {name: compiled(slots, n_rows) for name, compiled in self._columns}
        for name in self._floats:
            features[name] = _within(features[name])
        return features

    def _add_tables(self, slots: dict[str, Sequence[Value]], request: Columns) -> None:
        """Look up, for each row, what `compute` looks up."""
        requests = [dict(zip(request, values, strict=True)) for values in zip(*request.values(), strict=True)]
        asked = [(one, self._event_us(one)) for one in requests]
        for lookup in self._lookups:
            found = [lookup.at(one, event_us) for one, event_us in asked]
            for slot in lookup.missing:
                slots[slot] = [values[slot] for values in found]
        for slot, at in self._histories:
            slots[slot] = [at(one, event_us) for one, event_us in asked]

    def _event_us(self, request: Slots) -> int:
        if self.plan.event_time is None:
            return 0  # no lookup of such a plan has times
        event_us = request.get(self.plan.event_time)
        if not isinstance(event_us, int):
            raise LifecycleError(f"a request needs its event time {self.plan.event_time!r} in microseconds")
        return event_us


def _within(values: Sequence[Any]) -> Sequence[Value]:
    """Numbers, and None in the place of those that no model can compute with."""
    # A sum that is small enough has no part that is not, and a sum with NaN is in no order with anything.
    if sum(map(abs, filter(None, values))) <= LARGEST:
        return values
    return [None if value is None or not abs(value) <= LARGEST else value for value in values]
