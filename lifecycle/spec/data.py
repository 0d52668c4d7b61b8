"""`data`: the table, how time cuts it, and what is predicted."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from lifecycle.spec.columns import Column, Rules
from lifecycle.spec.kinds import ColumnName, Duration, Record, Share

Cadence = Literal["hour", "day", "week", "month", "year", "once"]


def _known_time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise ValueError("a time zone is an IANA name such as UTC or America/New_York") from exc
    return name


TimeZone = Annotated[str, AfterValidator(_known_time_zone)]


class Source(Record):
    """Where rows come from: files, or SQL over named files."""

    files: str | None = Field(
        None,
        description="path or glob of Parquet or CSV files; on BigQuery also `bq://project.dataset.table`",
    )
    sql: str | None = Field(
        None,
        description="one SELECT over `tables`, in the SQL of the environment's warehouse (DuckDB's, or with "
        "`FLYWHEEL_ENV=gcp` BigQuery's): the text, or the name of a .sql file",
    )
    tables: Mapping[ColumnName, str] = Field({}, description="name in the SQL -> path or glob of its files")
    max_bytes: Annotated[int, Field(ge=1)] | None = Field(
        None, description="what one query may read where bytes are paid for (BigQuery); beyond it is refused"
    )

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.files is None) == (self.sql is None):
            raise ValueError("give exactly one of `files` and `sql`")
        if self.sql is not None and not self.tables:
            raise ValueError("`sql` reads only what `tables` names: name at least one table")
        return self


class Partition(Record):
    every: Cadence = Field(
        description="length of one partition; `once`: a single partition named `all` holds every row"
    )
    start: date | None = Field(
        None, description="first day of the first partition, in `data.time_zone`; not with `once`"
    )
    end: date | None = Field(
        None, description="day after the last partition; without it partitions follow the clock"
    )

    @model_validator(mode="after")
    def _starts_where_time_is_cut(self) -> Self:
        if self.every == "once" and (self.start or self.end):
            raise ValueError("`once` is one partition of every row: it has no `start` and no `end`")
        if self.every != "once" and self.start is None:
            raise ValueError(f"partitions of a {self.every} need a `start`, the first day of the first one")
        return self

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise ValueError(f"`end` {self.end} is not after `start` {self.start}")
        return self

    @model_validator(mode="after")
    def _on_a_boundary(self) -> Self:
        # Rows between a start in the middle of a partition and the next bound would be in none, silently.
        for name, day in (("start", self.start), ("end", self.end)):
            if day is None:
                continue
            if self.every == "year" and (day.month, day.day) != (1, 1):
                raise ValueError(f"`{name}` {day} is no first of January, where a yearly partition begins")
            if self.every == "month" and day.day != 1:
                raise ValueError(f"`{name}` {day} is no first of a month, where a monthly partition begins")
            if self.every == "week" and day.isoweekday() != 1:
                raise ValueError(f"`{name}` {day} is no Monday, where a weekly partition begins")
        return self


class RowBand(Record):
    """How many rows a partition has."""

    min: Annotated[int, Field(ge=1)] = Field(1, description="fewest rows; an empty partition is never good")
    max: Annotated[int, Field(ge=1)] | None = Field(None, description="most rows")
    change: Annotated[float, Field(gt=0)] | None = Field(
        None,
        strict=False,
        description="largest relative difference from the median of the up to 8 partitions before; "
        "judged from "
        "3 on",
    )

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if self.max is not None and self.max < self.min:
            raise ValueError(f"`min` {self.min} is above `max` {self.max}")
        return self


class Label(Record):
    """What is predicted, and when the truth about it is known."""

    column: ColumnName = Field(description="column that holds the truth; missing where it never came")
    known_at: ColumnName | None = Field(None, description="time column: when the label became known")
    delay: Duration | None = Field(None, description="or a fixed delay after the event time")


class DataSection(Record):
    source: Source = Field(description="where rows come from")
    entity: ColumnName = Field(description="key column: one value per row, the unit that is predicted")
    event_time: ColumnName | None = Field(
        None, description="time column: when the prediction is asked for; without one time plays no part"
    )
    time_zone: TimeZone = Field("UTC", description="zone of partition bounds and of date parts in features")
    partition: Partition = Field(
        Partition(every="once"),
        description="how rows are cut by event time; required with `event_time`, else `{every: once}`",
    )
    rows: RowBand = Field(RowBand(), description="how many rows a partition has")
    freshness: Duration | None = Field(
        None,
        description="at the partition's end (or now, if that is earlier) the newest event is at most "
        "this old",
    )
    rules: Rules = Field(Rules(), description="what a broken rule does")
    quarantine_share: Share = Field(
        0.05,
        strict=False,
        description="a larger share of bad rows blocks, also where the rule says `quarantine` or `warn`",
    )
    columns: Mapping[ColumnName, Column] = Field(description="every column of the table, with its contract")
    label: Label = Field(description="what is predicted, and when it is known")

    @field_validator("partition")
    @classmethod
    def _cut_by_a_time(cls, partition: Partition, info: ValidationInfo) -> Partition:
        # A time that is there but wrong has its own problem.
        if partition.every != "once" and info.data.get("event_time", "wrong") is None:
            raise ValueError(
                f"partitions of a {partition.every} are cut by `event_time`, which is not given: name the "
                "time column, or use {every: once}"
            )
        return partition

    @field_validator("label")
    @classmethod
    def _knows_when(cls, label: Label, info: ValidationInfo) -> Label:
        given = (label.known_at is not None) + (label.delay is not None)
        if info.data.get("event_time", "wrong") is None:
            if given:
                raise ValueError(
                    "without `event_time` a label that is there is known: drop `known_at` and `delay`, or "
                    "name the time column"
                )
        elif given != 1:
            raise ValueError(
                "say when the label becomes known: exactly one of `known_at` (a time column) and `delay`"
            )
        return label

    @model_validator(mode="after")
    def _says_how_time_is_cut(self) -> Self:
        # Not by default: one partition of everything would be a surprise where rows go on coming.
        if self.event_time is not None and "partition" not in self.model_fields_set:
            raise ValueError(
                "`partition` is required with `event_time`: {every: month, start: 2024-01-01}, or "
                "{every: once} for a single partition of every row"
            )
        return self

    @model_validator(mode="after")
    def _columns_exist(self) -> Self:
        for role, name, kinds in [
            ("entity", self.entity, ("string", "int")),
            ("event_time", self.event_time, ("timestamp",)),
            ("label.column", self.label.column, ("string", "int", "float", "bool")),
            ("label.known_at", self.label.known_at, ("timestamp",)),
        ]:
            if name is None:
                continue
            if name not in self.columns:
                raise ValueError(f"`{role}` names the column {name!r}, which `columns` does not list")
            if self.columns[name].type not in kinds:
                raise ValueError(
                    f"`{role}` {name!r} is {self.columns[name].type}; allowed: {', '.join(kinds)}"
                )
        return self

    @model_validator(mode="after")
    def _quarantine_fits(self) -> Self:
        for name, column in self.columns.items():
            if name != self.entity and column.rules.unique == "quarantine":
                raise ValueError(
                    f"`columns.{name}.rules.unique` is `quarantine`; allowed: block, warn or off (only the "
                    "rows of one entity have a first one)"
                )
        if self.event_time is not None and self.columns[self.event_time].rules.readable == "quarantine":
            raise ValueError(
                f"`columns.{self.event_time}.rules.readable` is `quarantine`; allowed: block (a row without "
                "an event time belongs to no partition)"
            )
        return self

    @model_validator(mode="after")
    def _rules_of_time_need_it(self) -> Self:
        if self.event_time is not None:
            return self
        if self.freshness is not None:
            raise ValueError("`freshness` needs `event_time`: rows without a time have no age")
        if rising := [name for name, column in self.columns.items() if column.increasing]:
            raise ValueError(
                f"`columns.{rising[0]}.increasing` needs `event_time`: rows without it have no order"
            )
        return self
