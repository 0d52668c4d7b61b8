"""Whether a unit on Vertex AI serves what it was told, by what its replicas say."""

from collections.abc import Sequence
from dataclasses import dataclass

from resources.serving.k8s.judge import Verdict
from resources.serving.k8s.pods import ServingPod


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a unit is to be."""

    replicas: int
    """As many must serve."""
    generation: int
    """Of the manifest that they must serve."""
    deployed: bool
    """It is among the endpoint's deployed models."""


def judge(wanted: Wanted, replicas: Sequence[ServingPod], *, ready_s: float, waited_s: float) -> Verdict:
    """The verdict on a unit.

    Args:
        wanted: what it is to be.
        replicas: of the unit.
        ready_s: how long it may take.
        waited_s: seconds since it was begun.
    """
    for replica in replicas:
        if why := _refused(replica, wanted.generation):
            return Verdict("failed", why, pod=replica.facts.name)
    serving = [one for one in replicas if one.serves and _generation(one) == wanted.generation]
    behind = [one for one in replicas if _generation(one) != wanted.generation]
    if wanted.deployed and len(serving) >= wanted.replicas and not behind:
        return Verdict("ready", "serves")
    told = f"{len(serving)} of {wanted.replicas} replicas serve"
    if not wanted.deployed:
        told += ", and it is not deployed yet"
    if problem := next((one.facts.message for one in replicas if one.facts.message), ""):
        told += f" ({problem})"
    if waited_s >= ready_s:
        return Verdict("failed", f"{told} after {waited_s:.0f} s: look at its log, or raise serving.ready")
    return Verdict("loading" if wanted.deployed else "starting", told)


def _generation(replica: ServingPod) -> int | None:
    return replica.answer.generation if replica.answer else None


def _refused(replica: ServingPod, generation: int) -> str | None:
    """Why a replica will not serve a generation, as it says itself."""
    answer = replica.answer
    if answer is None:
        return None
    if answer.last_error is not None and answer.last_error.generation == generation:
        return answer.last_error.message
    if answer.generation != generation:
        return None
    return next((f"variant {v.name}: {v.error}" for v in answer.variants if not v.loaded), None)
