"""Everything that was decided about a table, as one record: what a spec is written from."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lifecycle.spec.columns import ColumnType
from lifecycle.spec.infer.answers import words_of
from lifecycle.spec.infer.facts import ColumnFacts
from lifecycle.spec.infer.features import Dropped, Feature
from lifecycle.spec.infer.judging import GateChoice, TrainingChoice
from lifecycle.spec.infer.label import TaskChoice
from lifecycle.spec.infer.names import shown
from lifecycle.spec.infer.partition import PartitionChoice
from lifecycle.spec.infer.words import MAYBE_NEGATIVE, NEVER_NEGATIVE

_MAX_CATEGORIES = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftColumn:
    """An entry of `data.columns`."""

    name: str
    type: ColumnType
    null_share: float = 0.0
    min: float | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One line of what is told at the end."""

    what: str
    value: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A spec before it is text.

    Attributes:
        source: path of the table's files as the spec names it.
        sql: text of `data.sql`; None: the files are read as they are.
        table: what people call the table.
    """

    name: str
    table: str
    rows: int
    source: str
    sql: str | None
    task: TaskChoice
    entity: str
    event_time: str | None
    partition: PartitionChoice
    columns: tuple[DraftColumn, ...]
    label: str
    known_at: str | None
    label_delay_s: int
    features: tuple[Feature, ...]
    dropped: tuple[Dropped, ...]
    max_categories: int
    training: TrainingChoice
    gate: GateChoice
    port: int
    decisions: tuple[Decision, ...] = ()
    warnings: tuple[str, ...] = ()


def draft_columns(
    names: Sequence[str],
    columns: Mapping[str, ColumnFacts],
    types: Mapping[str, ColumnType],
    null_shares: Mapping[str, float],
    *,
    label: str,
) -> Iterator[DraftColumn]:
    """Contract of each column that the spec takes.

    Args:
        types: where a column is read as another type than it was measured in.
        null_shares: the largest share of missing values that a partition had.
    """
    for name in names:
        facts = columns[name]
        kind = types.get(name, facts.type)
        yield DraftColumn(
            name=name,
            type=kind,
            null_share=null_limit(null_shares.get(name, 0.0)),
            min=0.0 if name != label and kind in ("int", "float") and never_negative(facts) else None,
            comment=_comment(facts),
        )


def null_limit(seen: float) -> float:
    """The largest share of missing values to allow, with room above what was seen; nothing seen: none.

    >>> null_limit(0), null_limit(0.001), null_limit(0.2), null_limit(0.9)
    (0.0, 0.03, 0.3, 1.0)
    """
    if seen <= 0:
        return 0.0
    return min(1.0, math.ceil(round(100 * max(1.5 * seen, seen + 0.02), 6)) / 100)


def never_negative(facts: ColumnFacts) -> bool:
    """Whether a number is a count or a measure by its name, and was never negative."""
    words = words_of(facts.source)
    counted = bool(words & NEVER_NEGATIVE) and not words & MAYBE_NEGATIVE
    return counted and isinstance(facts.low, int | float) and facts.low >= 0


def max_categories(rows: int) -> int:
    """Categories to keep of a string feature: some dozens of rows each.

    >>> max_categories(150), max_categories(4000), max_categories(10**6)
    (16, 200, 256)
    """
    return max(16, min(_MAX_CATEGORIES, rows // 20))


def _comment(facts: ColumnFacts) -> str:
    parts = []
    if facts.name != facts.source:
        parts.append(f'"{shown(facts.source)}" in the table')
    if facts.reading.format is not None:
        parts.append(f"written as {facts.reading.format}")
    if facts.reading.missing:
        parts.append(
            f"missing where it says {', '.join(shown(word) or 'nothing' for word in facts.reading.missing)}"
        )
    if facts.reading.finite_only:
        parts.append("missing where it is not finite")
    if facts.low is not None and facts.high is not None and facts.type in ("int", "float"):
        parts.append(f"seen: {facts.low:.6g} to {facts.high:.6g}")
    elif facts.type == "string" and not facts.unique:
        parts.append(f"about {facts.distinct:,} values")
    return "; ".join(parts)
