"""What a model may see of a table: a feature of each column, or the reason why there is none."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from lifecycle.spec.infer.answers import words_of
from lifecycle.spec.infer.facts import ColumnFacts, TableFacts, TimeFacts
from lifecycle.spec.infer.key import is_counter
from lifecycle.spec.infer.names import free_name
from lifecycle.spec.infer.words import IDENTIFIER, LABEL_KNOWN, OUTCOME, PLANNED

_FREE_TEXT_LENGTH, _FREE_TEXT_WORDS, _FREE_TEXT_SHARE = 40, 5, 0.2
_OWN_VALUE_SHARE = 0.5
_LATER_SHARE = 0.5
_MONTHS_SPAN_DAYS, _WEEKDAYS_SPAN_DAYS = 550, 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """A feature of the spec."""

    name: str
    expression: str
    columns: tuple[str, ...]
    """Columns that it reads, the event time apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """A column that the model does not see, by its name in the table.

    Attributes:
        warn: a user has to know it.
        later: a time that comes with the label, or without one never.
    """

    source: str
    why: str
    warn: bool = False
    later: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """Columns that are no features."""

    label: str
    key: str | None
    event_time: str | None
    known_at: str | None = None
    told_drop: frozenset[str] = frozenset()


def choose_features(
    facts: TableFacts, roles: Roles, times: TimeFacts | None
) -> tuple[tuple[Feature, ...], tuple[Dropped, ...]]:
    """Features in the order of the table's columns, then those of the event time; and what was left out."""
    kept: list[Feature] = []
    dropped = [Dropped(source=source, why=why) for source, why in facts.unread.items()]
    taken = {name.lower() for name in facts.columns}
    for column in facts.columns.values():
        if column.name in (roles.label, roles.key, roles.event_time, roles.known_at):
            continue
        if (left_out := _left_out(column, facts.rows, roles, times)) is not None:
            dropped.append(left_out)
            continue
        kept += [_renamed(feature, taken) for feature in _of_column(column, roles.event_time)]
    if roles.event_time is not None and times is not None:
        kept += [_renamed(feature, taken) for feature in _of_event_time(roles.event_time, times)]
    return tuple(kept), tuple(dropped)


def outcome_like(columns: Sequence[ColumnFacts]) -> list[ColumnFacts]:
    """Columns whose names sound as if they were known only afterwards."""
    return [column for column in columns if words_of(column.source) & OUTCOME]


def _left_out(column: ColumnFacts, rows: int, roles: Roles, times: TimeFacts | None) -> Dropped | None:
    def because(why: str, *, later: bool = False) -> Dropped:
        return Dropped(source=column.source, why=why, warn=later, later=later)

    words = words_of(column.source)
    if column.name in roles.told_drop:
        return because("told to drop")
    if column.nulls == rows:
        return because("no value in any row")
    if column.distinct <= 1 and not column.nulls:
        return because("the same value in every row")
    if column.type in ("timestamp", "date") and not words & PLANNED:
        share = times.share_later.get(column.name, 0.0) if times is not None else 0.0
        if share > _LATER_SHARE:
            return because(f"a time after the event in {share:.0%} of the rows: known only later", later=True)
        if times is None and words & LABEL_KNOWN:
            return because("it sounds like when the label became known, and no event time tells", later=True)
    if is_counter(column, rows) or (column.unique and words & IDENTIFIER):
        return because("it only numbers the rows")
    if column.type == "string":
        return _left_out_text(column, rows)
    if column.type == "int" and words & IDENTIFIER and column.distinct > _OWN_VALUE_SHARE * rows:
        return because("an identifier: most rows have their own")
    return None


def _left_out_text(column: ColumnFacts, rows: int) -> Dropped | None:
    share = column.distinct / max(rows - column.nulls, 1)
    long = column.mean_length >= _FREE_TEXT_LENGTH or column.mean_words >= _FREE_TEXT_WORDS
    if long and share > _FREE_TEXT_SHARE:
        return Dropped(
            source=column.source, why="free text, which no feature reads: its content is lost", warn=True
        )
    if share > _OWN_VALUE_SHARE:
        return Dropped(
            source=column.source, why="most rows have a value of their own: nothing to learn by name"
        )
    return None


def _of_column(column: ColumnFacts, event_time: str | None) -> Iterator[Feature]:
    name = column.name

    def feature(suffix: str, expression: str) -> Feature:
        return Feature(name=f"{name}{suffix}", expression=expression, columns=(name,))

    if column.type == "bool":
        yield feature("", f"CAST({name} AS BIGINT)")
    elif column.type not in ("timestamp", "date"):
        yield feature("", name)
    elif event_time is not None:
        # Whole days as a number; negative where it lies after the event.
        yield feature("_days_before", f"seconds_between({name}, {event_time}) / 86400")
    else:
        yield feature("_year", f"year({name})")
        yield feature("_month", f"month({name})")
        yield feature("_weekday", f"isodow({name})")
        if column.type == "timestamp":
            yield feature("_hour", f"hour({name})")


def _of_event_time(event_time: str, times: TimeFacts) -> Iterator[Feature]:
    days = sorted(times.days)
    span = (days[-1] - days[0]).days

    def feature(name: str, expression: str) -> Feature:
        return Feature(name=name, expression=expression, columns=())

    if not times.midnight:
        yield feature("hour", f"hour({event_time})")
    if span >= _WEEKDAYS_SPAN_DAYS and len({day.isoweekday() for day in days}) > 1:
        yield feature("weekday", f"isodow({event_time})")
    # Over less than a year and a half a month would only be a date in disguise.
    if span >= _MONTHS_SPAN_DAYS and len({day.month for day in days}) > 1:
        yield feature("month", f"month({event_time})")


def _renamed(feature: Feature, taken: set[str]) -> Feature:
    """The feature under a name that no other column or feature has, but for the column it is."""
    if feature.columns == (feature.name,):
        return feature
    name = free_name(feature.name, taken)
    taken.add(name.lower())
    return Feature(name=name, expression=feature.expression, columns=feature.columns)


def reads_as_timestamp(facts: Mapping[str, ColumnFacts], roles: Roles) -> set[str]:
    """Date columns that are read as times: the event time, and those whose distance to it is a feature."""
    dates = {name for name, column in facts.items() if column.type == "date"}
    return dates if roles.event_time is not None else set()


def day_of(value: object) -> str:
    """A bound of a column for people."""
    return value.date().isoformat() if isinstance(value, datetime) else str(value)
