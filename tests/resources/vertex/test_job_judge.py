"""What the state of a CustomJob is taken for."""

import pytest

from resources.vertex.job_judge import RESUMED, JobFacts, Limits, Verdict, judge
from resources.vertex.settings import Patience

LIMITS = Limits(Patience(queue=60, ending=30), time_limit_s=100)
CASES = [
    pytest.param("QUEUED", "", "", 59, "queued", None, id="waits for quota"),
    pytest.param("QUEUED", "", "", 60, "failed", "quota", id="never has quota"),
    pytest.param("PENDING", "", "", 60, "failed", "machines", id="never has machines"),
    pytest.param("RUNNING", "", "", 129, "running", None, id="the service ends it first"),
    pytest.param("RUNNING", "", "", 130, "failed", "deadline", id="nobody ends it"),
    pytest.param("UPDATING", "", "", 0, "running", None, id="is changed while it runs"),
    pytest.param("SOMETHING_NEW", "", "", 0, "running", None, id="a state of tomorrow"),
    pytest.param("CANCELLING", "", "", 29, "ending", None, id="is cancelled"),
    pytest.param("CANCELLING", "", "", 30, "failed", "cancelled", id="never ends"),
    pytest.param("SUCCEEDED", "", "", 0, "succeeded", None, id="well"),
    pytest.param("PARTIALLY_SUCCEEDED", "", "", 0, "failed", "unknown", id="a part is no whole"),
    pytest.param("CANCELLED", "CANCELLED", "CANCELED", 0, "failed", "cancelled", id="cancelled by a person"),
    pytest.param("EXPIRED", "", "", 0, "failed", "deadline", id="expired"),
    pytest.param("FAILED", "DEADLINE_EXCEEDED", "late", 0, "failed", "deadline", id="time limit"),
    pytest.param("FAILED", "RESOURCE_EXHAUSTED", "no L4", 0, "failed", "quota", id="out of stock"),
    pytest.param("FAILED", "UNAVAILABLE", "", 0, "failed", "preempted", id="a spot machine is taken back"),
    pytest.param("FAILED", "INTERNAL", "", 0, "failed", "service", id="lost by the service"),
    pytest.param("FAILED", "PERMISSION_DENIED", "no", 0, "failed", "permission", id="not allowed"),
    pytest.param("FAILED", "INVALID_ARGUMENT", "image", 0, "failed", "refused", id="no such image"),
    pytest.param("FAILED", "", "", 0, "failed", "unknown", id="without a reason"),
]


@pytest.mark.parametrize(("state", "code", "message", "waited_s", "stage", "cause"), CASES)
def test_judge(state: str, code: str, message: str, waited_s: float, stage: str, cause: str | None) -> None:
    verdict = judge(JobFacts(state=state, code=code, message=message), LIMITS, waited_s=waited_s)
    assert (verdict.stage, verdict.cause) == (stage, cause)
    if message and stage == "failed" and cause != "deadline":
        assert message in verdict.told


@pytest.mark.parametrize(
    ("status", "told", "cause"),
    [
        (1, "failed with exit code 1 (replica workerpool0-0)", "exit"),
        (85, "was preempted (replica workerpool0-0: asked to end)", "preempted"),
        (137, "was killed (replica workerpool0-0, exit code 137)", "killed"),
    ],
)
def test_an_exit_code_is_read_from_what_the_service_says(status: int, told: str, cause: str) -> None:
    message = f"The replica workerpool0-0 exited with a non-zero status of {status}. To find out more ..."
    verdict = judge(JobFacts(state="FAILED", code="INVALID_ARGUMENT", message=message), LIMITS, waited_s=0)
    assert (verdict.told[: len(told)], verdict.cause) == (told, cause)


def test_a_job_that_ran_out_of_memory_is_told_so() -> None:
    message = "The replica workerpool0-0 ran out-of-memory and exited with a non-zero status of 9(SIGKILL)."
    verdict = judge(JobFacts(state="FAILED", code="INVALID_ARGUMENT", message=message), LIMITS, waited_s=0)
    assert verdict.cause == "killed"


def test_only_what_lies_with_the_machine_is_tried_again() -> None:
    assert frozenset({"preempted", "service"}) == RESUMED


def test_a_job_that_is_gone_is_not_waited_for() -> None:
    verdict = judge(JobFacts(there=False), LIMITS, waited_s=0)
    assert verdict == Verdict("failed", "is gone: somebody deleted it; run it again", "gone")
