"""What a retraining is decided on: results by partition, what there is to learn, what was asked before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

ReasonKind = Literal["drift", "floor", "decay", "labels", "new_data", "code"]
RequestStatus = Literal["open", "succeeded", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftWindow:
    """One event of `drift`.

    Attributes:
        seq: rises with each event; of several events of a partition, the last one counts.
        drifted: None: it could not be judged.
        certain: whether it has for certain; None: the report is of before anybody asked.
    """

    partition: str
    seq: int
    drifted: bool | None
    certain: bool | None = None
    score: float | None = None
    columns: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Ends of a metric's interval."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformanceWindow:
    """One event of `performance`; see `DriftWindow` for `seq`.

    Attributes:
        realised: None: it could not be computed.
        baseline: value of the same version's evaluation.
        mature: whether the labels that can still come would change little.
        greater_is_better: None: the metric ranks nothing, or is not known here.
    """

    partition: str
    seq: int
    metric: str
    realised: Interval | None = None
    estimated: Interval | None = None
    baseline: float | None = None
    mature: bool = False
    labelled_rows: int = 0
    greater_is_better: bool | None = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a retraining would learn from now: the newest partition that is over.

    Attributes:
        code: code version that the model would have.
        learns: digest of the data and of the code; the same digest makes the same model.
        sound: whether its features were made of data that kept its contract; None: that is not known.
    """

    partition: str
    code: str
    learns: str
    sound: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """The newest training, whoever asked for it.

    Attributes:
        as_of: its partition.
        code: its code version; None: it is not known.
        partitions_since: partitions with features after `as_of`; None: not known.
        learned: whether it saw the target's data as they are, with this code.
    """

    as_of: str
    code: str | None
    partitions_since: int | None
    learned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A retraining that was asked for.

    Attributes:
        at: by the model's clock.
        evidence: reason -> the newest partition that spoke for it.
    """

    at: datetime
    status: RequestStatus
    learns: str
    evidence: Mapping[ReasonKind, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that is known of one model. The order of windows and of requests means nothing.

    Attributes:
        target: None: no partition is over.
        trained: None: it was never trained.
        rollout_open: None: that cannot be told just now.
    """

    now: datetime
    target: Target | None
    trained: Trained | None
    rollout_open: bool | None
    drift: tuple[DriftWindow, ...] = ()
    performance: tuple[PerformanceWindow, ...] = ()
    requests: tuple[Request, ...] = ()
