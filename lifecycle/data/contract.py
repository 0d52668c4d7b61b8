"""The contract of a model's table: facts about one partition go in, violations come out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from lifecycle.spec.records import Column, ModelSpec

Rule = Literal[
    "rows",
    "columns",
    "key",
    "unique",
    "window",
    "null_share",
    "finite",
    "range",
    "allowed",
    "label_time",
    "label_order",
]
MAX_SAMPLES = 5
_SAMPLE_CHARACTERS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnFacts:
    """What one column of a partition holds. Samples are values as text, distinct, at most `MAX_SAMPLES`."""

    nulls: int
    not_finite: int = 0
    """Float columns: NaN and infinities; they are outside of `min` and `max` and no range violation."""
    min: float | None = None
    """Smallest finite number; None for other types, or without one."""
    max: float | None = None
    outside_range: int = 0
    range_samples: tuple[str, ...] = ()
    outside_allowed: int = 0
    allowed_samples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFacts:
    """What a partition holds: all that the contract is judged by."""

    rows: int
    columns: Mapping[str, ColumnFacts]
    duplicate_rows: int = 0
    """Rows beyond the first of their entity."""
    duplicate_samples: tuple[str, ...] = ()
    outside_window: int = 0
    """Rows whose event time is not in the partition."""
    labels: int = 0
    labels_without_time: int = 0
    """Labels that are there, though no time is known at which they became known."""
    labels_before_event: int = 0
    """Labels known before the event: the answer was there before the question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One thing that a partition breaks: what was found, what is allowed, how many rows, and some of them."""

    rule: Rule
    column: str | None
    found: str
    allowed: str
    rows: int
    samples: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        """One line for people.

        >>> broken = Violation(rule="range", column="age", found="2 values", allowed="at least 0", rows=2)
        >>> broken.message
        'age: found 2 values; allowed: at least 0'
        """
        where = f"{self.column}: " if self.column else ""
        such = f", such as {', '.join(_short(sample) for sample in self.samples)}" if self.samples else ""
        return f"{where}found {self.found}{such}; allowed: {self.allowed}"


def check_contract(spec: ModelSpec, facts: TableFacts) -> tuple[Violation, ...]:
    """Everything in a partition that breaks the spec's contract; empty: the contract holds.

    A partition without rows breaks it: nothing was there to be judged.
    """
    if facts.rows == 0:
        return (Violation(rule="rows", column=None, found="no rows", allowed="at least one row", rows=0),)
    return tuple(_violations(spec, facts))


def _violations(spec: ModelSpec, facts: TableFacts) -> Iterator[Violation]:
    data = spec.data
    for name, column in data.columns.items():
        if name not in facts.columns:
            allowed = f"a column of type {column.type}"
            yield Violation(
                rule="columns", column=name, found="no such column", allowed=allowed, rows=facts.rows
            )
        elif name in (data.entity, data.event_time):
            yield from _key(name, facts.columns[name])
        else:
            yield from _null_share(name, column, facts.columns[name], facts.rows)
        if name in facts.columns:
            yield from _values(name, column, facts.columns[name])
    for name in facts.columns.keys() - data.columns.keys():
        found, allowed = "a column that the spec does not list", ", ".join(data.columns)
        yield Violation(rule="columns", column=name, found=found, allowed=allowed, rows=facts.rows)
    if facts.duplicate_rows:
        yield Violation(
            rule="unique",
            column=data.entity,
            found=f"{facts.duplicate_rows} rows of an entity that has a row already",
            allowed="one row an entity",
            rows=facts.duplicate_rows,
            samples=facts.duplicate_samples,
        )
    if facts.outside_window:
        found, allowed = f"{facts.outside_window} rows of another time", "event times inside the partition"
        yield Violation(
            rule="window", column=data.event_time, found=found, allowed=allowed, rows=facts.outside_window
        )
    yield from _label_times(spec, facts)


def _key(name: str, facts: ColumnFacts) -> Iterator[Violation]:
    if facts.nulls:
        found, allowed = f"{facts.nulls} rows without it", "a value in every row"
        yield Violation(rule="key", column=name, found=found, allowed=allowed, rows=facts.nulls)


def _null_share(name: str, column: Column, facts: ColumnFacts, rows: int) -> Iterator[Violation]:
    share = facts.nulls / rows
    if share > column.null_share:
        yield Violation(
            rule="null_share",
            column=name,
            found=f"{facts.nulls} of {rows} values missing ({share:.2%})",
            allowed=f"at most {column.null_share:.2%} missing",
            rows=facts.nulls,
        )


def _values(name: str, column: Column, facts: ColumnFacts) -> Iterator[Violation]:
    if facts.not_finite:
        yield Violation(
            rule="finite",
            column=name,
            found=f"{facts.not_finite} times NaN or an infinity",
            allowed="finite numbers; write what is missing as null",
            rows=facts.not_finite,
        )
    if facts.outside_range:
        yield Violation(
            rule="range",
            column=name,
            found=f"{facts.outside_range} values out of range",
            allowed=_range(column),
            rows=facts.outside_range,
            samples=facts.range_samples,
        )
    if facts.outside_allowed:
        yield Violation(
            rule="allowed",
            column=name,
            found=f"{facts.outside_allowed} values of another kind",
            allowed=", ".join(str(value) for value in column.allowed or ()),
            rows=facts.outside_allowed,
            samples=facts.allowed_samples,
        )


def _label_times(spec: ModelSpec, facts: TableFacts) -> Iterator[Violation]:
    label = spec.data.label
    if facts.labels_without_time:
        yield Violation(
            rule="label_time",
            column=label.known_at,
            found=f"{facts.labels_without_time} labels for which no time is known",
            allowed="the time at which each label became known",
            rows=facts.labels_without_time,
        )
    if facts.labels_before_event:
        yield Violation(
            rule="label_order",
            column=label.known_at,
            found=f"{facts.labels_before_event} labels known before their event",
            allowed=f"times at or after {spec.data.event_time}",
            rows=facts.labels_before_event,
        )


def _range(column: Column) -> str:
    ends = [("at least", column.min), ("at most", column.max)]
    return " and ".join(f"{word} {end:g}" for word, end in ends if end is not None)


def _short(sample: str) -> str:
    return sample if len(sample) <= _SAMPLE_CHARACTERS else f"{sample[:_SAMPLE_CHARACTERS]}..."
