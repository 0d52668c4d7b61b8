"""What changed in a source's columns since the partition before: names, types, and whose values are where."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from lifecycle.data.distance import Distance, distance
from lifecycle.data.table_profile import CategoryProfile, ColumnProfile, TableProfile

FAR, NEAR = 0.25, 0.1
"""PSI from which on two columns do not look alike, and up to which they do; chance raises both."""
_TIMES_NEARER = 4
MIN_ROWS = 50
"""Fewer values tell nothing of how a column looks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaChange:
    """One column that is new, lost, or held in another type."""

    rule: Literal["new_column", "lost_column", "retyped"]
    column: str
    found: str
    allowed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    """Columns that hold each other's values, in a ring."""

    ring: tuple[tuple[str, str], ...]
    """(column, whose values it looks to hold), each column once on either side."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the ring."""
        return tuple(column for column, _ in self.ring)

    @property
    def told(self) -> str:
        """The ring in words.

        >>> Swap(ring=(("a", "b"), ("b", "a"))).told
        'a looks like b, b looks like a'
        """
        return ", ".join(f"{column} looks like {source}" for column, source in self.ring)


def compare_schemas(
    before: Mapping[str, str], now: Mapping[str, str], *, listed: Collection[str]
) -> Iterator[SchemaChange]:
    """Changes from one schema (column -> type) to the next, in the order of the columns.

    Args:
        listed: columns that the spec lists: types of the others are nobody's concern.

    >>> [change.rule for change in compare_schemas({"a": "INT"}, {"a": "VARCHAR", "b": "INT"}, listed=["a"])]
    ['retyped', 'new_column']
    """
    for column, held in now.items():
        if column not in before:
            what = f"a new column of type {held}"
            yield SchemaChange(rule="new_column", column=column, found=what, allowed="the columns before")
        elif column in listed and before[column] != held:
            yield SchemaChange(
                rule="retyped",
                column=column,
                found=f"values held as {held}",
                allowed=f"{before[column]}, as before",
            )
    for column, held in before.items():
        if column not in now:
            allowed = f"the column of type {held} that was there before"
            yield SchemaChange(rule="lost_column", column=column, found="no such column", allowed=allowed)


def renamed_columns(
    lost: Mapping[str, ColumnProfile], new: Mapping[str, ColumnProfile]
) -> tuple[tuple[str, str], ...]:
    """(lost, new) columns whose values look alike, where it is plain which belongs to which.

    Args:
        lost: columns that are gone, as they looked before.
        new: columns that came, as they look now.
    """
    alike = [(a, b) for a in lost for b in new if looks_like(lost[a], new[b])]
    return tuple(
        (a, b)
        for a, b in alike
        if sum(a == other for other, _ in alike) == 1 and sum(b == other for _, other in alike) == 1
    )


def swapped_columns(before: TableProfile, now: TableProfile) -> tuple[Swap, ...]:
    """Rings of two or more columns, each of which has left its own past and looks like the next one's.

    A column that only drifts is in no ring: it would have to look like another column's past, and that one,
    in turn, like a third's or its own. Columns that always looked alike cannot be told apart, and raise
    nothing.
    """
    names = [name for name in now.columns if name in before.columns]
    moved = [name for name in names if _far(distance(before.columns[name], now.columns[name]))]
    source = {name: found for name in moved if (found := _closest(name, moved, before, now))}
    return tuple(_rings(source))


def looks_like(before: ColumnProfile, now: ColumnProfile) -> bool:
    """Whether two columns may well be one, as far as values that are present can tell.

    A constant and a column of unique texts look like too many others: they look like none.
    """
    found = distance(before, now)
    if found is None or min(before.present, now.present) < MIN_ROWS:
        return False
    return len(before.counts) > 1 and _share_values(before, now) and found.psi <= max(NEAR, found.noise)


def _share_values(before: ColumnProfile, now: ColumnProfile) -> bool:
    """Whether most texts are known ones; of numbers, their spread tells."""
    if not isinstance(before, CategoryProfile):
        return True
    return 2 * sum(count for name, count in now.counts.items() if name in before.counts) > now.present


def _far(found: Distance | None) -> bool:
    # None: nothing is present any more, or the kind changed: other rules tell of that.
    return found is not None and found.psi > FAR + found.noise


def _closest(name: str, moved: Sequence[str], before: TableProfile, now: TableProfile) -> str | None:
    """The other column whose past a column looks like, if one is much nearer than its own."""
    own = distance(before.columns[name], now.columns[name])
    near = [
        (found.psi, other)
        for other in moved
        if other != name
        and looks_like(before.columns[other], now.columns[name])
        and (found := distance(before.columns[other], now.columns[name])) is not None
    ]
    if own is None or not near or own.psi < _TIMES_NEARER * min(near)[0]:
        return None
    return min(near)[1]


def _rings(source: Mapping[str, str]) -> Iterator[Swap]:
    done: set[str] = set()
    for first in source:
        ring, column = list[str](), first
        while column in source and column not in ring and column not in done:
            ring.append(column)
            column = source[column]
        done.update(ring)
        if ring and column == ring[0] and len(ring) > 1:
            yield Swap(ring=tuple((name, source[name]) for name in ring))
