"""What is known of a table before a spec is drafted: measured by a warehouse, judged here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from lifecycle.spec.columns import ColumnType
from lifecycle.spec.kinds import Scalar

Family = Literal["text", "int", "float", "bool", "time", "date", "other"]
"""What kind of values a column of the table itself holds; in a CSV file everything is text."""
Form = Literal[
    "plain", "words", "whole", "thousands", "decimal_comma", "strptime", "epoch_s", "epoch_ms", "year"
]
"""How a value becomes one of its type.

- `plain`: as it stands.
- `words`: two words for true and false.
- `whole`: text of a number with a fraction that is zero, such as 3.0, as a whole number.
- `thousands`: 1,234.50, with or without $, EUR sign or %.
- `decimal_comma`: 1.234,50.
- `strptime`: text in a date format.
- `epoch_s`, `epoch_ms`: a whole number since 1970.
- `year`: a whole number of a year.
"""
Value = Scalar | date | datetime

MISSING_WORDS = (
    *("", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "?", "-", "--", ".", "missing"),
    *("inf", "-inf", "infinity", "-infinity"),
)
"""Words that stand for a missing value where a column else holds numbers or dates, in lower case."""
TRUE_WORDS, FALSE_WORDS = ("true", "t", "yes", "y"), ("false", "f", "no", "n")
MAY_BE_INFINITE: frozenset[ColumnType] = frozenset({"float", "timestamp", "date"})
"""Types whose values may be NaN or infinite, which no contract lets pass."""
SAMPLE_ROWS = 20_000
"""Rows that are looked at closely; with fewer in the table, all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How the values of one column are read.

    Attributes:
        missing: words of the table, as they stand there, that mean a missing value.
        format: of `strptime`.
        finite_only: NaN and infinities are in the column, which is not text, and read as missing.
    """

    type: ColumnType
    form: Form = "plain"
    missing: tuple[str, ...] = ()
    format: str | None = None
    finite_only: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether a spec can read it without any SQL."""
        return self.form == "plain" and not self.missing and not self.finite_only


@dataclass(frozen=True, slots=True, kw_only=True)
class RawColumn:
    """One column of a sample of the table, before its type is known.

    Attributes:
        source: its name in the table.
        values: values that are not missing.
        words: missing words found in it.
        fits: reading (a key of the warehouse's trial) -> how many of the other values it can read.
        low, high: of whole numbers, to tell years and epochs.
    """

    source: str
    family: Family
    values: int
    words: tuple[str, ...] = ()
    fits: Mapping[str, int] = field(default_factory=dict)
    not_finite: int = 0
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnFacts:
    """One column of the whole table, under the name and in the type that the spec gives it.

    Attributes:
        nulls: missing values, exact.
        distinct: different values; about, where `unique` does not say more.
        unique: no value missing and none twice, exact.
        low, high: smallest and largest value; of text None.
        mean_length, mean_words: of text, on a sample.
        integral: a float column that holds whole numbers only.
        not_finite: values that are NaN or infinite, exact.
    """

    source: str
    name: str
    reading: Reading
    nulls: int
    distinct: int
    unique: bool = False
    low: Value | None = None
    high: Value | None = None
    mean_length: float = 0.0
    mean_words: float = 0.0
    integral: bool = False
    not_finite: int = 0

    @property
    def type(self) -> ColumnType:
        """Logical type of its values."""
        return self.reading.type


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFacts:
    """A table as measured."""

    rows: int
    columns: Mapping[str, ColumnFacts]
    """Name in the spec -> facts."""
    unread: Mapping[str, str] = field(default_factory=dict)
    """Column of the table that the spec cannot hold -> why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFacts:
    """The label's values on all rows.

    Attributes:
        counts: value -> rows, most frequent first; empty where there are more than `MAX_CLASSES` values.
        early: the same on the first three fifths of the rows by event time; without one, empty.
        missing: rows without a label.
    """

    counts: Mapping[Scalar, int]
    early: Mapping[Scalar, int] = field(default_factory=dict)
    missing: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeFacts:
    """Event times of the labelled and other rows.

    Attributes:
        days: day -> rows, in order.
        hours: hour -> rows where the table spans at most three days, else empty.
        parts: rows that would fit, tune and judge where time cuts a training window.
        holdout_days: days among those that judge.
        midnight: every time is midnight: these are dates.
        share_later: time column -> share of rows in which it lies after the event time.
        tells_when: time columns that every labelled row has, never before its event time.
    """

    days: Mapping[date, int]
    hours: Mapping[datetime, int] = field(default_factory=dict)
    parts: tuple[int, int, int] = (0, 0, 0)
    holdout_days: int = 0
    midnight: bool = False
    share_later: Mapping[str, float] = field(default_factory=dict)
    tells_when: tuple[str, ...] = ()
