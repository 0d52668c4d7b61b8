"""The contract's rules of single rows as SQL conditions: what aggregates count and what sets a row aside."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from lifecycle.data.facts import reason_of
from lifecycle.data.rules import RowRule, severity_of
from lifecycle.spec.columns import Column, ColumnType, Severity
from lifecycle.spec.model_spec import ModelSpec
from resources.warehouse.casts import identifier, literal, literal_of

# No column of a spec can have these names: they hold a space.
REASON, SET_ASIDE = "the reason", "set aside"


class RuleSql(Protocol):
    """How a warehouse writes names and values."""

    def identifier(self, name: str) -> str:
        """A quoted name."""
        ...

    def value(self, value: object, kind: ColumnType) -> str:
        """A value of a spec, as a literal or a parameter."""
        ...

    def finite(self, x: str) -> str:
        """Whether a float is neither NaN nor infinite."""
        ...


class DuckDBRules:
    """Conditions for DuckDB."""

    def identifier(self, name: str) -> str:
        """See `RuleSql`."""
        return identifier(name)

    def value(self, value: object, kind: ColumnType) -> str:
        """See `RuleSql`."""
        return literal_of(value, kind)

    def finite(self, x: str) -> str:
        """See `RuleSql`."""
        return f"isfinite({x})"


DUCKDB = DuckDBRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCondition:
    """When a row breaks a rule."""

    rule: RowRule
    column: str
    sql: str
    severity: Severity


def raw_name(column: str) -> str:
    """Name of the column that holds the text of what could not be read."""
    return f"raw {column}"


def row_conditions(
    spec: ModelSpec,
    columns: Mapping[str, ColumnType],
    raw: Collection[str] = (),
    sql: RuleSql = DUCKDB,
) -> tuple[RowCondition, ...]:
    """Conditions of the rules whose bad rows are kept: those of severity `block` and `quarantine`.

    That an entity has one row is no condition on one row; see `resources.warehouse.quarantine`.

    Args:
        columns: columns of the relation, with the types that they are held in.
        raw: columns with a `raw_name` beside them.
        sql: of the engine.
    """
    found = []
    for rule, column, condition in _conditions(spec, columns, raw, sql):
        severity = severity_of(spec, rule, column)
        if severity in ("block", "quarantine"):
            found.append(RowCondition(rule=rule, column=column, sql=condition, severity=severity))
    return tuple(found)


def with_reasons(query: str, conditions: Collection[RowCondition]) -> str:
    """A query with two more columns: `REASON`, missing for good rows, and `SET_ASIDE`.

    Most rows are good: only for the others is a text put together.
    """
    broken = " OR ".join(f"({condition.sql})" for condition in conditions) or "false"
    texts = ", ".join(
        f"CASE WHEN {condition.sql} THEN {literal(reason_of(condition.rule, condition.column))} END"
        for condition in conditions
    )
    reason = f"CASE WHEN {broken} THEN concat_ws('; ', {texts}) END" if texts else "CAST(NULL AS VARCHAR)"
    aside = " OR ".join(f"({c.sql})" for c in conditions if c.severity == "quarantine") or "false"
    return (
        f"SELECT *, {reason} AS {identifier(REASON)}, coalesce({aside}, false) AS {identifier(SET_ASIDE)} "
        f"FROM ({query})"
    )


def outside_range(name: str, column: Column, sql: RuleSql = DUCKDB) -> str:
    """When a value is out of its column's range; what is not finite is another rule's."""
    x = sql.identifier(name)
    ends = [(f"{x} < ", column.min), (f"{x} > ", column.max)]
    given = [f"{compared}{sql.value(end, 'float')}" for compared, end in ends if end is not None]
    # DuckDB sorts NaN above every number.
    finite = f"{sql.finite(x)} AND " if column.type == "float" else ""
    return f"{finite}({' OR '.join(given)})"


def outside_allowed(name: str, column: Column, sql: RuleSql = DUCKDB) -> str:
    """When a value is there that is not allowed."""
    x, allowed = sql.identifier(name), column.allowed or ()
    if not allowed:
        return f"{x} IS NOT NULL"
    return f"{x} NOT IN ({', '.join(sql.value(value, column.type) for value in allowed)})"


def label_without_time(spec: ModelSpec, sql: RuleSql = DUCKDB) -> str:
    """When a label is there, and the time at which it became known is not."""
    label = spec.data.label
    return f"{sql.identifier(label.column)} IS NOT NULL AND {sql.identifier(label.known_at or '')} IS NULL"


def label_before_event(spec: ModelSpec, sql: RuleSql = DUCKDB) -> str:
    """When a label was known before its event."""
    label = spec.data.label
    known_at, event = sql.identifier(label.known_at or ""), sql.identifier(spec.data.event_time or "")
    return f"{sql.identifier(label.column)} IS NOT NULL AND {known_at} < {event}"


def _conditions(
    spec: ModelSpec, columns: Mapping[str, ColumnType], raw: Collection[str], sql: RuleSql
) -> Iterator[tuple[RowRule, str, str]]:
    data = spec.data
    for name, column in data.columns.items():
        if columns.get(name) != column.type:
            continue
        x = sql.identifier(name)
        unreadable = f"{sql.identifier(raw_name(name))} IS NOT NULL"
        missing = f"{x} IS NULL AND NOT {unreadable}" if name in raw else f"{x} IS NULL"
        if name in raw:
            yield "readable", name, unreadable
        if name == data.entity:
            yield "key", name, missing
        elif column.null_share == 0 and name != data.event_time:
            yield "null_share", name, missing
        if column.type == "float":
            yield "finite", name, f"NOT ({sql.finite(x)})"
        if column.min is not None or column.max is not None:
            yield "range", name, outside_range(name, column, sql)
        if column.allowed is not None:
            yield "allowed", name, outside_allowed(name, column, sql)
    if (known_at := data.label.known_at) is not None:
        yield "label_time", known_at, label_without_time(spec, sql)
        yield "label_order", known_at, label_before_event(spec, sql)
