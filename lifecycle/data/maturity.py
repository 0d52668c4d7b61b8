"""When labels come: how many rows of each cohort have theirs by a cut-off, and what may be said of the rest.

A label that is missing was either not known yet when the source was read, or never comes. No field tells
which; age does: a row that is older, at the source's last sign of life, than the largest delay of any label
seen is overdue. With n labels seen, a further one takes longer than all of them with chance 1 / (n + 1), if
delays are exchangeable; so with fewer than 99 nothing is said. A delay that the spec fixes is the limit
itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

LabelState = Literal["known", "later", "undated", "pending", "overdue", "unknown"]
STATES: tuple[LabelState, ...] = get_args(LabelState)
MEANINGS: Mapping[LabelState, str] = {
    "known": "label known at the cut-off",
    "later": "label known after the cut-off",
    "undated": "label without a time: known at no cut-off",
    "pending": "no label yet, and no older than others were",
    "overdue": "no label, older than any that got one: it never came",
    "unknown": "no label, too few seen to tell why",
}
MIN_LABELS = 99


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """The rows of one day by event time, on the clock of the spec; of one hour where partitions are hours."""

    name: str
    rows: int
    known: int
    """Rows whose label was known at the cut-off."""
    later: int
    """Rows whose label became known after it."""
    undated: int
    """Rows with a label for which no time is known."""
    missing: int
    """Rows without a label."""
    missing_aged: int
    """Those of them that are older than the largest delay seen (or than the fixed one)."""
    delays_s: tuple[float, float, float] | None
    """Median, 90 % and 99 % quantile of the delays of its labels, in seconds; None without a label."""

    @property
    def mature(self) -> float:
        """Share of rows whose label was known at the cut-off."""
        return self.known / self.rows if self.rows else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelCoverage:
    """What a table says about its labels at a cut-off."""

    as_of: datetime
    cohorts: tuple[Cohort, ...]
    """In the order of time; a day without rows has none."""
    labels: int
    """Labels seen, with their times."""
    longest_s: float | None
    """Largest delay of a label seen, or the fixed delay; None: neither is there."""
    fixed: bool
    """Whether the spec says how long a label takes."""
    last_sign: datetime | None
    """The newest time in the table, of an event or of a label: what was read up to."""
    timed: bool = True
    """Whether its rows have times at all."""

    @property
    def judged(self) -> bool:
        """Whether a missing label can be called pending or overdue."""
        return self.timed and (self.fixed or self.labels >= MIN_LABELS)

    @property
    def rows(self) -> int:
        """All rows: the sum of all states."""
        return sum(cohort.rows for cohort in self.cohorts)

    def states(self, cohorts: Iterable[Cohort] | None = None) -> dict[LabelState, int]:
        """Rows by state, of some cohorts or of all; every row is in exactly one."""
        found = dict.fromkeys(STATES, 0)
        for cohort in self.cohorts if cohorts is None else cohorts:
            found["known"] += cohort.known
            found["later"] += cohort.later
            found["undated"] += cohort.undated
            if self.judged:
                found["overdue"] += cohort.missing_aged
                found["pending"] += cohort.missing - cohort.missing_aged
            else:
                found["unknown"] += cohort.missing
        return found

    @property
    def rule(self) -> str:
        """How a missing label was judged, in words."""
        if not self.timed:
            return "rows without times: a late label cannot be told from one that never comes"
        if not self.judged or self.longest_s is None:
            return f"{self.labels} labels seen: too few to tell a late label from one that never comes"
        limit = f"the fixed delay of {duration(self.longest_s)}"
        if not self.fixed:
            limit = f"{duration(self.longest_s)}, the largest delay of {self.labels:,} labels seen"
        upto = f"{self.last_sign:%Y-%m-%d %H:%M} UTC" if self.last_sign else "its end"
        return f"a row without a label counts as never labelled once it is older than {limit}, at {upto}"


def total_states(tables: Sequence[LabelCoverage]) -> dict[LabelState, int]:
    """Rows by state over several tables, each judged by what it tells itself."""
    found = dict.fromkeys(STATES, 0)
    for coverage in tables:
        for state, rows in coverage.states().items():
            found[state] += rows
    return found


def duration(seconds: float) -> str:
    """A delay as people read it.

    >>> duration(42.0), duration(5400.0), duration(200_000.0)
    ('42 s', '1.5 h', '2.31 d')
    """
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if abs(seconds) >= length:
            return f"{seconds / length:.3g} {unit}"
    return f"{seconds:.3g} s"
