"""From the JSON of a request row to typed values, or to problems that name field, found and allowed."""

import math
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from lifecycle.features.expression import Value
from lifecycle.features.plan import FeaturePlan
from lifecycle.spec.columns import Column, ColumnType

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_ALLOWED: Mapping[ColumnType, str] = {
    "string": "a string",
    "int": "a whole number of 64 bits",
    "float": "a finite number",
    "bool": "true or false",
    "timestamp": "an ISO 8601 time with its offset, such as 2013-04-01T12:00:00Z",
    "date": "an ISO 8601 date, such as 2013-04-01",
}
# Not whole numbers: theirs must fit 64 bits.
_FREE: Mapping[ColumnType, type] = {"string": str, "float": float, "bool": bool}


@dataclass(frozen=True, slots=True, kw_only=True)
class RowProblem:
    """One thing wrong with one row of a request."""

    row: int
    field: str
    found: str
    allowed: str


class RequestReader:
    """Reads rows by the contract of a plan."""

    def __init__(self, plan: FeaturePlan) -> None:
        self._plan = plan
        self._required = frozenset(plan.required)
        self._allowed = {
            name: frozenset(column.allowed)
            for name, column in plan.request.items()
            if column.allowed is not None
        }
        # Most values are of a type that needs no look at the contract: they cost one look-up.
        self._free = {
            name: _FREE[column.type]
            for name, column in plan.request.items()
            if column.type in _FREE and (column.allowed, column.min, column.max) == (None, None, None)
        }

    def read(
        self, row: Mapping[str, Any], *, index: int = 0, now_us: int
    ) -> tuple[dict[str, Value], list[RowProblem]]:
        """Typed values of one row, and its problems; a row with problems must not be used.

        Args:
            row: decoded JSON object.
            index: how problems count the row.
            now_us: event time where the model has one and the row gives none, microseconds since 1970 UTC.
        """
        values: dict[str, Value] = {}
        problems: list[RowProblem] = []
        free = self._free
        for name, raw in row.items():
            kind = type(raw)
            if free.get(name) is kind and (kind is not float or math.isfinite(raw)):
                values[name] = raw
                continue
            column = self._plan.request.get(name)
            if column is None:
                allowed = ", ".join(self._plan.request)
                problems.append(
                    RowProblem(row=index, field=reprlib.repr(name), found="an unknown field", allowed=allowed)
                )
                continue
            if raw is None:
                continue
            value = typed(raw, column.type)
            wrong = _ALLOWED[column.type] if value is None else self._contract(name, column, value)
            if wrong:
                problems.append(RowProblem(row=index, field=name, found=reprlib.repr(raw), allowed=wrong))
            values[name] = value
        for name in self._required:
            if row.get(name) is None:
                allowed = _ALLOWED[self._plan.request[name].type]
                problems.append(RowProblem(row=index, field=name, found="nothing", allowed=allowed))
        if self._plan.event_time is not None:
            values.setdefault(self._plan.event_time, now_us)
        return values, problems

    def _contract(self, name: str, column: Column, value: Value) -> str | None:
        """What the contract allows, where the value breaks it."""
        options = self._allowed.get(name)
        if options is not None and value not in options:
            return "one of " + reprlib.repr(sorted(map(str, options)))
        low, high = column.min, column.max
        if isinstance(value, int | float) and (
            (low is not None and value < low) or (high is not None and value > high)
        ):
            return (
                f"at least {low}"
                if high is None
                else f"at most {high}"
                if low is None
                else f"{low} to {high}"
            )
        return None


def typed(raw: object, kind: ColumnType) -> Value:
    """A JSON value as a value of a kind; None where it is not one.

    >>> typed("2013-04-01T12:00:00Z", "timestamp"), typed(3, "float"), typed("3", "int")
    (1364817600000000, 3.0, None)
    """
    if isinstance(raw, bool):
        return raw if kind == "bool" else None
    if isinstance(raw, int):
        if kind == "int":
            return raw if -(2**63) <= raw < 2**63 else None
        return _float(raw) if kind == "float" else None
    if isinstance(raw, float):
        return raw if kind == "float" and math.isfinite(raw) else None
    if not isinstance(raw, str):
        return None
    if kind == "timestamp":
        return _timestamp_us(raw)
    if kind == "date":
        return _date_days(raw)
    return raw if kind == "string" else None


def from_python(value: object) -> Value:
    """A value of a table, as Python holds it, in the form of the online path.

    >>> from_python(datetime(1970, 1, 2, tzinfo=UTC)), from_python(date(1970, 1, 2)), from_python("a")
    (86400000000, 1, 'a')
    """
    if isinstance(value, datetime):
        return microseconds_since_epoch(value)
    if isinstance(value, date):
        return value.toordinal() - _EPOCH_DAY
    return value if isinstance(value, str | int | float | bool) else None


def _float(raw: int) -> float | None:
    try:
        return float(raw)
    except OverflowError:
        return None


def _timestamp_us(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if moment.tzinfo is None else microseconds_since_epoch(moment)


def _date_days(text: str) -> int | None:
    try:
        return date.fromisoformat(text).toordinal() - _EPOCH_DAY
    except ValueError:
        return None


def microseconds_since_epoch(moment: datetime) -> int:
    """Whole microseconds since 1970 of an aware time.

    >>> microseconds_since_epoch(datetime(1970, 1, 2, tzinfo=UTC))
    86400000000
    """
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
