"""What pods of an endpoint say of themselves, and what the cluster says of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from lifecycle.endpoint.readiness import Readiness
from resources.cluster.api import ClusterApi
from resources.cluster.facts import PodFacts, pod_facts
from resources.serving.k8s.objects import ENDPOINT_LABEL, READY, UNIT_LABEL
from resources.serving.k8s.units import Home


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingPod:
    """A pod of an endpoint."""

    unit: str
    facts: PodFacts
    ready: bool = False
    """Requests are sent to it."""
    restarts: int = 0
    """How often its container ended and was started again."""
    crash: str = ""
    """How it ended last."""
    answer: Readiness | None = None
    """What it says itself; None: it does not answer."""

    @property
    def serves(self) -> bool:
        """Whether it answers, and requests get there."""
        return self.ready and self.answer is not None and self.answer.ready


def look_at_pods(api: ClusterApi, home: Home, port: int) -> list[ServingPod]:
    """All pods of an endpoint that are not on their way out, each asked how it is."""
    found = []
    for obj in api.find("v1", "pods", {ENDPOINT_LABEL: home.key}):
        pod = serving_pod(obj)
        if pod.facts.active:
            answer = _asked(api, pod.facts.name, port) if pod.facts.phase == "Running" else None
            found.append(_with_answer(pod, answer))
    return found


def serving_pod(obj: Mapping[str, Any]) -> ServingPod:
    """Facts of a pod as the API server keeps it."""
    status = obj.get("status") or {}
    ready = any(c["type"] == "Ready" and c["status"] == "True" for c in status.get("conditions") or [])
    told: Mapping[str, Any] = next(iter(status.get("containerStatuses") or []), {})
    state, last = told.get("state") or {}, told.get("lastState") or {}
    ended = state.get("terminated") or last.get("terminated") or {}
    how = f"{ended.get('reason') or 'no reason'}, exit code {ended.get('exitCode')}" if ended else ""
    return ServingPod(
        unit=(obj["metadata"].get("labels") or {}).get(UNIT_LABEL, ""),
        facts=pod_facts(obj),
        ready=ready,
        restarts=told.get("restartCount") or 0,
        crash=how,
    )


def _asked(api: ClusterApi, pod: str, port: int) -> Readiness | None:
    content = api.through(pod, port, READY)
    try:
        return Readiness.model_validate_json(content) if content else None
    except ValidationError:
        return None


def _with_answer(pod: ServingPod, answer: Readiness | None) -> ServingPod:
    return ServingPod(
        unit=pod.unit,
        facts=pod.facts,
        ready=pod.ready,
        restarts=pod.restarts,
        crash=pod.crash,
        answer=answer,
    )
