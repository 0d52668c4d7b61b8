"""The spec of one model as frozen records. Nothing past the parser sees a raw mapping.

Every field has a description: the JSON Schema for editors and the reference page are generated from here.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    PrivateAttr,
    Tag,
    ValidationInfo,
    field_validator,
    model_validator,
)

from lifecycle.spec.alerts import AlertsSection

# Named again: every stage takes the records of a spec, and what they are made of, from here.
from lifecycle.spec.kinds import Duration as Duration
from lifecycle.spec.kinds import Record as Record
from lifecycle.spec.kinds import Share as Share
from lifecycle.spec.kinds import duration_s as duration_s
from lifecycle.spec.monitoring import MonitoringSection
from lifecycle.spec.retrain import RetrainSection
from lifecycle.spec.rollout import Rollout

Task = Literal["binary", "multiclass", "regression"]
FairnessMeasure = Literal["demographic_parity", "equalized_odds", "accuracy_gap", "error_gap"]
ColumnType = Literal["string", "int", "float", "bool", "timestamp", "date"]
Cadence = Literal["hour", "day", "week", "month", "year", "once"]
SplitKind = Literal["time", "random"]
RowsPlace = Literal["memory", "disk"]
Aggregate = Literal["count", "mean", "sum", "min", "max", "last", "days_since", "distinct"]
Pruning = Literal["median", "hyperband", "none"]
Sampler = Literal["tpe", "random"]
Accelerator = Literal["gpu"]
Scalar = str | int | float | bool


def _known_time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise ValueError("a time zone is an IANA name such as UTC or America/New_York") from exc
    return name


# Names become asset keys, folders, MLflow names and SQL identifiers: one narrow alphabet fits all of them.
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
ColumnName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,127}$")]
TimeZone = Annotated[str, AfterValidator(_known_time_zone)]
TrainerName = Annotated[
    str, Field(pattern=r"^(xgboost|torch|[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*)$", max_length=200)
]
Owner = Annotated[str, Field(pattern=r"^(team:[A-Za-z0-9_.-]+|[^@\s]+@[^@\s]+\.[A-Za-z]{2,})$")]


class ModelSection(Record):
    name: Name = Field(description="name of the model: its asset keys, group, folder and registered name")
    description: str = Field("", description="one or two sentences for people who meet the model in the UI")
    owners: tuple[Owner, ...] = Field((), strict=False, description="e-mail addresses or `team:name`")
    task: Task = Field(description="what is predicted")
    positive: Scalar = Field(True, description="binary only: the label value that counts as positive")
    intended_use: str = Field("", description="who may decide what with it; shown on the model card")
    limitations: str = Field("", description="where it must not be trusted; shown on the model card")


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
        "block", description="one row an entity; `quarantine` keeps the first (by time, then all columns)"
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


class Window(Record):
    kind: Literal["expanding", "rolling"] = Field(
        "expanding", description="all history, or the last partitions"
    )
    partitions: Annotated[int, Field(ge=1)] | None = Field(
        None, description="rolling only: how many partitions"
    )

    @model_validator(mode="after")
    def _rolling_has_length(self) -> Self:
        if (self.kind == "rolling") != (self.partitions is not None):
            raise ValueError("`partitions` goes with kind `rolling`, and only with it")
        return self


class ComputeRequest(Record):
    cpu: Annotated[int, Field(ge=1, le=1024)] = Field(2, description="threads or cores on each node")
    accelerator: Accelerator | None = Field(
        None, description="what fits the model; without it the processor does"
    )
    nodes: Annotated[int, Field(ge=1, le=1000)] = Field(1, description="machines for one training job")
    count: Annotated[int, Field(ge=1, le=64)] = Field(
        1,
        description="processes on each node, which share its rows and `cpu`; each has an accelerator of its "
        "own where one is asked for",
    )
    attempts: Annotated[int, Field(ge=1, le=100)] = Field(
        3, description="starts of one job: a preempted one goes on from its last checkpoint"
    )
    memory_gib: Annotated[int, Field(ge=1, le=24_576)] | None = Field(
        None, description="memory of each node on a cluster; without it what the cluster's settings say"
    )
    spot: bool = Field(
        False, description="machines that may be taken back at any time, where a cluster has such"
    )
    checkpoint_every: Duration = Field(
        300, description="`torch`: time between two checkpoints; `0s`: after each step"
    )
    time_limit: Duration = Field(7200, description="a job that runs longer is ended and fails")


# A range's keys are named as the types are, which hides these in its body.
_Integer: TypeAlias = int
_Number: TypeAlias = float


def _two_ends(ends: tuple[_Number, ...]) -> tuple[_Number, ...]:
    # Not a bound on the length: that would be told a second time of ends that are no numbers.
    if len(ends) != 2 or ends[0] >= ends[1]:
        raise ValueError("a range is [lowest, highest], the lowest below the highest")
    return ends


class SearchRange(Record):
    """Values of one parameter of the trainer: exactly one of `int`, `float` and `choice`."""

    int: Annotated[tuple[_Integer, ...], AfterValidator(_two_ends)] | None = Field(
        None, strict=False, description="whole numbers: lowest and highest, both included"
    )
    float: Annotated[tuple[_Number, ...], AfterValidator(_two_ends)] | None = Field(
        None, strict=False, description="numbers: lowest and highest"
    )
    choice: Annotated[tuple[Scalar, ...], Field(min_length=2)] | None = Field(
        None, strict=False, description="the values themselves"
    )
    log: bool = Field(False, description="ranges only: equal ratios are equally likely, not equal distances")
    step: Annotated[_Integer, Field(ge=1)] | None = Field(
        None, description="`int` only: distance between the values"
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        given = [name for name in ("int", "float", "choice") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("exactly one of `int`, `float` and `choice`")
        if self.choice is not None:
            if self.log or self.step is not None:
                raise ValueError("`log` and `step` go with a range, not with `choice`")
            if len({(type(value), value) for value in self.choice}) < len(self.choice):
                raise ValueError("each value of `choice` once")
            return self
        low, high = self.int or self.float or (0, 0)
        if self.log and low <= 0:
            raise ValueError("a `log` range begins above 0")
        if self.step is not None and (self.int is None or self.log or (high - low) % self.step):
            raise ValueError("`step` goes with an `int` range that it divides, without `log`")
        return self


class Search(Record):
    trials: Annotated[int, Field(ge=1, le=10_000)] = Field(
        description="sets of parameters to try; a larger number goes on from the trials that are done"
    )
    space: Annotated[Mapping[Name, SearchRange], Field(min_length=1)] = Field(
        description="parameter of the trainer -> values to search; none that `parameters` sets"
    )
    metric: str | None = Field(
        None,
        description="score of the validation rows that decides: `log_loss` or `auc`, `rmse` or `mae`; "
        "without it `log_loss`, or `rmse` of a regression",
    )
    pruning: Pruning = Field("median", description="which trials are given up early")
    sampler: Sampler = Field(
        "tpe", description="how parameters are chosen: from earlier trials, or at random"
    )
    seed: Annotated[int, Field(ge=0, lt=2**31)] | None = Field(
        None, description="seed of the choice; without it `training.seed`"
    )
    parallel: Annotated[int, Field(ge=1, le=64)] = Field(
        1, description="trials at a time, which share `compute.cpu`"
    )
    time_limit: Annotated[Duration, Field(ge=1)] | None = Field(
        None,
        description="no trial begins after this time of searching; what comes out depends on the machine",
    )


class TrainingSection(Record):
    trainer: TrainerName = Field(
        "xgboost",
        description="what fits the model: `xgboost` for trees, `torch` for a network (extra `torch`), or "
        "`package.module:function` for a trainer of your own",
    )
    parameters: Mapping[str, Scalar] = Field({}, description="handed to the trainer as they are")
    rounds: Annotated[int, Field(ge=1, le=100_000)] = Field(
        500, description="most boosting rounds, or epochs of a network"
    )
    early_stopping_rounds: Annotated[int, Field(ge=1)] = Field(
        30, description="rounds without a better validation score before fitting stops"
    )
    seed: Annotated[int, Field(ge=0, lt=2**31)] = Field(0, description="one seed for all randomness")
    window: Window = Field(Window(), description="which partitions are trained on")
    validation: Annotated[float, Field(gt=0, lt=0.5)] = Field(
        0.15,
        description="share of the window, by time, just before the holdout: early stopping, operating point",
    )
    holdout: Annotated[float, Field(gt=0, lt=0.5)] = Field(
        0.2, description="last share of the window, by time: never seen by fitting, read by the evaluation"
    )
    split: SplitKind | None = Field(
        None,
        description="how the window is cut: by `time` (the default with `data.event_time`), or at `random` "
        "by a hash of the entity, which with an event time lets the future into fitting",
    )
    rows: RowsPlace | None = Field(
        None,
        description="`xgboost`: where binned rows lie while trees grow: in `memory`, if not given, or on "
        "`disk`, in the job's folder or in FLYWHEEL_SCRATCH, for windows beyond one memory; the same trees",
    )
    compute: ComputeRequest = Field(ComputeRequest(), description="what one training job asks for")
    search: Search | None = Field(
        None, description="search for the best parameters on the validation rows before the model is fit"
    )


class Gate(Record):
    """An absolute gate on one metric of the holdout."""

    metric: str = Field(description="a metric of the task")
    min: float | None = Field(None, strict=False, description="the metric must be at least this")
    max: float | None = Field(None, strict=False, description="the metric must be at most this")
    on: Literal["interval", "point"] = Field("interval", description="decide on the interval or on the point")
    min_rows: Annotated[int, Field(ge=1)] = Field(
        200, description="fewer labelled rows: not enough data, no pass"
    )

    @model_validator(mode="after")
    def _one_side(self) -> Self:
        if (self.min is None) == (self.max is None):
            raise ValueError("a gate has exactly one of `min` and `max`")
        return self

    @property
    def name(self) -> str:
        """Name of the gate's asset check.

        >>> Gate(metric="auc", min=0.6).name
        'auc_min'
        """
        return f"{self.metric}_{'min' if self.min is not None else 'max'}"


class SliceGate(Record):
    """An absolute gate on one metric of each slice of a family; every judged slice must keep it."""

    slice: Name = Field(description="name of a slice family of `evaluation.slices`")
    metric: str = Field(description="a metric of the task")
    min: float | None = Field(
        None, strict=False, description="the metric must be at least this in each slice"
    )
    max: float | None = Field(None, strict=False, description="the metric must be at most this in each slice")

    @model_validator(mode="after")
    def _one_side(self) -> Self:
        if (self.min is None) == (self.max is None):
            raise ValueError("a gate has exactly one of `min` and `max`")
        return self

    @property
    def name(self) -> str:
        """Name of the gate's asset check.

        >>> SliceGate(slice="origin", metric="auc", min=0.6).name
        'slice_origin_auc_min'
        """
        return f"slice_{self.slice}_{self.metric}_{'min' if self.min is not None else 'max'}"


class RelativeGate(Record):
    """A gate against the champion on the same rows, by the interval of the paired difference."""

    relative: str = Field(description="a metric of the task that ranks models")
    slice: Name | None = Field(
        None, description="name of a slice family: every judged slice must keep the gate; else all rows"
    )
    margin: Annotated[float, Field(ge=0)] = Field(
        0.01, strict=False, description="how much worse than the champion is still accepted"
    )
    margin_is: Literal["relative", "absolute"] = Field(
        "relative", description="a share of the champion's value on these rows, or in the metric's own unit"
    )
    superiority: bool = Field(False, description="must be better than the champion; `margin` plays no part")
    min_rows: Annotated[int, Field(ge=1)] = Field(
        200, description="fewer rows that the champion never saw: not enough data, no pass"
    )

    @property
    def name(self) -> str:
        """Name of the gate's asset check.

        >>> RelativeGate(relative="auc").name, RelativeGate(relative="auc", slice="origin").name
        ('auc_against_champion', 'slice_origin_auc_against_champion')
        """
        where = f"slice_{self.slice}_" if self.slice else ""
        return f"{where}{self.relative}_{'beats' if self.superiority else 'against'}_champion"


class FairnessGate(Record):
    """A gate on how differently the groups of an attribute are treated."""

    fairness: FairnessMeasure = Field(description="measure of the difference between the groups")
    attribute: ColumnName = Field(description="an attribute of `evaluation.fairness.attributes`")
    max: Annotated[float, Field(ge=0)] = Field(
        strict=False, description="the difference must be at most this"
    )

    @property
    def name(self) -> str:
        """Name of the gate's asset check.

        >>> FairnessGate(fairness="accuracy_gap", attribute="carrier", max=0.2).name
        'fairness_carrier_accuracy_gap_max'
        """
        return f"fairness_{self.attribute}_{self.fairness}_max"


class DataGate(Record):
    """A gate on the evidence itself: a good metric of too few rows, or of the easy half of them, is none."""

    data: Literal["labelled_share", "holdout_rows", "holdout_days", "fit_rows"] = Field(
        description="share of the holdout period's rows with a label, labelled rows and days of the holdout, "
        "or rows that fit the model"
    )
    min: Annotated[float, Field(gt=0)] = Field(strict=False, description="it must be at least this")

    @model_validator(mode="after")
    def _a_share(self) -> Self:
        if self.data == "labelled_share" and self.min > 1:
            raise ValueError(f"`labelled_share` is a share, 0 to 1, got {self.min}")
        return self

    @property
    def name(self) -> str:
        """Name of the gate's asset check.

        >>> DataGate(data="holdout_rows", min=1000).name
        'data_holdout_rows_min'
        """
        return f"data_{self.data}_min"


class Invariance(Record):
    column: ColumnName = Field(description="column of the request that must not matter")
    values: tuple[Scalar, ...] = Field(strict=False, description="put in its place, one after the other")

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.values:
            raise ValueError("give at least one value to put in the column's place")
        return self


class Direction(Record):
    column: ColumnName = Field(description="number of the request that is changed")
    add: float = Field(
        strict=False, description="what is added to it; rows that then break the contract are left out"
    )
    expect: Literal["up", "down"] = Field(description="the answer must not go the other way")
    of: Scalar | None = Field(None, description="multiclass only: the class whose probability is meant")

    @model_validator(mode="after")
    def _a_change(self) -> Self:
        if self.add == 0:
            raise ValueError("`add` of 0 changes nothing")
        return self


class Expected(Record):
    value: Scalar | None = Field(None, description="the answer's value")
    min: float | None = Field(None, strict=False, description="smallest probability (number of a regression)")
    max: float | None = Field(None, strict=False, description="largest probability (number of a regression)")

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.value is None and self.min is None and self.max is None:
            raise ValueError("give at least one of `value`, `min` and `max`")
        return self


class MinimumFunction(Record):
    rows: tuple[Mapping[ColumnName, Scalar | None], ...] = Field(
        strict=False, description="requests whose answer is beyond doubt"
    )
    expect: Expected = Field(description="what each of them must be answered")

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.rows:
            raise ValueError("give at least one row")
        return self


class BehaviourTest(Record):
    """A rule that the answers must keep: exactly one of `invariance`, `direction`, `minimum_function`."""

    name: Name = Field(description="name of the test; its gate is `behaviour_<name>`")
    invariance: Invariance | None = Field(None, description="changing this column must not matter")
    direction: Direction | None = Field(
        None, description="changing this column must not move it the wrong way"
    )
    minimum_function: MinimumFunction | None = Field(
        None, description="cases that every fair model gets right"
    )
    tolerance: Annotated[float, Field(ge=0)] = Field(
        0.0, strict=False, description="how far an answer may move against the rule"
    )
    share: Annotated[float, Field(gt=0, le=1)] = Field(
        0.95,
        strict=False,
        description="share of holdout rows that must keep the rule, by the lower end of its interval; 1: no "
        "exception. Minimum functions know no exception",
    )

    @model_validator(mode="after")
    def _one_rule(self) -> Self:
        if sum(r is not None for r in (self.invariance, self.direction, self.minimum_function)) != 1:
            raise ValueError("a test has exactly one of `invariance`, `direction` and `minimum_function`")
        return self

    @property
    def gate(self) -> str:
        """Name of its gate."""
        return f"behaviour_{self.name}"


class Budgets(Record):
    """What the bundle may cost to serve; each is a gate."""

    latency_p99_ms: Annotated[float, Field(gt=0)] | None = Field(
        None, strict=False, description="99th percentile of one row, features and scoring, without HTTP"
    )
    memory_mib: Annotated[float, Field(gt=0)] | None = Field(
        None, strict=False, description="resident memory of a process that has loaded it and answered"
    )
    bundle_mib: Annotated[float, Field(gt=0)] | None = Field(
        None, strict=False, description="size of the bundle's files"
    )


class Costs(Record):
    """What a wrong decision costs, in any unit: the operating point is then the cheapest one."""

    false_positive: Annotated[float, Field(ge=0)] = Field(strict=False, description="of a false alarm")
    false_negative: Annotated[float, Field(ge=0)] = Field(strict=False, description="of a miss")

    @model_validator(mode="after")
    def _costly(self) -> Self:
        if self.false_positive == 0 and self.false_negative == 0:
            raise ValueError("mistakes that cost nothing choose no threshold: give one of them a cost")
        return self


def _gate_kind(raw: object) -> str:
    """Which kind of gate is meant: the key that only this kind has, else an absolute one on a metric."""
    keys = raw if isinstance(raw, Mapping) else type(raw).model_fields if isinstance(raw, Record) else {}
    return next((kind for kind in ("relative", "fairness", "slice", "data") if kind in keys), "metric")


AnyGate = Annotated[
    Annotated[Gate, Tag("metric")]
    | Annotated[SliceGate, Tag("slice")]
    | Annotated[RelativeGate, Tag("relative")]
    | Annotated[FairnessGate, Tag("fairness")]
    | Annotated[DataGate, Tag("data")],
    Discriminator(_gate_kind),
]


def _one_or_more(value: object) -> object:
    return [value] if isinstance(value, str) else value


Columns = Annotated[
    tuple[ColumnName, ...],
    BeforeValidator(_one_or_more, json_schema_input_type=ColumnName | tuple[ColumnName, ...]),
]
"""One column by its name alone, or a list of them."""


class SliceFamily(Record):
    """Rows that are looked at by themselves: one slice a value of `by`, or the rows where `where` holds."""

    name: Name = Field(description="name of the family: what gates call it")
    by: Columns = Field(
        (),
        strict=False,
        description="one or two features, or columns of the request, that hold text, whole numbers or "
        "conditions",
    )
    where: str | None = Field(
        None, description="or an SQL condition over features and columns of the request, as in `features`"
    )
    min_rows: Annotated[int, Field(ge=1)] = Field(
        200, description="a slice with fewer labelled rows is counted, and not judged"
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.by) == (self.where is not None):
            raise ValueError("give exactly one of `by` (one or two columns) and `where` (a condition)")
        if len(self.by) > 2 or len(set(self.by)) < len(self.by):
            raise ValueError("`by` holds one column, or two that differ")
        return self


class Discovery(Record):
    """The search for slices that nobody named: found on one half of the holdout, tested on the other."""

    max_predicates: Annotated[int, Field(ge=0, le=3)] = Field(
        2, description="most conditions in one slice; 0 searches for none"
    )
    min_rows: Annotated[int, Field(ge=20)] = Field(
        200, description="fewest rows of a slice in either half, and never less than 1 % of the half"
    )
    candidates: Annotated[int, Field(ge=1, le=50)] = Field(10, description="most slices that are tested")
    false_discovery_rate: Annotated[float, Field(gt=0, lt=0.5)] = Field(
        0.05, description="expected share of false ones among the slices that are reported"
    )


class Fairness(Record):
    """How differently a model treats the groups of its attributes."""

    attributes: tuple[ColumnName, ...] = Field(
        strict=False, description="features, or columns of the request, whose values are the groups"
    )
    limits: Mapping[FairnessMeasure, Annotated[float, Field(ge=0, strict=False)]] = Field(
        {}, description="measure -> largest difference allowed; each is a gate on each attribute"
    )
    min_rows: Annotated[int, Field(ge=1)] = Field(
        100, description="a group with fewer labelled rows is counted, and not judged"
    )

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.attributes or len(set(self.attributes)) < len(self.attributes):
            raise ValueError("`attributes` names at least one column, and each once")
        return self

    @property
    def gates(self) -> tuple[FairnessGate, ...]:
        """The gates that the limits stand for."""
        return tuple(
            FairnessGate(fairness=measure, attribute=attribute, max=limit)
            for attribute in self.attributes
            for measure, limit in self.limits.items()
        )


class EvaluationSection(Record):
    metrics: tuple[str, ...] = Field(
        (), strict=False, description="metrics to report; empty: all of the task"
    )
    resamples: Annotated[int, Field(ge=100, le=20_000)] = Field(
        1000, description="bootstrap resamples of days, or of rows where there is no event time"
    )
    level: Annotated[float, Field(gt=0.5, lt=1)] = Field(0.95, description="level of the intervals")
    gates: tuple[AnyGate, ...] = Field(
        strict=False, description="all must pass before a version may be deployed; one at least on a metric"
    )
    slices: tuple[SliceFamily, ...] = Field(
        (), strict=False, description="rows that are also looked at by themselves"
    )
    discovery: Discovery = Field(Discovery(), description="the search for slices that nobody named")
    fairness: Fairness | None = Field(None, description="how differently groups are treated")
    behaviour: tuple[BehaviourTest, ...] = Field(
        (), strict=False, description="rules that the served bundle's answers must keep; each is a gate"
    )
    budgets: Budgets = Field(Budgets(), description="what the bundle may cost to serve; each is a gate")
    costs: Costs | None = Field(
        None, description="binary only: price of mistakes; without it the operating point has the best F1"
    )
    learning_curve: tuple[Annotated[float, Field(gt=0, lt=1)], ...] = Field(
        (), strict=False, description="also fit on these shares of the fit rows, as part of the training job"
    )
    page: bool = Field(True, description="also make an Evidently page, of validation against holdout rows")

    @model_validator(mode="after")
    def _gated(self) -> Self:
        names = [gate.name for gate in self.every_gate]
        if not self.metric_gates:
            # A relative gate lets the first version through: alone it would be no gate at all.
            raise ValueError("a model without a gate would deploy anything: give at least one on a metric")
        if len(set(names)) < len(names):
            raise ValueError(f"two gates share a name: {', '.join(names)}")
        families = [family.name for family in self.slices]
        if len(set(families)) < len(families):
            raise ValueError(f"two slice families share a name: {', '.join(families)}")
        tests = [test.name for test in self.behaviour]
        if len(set(tests)) < len(tests):
            raise ValueError(f"two behavioural tests share a name: {', '.join(tests)}")
        if list(self.learning_curve) != sorted(set(self.learning_curve)):
            raise ValueError("`learning_curve` rises: shares such as [0.25, 0.5], each once")
        return self

    @property
    def every_gate(self) -> tuple[Gate | SliceGate | RelativeGate | FairnessGate | DataGate, ...]:
        """The gates of the list, and those that the limits of fairness stand for; each is an asset check."""
        return (*self.gates, *(self.fairness.gates if self.fairness else ()))

    @property
    def part_gates(self) -> tuple[SliceGate | RelativeGate | FairnessGate, ...]:
        """The gates on slices, on groups and against the champion."""
        return tuple(gate for gate in self.every_gate if not isinstance(gate, Gate | DataGate))

    @property
    def relative_gates(self) -> tuple[RelativeGate, ...]:
        """The gates against the champion."""
        return tuple(gate for gate in self.gates if isinstance(gate, RelativeGate))

    @property
    def metric_gates(self) -> tuple[Gate, ...]:
        """The absolute gates on metrics of the holdout."""
        return tuple(gate for gate in self.gates if isinstance(gate, Gate))

    @property
    def data_gates(self) -> tuple[DataGate, ...]:
        """The gates on the evidence itself."""
        return tuple(gate for gate in self.gates if isinstance(gate, DataGate))


class LimitsSection(Record):
    """What one endpoint takes on before it refuses."""

    max_body_bytes: Annotated[int, Field(ge=1024, le=2**28)] = Field(
        16 * 2**20, description="longest body of a request, in bytes"
    )
    max_depth: Annotated[int, Field(ge=4, le=512)] = Field(
        32, description="deepest nesting of arrays and objects in a body"
    )
    max_in_flight: Annotated[int, Field(ge=1, le=100_000)] = Field(
        256, description="requests under way at once; more are shed with 503"
    )
    max_queue: Annotated[int, Field(ge=1, le=100_000)] = Field(
        64, description="batches that wait for one variant; more are shed with 429"
    )
    timeout: Annotated[Duration, Field(ge=1, le=3600)] = Field(
        10, description="longest a request waits for a variant's scores"
    )
    breaker_failures: Annotated[int, Field(ge=1, le=10_000)] = Field(
        5, description="failures in a row after which a variant is left alone"
    )
    breaker_pause: Annotated[Duration, Field(ge=1, le=3600)] = Field(
        10, description="how long it is left alone; then one request tries it again"
    )


class RequestLogSection(Record):
    """The log of answered requests: written before the answer goes out."""

    enabled: bool = Field(True, description="false: nothing is logged, and no rollout can be judged")
    columns: tuple[ColumnName, ...] = Field(
        (),
        strict=False,
        description="request columns kept as they came, never sensitive ones; features are kept anyway",
    )
    durability: Literal["process", "power"] = Field(
        "process",
        description="what an answered request outlives: a kill of the process, or a power cut (fsync)",
    )
    segment_bytes: Annotated[int, Field(ge=4096, le=2**32)] = Field(
        64 * 2**20, description="a file of the log is closed at this size"
    )
    segment_age: Annotated[Duration, Field(ge=1)] = Field(600, description="or at this age")
    max_bytes: Annotated[int, Field(ge=2**16)] = Field(
        4 * 2**30, description="most that files not yet compacted take up on disk"
    )
    when_full: Literal["drop_oldest", "stop"] = Field(
        "drop_oldest",
        description="at `max_bytes`: drop the oldest file, or stop logging (see `when_unwritable`)",
    )
    when_unwritable: Literal["serve", "refuse"] = Field(
        "serve", description="a request that cannot be logged: answer with a flag, or refuse with 503"
    )


class FallbackSection(Record):
    """Who answers where a variant cannot."""

    to: Literal["champion", "constant", "none"] = Field(
        "champion",
        description="the champion for others; `constant` also answers for the champion; `none`: an error",
    )
    constant: Annotated[float | None, Field(strict=False)] = Field(
        None, description="with `constant`: probability of the positive class, or the number of a regression"
    )

    @model_validator(mode="after")
    def _constant_is_given(self) -> Self:
        if (self.to == "constant") != (self.constant is not None):
            raise ValueError("`constant` is a number if `to` is constant, and not given otherwise")
        return self


class EndpointSection(Record):
    """How requests find their variant, and who may ask."""

    assign_by: ColumnName | None = Field(
        None, description="request column whose value decides the variant; the entity if not given"
    )
    header_override: bool = Field(
        False, description="the request header `x-flywheel-variant` chooses the variant; for tests"
    )
    shadow_share: Share = Field(1.0, strict=False, description="share of requests that a shadow scores, too")
    require_token: bool = Field(
        False, description="serve only with a bearer token (environment variable FLYWHEEL_ENDPOINT_TOKEN)"
    )
    fallback: FallbackSection = Field(FallbackSection(), description="who answers where a variant cannot")


class DeploymentSection(Record):
    port: Annotated[int, Field(ge=1024, le=65535)] = Field(8710, description="port of the local endpoint")
    max_batch: Annotated[int, Field(ge=1, le=100_000)] = Field(1000, description="most rows in one request")
    refresh: Annotated[Duration, Field(ge=60)] = Field(
        86_400,
        description="how old lookups and histories beside the endpoint may become; then they are made anew",
    )
    approval: Literal["none", "required"] = Field(
        "none", description="`required`: a version that passed its gates waits for `flywheel approve`"
    )
    rollout: Rollout | None = Field(
        None, description="how a new version takes over; without it, it gets all requests at once"
    )
    endpoint: EndpointSection = Field(EndpointSection(), description="how requests find their variant")
    limits: LimitsSection = Field(LimitsSection(), description="what is refused")
    request_log: RequestLogSection = Field(RequestLogSection(), description="what is kept of each request")


class ModelSpec(Record):
    """`models/<name>/spec.yaml`: one model's whole life."""

    model: ModelSection = Field(description="what the model is")
    data: DataSection = Field(description="its table, contract and label")
    features: FeaturesSection = Field(description="what the model sees")
    training: TrainingSection = Field(TrainingSection(), description="how it is fitted")
    evaluation: EvaluationSection = Field(description="what it is judged by")
    deployment: DeploymentSection = Field(DeploymentSection(), description="where it answers")
    monitoring: MonitoringSection = Field(
        MonitoringSection(), description="what is watched once it serves, and what is called a change"
    )
    retrain: RetrainSection = Field(RetrainSection(), description="when it is made anew")
    alerts: AlertsSection = Field(AlertsSection(), description="what people are told, and where")
    job: bool = Field(False, description="also define a job of the model's name, for `dagster job backfill`")

    # Where relative paths start. Not a field: a model is the same wherever its folder lies.
    _folder: Path = PrivateAttr(default=Path())

    @property
    def folder(self) -> Path:
        """Folder of the spec: where its relative paths start."""
        return self._folder

    def with_folder(self, folder: Path) -> Self:
        """The same spec, found in a folder."""
        copy = self.model_copy()
        copy._folder = folder
        return copy

    @property
    def split(self) -> SplitKind:
        """How the window is cut: what the spec says, else by time where there is one."""
        return self.training.split or ("random" if self.data.event_time is None else "time")

    @property
    def name(self) -> str:
        """The model's name, which every key, folder and registered version bears."""
        return self.model.name
