"""`training`: how the model is fitted, and on what machines."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from lifecycle.spec.kinds import Duration, Record, Scalar
from lifecycle.spec.search import Search

SplitKind = Literal["time", "random"]
RowsPlace = Literal["memory", "disk"]
Accelerator = Literal["gpu"]
TrainerName = Annotated[
    str, Field(pattern=r"^(xgboost|torch|[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*)$", max_length=200)
]


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
