"""Whether a partition's values are spread as those of the partitions before it: a warning, never a verdict.

One limit for all columns does not fit: half a month of temperatures differs from the next by a PSI of .5,
and a schedule hardly at all. Where enough partitions are there, each column's limit comes from how much
they differ from each other.
"""

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from lifecycle.data.distance import distance
from lifecycle.data.table_profile import CategoryProfile, ColumnProfile, TableProfile, pooled, pooled_column

Status = Literal["stable", "shifted", "not_enough_history"]

PARTITIONS, CALIBRATE_FROM = 12, 4
"""How many partitions before are pooled, and from how many on their own differences give the limits."""
FOLKLORE_PSI = 0.25
FLOOR_PSI = 0.1
FLOOR_MISSING = 0.05
"""Differences that nobody acts on, however steady a column was."""
MIN_ROWS = 30
# Of a column that is drawn from one source, a limit is passed about once in 200 partitions.
_CHANCE = 0.005
_SIGMAS = 4
_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnShift:
    """What one column did."""

    column: str
    psi: float | None
    """None: nothing to compare, as there or here every value is missing."""
    psi_limit: float
    missing: float
    """Share of missing values."""
    missing_before: float
    missing_limit: float
    """Of the difference of the two."""
    new_categories: tuple[str, ...]
    """Values that no partition before had, as far as their profiles tell: the most frequent ones."""

    @property
    def shifted(self) -> bool:
        """Whether one of the limits is passed, or a category is new."""
        apart = abs(self.missing - self.missing_before) > self.missing_limit
        return apart or bool(self.new_categories) or (self.psi is not None and self.psi > self.psi_limit)

    @property
    def message(self) -> str:
        """What is beyond its limit, in one line."""
        told = []
        if self.psi is not None and self.psi > self.psi_limit:
            told.append(f"PSI {self.psi:.3f} (limit {self.psi_limit:.3f})")
        if abs(self.missing - self.missing_before) > self.missing_limit:
            told.append(f"{self.missing:.1%} missing, before {self.missing_before:.1%}")
        if self.new_categories:
            told.append(f"new categories {', '.join(self.new_categories)}")
        return f"{self.column}: {'; '.join(told) or 'as before'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftReport:
    """What all columns of a partition did."""

    status: Status
    partitions: int
    """How many partitions before it was compared with."""
    columns: tuple[ColumnShift, ...] = ()

    @property
    def shifted(self) -> tuple[ColumnShift, ...]:
        """The columns that are beyond a limit."""
        return tuple(column for column in self.columns if column.shifted)

    @property
    def message(self) -> str:
        """One line for people."""
        if self.status == "not_enough_history":
            return f"not enough history: {self.partitions} partitions before, or fewer than {MIN_ROWS} rows"
        told = "; ".join(column.message for column in self.shifted[:3])
        return told or f"as in the {self.partitions} partitions before"


def judge_shift(
    now: TableProfile, before: Sequence[TableProfile], *, hidden: Collection[str] = ()
) -> ShiftReport:
    """Compare a partition with those before it, oldest first; only the last `PARTITIONS` count.

    Args:
        hidden: columns whose categories are not named.
    """
    recent = [profile for profile in before if profile.rows >= MIN_ROWS][-PARTITIONS:]
    if not recent or now.rows < MIN_ROWS:
        return ShiftReport(status="not_enough_history", partitions=len(recent))
    reference = pooled(recent)
    columns = tuple(
        _column(name, recent, reference.columns[name], now.columns[name], hidden=name in hidden)
        for name in now.columns
        if name in reference.columns
    )
    found: Status = "shifted" if any(column.shifted for column in columns) else "stable"
    return ShiftReport(status=found, partitions=len(recent), columns=columns)


def upper_limit(values: Sequence[float]) -> float:
    """What the next of some values passes with a chance of 1 in 200, if they are alike and roughly normal.

    A prediction bound: mean + t * s * sqrt(1 + 1/n), with Student's t of n - 1 degrees.

    >>> round(upper_limit([1.0, 2.0, 3.0, 4.0]), 3)
    10.931
    """
    from scipy.special import stdtrit

    n, mean = len(values), sum(values) / len(values)
    spread = math.sqrt(sum((value - mean) ** 2 for value in values) / (n - 1))
    return mean + float(stdtrit(n - 1, 1 - _CHANCE)) * spread * math.sqrt(1 + 1 / n)


def _column(
    name: str, recent: Sequence[TableProfile], reference: ColumnProfile, now: ColumnProfile, *, hidden: bool
) -> ColumnShift:
    found = distance(reference, now)
    apart = [*_leave_one_out(name, recent)] if len(recent) >= CALIBRATE_FROM else []
    # PSI grows with the square of a difference: its root is the steadier of the two.
    roots = [math.sqrt(psi) for psi, _ in apart if psi is not None]
    calibrated = len(roots) >= CALIBRATE_FROM
    limit = max(FLOOR_PSI, upper_limit(roots) ** 2) if calibrated else FOLKLORE_PSI
    missing_limit = max(FLOOR_MISSING, upper_limit([gap for _, gap in apart])) if apart else FLOOR_MISSING
    return ColumnShift(
        column=name,
        psi=None if found is None else found.psi,
        psi_limit=max(limit, 0.0 if found is None else found.noise),
        missing=_missing(now),
        missing_before=_missing(reference),
        missing_limit=max(missing_limit, _missing_noise(reference, now)),
        new_categories=_new_categories(reference, now, hidden=hidden),
    )


def _leave_one_out(name: str, recent: Sequence[TableProfile]) -> Iterator[tuple[float | None, float]]:
    """How far each partition is from the others: PSI, and the difference of the shares of missing values."""
    columns = [profile.columns[name] for profile in recent]
    for i, one in enumerate(columns):
        rest = pooled_column([other for j, other in enumerate(columns) if j != i])
        if rest is not None:
            found = distance(rest, one)
            yield None if found is None else found.psi, abs(_missing(one) - _missing(rest))


def _missing(column: ColumnProfile) -> float:
    total = column.missing + column.present
    return column.missing / total if total else 0.0


def _missing_noise(reference: ColumnProfile, now: ColumnProfile) -> float:
    """What the difference of two shares of one source hardly ever passes."""
    sizes = [column.missing + column.present for column in (reference, now)]
    if not all(sizes):
        return 1.0
    share = (reference.missing + now.missing) / sum(sizes)
    return _SIGMAS * math.sqrt(share * (1 - share) * sum(1 / size for size in sizes))


def _new_categories(reference: ColumnProfile, now: ColumnProfile, *, hidden: bool) -> tuple[str, ...]:
    if not isinstance(reference, CategoryProfile) or not isinstance(now, CategoryProfile):
        return ()
    # Where the reference did not count every value, one that it lacks may not be new.
    if reference.other or not reference.counts:
        return ()
    new = sorted(now.counts.keys() - reference.counts.keys(), key=lambda name: (-now.counts[name], name))
    # Good and Turing (1953): a draw is new with the share of the values that were seen once. A long tail
    # brings new values all the time; where every value is frequent, one is news.
    expected = sum(1 for count in reference.counts.values() if count == 1) / reference.present * now.present
    if sum(now.counts[name] for name in new) <= expected + _SIGMAS * math.sqrt(expected):
        return ()
    if hidden and new:
        return (f"{len(new)} that are not shown",)
    return tuple(new[:_SHOWN])
