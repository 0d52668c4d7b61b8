"""History features by loops over all rows, written from their meaning, without the code that they test."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import fsum, isfinite
from typing import Any

Row = Mapping[str, Any]
LARGEST_FLOAT32 = 3.4028234663852886e38


@dataclass(frozen=True, kw_only=True)
class SlowHistory:
    """One history: `at` says from when a past row counts, None if it never does."""

    at: Callable[[Row], datetime | None]
    key: Mapping[str, str]
    window: timedelta
    aggregate: str
    value: Callable[[Row], Any] | None


def slow_history(history: SlowHistory, past: Sequence[Row], question: Row, t: datetime) -> Any:
    """The history of one question."""
    if any(question[asked] is None for asked in history.key.values()):
        return None
    counting = []
    for row in past:
        at = history.at(row)
        if at is None or not (t - history.window < at <= t):
            continue
        if any(
            row[column] is None or row[column] != question[asked] for column, asked in history.key.items()
        ):
            continue
        value = None if history.value is None else history.value(row)
        if history.value is not None:
            if value is None:
                continue
            if isinstance(value, float) and (not isfinite(value) or abs(value) > LARGEST_FLOAT32):
                continue
        counting.append((at, value))
    values = [value for _, value in counting]
    if history.aggregate == "count":
        return len(counting)
    if history.aggregate == "distinct":
        return len(set(values))
    if not counting:
        return None
    if history.aggregate == "days_since":
        return (t - max(at for at, _ in counting)) / timedelta(days=1)
    if history.aggregate == "min":
        return min(values)
    if history.aggregate == "max":
        return max(values)
    if history.aggregate == "last":
        latest = max(at for at, _ in counting)
        return max(value for at, value in counting if at == latest)
    total = fsum(values) if any(isinstance(value, float) for value in values) else sum(map(int, values))
    return total if history.aggregate == "sum" else total / len(values)


def event_at(row: Row) -> datetime | None:
    """A row of an event table counts from when it became known."""
    known: datetime | None = row["known"]
    return known


def row_at(row: Row) -> datetime | None:
    """An own row counts after it was asked."""
    asked: datetime = row["at"]
    return asked + timedelta(microseconds=1)


def label_at(max_delay: timedelta) -> Callable[[Row], datetime | None]:
    """An own row counts from when its label is known, after it was asked, unless that took too long."""

    def at(row: Row) -> datetime | None:
        known, asked = row["late_at"], row["at"]
        if row["late"] is None or known is None or known - asked > max_delay:
            return None
        return max(known, asked + timedelta(microseconds=1))

    return at


def delayed_at(delay: timedelta) -> Callable[[Row], datetime | None]:
    """An own row whose label comes after a fixed delay."""

    def at(row: Row) -> datetime | None:
        if row["late"] is None:
            return None
        return max(row["at"] + delay, row["at"] + timedelta(microseconds=1))

    return at
