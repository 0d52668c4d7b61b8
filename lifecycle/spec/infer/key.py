"""Which column is the key, and which the event time."""

from datetime import date, datetime, time

from lifecycle.errors import LifecycleError
from lifecycle.spec.infer.answers import (
    NO_TIME,
    Answers,
    Choice,
    Undecided,
    find_column,
    sources_of,
    words_of,
)
from lifecycle.spec.infer.facts import ColumnFacts, TableFacts, Value
from lifecycle.spec.infer.names import shown
from lifecycle.spec.infer.readings import could_be_year
from lifecycle.spec.infer.words import EVENT, EVENT_STRONG, KEY, NOT_EVENT

_MAX_NULL_TIMES = 0.01


def choose_key(facts: TableFacts, answers: Answers, *, taken: frozenset[str]) -> Choice:
    """A column that every row has its own value of; none: the key has to be made.

    Raises:
        LifecycleError: the column told is no key.
    """
    if answers.entity is not None:
        column = find_column(answers.entity, facts.columns, flag="entity")
        if not column.unique:
            raise LifecycleError(
                f"--entity {shown(column.source)} is no key: it must be text or whole numbers, in "
                "every row, and "
                f"never the same twice ({column.nulls:,} missing, about {column.distinct:,} values in "
                f"{facts.rows:,} rows)"
            )
        return Choice(value=column.name, why="told")
    unique = [column for column in facts.columns.values() if column.unique and column.name not in taken]
    named = [
        column for column in unique if words_of(column.source) & KEY or column.source.lower().endswith("id")
    ]
    likely = named or [
        column for column in unique if column.type == "string" or is_counter(column, facts.rows)
    ]
    if likely:
        return Choice(value=likely[0].name, why="every row has its own value")
    return Choice(
        value=None, why="no column has its own value in every row: a digest of the row is made the key"
    )


def is_counter(column: ColumnFacts, rows: int) -> bool:
    """Whether a column only counts the rows."""
    if not column.unique or not isinstance(column.low, int) or not isinstance(column.high, int):
        return False
    return column.high - column.low + 1 == rows


def choose_time(facts: TableFacts, answers: Answers, *, taken: frozenset[str], asking: bool) -> Choice:
    """The time column that says when a prediction is asked for; none: the table has none.

    Args:
        taken: columns with another role.
        asking: somebody can be asked where two columns are equally likely.

    Raises:
        Undecided: several are equally likely.
        LifecycleError: the column told is no time.
    """
    if answers.time is not None:
        return _told(facts, answers.time)
    found = [
        column
        for column in facts.columns.values()
        if column.type in ("timestamp", "date")
        and column.name not in taken
        and column.nulls <= _MAX_NULL_TIMES * facts.rows
        and column.low != column.high
    ]
    if not found:
        return Choice(value=None, why=_no_time(facts), warn=True)
    best = max(map(_likely, found))
    equal = [column for column in found if _likely(column) == best]
    if best < 0:
        named = ", ".join(shown(column.source) for column in equal)
        return Choice(
            value=None,
            why=f"{named} tell of something else than the event (--time COLUMN takes one)",
            warn=True,
        )
    if len(equal) == 1:
        return Choice(
            value=equal[0].name,
            why="the likeliest time of the event" if len(found) > 1 else "the one time column",
        )
    first = [
        column
        for column, (start, end) in zip(equal, map(_from_to, equal), strict=True)
        if all(start <= other_start and end <= other_end for other_start, other_end in map(_from_to, equal))
    ]
    if asking or len(first) != 1:
        raise Undecided(
            "time",
            "when is the prediction asked for? Several columns could say",
            [*sources_of(equal), NO_TIME],
        )
    return Choice(
        value=first[0].name, why="the earliest of several times (--time COLUMN takes another)", warn=True
    )


def _told(facts: TableFacts, told: str) -> Choice:
    if told.strip().lower() == NO_TIME:
        return Choice(value=None, why="told")
    column = find_column(told, facts.columns, flag="time")
    if column.type not in ("timestamp", "date") and not could_be_year(column.low, column.high):
        raise LifecycleError(
            f"--time {shown(column.source)} is {column.type}: allowed are times, dates and years"
        )
    if column.nulls == facts.rows:
        raise LifecycleError(f"--time {shown(column.source)} has no value in any row")
    return Choice(value=column.name, why="told")


def _from_to(column: ColumnFacts) -> tuple[datetime, datetime]:
    """The first and last time of a column; of a date its midnight, so that dates and times compare."""
    return _as_datetime(column.low), _as_datetime(column.high)


def _as_datetime(value: Value | None) -> datetime:
    if isinstance(value, datetime):
        return value
    assert isinstance(value, date)  # a time column with two different values has both ends
    return datetime.combine(value, time.min)


def _likely(column: ColumnFacts) -> int:
    words = words_of(column.source)
    if words & NOT_EVENT:
        return -1
    return 2 if words & EVENT_STRONG else 1 if words & EVENT else 0


def _no_time(facts: TableFacts) -> str:
    years = [
        column.source
        for column in facts.columns.values()
        if "year" in words_of(column.source) and could_be_year(column.low, column.high)
    ]
    hint = f" ({shown(years[0])} holds years: --time takes it)" if years else ""
    return f"no column holds it{hint}: rows are split at random, and nothing guards against what came later"
