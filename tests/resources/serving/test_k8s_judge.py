"""What the state of a unit's pods means."""

from collections.abc import Sequence
from typing import Any

import pytest

from lifecycle.endpoint.readiness import LoadFailure, Readiness, VariantReadiness
from resources.cluster.facts import PodFacts
from resources.cluster.settings import Patience
from resources.serving.k8s.judge import Wanted, judge
from resources.serving.k8s.pods import ServingPod, serving_pod

PATIENCE = Patience(schedule=100, image=50, start=200)
READY_S = 30.0
NEW = Wanted(unit="u", pods=2, generation=5)


def answer(generation: int = 5, **changes: Any) -> Readiness:
    return Readiness(ready=True, pid=1, generation=generation, **changes)


def pod(
    name: str = "p",
    *,
    said: Readiness | None = None,
    ready: bool = True,
    restarts: int = 0,
    crash: str = "",
    **facts: Any,
) -> ServingPod:
    known = PodFacts(name=name, **{"phase": "Running", "placed": True, **facts})
    return ServingPod(unit="u", facts=known, ready=ready, restarts=restarts, crash=crash, answer=said)


SERVES = pod(said=answer())
LOADS = pod("q", ready=False)
BROKEN = VariantReadiness(
    name="c",
    role="challenger",
    version="2",
    digest="d",
    weight=5,
    loaded=False,
    ready=False,
    error="no model",
)


@pytest.mark.parametrize(
    ("pods", "waited_s", "stage", "told"),
    [
        pytest.param([SERVES, SERVES], 0, "ready", "2 pods are ready", id="enough serve the generation"),
        pytest.param([SERVES], 0, "unscheduled", "waits for its pods", id="one is missing"),
        pytest.param([SERVES, LOADS], 29, "loading", "is not ready", id="one still loads"),
        pytest.param(
            [SERVES, LOADS],
            30,
            "failed",
            "is not ready for 30 s: raise `serving.ready`, or look at the pod's log",
            id="too long",
        ),
        pytest.param(
            [SERVES, SERVES, LOADS],
            0,
            "ready",
            "2 pods are ready",
            id="a further one of an autoscaler starts",
        ),
        pytest.param(
            [SERVES, SERVES, pod("o", said=answer(4))],
            0,
            "loading",
            "is not ready",
            id="one that gets requests serves an older generation",
        ),
        pytest.param(
            [SERVES, pod("x", said=answer(4, last_error=LoadFailure(generation=5, message="bad bundle")))],
            0,
            "failed",
            "bad bundle",
            id="one says that it will not",
        ),
        pytest.param(
            [SERVES, SERVES, pod("x", said=answer(5, variants=(BROKEN,)))],
            0,
            "failed",
            "variant c: no model",
            id="one holds all versions but the new one",
        ),
        pytest.param(
            [pod("x", said=answer(3, last_error=LoadFailure(generation=3, message="old"))), SERVES],
            0,
            "loading",
            "is not ready (old)",
            id="what went wrong before decides nothing",
        ),
        pytest.param(
            [
                SERVES,
                pod("x", ready=False, waiting="CrashLoopBackOff", crash="Error, exit code 3", restarts=1),
            ],
            0,
            "failed",
            "ends as soon as it starts (Error, exit code 3, 1 restarts)",
            id="a crash loop",
        ),
        pytest.param(
            [SERVES, pod("x", said=answer(), restarts=9)],
            0,
            "ready",
            "2 pods are ready",
            id="crashes long ago",
        ),
        pytest.param(
            [pod("x", ready=False, phase="Pending", waiting="ErrImagePull", waiting_message="gone"), SERVES],
            49,
            "refused",
            "cannot start (ErrImagePull: gone)",
            id="a registry may hiccup",
        ),
        pytest.param(
            [pod("x", ready=False, phase="Pending", waiting="InvalidImageName", waiting_message="?"), SERVES],
            0,
            "failed",
            "cannot start (InvalidImageName: ?) for 0 s: correct `serving.image`, `serving.env_secrets` or "
            "`volumes`",
            id="no registry makes a name of what is none",
        ),
        pytest.param(
            [pod("x", ready=False, phase="Pending", placed=False, scheduling="0/1 nodes"), SERVES],
            100,
            "failed",
            "waits for a node (0/1 nodes) for 100 s: ask for less (serving.cpu, serving.memory), or add a "
            "node",
            id="no node",
        ),
        pytest.param(
            [pod("x", ready=False, phase="Pending"), SERVES], 199, "starting", "starts", id="it pulls"
        ),
    ],
)
def test_judge(pods: Sequence[ServingPod], waited_s: float, stage: str, told: str) -> None:
    verdict = judge(NEW, pods, PATIENCE, ready_s=READY_S, waited_s=waited_s)
    assert (verdict.stage, verdict.told) == (stage, told)


def test_a_pod_whose_container_was_started_again_tells_how_it_ended() -> None:
    ended = {"terminated": {"reason": "OOMKilled", "exitCode": 137}}
    found = serving_pod(
        {
            "metadata": {"name": "p", "labels": {"flywheel/unit": "u"}},
            "spec": {"nodeName": "n"},
            "status": {
                "phase": "Running",
                "conditions": [{"type": "Ready", "status": "False"}],
                "containerStatuses": [
                    {
                        "restartCount": 3,
                        "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                        "lastState": ended,
                    }
                ],
            },
        }
    )
    assert (found.unit, found.ready, found.restarts, found.crash) == (
        "u",
        False,
        3,
        "OOMKilled, exit code 137",
    )
    assert found.facts.waiting == "CrashLoopBackOff"
