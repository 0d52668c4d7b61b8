"""History features in the plan: aggregates over past rows by key and window, point in time.

The meaning, which both paths and the tests keep:

- A past row counts from a moment on, its `at`. Rows of an event table: when they became known. The model's
  own past rows: their event time, or, where the value reads the label, the moment the label became known;
  rows without label do not count then, nor do rows whose label took longer than `max_delay`.
- An own row never counts for itself, nor for rows asked at the same moment: its `at` is at least one
  microsecond after its event time.
- A question at `t` sees the rows with `t - window < at <= t`, in whole microseconds.
- Rows with a missing part of the key do not count. Nor do rows whose value is missing, not a number or beyond
  the largest 32-bit float, where a value is given. A question with a missing part of the key has no history:
  every aggregate of it is missing.
- `count` and `distinct` of nothing are 0, the others are missing. `mean` and `sum` take conditions as 0 and
  1. `last` is the value with the latest `at`, among several the greatest. `days_since` is the time since the
  latest `at`, in days. A `sum` of whole numbers beyond 64 bits is missing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from lifecycle.features.expression import Expression, Kind, references
from lifecycle.spec.features import Aggregate

SCOPE = "history"
"""How expressions call the table of history features: `history.<name>`."""
OWN_ROWS, OWN_LABELS = "_rows", "_labels"
"""Sources that are the model's own past. No event table can be called so: its name begins with a letter."""
Role = Literal["events", "rows", "labels"]
DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class HistorySource:
    """Past rows that histories look back on, and from when on they count."""

    name: str
    role: Role
    """An event table, the model's own rows, or its own rows from when their label is known."""
    time: str
    """Column of the time from which a row counts, before `delay_s` is added."""
    delay_s: int
    asked: str | None
    """Own rows: column of their event time. A row counts after it."""
    label: str | None
    """Role `labels`: the column that must not be missing."""
    columns: Mapping[str, Kind]
    """What keys and values read, and the columns above; in the order of names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPlan:
    """One aggregate over the past rows of a source."""

    name: str
    source: str
    key: Mapping[str, str]
    """Column of the past row -> column of the request."""
    window_s: int
    max_delay_s: int | None
    """Role `labels` with a time of its own: rows whose label took longer do not count."""
    aggregate: Aggregate
    value: Expression | None

    @property
    def kind(self) -> Kind:
        """Kind of the result."""
        if self.aggregate in ("count", "distinct") or self.value is None:
            return "float" if self.aggregate == "days_since" else "int"
        if self.aggregate in ("mean", "days_since"):
            return "float"
        return "int" if self.aggregate == "sum" and self.value.kind == "bool" else self.value.kind

    @property
    def window_us(self) -> int:
        """The window in microseconds."""
        return self.window_s * 1_000_000

    @property
    def is_counted(self) -> bool:
        """Whether it is made of whole numbers that are added up: then running sums are exact."""
        whole = self.value is not None and self.value.kind in ("int", "bool")
        return self.aggregate == "count" or (self.aggregate in ("mean", "sum") and whole)

    @property
    def of_nothing(self) -> int | None:
        """The result where no row counts."""
        return 0 if self.aggregate in ("count", "distinct") else None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryGroup:
    """Histories that one pass over their source answers: they share key, window and the rows that count."""

    number: int
    histories: tuple[HistoryPlan, ...]

    @property
    def first(self) -> HistoryPlan:
        """Any of them, for what they share."""
        return self.histories[0]

    @property
    def at_column(self) -> str:
        """Column of the feature table with the latest `at` that was in the window."""
        return f"{SCOPE}__{self.number}__at"


def history_groups(histories: Sequence[HistoryPlan]) -> list[HistoryGroup]:
    """Histories by what they share, in the order of their first member."""
    found: dict[object, list[HistoryPlan]] = {}
    for history in histories:
        shared = (history.source, tuple(history.key.items()), history.window_s, history.max_delay_s)
        found.setdefault(shared, []).append(history)
    return [
        HistoryGroup(number=number, histories=tuple(group)) for number, group in enumerate(found.values())
    ]


def lookback_s(source: HistorySource, histories: Sequence[HistoryPlan]) -> int:
    """How far before a question the time of a source's rows may lie that still count, in seconds.

    For the model's own rows that is their event time, whatever the label took.
    """
    reach = [history for history in histories if history.source == source.name]
    return max((history.window_s + (history.max_delay_s or source.delay_s) for history in reach), default=0)


def source_reads(history: HistoryPlan) -> Iterator[str]:
    """Columns of the past row that a history reads."""
    yield from history.key
    if history.value is not None:
        yield from (ref.name for ref in references(history.value))
