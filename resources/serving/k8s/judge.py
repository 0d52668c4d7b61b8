"""Whether a unit of an endpoint serves what it was told: ready, still on its way, or in vain, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from resources.cluster.settings import Patience
from resources.serving.k8s.pods import ServingPod

Stage = Literal["ready", "unscheduled", "refused", "crashing", "starting", "loading", "failed"]
CRASHES = 2
"""A container that ended so often without being ready will not be the next time."""
_IMAGE = ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "RegistryUnavailable")
_REFUSED = (*_IMAGE, "CreateContainerConfigError", "CreateContainerError", "RunContainerError")
_CRASHING = "CrashLoopBackOff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a unit is to be."""

    unit: str
    pods: int
    """As many must be ready."""
    generation: int
    """Of the manifest that they must serve."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be made of a unit now."""

    stage: Stage
    told: str
    """The stage in words, with what the cluster or the pod says of it."""
    pod: str | None = None
    """The pod that tells most of a failure."""
    restarted: bool = False
    """Its container was started again: what it said is in the log of the one before."""


def judge(
    wanted: Wanted, pods: Sequence[ServingPod], patience: Patience, *, ready_s: float, waited_s: float
) -> Verdict:
    """The verdict on a unit.

    Args:
        wanted: what it is to be.
        pods: of the unit.
        patience: of the cluster's settings.
        ready_s: how long pods may take from running to ready.
        waited_s: seconds since the unit came to its present stage.
    """
    found = _stage(wanted, pods)
    limits = {
        "unscheduled": (
            float(patience.schedule),
            "ask for less (serving.cpu, serving.memory), or add a node",
        ),
        "refused": (float(patience.image), "correct `serving.image`, `serving.env_secrets` or `volumes`"),
        "starting": (float(patience.start), "look at the pod's events, or raise patience.start"),
        "loading": (ready_s, "raise `serving.ready`, or look at the pod's log"),
    }
    if found.stage not in limits:
        return found
    limit_s, hint = limits[found.stage]
    if found.told.startswith("cannot start (InvalidImageName"):
        limit_s = 0.0  # no registry makes a name of what is none
    if waited_s < limit_s:
        return found
    told = f"{found.told} for {waited_s:.0f} s: {hint}"
    return Verdict("failed", told, pod=found.pod, restarted=found.restarted)


def _stage(wanted: Wanted, pods: Sequence[ServingPod]) -> Verdict:
    for pod in pods:
        if (why := _refusal(pod, wanted.generation)) is not None:
            return Verdict("failed", why, pod=pod.facts.name)
    serving = [p for p in pods if p.serves and p.answer and p.answer.generation == wanted.generation]
    lagging = [pod for pod in pods if pod not in serving]
    # Further pods that an autoscaler asks for may still start; none that gets requests may lag behind.
    if len(serving) >= wanted.pods and not any(pod.ready for pod in lagging):
        return Verdict("ready", f"{len(serving)} pods are ready")
    down = [pod for pod in lagging if not pod.serves]
    if crashing := [p for p in down if p.facts.waiting == _CRASHING or p.restarts >= CRASHES]:
        pod = crashing[0]
        told = f"ends as soon as it starts ({pod.crash or 'no reason given'}, {pod.restarts} restarts)"
        return Verdict("failed", told, pod=pod.facts.name, restarted=pod.restarts > 0)
    if refused := [pod for pod in lagging if pod.facts.waiting in _REFUSED]:
        facts = refused[0].facts
        return Verdict("refused", f"cannot start ({facts.waiting}: {facts.waiting_message})", pod=facts.name)
    unplaced = [pod for pod in lagging if not pod.facts.placed]
    if unplaced or len(pods) < wanted.pods:
        why = next((pod.facts.scheduling for pod in unplaced if pod.facts.scheduling), "")
        return Verdict("unscheduled", f"waits for a node ({why})" if why else "waits for its pods")
    if any(pod.facts.phase == "Pending" for pod in lagging):
        return Verdict("starting", "starts", pod=lagging[0].facts.name)
    return Verdict("loading", _loading(lagging), pod=lagging[0].facts.name if lagging else None)


def _refusal(pod: ServingPod, generation: int) -> str | None:
    """Why a pod will not serve a generation, as it says itself; None: it says no such thing."""
    answer = pod.answer
    if answer is None:
        return None
    if answer.last_error is not None and answer.last_error.generation == generation:
        return answer.last_error.message
    if answer.generation != generation:
        return None
    return next((f"variant {v.name}: {v.error}" for v in answer.variants if not v.loaded), None)


def _loading(lagging: Sequence[ServingPod]) -> str:
    error = next((p.answer.last_error for p in lagging if p.answer and p.answer.last_error), None)
    return f"is not ready ({error.message})" if error is not None else "is not ready"
