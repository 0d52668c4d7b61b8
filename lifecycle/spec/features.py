"""`features`: what the model sees."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from lifecycle.spec.columns import ColumnType
from lifecycle.spec.kinds import ColumnName, Duration, Name, Record

Aggregate = Literal["count", "mean", "sum", "min", "max", "last", "days_since", "distinct"]


class Lookup(Record):
    """A side table joined by key, at the latest row known at the event time."""

    table: str = Field(description="path or glob of Parquet or CSV files")
    key: Mapping[ColumnName, ColumnName] = Field(description="column of the lookup -> column of the request")
    known_at: ColumnName | None = Field(
        None, description="time column of the lookup; without it rows hold for ever"
    )
    max_age: Duration | None = Field(None, description="older rows count as missing; needs `known_at`")
    columns: Mapping[ColumnName, ColumnType] = Field(description="columns to take, with their types")

    @model_validator(mode="after")
    def _age_needs_time(self) -> Self:
        if self.max_age is not None and self.known_at is None:
            raise ValueError("`max_age` needs `known_at`: a row without a time has no age")
        if not self.key or not self.columns:
            raise ValueError("a lookup needs at least one key and one column")
        return self


class EventTable(Record):
    """A table of things that happened, one row each, that history features look back on."""

    table: str = Field(description="path or glob of Parquet or CSV files")
    known_at: ColumnName = Field(description="time column: when a row became known; windows are over it")
    columns: Mapping[ColumnName, ColumnType] = Field(description="columns to take, with their types")

    @model_validator(mode="after")
    def _holds_something(self) -> Self:
        if not self.columns:
            raise ValueError("an event table needs at least one column")
        return self


class History(Record):
    """An aggregate over past events of a key, as they were known at the event time."""

    of: Name | None = Field(None, description="an event table; left out: the model's own past rows")
    key: Mapping[ColumnName, ColumnName] = Field(
        {}, description="column of the past row -> column of the request; empty: all past rows"
    )
    window: Duration = Field(description="how far back it looks from the event time")
    aggregate: Aggregate = Field(description="what is made of the past rows in the window")
    value: str | None = Field(
        None,
        description="SQL expression over the past row, whose label may be read; "
        "optional for count and days_since",
    )
    max_delay: Duration | None = Field(
        None,
        description="where the label is read and has `known_at`: a label that took longer never counts; "
        "without it 30d",
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if not self.window:
            raise ValueError("`window` must be longer than nothing")
        if self.value is None and self.aggregate not in ("count", "days_since"):
            raise ValueError(f"`{self.aggregate}` needs a `value`; without one: count, days_since")
        if self.max_delay is not None and self.of is not None:
            raise ValueError("`max_delay` is for the model's own rows: an event table has no labels")
        return self


class FeaturesSection(Record):
    lookups: Mapping[Name, Lookup] = Field({}, description="side tables, by the name that expressions use")
    events: Mapping[Name, EventTable] = Field({}, description="tables of past events, by name")
    history: Mapping[Name, History] = Field(
        {}, description="aggregates over the past, which expressions call `history.<name>`"
    )
    columns: Mapping[ColumnName, str] = Field(
        description="feature -> SQL expression over the request, lookups and history"
    )
    max_categories: Annotated[int, Field(ge=2, le=4096)] = Field(
        256, description="categories kept per string feature, most frequent first; the rest count as missing"
    )

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if not self.columns:
            raise ValueError("a model needs at least one feature")
        return self
