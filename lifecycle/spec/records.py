"""The spec of one model as frozen records. Nothing past the parser sees a raw mapping.

Every field has a description: the JSON Schema for editors and the reference page are generated from here.
"""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    model_validator,
)

Task = Literal["binary", "multiclass", "regression"]
ColumnType = Literal["string", "int", "float", "bool", "timestamp", "date"]
Cadence = Literal["hour", "day", "week", "month"]
Scalar = str | int | float | bool

_DURATION = re.compile(r"([0-9]+)\s*(s|m|h|d)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def duration_s(value: object) -> int:
    """Seconds of a duration written as a whole number and a unit.

    Raises:
        ValueError: not a string of the form `90s`, `15m`, `3h` or `2d`.

    >>> duration_s("3h")
    10800
    """
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("a duration is a whole number and a unit: 90s, 15m, 3h or 2d")
    return int(match[1]) * _SECONDS[match[2]]


def _known_time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise ValueError("a time zone is an IANA name such as UTC or America/New_York") from exc
    return name


# One item of a cron field: every value, a number, a range, and a step for either.
_CRON_ITEM = re.compile(r"(?:\*|([0-9]{1,2})(?:-([0-9]{1,2}))?)(?:/[1-9][0-9]?)?")
_CRON_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


def _five_field_cron(text: str) -> str:
    """A cron line as it is. A wrong one must fail here: in Dagster it would end the whole code location."""
    fields = text.split()
    if len(fields) != 5 or not all(map(_cron_field, fields, _CRON_RANGES)):
        raise ValueError("a schedule is a cron line of five fields in numbers, such as '0 6 1 * *'")
    return text


def _cron_field(field: str, span: tuple[int, int]) -> bool:
    for item in field.split(","):
        match = _CRON_ITEM.fullmatch(item)
        bounds = [int(bound) for bound in match.groups()[:2] if bound] if match else []
        if match is None or bounds != sorted(bounds) or any(not span[0] <= b <= span[1] for b in bounds):
            return False
    return True


def _duration_or_seconds(value: object) -> int:
    # A record that was parsed and dumped holds seconds already.
    return value if isinstance(value, int) and not isinstance(value, bool) else duration_s(value)


Duration = Annotated[
    int,
    BeforeValidator(_duration_or_seconds, json_schema_input_type=str),
    Field(ge=0, le=36_500 * 86_400, description="a whole number and a unit: 90s, 15m, 3h, 2d"),
]
# Names become asset keys, folders, MLflow names and SQL identifiers: one narrow alphabet fits all of them.
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
ColumnName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,127}$")]
TimeZone = Annotated[str, AfterValidator(_known_time_zone)]
Cron = Annotated[str, AfterValidator(_five_field_cron)]
Owner = Annotated[str, Field(pattern=r"^(team:[A-Za-z0-9_.-]+|[^@\s]+@[^@\s]+\.[A-Za-z]{2,})$")]
Share = Annotated[float, Field(ge=0, le=1)]


class Record(BaseModel):
    """A frozen record that refuses unknown keys, silent conversions, and numbers that are none."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class ModelSection(Record):
    name: Name = Field(description="name of the model: its asset keys, group, folder and registered name")
    description: str = Field("", description="one or two sentences for people who meet the model in the UI")
    owners: tuple[Owner, ...] = Field((), strict=False, description="e-mail addresses or `team:name`")
    task: Task = Field(description="what is predicted")
    positive: Scalar = Field(True, description="binary only: the label value that counts as positive")


class Source(Record):
    """Where rows come from: files, or SQL over named files."""

    files: str | None = Field(None, description="path or glob of Parquet or CSV files")
    sql: str | None = Field(
        None, description="DuckDB SQL over `tables`: the text, or the name of a .sql file"
    )
    tables: Mapping[ColumnName, str] = Field({}, description="name in the SQL -> path or glob of its files")

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.files is None) == (self.sql is None):
            raise ValueError("give exactly one of `files` and `sql`")
        if self.sql is not None and not self.tables:
            raise ValueError("`sql` reads only what `tables` names: name at least one table")
        return self


class Partition(Record):
    every: Cadence = Field(description="length of one partition")
    start: date = Field(description="first day of the first partition, in `data.time_zone`")
    end: date | None = Field(
        None, description="day after the last partition; without it partitions follow the clock"
    )

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if self.end is not None and self.end <= self.start:
            raise ValueError(f"`end` {self.end} is not after `start` {self.start}")
        return self

    @model_validator(mode="after")
    def _on_a_boundary(self) -> Self:
        # Rows between a start in the middle of a partition and the next bound would be in none, silently.
        for name, day in (("start", self.start), ("end", self.end)):
            if day is None:
                continue
            if self.every == "month" and day.day != 1:
                raise ValueError(f"`{name}` {day} is no first of a month, where a monthly partition begins")
            if self.every == "week" and day.isoweekday() != 1:
                raise ValueError(f"`{name}` {day} is no Monday, where a weekly partition begins")
        return self


class Column(Record):
    """What one column must look like in every partition."""

    type: ColumnType = Field(description="logical type of the values")
    null_share: Share = Field(0.0, strict=False, description="largest share of missing values")
    min: float | None = Field(None, strict=False, description="smallest value allowed")
    max: float | None = Field(None, strict=False, description="largest value allowed")
    allowed: tuple[Scalar, ...] | None = Field(None, strict=False, description="the values allowed")
    description: str = Field("", description="what the column means")

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

    @model_validator(mode="after")
    def _knows_when(self) -> Self:
        if (self.known_at is None) == (self.delay is None):
            raise ValueError(
                "say when the label becomes known: exactly one of `known_at` (a time column) and `delay`"
            )
        return self


class DataSection(Record):
    source: Source = Field(description="where rows come from")
    entity: ColumnName = Field(description="key column: one value per row, the unit that is predicted")
    event_time: ColumnName = Field(description="time column: when the prediction is asked for")
    time_zone: TimeZone = Field("UTC", description="zone of partition bounds and of date parts in features")
    partition: Partition = Field(description="how rows are cut by event time")
    columns: Mapping[ColumnName, Column] = Field(description="every column of the table, with its contract")
    label: Label = Field(description="what is predicted, and when it is known")

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


class FeaturesSection(Record):
    lookups: Mapping[Name, Lookup] = Field({}, description="side tables, by the name that expressions use")
    columns: Mapping[ColumnName, str] = Field(
        description="feature -> SQL expression over the request and lookups"
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
    cpu: Annotated[int, Field(ge=1, le=1024)] = Field(2, description="threads or cores for one training job")
    time_limit: Duration = Field(7200, description="a job that runs longer is ended and fails")


class TrainingSection(Record):
    trainer: Literal["xgboost"] = Field("xgboost", description="what fits the model")
    parameters: Mapping[str, Scalar] = Field({}, description="handed to the trainer as they are")
    rounds: Annotated[int, Field(ge=1, le=100_000)] = Field(500, description="most boosting rounds")
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
    compute: ComputeRequest = Field(ComputeRequest(), description="what one training job asks for")


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


class EvaluationSection(Record):
    metrics: tuple[str, ...] = Field(
        (), strict=False, description="metrics to report; empty: all of the task"
    )
    resamples: Annotated[int, Field(ge=100, le=20_000)] = Field(
        1000, description="bootstrap resamples of days"
    )
    level: Annotated[float, Field(gt=0.5, lt=1)] = Field(0.95, description="level of the intervals")
    gates: tuple[Gate, ...] = Field(
        strict=False, description="all must pass before a version may be deployed"
    )

    @model_validator(mode="after")
    def _gated(self) -> Self:
        names = [gate.name for gate in self.gates]
        if not names:
            raise ValueError("a model without a gate would deploy anything: give at least one")
        if len(set(names)) < len(names):
            raise ValueError(f"two gates share a name: {', '.join(names)}")
        return self


class DeploymentSection(Record):
    port: Annotated[int, Field(ge=1024, le=65535)] = Field(8710, description="port of the local endpoint")
    max_batch: Annotated[int, Field(ge=1, le=100_000)] = Field(1000, description="most rows in one request")
    approval: Literal["none", "required"] = Field(
        "none", description="`required`: a version that passed its gates waits for `flywheel approve`"
    )


class RetrainSection(Record):
    schedule: Cron | None = Field(
        None, description="cron line in `data.time_zone`: the whole life of the newest partition"
    )


class ModelSpec(Record):
    """`models/<name>/spec.yaml`: one model's whole life."""

    model: ModelSection = Field(description="what the model is")
    data: DataSection = Field(description="its table, contract and label")
    features: FeaturesSection = Field(description="what the model sees")
    training: TrainingSection = Field(TrainingSection(), description="how it is fitted")
    evaluation: EvaluationSection = Field(description="what it is judged by")
    deployment: DeploymentSection = Field(DeploymentSection(), description="where it answers")
    retrain: RetrainSection = Field(RetrainSection(), description="when it is made anew")
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
    def name(self) -> str:
        """The model's name, which every key, folder and registered version bears."""
        return self.model.name
