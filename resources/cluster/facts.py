"""What the API server says of a job and its pods, as facts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

INDEX = "batch.kubernetes.io/job-completion-index"
REPLICA_TYPE, REPLICA_INDEX = "training.kubeflow.org/replica-type", "training.kubeflow.org/replica-index"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFacts:
    """A Job, TrainJob or PyTorchJob."""

    there: bool = True
    complete: bool = False
    failed: bool = False
    suspended: bool = False
    """A queue has not admitted it."""
    reason: str = ""
    """Of its failure."""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PodFacts:
    """A pod with one container."""

    name: str
    rank: int = 0
    """Its number among the pods of the job; 0 is the one that tells of progress."""
    phase: str = "Pending"
    reason: str = ""
    message: str = ""
    placed: bool = False
    """It has a node."""
    scheduling: str = ""
    """Why it has none."""
    disruption: str = ""
    """Who took it away: reason of its condition `DisruptionTarget`."""
    going: bool = False
    """It is being deleted."""
    gone: bool = False
    """It was there before, and is no longer."""
    waiting: str = ""
    """Why its container does not start."""
    waiting_message: str = ""
    exit_code: int | None = None
    ended_by: str = ""
    """Reason that the container's end was given."""

    @property
    def active(self) -> bool:
        """Whether it may still come to a good end."""
        return not (self.gone or self.going) and self.phase in ("Pending", "Running")

    @property
    def lost(self) -> bool:
        """Whether it has ended, or will, other than by succeeding."""
        return not self.active and self.phase != "Succeeded"


def job_facts(obj: Mapping[str, Any] | None) -> JobFacts:
    """Facts of an object; None: there is none of that name."""
    if obj is None:
        return JobFacts(there=False)
    conditions = {c["type"]: c for c in _conditions(obj) if c["status"] == "True"}
    failed = conditions.get("Failed", {})
    return JobFacts(
        complete=bool({"Complete", "Succeeded"} & set(conditions)),
        failed=bool(failed),
        suspended=_suspended(obj),
        reason=failed.get("reason") or "",
        message=failed.get("message") or "",
    )


def pod_facts(pod: Mapping[str, Any]) -> PodFacts:
    """Facts of a pod as the API server keeps it."""
    meta, status = pod["metadata"], pod.get("status") or {}
    conditions = {c["type"]: c for c in _conditions(pod)}
    scheduled, disrupted = conditions.get("PodScheduled", {}), conditions.get("DisruptionTarget", {})
    state = next((s.get("state") or {} for s in status.get("containerStatuses") or []), {})
    waiting, ended = state.get("waiting") or {}, state.get("terminated") or {}
    return PodFacts(
        name=meta["name"],
        rank=_rank(meta),
        phase=status.get("phase") or "Pending",
        reason=status.get("reason") or "",
        message=status.get("message") or "",
        placed=bool((pod.get("spec") or {}).get("nodeName")),
        scheduling=(scheduled.get("message") or "") if scheduled.get("status") == "False" else "",
        disruption=(disrupted.get("reason") or "unknown") if disrupted.get("status") == "True" else "",
        going="deletionTimestamp" in meta,
        waiting=waiting.get("reason") or "",
        waiting_message=waiting.get("message") or "",
        exit_code=ended.get("exitCode"),
        ended_by=ended.get("reason") or "",
    )


def _conditions(obj: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return (obj.get("status") or {}).get("conditions") or []


def _suspended(obj: Mapping[str, Any]) -> bool:
    spec = obj.get("spec") or {}
    return bool(spec.get("suspend") or (spec.get("runPolicy") or {}).get("suspend"))


def _rank(meta: Mapping[str, Any]) -> int:
    labels, annotations = meta.get("labels") or {}, meta.get("annotations") or {}
    if REPLICA_TYPE in labels:
        # The operator counts masters and workers apart, and gives ranks in this order.
        return int(labels.get(REPLICA_INDEX) or 0) + int(labels[REPLICA_TYPE] == "worker")
    return int(annotations.get(INDEX) or labels.get(INDEX) or 0)
