"""The contract of a model's table: facts about one partition go in, violations come out."""

import statistics
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lifecycle.data.facts import ColumnFacts, Surroundings, TableFacts
from lifecycle.data.rules import ROW_RULES, Rule, severity_of
from lifecycle.data.schema_drift import compare_schemas
from lifecycle.spec.columns import Column, Severity
from lifecycle.spec.model_spec import ModelSpec

CHANGE_PARTITIONS, CHANGE_AT_LEAST = 8, 3
"""How many partitions before a partition's number of rows is compared with, and how few tell nothing."""
_SAMPLE_CHARACTERS = 60
_UNMEASURED = "could not be measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One thing that a partition breaks: what was found, what is allowed, how many rows, and some of them."""

    rule: Rule
    column: str | None
    found: str
    allowed: str
    rows: int
    samples: tuple[str, ...] = ()
    severity: Severity = "block"

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


def check_contract(
    spec: ModelSpec, facts: TableFacts, around: Surroundings | None = None
) -> tuple[Violation, ...]:
    """Everything in a partition that breaks the spec's contract, each with what it does; empty: it holds.

    A partition without rows breaks it, whatever the severities say: nothing was there to be judged. Bad rows
    that the severity `quarantine` would have set aside, but that are in the table (it was taken under another
    spec), block.
    """
    if facts.rows == 0:
        empty = Violation(rule="rows", column=None, found="no rows", allowed="at least one row", rows=0)
        return (empty, *_quarantined(spec, facts))
    found = [*_violations(spec, facts), *_compared(spec, facts, around or Surroundings())]
    judged = [_with_severity(spec, violation, facts) for violation in found]
    return tuple(v for v in [*judged, *_quarantined(spec, facts)] if v.severity != "off")


def blocking(violations: tuple[Violation, ...]) -> tuple[Violation, ...]:
    """The violations that fail a partition."""
    return tuple(violation for violation in violations if violation.severity == "block")


def unjudged(spec: ModelSpec, around: Surroundings) -> tuple[str, ...]:
    """Rules for which not enough is known of what came before: they neither pass nor fail."""
    told = []
    if spec.data.rows.change is not None and len(around.rows_before) < CHANGE_AT_LEAST:
        there = len(around.rows_before)
        told.append(f"rows_change: needs {CHANGE_AT_LEAST} partitions before, there are {there}")
    if around.source_before is None:
        told.append("new_column, lost_column, retyped: no partition before tells of its source")
    return tuple(told)


def _with_severity(spec: ModelSpec, violation: Violation, facts: TableFacts) -> Violation:
    severity = severity_of(spec, violation.rule, violation.column)
    if severity == "quarantine":
        return replace(violation, severity="block")
    total = facts.rows + facts.set_aside
    if (
        severity == "warn"
        and violation.rule in ROW_RULES
        and violation.rows > spec.data.quarantine_share * total
    ):
        limit = (
            f"{violation.allowed}; and a rule that warns blocks above "
            f"{spec.data.quarantine_share:.2%} of rows"
        )
        return replace(violation, severity="block", allowed=limit)
    return replace(violation, severity=severity)


def _quarantined(spec: ModelSpec, facts: TableFacts) -> Iterator[Violation]:
    for bad in facts.bad_rows:
        if bad.severity == "quarantine":
            yield Violation(
                rule=bad.rule,
                column=bad.column,
                found=f"{bad.rows} rows, set aside in the quarantine",
                allowed="none",
                rows=bad.rows,
                samples=bad.samples,
                severity="quarantine",
            )
    total, limit = facts.rows + facts.set_aside, spec.data.quarantine_share
    if facts.set_aside > limit * total:
        yield Violation(
            rule="quarantine_share",
            column=None,
            found=f"{facts.set_aside} of {total} rows set aside ({facts.set_aside / total:.2%})",
            allowed=f"at most {limit:.2%}; mend the source, or raise data.quarantine_share",
            rows=facts.set_aside,
        )


def _violations(spec: ModelSpec, facts: TableFacts) -> Iterator[Violation]:
    data = spec.data
    yield from _row_band(spec, facts)
    for name, column in data.columns.items():
        found = facts.columns.get(name)
        if found is None or (found.kind or column.type) != column.type:
            held = "no such column" if found is None else f"a column of type {found.kind}"
            allowed = f"a column of type {column.type}"
            yield Violation(rule="columns", column=name, found=held, allowed=allowed, rows=facts.rows)
            continue
        if name in (data.entity, data.event_time):
            yield from _key(name, found)
        else:
            yield from _null_share(name, column, found, facts.rows)
        yield from _values(name, column, found)
        yield from _order(spec, name, column, found)
    for name in facts.columns.keys() - data.columns.keys():
        held, allowed = "a column that the spec does not list", ", ".join(data.columns)
        yield Violation(rule="columns", column=name, found=held, allowed=allowed, rows=facts.rows)
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
        held, allowed = f"{facts.outside_window} rows of another time", "event times inside the partition"
        yield Violation(
            rule="window", column=data.event_time, found=held, allowed=allowed, rows=facts.outside_window
        )
    yield from _label_times(spec, facts)


def _row_band(spec: ModelSpec, facts: TableFacts) -> Iterator[Violation]:
    band, rows = spec.data.rows, facts.rows + facts.set_aside
    if rows < band.min:
        yield Violation(
            rule="rows", column=None, found=f"{rows} rows", allowed=f"at least {band.min} rows", rows=rows
        )
    if band.max is not None and rows > band.max:
        yield Violation(
            rule="rows", column=None, found=f"{rows} rows", allowed=f"at most {band.max} rows", rows=rows
        )


def _compared(spec: ModelSpec, facts: TableFacts, around: Surroundings) -> Iterator[Violation]:
    yield from _rows_change(spec, facts, around.rows_before)
    yield from _freshness(spec, facts, around.judged_at)
    if around.source_columns is not None and around.source_before is not None:
        for change in compare_schemas(
            around.source_before, around.source_columns, listed=tuple(spec.data.columns)
        ):
            yield Violation(
                rule=change.rule,
                column=change.column,
                found=change.found,
                allowed=change.allowed,
                rows=facts.rows,
            )
    for swap in around.swaps:
        yield Violation(
            rule="swapped",
            column=", ".join(swap.columns),
            found=f"values that look like another column's before: {swap.told}",
            allowed="values like the column's own before; mend the source, or set data.rules.swapped to warn",
            rows=facts.rows,
        )


def _rows_change(spec: ModelSpec, facts: TableFacts, before: tuple[int, ...]) -> Iterator[Violation]:
    limit, compared = spec.data.rows.change, before[-CHANGE_PARTITIONS:]
    if limit is None or len(compared) < CHANGE_AT_LEAST:
        return
    usual, rows = statistics.median(compared), facts.rows + facts.set_aside
    if abs(rows - usual) > limit * usual:
        yield Violation(
            rule="rows_change",
            column=None,
            found=f"{rows} rows, where the median of the {len(compared)} partitions before is {usual:g}",
            allowed=f"{max(usual * (1 - limit), 0):g} to {usual * (1 + limit):g} rows",
            rows=rows,
        )


def _freshness(spec: ModelSpec, facts: TableFacts, judged_at: datetime | None) -> Iterator[Violation]:
    limit_s, column = spec.data.freshness, spec.data.event_time
    if limit_s is None:
        return
    if facts.newest is None or judged_at is None:
        allowed = f"a newest event at most {timedelta(seconds=limit_s)} old"
        yield Violation(rule="freshness", column=column, found=_UNMEASURED, allowed=allowed, rows=facts.rows)
    elif judged_at - facts.newest > timedelta(seconds=limit_s):
        yield Violation(
            rule="freshness",
            column=column,
            found=f"a newest event of {facts.newest:%Y-%m-%d %H:%M:%S} UTC, {judged_at - facts.newest} old",
            allowed=f"at most {timedelta(seconds=limit_s)} old at {judged_at:%Y-%m-%d %H:%M:%S} UTC",
            rows=facts.rows,
        )


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


def _order(spec: ModelSpec, name: str, column: Column, facts: ColumnFacts) -> Iterator[Violation]:
    if column.unique and name != spec.data.entity and facts.repeated != 0:
        count = facts.repeated
        yield Violation(
            rule="unique",
            column=name,
            found=_UNMEASURED if count is None else f"{count} rows with a value that another row has",
            allowed="no value twice",
            rows=count or 0,
            samples=facts.repeated_samples,
        )
    if column.increasing and facts.decreases != 0:
        count = facts.decreases
        yield Violation(
            rule="increasing",
            column=name,
            found=_UNMEASURED if count is None else f"{count} moments with a value below the moment before",
            allowed=f"values that never decrease as {spec.data.event_time} goes on",
            rows=count or 0,
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
