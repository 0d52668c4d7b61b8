"""Jobs of BigQuery when things go wrong: at the client's edge, without a server."""

from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest
from google.api_core.exceptions import BadRequest, Conflict, Forbidden, InternalServerError
from google.auth.exceptions import RefreshError

from lifecycle.errors import LifecycleError
from resources.warehouse.bigquery.client import Clients
from resources.warehouse.bigquery.errors import JobTimeoutError, bigquery_errors
from resources.warehouse.bigquery.jobs import ATTEMPTS, Jobs
from resources.warehouse.bigquery.sql import Values


def told(kind: type[Exception], reason: str) -> Exception:
    return kind("it went wrong", errors=[{"reason": reason}])  # type: ignore[call-arg]


@dataclass
class Job:
    outcome: object
    cancelled: bool = False

    def result(self, timeout: float) -> object:
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    def cancel(self) -> None:
        self.cancelled = True


@dataclass
class Client:
    """Answers each insert in turn: an outcome, or an error of the insert itself."""

    answers: list[object]
    ids: list[str] = field(default_factory=list)
    made: list[Job] = field(default_factory=list)

    def query(self, sql: str, **told: Any) -> Job:
        self.ids.append(told["job_id"])
        answer = self.answers.pop(0)
        self.made.append(Job(answer))
        if isinstance(answer, tuple):
            self.made[-1].outcome = answer[1]
            raise answer[0]
        return self.made[-1]

    def get_job(self, job_id: str) -> Job:
        assert job_id == self.ids[-1]
        return self.made[-1]


def jobs(client: Client) -> Jobs:
    return Jobs(Clients(client, None))  # type: ignore[arg-type]


def test_a_job_whose_answer_was_lost_is_found_under_its_id_and_not_run_again() -> None:
    client = Client([(Conflict("Already Exists: Job"), "rows")])
    assert jobs(client).run("SELECT 1", purpose="p") == "rows"
    assert len(client.ids) == 1 and client.ids[0].startswith("flywheel-p-")


def test_a_job_that_failed_for_no_fault_of_its_own_runs_again_under_another_id() -> None:
    client = Client([told(InternalServerError, "backendError"), "rows"])
    assert jobs(client).run("SELECT 1", purpose="p") == "rows"
    assert len(set(client.ids)) == 2


def test_it_runs_so_often_and_no_more() -> None:
    client = Client([told(InternalServerError, "backendError")] * 9)
    with pytest.raises(InternalServerError):
        jobs(client).run("SELECT 1", purpose="p")
    assert len(client.ids) == ATTEMPTS


def test_a_query_that_is_wrong_runs_once() -> None:
    client = Client([told(BadRequest, "invalidQuery")])
    with pytest.raises(BadRequest):
        jobs(client).run("SELECT", purpose="p")
    assert len(client.ids) == 1


def test_a_job_that_never_ends_is_cancelled() -> None:
    client = Client([FutureTimeoutError()])
    with pytest.raises(JobTimeoutError, match="did not end in 3600 s"):
        jobs(client).run("SELECT 1", purpose="p")
    assert client.made[0].cancelled


def test_a_query_in_one_call_that_never_ends_is_told_as_such() -> None:
    class Slow:
        def query_and_wait(self, sql: str, job_config: Any, wait_timeout: float) -> object:
            raise FutureTimeoutError

    endless = Jobs(Clients(Slow(), None))  # type: ignore[arg-type]
    told = r"of m: BigQuery does not answer: a query \(count\) did not end in 3600 s"
    for ask in (endless.rows, endless.table):
        with pytest.raises(LifecycleError, match=told), bigquery_errors("the data of m"):
            ask("SELECT 1", purpose="count")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        pytest.param(RefreshError("expired"), "no valid credentials of Google Cloud", id="token expired"),
        pytest.param(told(Forbidden, "quotaExceeded"), "wait until the quota is free", id="quota"),
        pytest.param(told(Forbidden, "accessDenied"), "let the service account read", id="no rights"),
        pytest.param(
            told(BadRequest, "bytesBilledLimitExceeded"), "raise data.source.max_bytes", id="budget"
        ),
        pytest.param(JobTimeoutError("the job x"), "BigQuery does not answer: the job x", id="no answer"),
    ],
)
def test_an_error_says_the_cause_and_the_way_out(error: Exception, message: str) -> None:
    with pytest.raises(LifecycleError, match=message), bigquery_errors("the data of m"):
        raise error


def test_labels_are_brought_to_their_form() -> None:
    config = jobs(Client([])).labelled(flywheel_model="Flight.Delay" + "x" * 80)._config(Values())
    assert config.labels == {"flywheel_model": ("flight_delay" + "x" * 80)[:63]}


def test_what_a_dry_run_tells_is_told_and_held_to_the_budget() -> None:
    class Told(Job):
        total_bytes_processed = 3 * 10**9
        _properties: ClassVar[dict[str, Any]] = {}

    class DryRuns:
        def query(self, sql: str, job_config: Any) -> Job:
            assert job_config.dry_run and not job_config.use_query_cache
            return Told("rows")

    open_end = Jobs(Clients(DryRuns(), None))  # type: ignore[arg-type]
    assert open_end.afford("SELECT 1", Values(), what="the data of m") == 3 * 10**9
    with pytest.raises(LifecycleError, match=r"would read 3\.0 GB and may read 1\.0 GB"):
        open_end.within(10**9).afford("SELECT 1", Values(), what="the data of m")


def test_a_budget_goes_with_every_query() -> None:
    limited = jobs(Client([])).within(1000)
    assert limited._config(Values()).maximum_bytes_billed == 1000
    assert limited.within(None)._config(Values()).maximum_bytes_billed == 1000
