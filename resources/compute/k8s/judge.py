"""What the state of a job and its pods means: it waits, runs, has succeeded, or has failed, and why."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from lifecycle.training.job import PREEMPTED
from resources.cluster.facts import JobFacts, PodFacts
from resources.cluster.settings import Patience

Stage = Literal["queued", "unscheduled", "refused", "starting", "running", "ending", "succeeded", "failed"]
Cause = Literal[
    "queue",
    "unschedulable",
    "image",
    "settings",
    "not started",
    "start",
    "out of memory",
    "deadline",
    "preempted",
    "evicted",
    "drained",
    "node lost",
    "rejected",
    "killed",
    "exit",
    "pod deleted",
    "job deleted",
    "unknown",
]
RESUMED: frozenset[Cause] = frozenset({"preempted", "evicted", "drained", "node lost", "rejected"})
"""Causes that lie with the machine: the same job may well end better on another one."""
_IMAGE = ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "RegistryUnavailable")
_REFUSED = (*_IMAGE, "CreateContainerConfigError", "CreateContainerError", "RunContainerError")
_KILLED = 137
# `lifecycle.training.__main__.LOST`, named again: that module loads the trainers.
LOST = 4


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a stage may last, in seconds."""

    patience: Patience
    time_limit_s: int
    nodes: int
    """Pods that the job needs at once."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be made of a job now."""

    stage: Stage
    told: str
    """The stage in words, with what the cluster says of it."""
    cause: Cause | None = None
    """Of a failure."""

    @property
    def final(self) -> bool:
        """Whether nothing more is waited for."""
        return self.stage in ("succeeded", "failed")


def stage_of(job: JobFacts, pods: Sequence[PodFacts], *, nodes: int) -> Stage:
    """The stage of a job by what is there now, however long it lasts already.

    Args:
        job: facts of the object.
        pods: of all its pods, those that are gone among them.
        nodes: pods that it needs at once.
    """
    if job.complete:
        return "succeeded"
    if not job.there or job.failed:
        return "failed"
    if job.suspended:
        return "queued"
    active = [pod for pod in pods if pod.active]
    # A controller may have put another pod in the place of a lost one: then the job goes on.
    if any(pod.lost for pod in pods) and len(active) < nodes:
        return "ending"
    if len(active) < nodes and not any(pod.phase == "Succeeded" for pod in pods):
        return "unscheduled"
    if any(not pod.placed for pod in active):
        return "unscheduled"
    if any(pod.waiting in _REFUSED for pod in active):
        return "refused"
    return "starting" if any(pod.phase == "Pending" for pod in active) else "running"


def judge(job: JobFacts, pods: Sequence[PodFacts], limits: Limits, *, waited_s: float) -> Verdict:
    """The verdict on a job.

    Args:
        job: facts of the object.
        pods: of all its pods, those that are gone among them.
        limits: of the stages.
        waited_s: seconds since the job came to its present stage.
    """
    stage = stage_of(job, pods, nodes=limits.nodes)
    if stage == "succeeded":
        return Verdict(stage, "has ended well")
    if stage == "failed":
        return _failed(job, pods)
    limit_s, late = _late(stage, job, pods, limits)
    return Verdict(stage, _WORDS[stage](pods)) if waited_s < limit_s else late(waited_s)


def _late(
    stage: Stage, job: JobFacts, pods: Sequence[PodFacts], limits: Limits
) -> tuple[float, Callable[[float], Verdict]]:
    """How long a stage may last, and the verdict when it has lasted longer."""
    patience, words = limits.patience, _WORDS[stage](pods)
    cause: Cause
    if stage == "queued":
        cause, limit_s, hint = "queue", patience.queue, "free its quota, or raise patience.queue"
    elif stage == "unscheduled":
        hint = "ask for less (training.compute), or add such a node or raise patience.schedule"
        cause, limit_s = "unschedulable", patience.schedule
    elif stage == "refused":
        waits = next(pod.waiting for pod in pods if pod.waiting in _REFUSED)
        cause = "image" if waits in _IMAGE else "settings"
        what = "`image`" if cause == "image" else "`env_secrets` or `volumes`"
        hint = f"correct {what} in the cluster's settings"
        # No registry makes a name of what is none.
        limit_s = 0 if waits == "InvalidImageName" else patience.image
    elif stage == "starting":
        hint = "look at the pod's events, or raise patience.start"
        cause, limit_s = "not started", patience.start
    elif stage == "running":
        return limits.time_limit_s, lambda waited_s: Verdict("failed", _OVERTIME, "deadline")
    else:
        return patience.ending, lambda waited_s: _failed(job, pods)
    return limit_s, lambda waited_s: Verdict("failed", f"{words} for {waited_s:.0f} s: {hint}", cause)


def _failed(job: JobFacts, pods: Sequence[PodFacts]) -> Verdict:
    """Why a job failed: by the pod that tells most; the others may have ended for its sake."""
    found = [(_cause(pod), pod) for pod in pods if pod.lost]
    if job.reason == "DeadlineExceeded" and not any(cause == "deadline" for cause, _ in found):
        return Verdict(
            "failed", f"passed the limit of its object ({job.message}): raise its time limit", "deadline"
        )
    if job.reason == "PodFailurePolicy" and not any(cause in _CERTAIN for cause, _ in found):
        # Of our only rule: the pod was gone before it was looked at, and the Job remembers why.
        return Verdict("failed", f"was preempted ({job.message})", "preempted")
    # A rank that lost another one does not know why: any other tells more.
    ranked = sorted(
        found, key=lambda pair: (pair[1].exit_code == LOST, _GRAVITY.index(pair[0]), pair[1].rank)
    )
    if ranked and not (not job.there and ranked[0][0] == "pod deleted"):
        cause, pod = ranked[0]
        return Verdict("failed", _TOLD[cause](pod), cause)
    if not job.there:
        return Verdict("failed", "is gone: somebody deleted its object; run it again", "job deleted")
    return Verdict(
        "failed", f"failed ({job.reason or 'no reason given'}: {job.message or 'no message'})", "unknown"
    )


_DISRUPTIONS: Mapping[str, Cause] = {
    "PreemptionByScheduler": "preempted",
    "EvictionByEvictionAPI": "drained",
    "DeletionByTaintManager": "node lost",
    "DeletionByPodGC": "node lost",
}


def _cause(pod: PodFacts) -> Cause:
    if pod.ended_by == "OOMKilled":
        return "out of memory"
    if pod.reason == "DeadlineExceeded":
        return "deadline"
    if pod.reason == "Evicted":
        return "evicted"
    if pod.disruption:
        # What the kubelet ends beside an eviction is a node that shuts down, as a spot machine does.
        return _DISRUPTIONS.get(pod.disruption, "preempted")
    if pod.reason == "NodeLost" or pod.phase == "Unknown":
        return "node lost"
    if pod.ended_by in ("StartError", "ContainerCannotRun"):
        return "start"
    if pod.going or pod.gone:
        return "pod deleted" if pod.exit_code in (None, 0, PREEMPTED, 143, _KILLED) else "exit"
    if pod.exit_code is None:
        return "rejected"
    if pod.exit_code == PREEMPTED:
        return "preempted"
    return "killed" if pod.exit_code == _KILLED else "exit"


# What is certain first; what may follow from something else last.
_GRAVITY: Sequence[Cause] = (
    "out of memory",
    "deadline",
    "evicted",
    "preempted",
    "drained",
    "node lost",
    "rejected",
    "start",
    "killed",
    "exit",
    "pod deleted",
)
_OVERTIME = "passed its time limit (training.compute.time_limit)"
_CERTAIN = _GRAVITY[: _GRAVITY.index("rejected") + 1]
_TOLD: Mapping[Cause, Callable[[PodFacts], str]] = {
    "out of memory": lambda pod: (
        f"ran out of memory (pod {pod.name} was OOMKilled): give it more (training.compute.memory_gib)"
    ),
    "deadline": lambda pod: _OVERTIME,
    "evicted": lambda pod: f"was evicted from its node (pod {pod.name}: {pod.message or pod.reason})",
    "preempted": lambda pod: (
        f"was preempted (pod {pod.name}: {pod.message or pod.disruption or 'asked to end'})"
    ),
    "drained": lambda pod: f"was taken from its node, which is drained (pod {pod.name})",
    "node lost": lambda pod: f"lost its node (pod {pod.name}: {pod.disruption or pod.reason or pod.phase})",
    "rejected": lambda pod: f"was rejected by its node (pod {pod.name}: {pod.reason}: {pod.message})",
    "start": lambda pod: (
        f"could not be started (pod {pod.name}, {pod.ended_by}): look at the image and `python`"
    ),
    "killed": lambda pod: (
        f"was killed (pod {pod.name}, exit code {pod.exit_code}); the kernel does that when a node runs out "
        "of memory: run it again, or give it more (training.compute.memory_gib)"
    ),
    "exit": lambda pod: f"failed with exit code {pod.exit_code} (pod {pod.name})",
    "pod deleted": lambda pod: f"lost its pod {pod.name}, which somebody deleted: run it again",
}


def _first(pods: Sequence[PodFacts], part: Callable[[PodFacts], str]) -> str:
    return next((text for pod in pods if (text := part(pod))), "")


_WORDS: Mapping[Stage, Callable[[Sequence[PodFacts]], str]] = {
    "queued": lambda pods: "waits to be admitted by its queue",
    "unscheduled": lambda pods: (
        f"waits for a node ({_first(pods, lambda pod: pod.scheduling)})"
        if any(pod.scheduling for pod in pods)
        else "waits for its pods"
    ),
    "refused": lambda pods: (
        "cannot start ("
        + _first(pods, lambda p: f"{p.waiting}: {p.waiting_message}" if p.waiting in _REFUSED else "")
        + ")"
    ),
    "starting": lambda pods: "starts",
    "running": lambda pods: "runs",
    "ending": lambda pods: "ends",
}
