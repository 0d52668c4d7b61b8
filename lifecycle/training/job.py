"""The wire format of training: a job file goes in, a result file comes out, wherever the job runs."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator

from lifecycle.errors import LifecycleError
from lifecycle.features.expression import Kind
from lifecycle.features.position import RandomBounds
from lifecycle.spec.kinds import Record, Scalar
from lifecycle.spec.model import Task
from lifecycle.spec.training import Accelerator, RowsPlace, SplitKind
from lifecycle.training.search.records import SearchJob, SearchResult

# A name that stays in the job's folder, whoever wrote the result.
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+$")]
JOB_FORMAT = 1
RESULT_FORMAT = 1
JOB_FILE = "job.json"
RESULT_FILE = "result.json"
PREEMPTED = 85
"""Exit code of a job that was asked to end, and may go on: the same job again, from its last checkpoint."""


class WireRecord(Record):
    """A record that travels as JSON; a newer format than this code knows is refused, never guessed at."""

    format: Literal[1] = 1

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a record from its file.

        Raises:
            LifecycleError: the file is missing, half-written, or of a format this version does not know.
        """
        try:
            return cls.model_validate_json(path.read_bytes())
        except OSError as exc:
            raise LifecycleError(f"cannot read {path.name}: {exc}; run the job again") from exc
        except ValidationError as exc:
            first = exc.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise LifecycleError(
                f"{path.name} is not a {cls.__name__} of format 1: {where}: {first['msg']}"
            ) from exc

    def write(self, path: Path) -> None:
        """Write the record whole or not at all."""
        aside = path.with_name(path.name + ".tmp")
        aside.write_text(self.to_json())
        aside.replace(path)

    def to_json(self) -> str:
        """The record as a file holds it, wherever that lies.

        Names are sorted: the order of features makes the model, and must not depend on who wrote the file.
        """
        return json.dumps(self.model_dump(mode="json"), indent=1, sort_keys=True)


# How long, how often and where, and what is done with the fitted model.
_BESIDE_THE_FIT = {
    *("time_limit_s", "attempts", "memory_gib", "spot", "checkpoint_every_s", "checkpoints"),
    *("golden_rows", "learning_curve", "search", "rows"),
}


class TrainingJob(WireRecord):
    """Everything a trainer needs; it knows no spec, no warehouse and no tracker."""

    model: str
    task: Task
    positive: Scalar
    as_of: str
    """Partition whose end is the cut-off."""
    cut_off: datetime
    """Labels that became known later do not exist for this job."""
    tables: tuple[str, ...]
    """Parquet feature tables, oldest partition first."""
    features: Mapping[str, Kind]
    entity: str
    event_time: str | None
    """None: the rows have no time, and the split is random."""
    label: str
    label_known_at: str | None
    """None, as without an event time: a label that is there is known."""
    split: SplitKind = "time"
    trainer: str
    trainer_code: str | None = None
    """Digest of its source; None: it is one of ours."""
    parameters: Mapping[str, Scalar]
    rounds: int
    early_stopping_rounds: int
    seed: int
    validation: float
    holdout: float
    max_categories: int
    threads: int
    time_limit_s: int
    golden_rows: int = 20
    learning_curve: tuple[float, ...] = ()
    """Shares of the fit rows to fit on as well; the model itself is fit on all of them."""
    search: SearchJob | None = None
    """Search for the best parameters first; None: the model is fit with `parameters` as they are."""
    accelerator: Accelerator | None = None
    """What fits the model; None: the processor."""
    nodes: int = 1
    count: int = 1
    """Processes, each with an accelerator of its own where one is asked for, on each of the nodes."""
    attempts: int = 1
    """How often the job may be started, where it ended because its machine was wanted back."""
    rows: RowsPlace = "memory"
    """Where a trainer keeps the rows while it goes over them again and again."""
    memory_gib: int | None = None
    """Memory of each node; None: what the place where it runs thinks right."""
    spot: bool = False
    """Whether it may run on machines that can be taken back at any time."""
    checkpoint_every_s: int = 300
    checkpoints: str | None = None
    """Folder of the checkpoints, any URL of fsspec; None: `checkpoints` beside the job file."""

    @property
    def processes(self) -> int:
        """Processes of the job."""
        return self.nodes * self.count

    def fit_digest(self, versions: Mapping[str, str]) -> str:
        """Digest of what the fit depends on; a checkpoint of another one is none of this job.

        Args:
            versions: library -> version that fits the model.
        """
        asked = [self.model_dump(mode="json", exclude=_BESIDE_THE_FIT), dict(versions)]
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()

    @model_validator(mode="after")
    def _times_fit_the_split(self) -> Self:
        if (self.event_time is None) != (self.label_known_at is None):
            raise ValueError("a job has both `event_time` and `label_known_at`, or neither")
        if self.event_time is None and self.split == "time":
            raise ValueError("without `event_time` the split is `random`")
        return self


class GoldenRow(Record):
    """A row of the holdout with what the fresh model said of it."""

    entity: str | int
    features: Mapping[str, Scalar | None]
    scores: tuple[float, ...]


class Split(Record):
    """What cut the window into rows that fit, rows that tune, and rows that judge."""

    validation_start: datetime | None
    """None, as `holdout_start`, where the split is random."""
    holdout_start: datetime | None
    random: RandomBounds | None = None
    """None: time cut the window."""
    fit: int
    validation: int
    holdout: int
    never_labelled: int
    """Rows whose label is not known at the cut-off."""
    purged: int
    """Rows before a cut whose label was not yet known at that cut."""


class LearningPoint(Record):
    """A fit on a part of the fit rows, by the score that fitting stops by."""

    share: float
    rows: int
    rounds: int
    fit_score: float
    """On the rows that were fit."""
    validation_score: float
    """On the validation rows, which also stopped the fitting: a little flattering, for every share alike."""


class TrainingResult(WireRecord):
    """What a finished job left in its folder."""

    files: Mapping[FileName, str]
    """File name -> SHA-256 of what was written."""
    classes: tuple[Scalar, ...]
    """Label values in the order of the scores' columns; empty for regression."""
    split: Split
    best_round: int
    metrics: Mapping[str, float]
    """Training and validation score at the best round."""
    curves: Mapping[str, tuple[float, ...]]
    """The same by round."""
    golden: tuple[GoldenRow, ...]
    importance: Mapping[str, float]
    """Feature -> total gain."""
    learning_curve: tuple[LearningPoint, ...] = ()
    """By share, the whole fit last; empty where none was asked for."""
    search: SearchResult | None = None
    """None: none was asked for."""
    predictor: str | None = None
    """What reads the weights; None: the predictor with the trainer's name."""
    resumed: int = 0
    """How often the fit went on from a checkpoint."""
    seconds: float
    versions: Mapping[str, str]
    """Library -> version that fitted the model."""
