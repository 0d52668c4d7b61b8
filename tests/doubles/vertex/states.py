"""States of a job of any kind, and what can be done with one."""

from collections.abc import Callable
from typing import Any

from tests.doubles.vertex.errors import RpcError
from tests.doubles.vertex.resources import NUMBERS, Kept, now

OVER = ("SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED")


def word(job: Any) -> str:
    """The state of a job without its prefix."""
    return str(job.state.name.removeprefix("JOB_STATE_"))


class States:
    """Jobs of one kind.

    Args:
        what: their kind, for messages: `CustomJob`.
        many: their collection, as names have it: `customJobs`.
    """

    def __init__(self, what: str, many: str) -> None:
        self.kept, self.many = Kept(what), many

    def queue(self, job: Any, parent: str) -> Any:
        """Number a job and keep it as one that waits."""
        from google.cloud import aiplatform_v1 as v1

        job.name = f"{parent}/{self.many}/{next(NUMBERS)}"
        job.create_time = job.update_time = now()
        job.state = v1.JobState.JOB_STATE_QUEUED
        self.kept.put(job)
        return self.kept.newest(job.name)

    def of_parent(self, request: Any) -> list[Any]:
        """Jobs that a list request asks for."""
        found = self.kept.select(request.filter)
        return [job for job in found if job.name.startswith(f"{request.parent}/")]

    def newest(self) -> Any:
        """The job that was created last."""
        return max(self.kept.all(), key=lambda job: int(job.name.rsplit("/", 1)[1]))

    def cancelling(self, name: str, end: Callable[[], None]) -> None:
        """Begin to cancel a job.

        Args:
            name: of the job.
            end: ends what it runs.
        """
        if word(job := self.kept.newest(name)) in OVER:
            raise RpcError("FAILED_PRECONDITION", f"{name} is in state {job.state.name}.")
        self.move(name, "CANCELLING")
        end()

    def is_there(self, name: str) -> bool:
        return name in {job.name for job in self.kept.all()}

    def over(self, name: str, state: str, code: str = "", message: str = "", **facts: Any) -> None:
        """End a job."""
        from google.rpc import code_pb2, status_pb2

        error = status_pb2.Status(code=code_pb2.Code.Value(code), message=message) if code else None
        told = {"error": error} if error is not None else {}
        self.move(name, state, end_time=now(), **told, **facts)

    def move(self, name: str, state: str, **facts: Any) -> None:
        """Put a job that has not ended into a state."""
        from google.cloud import aiplatform_v1 as v1

        def change(job: Any) -> None:
            if word(job) in OVER:
                return
            job.state = v1.JobState[f"JOB_STATE_{state}"]
            job.update_time = now()
            for fact, value in facts.items():
                setattr(job, fact, value)

        self.kept.change(name, change)
