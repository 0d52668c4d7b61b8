"""`data.columns`: what each column must look like, and what a broken rule does."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from lifecycle.spec.kinds import Record, Scalar, Share

ColumnType = Literal["string", "int", "float", "bool", "timestamp", "date"]


def _off(value: object) -> object:
    # YAML 1.1 reads an unquoted off as false.
    return "off" if value is False else value


def _of_single_rows(value: object) -> object:
    if value == "quarantine":
        raise ValueError(
            "block, warn or off: this rule judges a whole table, and no single row can be set aside"
        )
    return _off(value)


Severity = Annotated[Literal["block", "quarantine", "warn", "off"], BeforeValidator(_off)]
"""What a broken rule does: `block` fails the check and all that is downstream, `quarantine` sets the row
aside, `warn` is shown and harms nothing, `off` is not judged."""
TableSeverity = Annotated[Literal["block", "warn", "off"], BeforeValidator(_of_single_rows)]
ReadableSeverity = Literal["block", "quarantine"]


class Rules(Record):
    """What a broken rule does: `block`, `warn`, `off`, and for rules of single rows `quarantine`."""

    readable: ReadableSeverity = Field(
        "block",
        description="each value can be read as its type; `block` fails the asset, as nothing can be kept",
    )
    key: Severity = Field("block", description="each row has its entity")
    unique: Severity = Field(
        "block",
        description="one row an entity; `quarantine` keeps the first (by time, then all columns) of those "
        "that nothing else sets aside",
    )
    null_share: Severity = Field(
        "block", description="missing values; `quarantine` where none is allowed, else as `block`"
    )
    finite: Severity = Field("block", description="no NaN and no infinity")
    range: Severity = Field("block", description="`min` and `max` of a column")
    allowed: Severity = Field("block", description="`allowed` values of a column")
    label_time: Severity = Field("block", description="each label has the time at which it became known")
    label_order: Severity = Field("block", description="no label is known before its event")
    window: TableSeverity = Field("block", description="event times lie inside the partition")
    increasing: TableSeverity = Field("block", description="columns marked `increasing` never decrease")
    rows: TableSeverity = Field("block", description="the band of `data.rows`")
    rows_change: TableSeverity = Field("warn", description="`data.rows.change`")
    freshness: TableSeverity = Field("block", description="`data.freshness`")
    new_column: TableSeverity = Field(
        "warn", description="the source has a column that it did not have before"
    )
    lost_column: TableSeverity = Field(
        "warn",
        description="the source lost a column that the spec does not list (a listed one fails the asset)",
    )
    retyped: TableSeverity = Field(
        "warn", description="a column's type in the source changed, still readable"
    )
    swapped: TableSeverity = Field(
        "block", description="columns whose values look like each other's before: swapped or rotated"
    )


class ColumnRules(Record):
    """Severities of one column, where they differ from `data.rules`."""

    readable: ReadableSeverity | None = Field(None, description="see `data.rules`")
    unique: Severity | None = Field(None, description="see `data.rules`; `quarantine` for the entity only")
    null_share: Severity | None = Field(None, description="see `data.rules`")
    finite: Severity | None = Field(None, description="see `data.rules`")
    range: Severity | None = Field(None, description="see `data.rules`")
    allowed: Severity | None = Field(None, description="see `data.rules`")
    increasing: TableSeverity | None = Field(None, description="see `data.rules`")
    retyped: TableSeverity | None = Field(None, description="see `data.rules`")


class Column(Record):
    """What one column must look like in every partition."""

    type: ColumnType = Field(description="logical type of the values")
    null_share: Share = Field(0.0, strict=False, description="largest share of missing values")
    min: float | None = Field(None, strict=False, description="smallest value allowed")
    max: float | None = Field(None, strict=False, description="largest value allowed")
    allowed: tuple[Scalar, ...] | None = Field(None, strict=False, description="the values allowed")
    unique: bool = Field(False, description="no value twice in a partition (the entity is unique anyway)")
    increasing: bool = Field(False, description="values never decrease as the event time goes on")
    sensitive: bool = Field(False, description="values are never shown in messages, metadata and pages")
    rules: ColumnRules = Field(ColumnRules(), description="severities where they differ from `data.rules`")
    description: str = Field("", description="what the column means")

    @model_validator(mode="after")
    def _rules_fit(self) -> Self:
        if self.rules.null_share == "quarantine" and self.null_share > 0:
            raise ValueError(
                "`rules.null_share: quarantine` needs `null_share: 0`: where some may be "
                "missing, no single row "
                "is wrong"
            )
        if self.increasing and self.type in ("string", "bool"):
            raise ValueError(f"`increasing` is for numbers and times, this column is {self.type}")
        return self

    @model_validator(mode="after")
    def _range_fits_type(self) -> Self:
        if (self.min is not None or self.max is not None) and self.type not in ("int", "float"):
            raise ValueError(f"`min` and `max` are for int and float columns, this one is {self.type}")
        # YAML reads NO and ON as booleans: such a value would silently match no row.
        kinds = {"string": ("str",), "int": ("int",), "float": ("int", "float"), "bool": ("bool",)}
        for value in self.allowed or ():
            if type(value).__name__ not in kinds.get(self.type, ()):
                raise ValueError(
                    f"`allowed` holds {value!r}, which is no {self.type}: put it in quotes, or drop it"
                )
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"`min` {self.min} is above `max` {self.max}")
        return self
