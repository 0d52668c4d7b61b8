"""How a table is cut into partitions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Final

from lifecycle.spec.data import Cadence
from lifecycle.spec.infer.facts import TimeFacts

_LENGTHS: Final[tuple[Cadence, ...]] = ("hour", "day", "week", "month", "year")
MAX_PARTITIONS: Final = 24
_MAX_YEARS: Final = 40
_MIN_ROWS: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionChoice:
    """Length, first day, and the day after the last; the days are None where there is one partition."""

    every: Cadence
    start: date | None
    end: date | None
    count: int
    why: str


NO_PARTITION: Final = PartitionChoice(every="once", start=None, end=None, count=1, why="no event time")


def choose_partition(times: TimeFacts) -> PartitionChoice:
    """The shortest length that gives about two dozen partitions, all with rows: an empty one is broken.

    >>> days = {date(2024, 1, 1) + timedelta(days=i): 10 for i in range(366)}
    >>> choice = choose_partition(TimeFacts(days=days))
    >>> choice.every, choice.start.isoformat(), choice.end.isoformat(), choice.count
    ('month', '2024-01-01', '2025-01-01', 12)
    """
    for every in _LENGTHS:
        rows, total = _rows(times, every)
        most = _MAX_YEARS if every == "year" else MAX_PARTITIONS
        if not 2 <= total <= most or len(rows) < total:
            continue
        if median(rows.values()) < _MIN_ROWS and every != "year":
            continue
        start, end = _days(rows, every)
        why = f"{total} partitions of about {round(median(rows.values())):,} rows"
        return PartitionChoice(every=every, start=start, end=end, count=total, why=why)
    why = "too few rows, or too uneven in time, for several partitions"
    return PartitionChoice(every="once", start=None, end=None, count=1, why=why)


def bound(day: date, every: Cadence) -> date:
    """First day of the partition that a day is in."""
    if every == "week":
        return day - timedelta(days=day.isoweekday() - 1)
    if every == "month":
        return day.replace(day=1)
    return day.replace(month=1, day=1) if every == "year" else day


def _next(day: date, every: Cadence) -> date:
    if every == "year":
        return day.replace(year=day.year + 1)
    if every == "month":
        return bound(day + timedelta(days=31), "month")
    return day + timedelta(days=7 if every == "week" else 1)


def _rows(times: TimeFacts, every: Cadence) -> tuple[Mapping[date, int], int]:
    """Start of each partition that has rows -> rows, and how many partitions there are from first to last."""
    if every == "hour":
        return _hours(times)
    rows = _sums((bound(day, every), n) for day, n in times.days.items())
    total, day = 0, min(rows)
    while day <= max(rows) and total <= _MAX_YEARS + 1:
        total, day = total + 1, _next(day, every)
    return rows, total


def _hours(times: TimeFacts) -> tuple[Mapping[date, int], int]:
    if not times.hours:
        return {}, 0
    # Partitions begin with a day: the hours before the first row of that day would be empty.
    first = datetime.combine(min(times.hours).date(), datetime.min.time())
    last = datetime.combine(max(times.hours).date(), datetime.min.time()) + timedelta(days=1)
    return _sums(times.hours.items()), int((last - first) / timedelta(hours=1))


def _days(rows: Iterable[date], every: Cadence) -> tuple[date, date]:
    first, last = min(rows), max(rows)
    if isinstance(first, datetime) and isinstance(last, datetime):
        return first.date(), last.date() + timedelta(days=1)
    return first, _next(last, every)


def _sums(pairs: Iterable[tuple[date, int]]) -> dict[date, int]:
    sums: dict[date, int] = {}
    for day, n in pairs:
        sums[day] = sums.get(day, 0) + n
    return sums
