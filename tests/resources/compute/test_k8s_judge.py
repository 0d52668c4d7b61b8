"""What a status means: one case for everything that can befall a pod."""

from typing import Any

import pytest

from lifecycle.training import __main__
from resources.cluster.facts import JobFacts, PodFacts
from resources.cluster.settings import Patience
from resources.compute.k8s.judge import LOST, RESUMED, Cause, Limits, Stage, Verdict, judge

PATIENCE = Patience(queue=6000, schedule=900, start=1800, image=180, ending=120)
POLICY = JobFacts(failed=True, reason="PodFailurePolicy", message="Pod a-0 has condition DisruptionTarget")
LIVE, FAILED = JobFacts(), JobFacts(failed=True, reason="BackoffLimitExceeded", message="too often")


def test_the_code_of_a_rank_that_lost_another_is_the_trainings() -> None:
    assert LOST == __main__.LOST


def pod(**facts: Any) -> PodFacts:
    return PodFacts(**{"name": "a-0", "placed": True, "phase": "Running", **facts})


def dead(**facts: Any) -> PodFacts:
    return pod(**{"phase": "Failed", **facts})


def verdict(job: JobFacts, *pods: PodFacts, waited_s: float = 0, nodes: int = 1) -> Verdict:
    return judge(job, pods, Limits(PATIENCE, 3600, nodes), waited_s=waited_s)


NO_GPU = "0/3 nodes are available: 3 Insufficient nvidia.com/gpu."
PENDING = {"phase": "Pending"}
NOWHERE = {"phase": "Pending", "placed": False, "scheduling": NO_GPU}
TYPO = {"phase": "Pending", "waiting": "ImagePullBackOff", "waiting_message": "not found"}


@pytest.mark.parametrize(
    ("job", "pods", "limit_s", "stage", "cause"),
    [
        pytest.param(JobFacts(suspended=True), [], 6000, "queued", "queue", id="not admitted by its queue"),
        pytest.param(LIVE, [], 900, "unscheduled", "unschedulable", id="no pod at all: a quota"),
        pytest.param(LIVE, [pod(**NOWHERE)], 900, "unscheduled", "unschedulable", id="no GPU"),
        pytest.param(LIVE, [pod(**TYPO)], 180, "refused", "image", id="no such image"),
        pytest.param(
            LIVE,
            [pod(**PENDING, waiting="CreateContainerConfigError")],
            180,
            "refused",
            "settings",
            id="no secret",
        ),
        pytest.param(
            LIVE, [pod(**PENDING)], 1800, "starting", "not started", id="an image that is pulled for ever"
        ),
        pytest.param(LIVE, [pod()], 3600, "running", "deadline", id="longer than its time limit"),
        pytest.param(
            LIVE,
            [pod(going=True, disruption="DeletionByTaintManager")],
            120,
            "ending",
            "node lost",
            id="a lost node",
        ),
    ],
)
def test_every_stage_ends_in_bounded_time(
    job: JobFacts, pods: list[PodFacts], limit_s: float, stage: Stage, cause: Cause
) -> None:
    before, after = (verdict(job, *pods, waited_s=limit_s + step) for step in (-1, 0))
    assert (before.stage, before.cause) == (stage, None)
    assert (after.stage, after.cause) == ("failed", cause)


@pytest.mark.parametrize(
    ("job", "pods", "cause", "resumed"),
    [
        pytest.param(FAILED, [dead(exit_code=2)], "exit", False, id="the job's own error"),
        pytest.param(
            FAILED, [dead(exit_code=137, ended_by="OOMKilled")], "out of memory", False, id="out of memory"
        ),
        pytest.param(
            FAILED, [dead(exit_code=137, ended_by="Error")], "killed", False, id="killed by the kernel"
        ),
        pytest.param(
            FAILED,
            [dead(exit_code=137, ended_by="OOMKilled", disruption="PreemptionByScheduler")],
            "out of memory",
            False,
            id="out of memory just before it was preempted: it would be again",
        ),
        pytest.param(
            FAILED, [dead(exit_code=143, reason="DeadlineExceeded")], "deadline", False, id="pod's deadline"
        ),
        pytest.param(
            JobFacts(failed=True, reason="DeadlineExceeded"), [], "deadline", False, id="job's deadline"
        ),
        pytest.param(FAILED, [dead(exit_code=85)], "preempted", True, id="exit code of a preempted training"),
        pytest.param(
            FAILED,
            [dead(exit_code=137, disruption="PreemptionByScheduler")],
            "preempted",
            True,
            id="preempted",
        ),
        pytest.param(
            FAILED,
            [dead(exit_code=143, disruption="TerminationByKubelet", reason="Terminated")],
            "preempted",
            True,
            id="a node that shuts down",
        ),
        pytest.param(
            FAILED,
            [dead(exit_code=137, disruption="TerminationByKubelet", reason="Evicted")],
            "evicted",
            True,
            id="evicted",
        ),
        pytest.param(FAILED, [dead(reason="Evicted")], "evicted", True, id="evicted before it had started"),
        pytest.param(
            FAILED,
            [pod(gone=True, disruption="EvictionByEvictionAPI")],
            "drained",
            True,
            id="drained, and gone",
        ),
        pytest.param(
            FAILED, [pod(gone=True, disruption="DeletionByPodGC")], "node lost", True, id="node removed"
        ),
        pytest.param(FAILED, [pod(phase="Unknown")], "node lost", True, id="a node that does not answer"),
        pytest.param(
            FAILED, [dead(reason="UnexpectedAdmissionError")], "rejected", True, id="no device after all"
        ),
        pytest.param(
            FAILED, [dead(exit_code=128, ended_by="StartError")], "start", False, id="no such command"
        ),
        pytest.param(FAILED, [pod(gone=True)], "pod deleted", False, id="deleted by somebody"),
        pytest.param(
            FAILED, [pod(going=True, exit_code=85)], "pod deleted", False, id="deleted, with a checkpoint"
        ),
        pytest.param(
            JobFacts(there=False), [pod(gone=True)], "job deleted", False, id="job deleted with its pod"
        ),
        pytest.param(JobFacts(there=False), [], "job deleted", False, id="job deleted"),
        pytest.param(
            JobFacts(there=False),
            [dead(exit_code=2)],
            "exit",
            False,
            id="a failure is not hidden by its clearing away",
        ),
        pytest.param(
            POLICY, [pod(gone=True)], "preempted", True, id="gone before it was looked at, and remembered"
        ),
        pytest.param(POLICY, [dead(exit_code=1)], "preempted", True, id="a rank whose partner was taken"),
        pytest.param(
            POLICY, [dead(exit_code=137, ended_by="OOMKilled")], "out of memory", False, id="both at once"
        ),
        pytest.param(
            FAILED,
            [dead(exit_code=LOST), pod(rank=1, gone=True)],
            "pod deleted",
            False,
            id="a rank that lost another",
        ),
        pytest.param(
            FAILED, [dead(exit_code=LOST)], "exit", False, id="a rank that lost one nobody knows of"
        ),
        pytest.param(FAILED, [], "unknown", False, id="no pod was ever seen"),
        pytest.param(
            FAILED,
            [dead(exit_code=1), dead(rank=1, exit_code=137, ended_by="OOMKilled"), pod(rank=2, gone=True)],
            "out of memory",
            False,
            id="ranks that end for the sake of another",
        ),
        pytest.param(
            FAILED,
            [dead(exit_code=1), pod(rank=1, gone=True, disruption="PreemptionByScheduler")],
            "preempted",
            True,
            id="a rank that misses a preempted one",
        ),
    ],
)
def test_failures_are_told_apart(job: JobFacts, pods: list[PodFacts], cause: Cause, resumed: bool) -> None:
    found = verdict(job, *pods)
    assert (found.stage, found.cause, found.cause in RESUMED) == ("failed", cause, resumed)


@pytest.mark.parametrize(
    ("job", "pods", "nodes", "stage"),
    [
        pytest.param(
            JobFacts(complete=True),
            [dead(exit_code=1), pod(phase="Succeeded")],
            1,
            "succeeded",
            id="replaced",
        ),
        pytest.param(LIVE, [pod(gone=True), pod(name="a-1")], 1, "running", id="another pod in its place"),
        pytest.param(LIVE, [dead(exit_code=1), pod(rank=1)], 2, "ending", id="one of two lost"),
        pytest.param(LIVE, [pod(), pod(rank=1, **NOWHERE)], 2, "unscheduled", id="one of two without a node"),
        pytest.param(LIVE, [pod(), pod(rank=1, **PENDING)], 2, "starting", id="one of two not yet there"),
        pytest.param(LIVE, [pod(), pod(rank=1)], 2, "running", id="both run"),
        pytest.param(LIVE, [pod(phase="Succeeded"), pod(rank=1)], 2, "running", id="one of two is done"),
        pytest.param(LIVE, [pod(phase="Succeeded")], 1, "running", id="done, and not yet told"),
    ],
)
def test_stages(job: JobFacts, pods: list[PodFacts], nodes: int, stage: Stage) -> None:
    assert verdict(job, *pods, nodes=nodes).stage == stage


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (verdict(LIVE, pod(**NOWHERE), waited_s=1), f"waits for a node ({NO_GPU})"),
        (
            verdict(LIVE, pod(**NOWHERE), waited_s=901),
            f"waits for a node ({NO_GPU}) for 901 s: ask for less (training.compute), or add such a node or "
            "raise patience.schedule",
        ),
        (
            verdict(LIVE, pod(**TYPO), waited_s=200),
            "cannot start (ImagePullBackOff: not found) for 200 s: correct `image` in the cluster's settings",
        ),
        (verdict(FAILED, dead(exit_code=2)), "failed with exit code 2 (pod a-0)"),
        (verdict(FAILED), "failed (BackoffLimitExceeded: too often)"),
    ],
)
def test_what_is_told(found: Verdict, told: str) -> None:
    assert found.told == told
