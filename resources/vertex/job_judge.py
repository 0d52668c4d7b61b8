"""What the state of a job means: it waits, runs, has succeeded, or has failed, and why."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from lifecycle.training.job import PREEMPTED
from resources.vertex.settings import Patience

Stage = Literal["queued", "starting", "running", "ending", "succeeded", "failed"]
Cause = Literal[
    "quota",
    "machines",
    "refused",
    "permission",
    "preempted",
    "service",
    "deadline",
    "killed",
    "exit",
    "cancelled",
    "gone",
    "unknown",
]
RESUMED: frozenset[Cause] = frozenset({"preempted", "service"})
"""Causes that lie with the machine: the same job may well end better on another one."""
_STAGES: Mapping[str, Stage] = {
    "QUEUED": "queued",
    "PENDING": "starting",
    "RUNNING": "running",
    "UPDATING": "running",
    "CANCELLING": "ending",
    "SUCCEEDED": "succeeded",
    "PARTIALLY_SUCCEEDED": "failed",
    "PAUSED": "failed",
    "FAILED": "failed",
    "CANCELLED": "failed",
    "EXPIRED": "failed",
}
# The service has no field for it: "The replica workerpool0-0 exited with a non-zero status of 1."
_EXIT = re.compile(r"replica ([a-z0-9-]+) .*?non-zero status of (\d+)", re.DOTALL)
_KILLED = (9, 137)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFacts:
    """A job of any kind, as it was read."""

    there: bool = True
    state: str = "QUEUED"
    """Its `JobState` without the prefix."""
    code: str = ""
    """Of its error, by the name in `google.rpc.Code`; empty: it has none."""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """Where people find what they can do about a job: names of settings, for messages."""

    time_limit: str = "training.compute.time_limit"
    memory: str = "training.compute.memory_gib"
    image: str = "training.image"
    machines: str = "training.machines"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a stage may last, in seconds."""

    patience: Patience
    time_limit_s: int
    ways: Ways = Ways()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be made of a job now."""

    stage: Stage
    told: str
    """The stage in words, with what the service says of it."""
    cause: Cause | None = None
    """Of a failure."""

    @property
    def final(self) -> bool:
        """Whether nothing more is waited for."""
        return self.stage in ("succeeded", "failed")


def job_facts(job: Any) -> JobFacts:
    """Facts of a job as the client tells it; None: there is none of that name."""
    if job is None:
        return JobFacts(there=False)
    from google.rpc import code_pb2

    error = job.error
    return JobFacts(
        state=job.state.name.removeprefix("JOB_STATE_"),
        code=code_pb2.Code.Name(error.code) if error.code else "",
        message=error.message,
    )


def stage_of(job: JobFacts) -> Stage:
    """The stage of a job, however long it lasts already; a state that is not known yet is a live one."""
    return _STAGES.get(job.state, "running") if job.there else "failed"


def judge(job: JobFacts, limits: Limits, *, waited_s: float) -> Verdict:
    """The verdict on a job.

    Args:
        job: as it was read.
        limits: of the stages.
        waited_s: seconds since it came to its present stage.
    """
    if not job.there:
        return Verdict("failed", "is gone: somebody deleted it; run it again", "gone")
    stage = stage_of(job)
    if stage == "succeeded":
        return Verdict(stage, "has ended well")
    if stage == "failed":
        return _failed(job, limits.ways)
    patience = limits.patience
    if stage in ("queued", "starting") and waited_s >= patience.queue:
        return _never_started(stage, waited_s, limits.ways)
    # The service ends it by the same limit; it is not relied upon.
    if stage == "running" and waited_s >= limits.time_limit_s + patience.ending:
        return Verdict("failed", _overtime(limits.ways), "deadline")
    if stage == "ending" and waited_s >= patience.ending:
        return Verdict(
            "failed", f"was cancelled by somebody, and has not ended after {waited_s:.0f} s", "cancelled"
        )
    return Verdict(stage, _WORDS[stage])


def _never_started(stage: Stage, waited_s: float, ways: Ways) -> Verdict:
    if stage == "queued":
        hint = "raise the project's quota for custom training, or patience.queue"
        return Verdict("failed", f"waits for quota for {waited_s:.0f} s: {hint}", "quota")
    hint = f"take another region or machine (`{ways.machines}`), or raise patience.queue"
    return Verdict("failed", f"waits for machines for {waited_s:.0f} s: {hint}", "machines")


def _failed(job: JobFacts, ways: Ways) -> Verdict:
    said = f" ({job.message})" if job.message else ""
    if job.code == "DEADLINE_EXCEEDED" or job.state == "EXPIRED":
        return Verdict("failed", _overtime(ways), "deadline")
    if job.state == "CANCELLED" or job.code == "CANCELLED":
        return Verdict("failed", f"was cancelled by somebody{said}: run it again", "cancelled")
    if exited := _EXIT.search(job.message):
        return _exited(exited[1], int(exited[2]), ways)
    cause, told = _CAUSES.get(job.code, ("unknown", "failed"))
    hint = _HINTS.get(cause, "").format(image=ways.image)
    return Verdict("failed", f"{told}{said}{hint}", cause)


def _exited(replica: str, code: int, ways: Ways) -> Verdict:
    if code == PREEMPTED:
        return Verdict("failed", f"was preempted (replica {replica}: asked to end)", "preempted")
    if code in _KILLED:
        told = (
            f"was killed (replica {replica}, exit code {code}); the kernel does that when memory runs out: "
            f"give it more ({ways.memory})"
        )
        return Verdict("failed", told, "killed")
    return Verdict("failed", f"failed with exit code {code} (replica {replica})", "exit")


def _overtime(ways: Ways) -> str:
    return f"passed its time limit ({ways.time_limit})"


_WORDS: Mapping[Stage, str] = {
    "queued": "waits for quota",
    "starting": "waits for its machines",
    "running": "runs",
    "ending": "is cancelled",
}
_CAUSES: Mapping[str, tuple[Cause, str]] = {
    "RESOURCE_EXHAUSTED": ("quota", "found no quota or no machines"),
    "UNAVAILABLE": ("preempted", "was preempted"),
    "ABORTED": ("preempted", "was preempted"),
    "INTERNAL": ("service", "was lost by Vertex AI"),
    "UNKNOWN": ("service", "was lost by Vertex AI"),
    "PERMISSION_DENIED": ("permission", "was not allowed something"),
    "UNAUTHENTICATED": ("permission", "was not allowed something"),
    "INVALID_ARGUMENT": ("refused", "could not be started"),
    "NOT_FOUND": ("refused", "could not be started"),
    "FAILED_PRECONDITION": ("refused", "could not be started"),
}
_HINTS: Mapping[Cause, str] = {
    "quota": ": raise the quota, or take another region or machine",
    "permission": ": give `service_account` the roles for the image, the staging folder and the log",
    "refused": ": look at `{image}`, its machine and `network`",
}
