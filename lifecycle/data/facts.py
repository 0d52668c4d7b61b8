"""What is known of a partition: the facts that its contract is judged by, and what it is compared with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from lifecycle.data.rules import Rule
from lifecycle.data.schema_drift import Swap
from lifecycle.spec.columns import ColumnType, Severity

MAX_SAMPLES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnFacts:
    """What one column of a partition holds. Samples are values as text, distinct, at most `MAX_SAMPLES`.

    None in a count that a rule needs: it was not measured, and the rule does not pass.
    """

    nulls: int
    kind: ColumnType | None = None
    """Logical type of the values that are held; None: that of the spec."""
    not_finite: int = 0
    """Float columns: NaN and infinities; they are outside of `min` and `max` and no range violation."""
    min: float | None = None
    """Smallest finite number; None for other types, or without one."""
    max: float | None = None
    outside_range: int = 0
    range_samples: tuple[str, ...] = ()
    outside_allowed: int = 0
    allowed_samples: tuple[str, ...] = ()
    repeated: int | None = None
    """Columns marked `unique`: rows beyond the first of their value."""
    repeated_samples: tuple[str, ...] = ()
    decreases: int | None = None
    """Columns marked `increasing`: moments at which a value is below one of the moment before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRows:
    """Rows that broke one row rule when the snapshot was taken, and lie in the quarantine."""

    rule: Rule
    column: str | None
    severity: Severity
    """`quarantine`: they are not in the snapshot. `block`: they are in both."""
    rows: int
    samples: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """What stands in the quarantine's column `reason`.

        >>> BadRows(rule="range", column="age", severity="quarantine", rows=2).reason
        'range: age'
        """
        return reason_of(self.rule, self.column)


def reason_of(rule: Rule, column: str | None) -> str:
    """The words for one broken rule; a row that breaks several has them all, joined by `; `."""
    return f"{rule}: {column}" if column else rule


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFacts:
    """What a partition holds: all that its contract is judged by, but for what came before it."""

    rows: int
    columns: Mapping[str, ColumnFacts]
    duplicate_rows: int = 0
    """Rows beyond the first of their entity."""
    duplicate_samples: tuple[str, ...] = ()
    outside_window: int = 0
    """Rows whose event time is not in the partition."""
    newest: datetime | None = None
    """Latest event time."""
    labels: int = 0
    labels_without_time: int = 0
    """Labels that are there, though no time is known at which they became known."""
    labels_before_event: int = 0
    """Labels known before the event: the answer was there before the question."""
    set_aside: int = 0
    """Rows of the partition that lie in the quarantine and not in the snapshot."""
    bad_rows: tuple[BadRows, ...] = ()
    """Why rows lie in the quarantine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a partition is compared with; the defaults know of nothing that came before."""

    judged_at: datetime | None = None
    """The partition's end, or now if that is earlier."""
    rows_before: tuple[int, ...] = ()
    """Rows of the partitions before, newest last."""
    source_columns: Mapping[str, str] | None = None
    """Columns of the source, with the types that it holds them in; None where that was not kept."""
    source_before: Mapping[str, str] | None = None
    """The same when the partition before was taken."""
    swaps: tuple[Swap, ...] = ()
    """Columns whose values look like each other's before."""
