"""Batches on Vertex AI: what is asked of the service, and all that can befall a job and its answers."""

from pathlib import Path

import pytest
from google.cloud.aiplatform_v1 import types

from lifecycle.endpoint.scorer import Score
from lifecycle.errors import LifecycleError
from lifecycle.registry.bundle import Bundle
from resources.batch import vertex_job
from resources.batch.vertex import VertexBatch
from resources.vertex.api import VertexAwayError
from resources.vertex.messages import message
from tests.conftest import TrainedBundle
from tests.doubles.kubernetes.faults import Fault
from tests.doubles.vertex.batches import Mishap
from tests.doubles.vertex.server import Vertex
from tests.fakes.running import wait_for
from tests.resources.batch.batch_cases import (
    CASES,
    GOLDEN,
    as_text,
    batches,
    feature_table,
    job_of,
    rendered,
)
from tests.resources.batch.conftest import OnVertex

JOBS = r".*/batchPredictionJobs"


@pytest.fixture(autouse=True)
def quick_containers(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the container itself answers is shown by the contract suite."""
    monkeypatch.setattr(vertex_job, "MODULE", "tests.fakes.stub_batch")


@pytest.fixture
def trained(sealed: TrainedBundle) -> Bundle:
    return sealed("binary")


def scored(batch: VertexBatch, bundle: Bundle, told: list[str] | None = None) -> list[Score]:
    table = feature_table(bundle, copies=1)
    progress = (told if told is not None else []).append
    return [s for part in batch.score(job_of(bundle, table), batches(table), progress=progress) for s in part]


def states(project: Vertex) -> list[str]:
    jobs = sorted(project.batches.kept.all(), key=lambda job: int(job.name.rsplit("/", 1)[1]))
    return [job.state.name.removeprefix("JOB_STATE_") for job in jobs]


@pytest.mark.parametrize("name", CASES)
def test_bodies_are_what_was_read_and_kept(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert as_text(rendered(name)) == (GOLDEN / f"{name}.yaml").read_text()
    message(types.BatchPredictionJob, rendered(name))


@pytest.mark.parametrize(
    ("mishap", "told"),
    [
        pytest.param("deleted", "is gone: somebody deleted it; run it again", id="deleted"),
        pytest.param("cancelled", r"was cancelled by somebody \(CANCELED\)", id="cancelled"),
        pytest.param("internal", r"was lost by Vertex AI \(Internal error", id="internal"),
        pytest.param("preempted", r"was preempted \(The machine", id="preempted"),
        pytest.param("killed", "could not be started .Model server exited unexpectedly", id="killed"),
    ],
)
def test_what_befalls_a_job_is_told_apart(
    on_vertex: OnVertex, project: Vertex, trained: Bundle, mishap: Mishap, told: str
) -> None:
    batch, jobs = on_vertex(), project.batches
    jobs.held = True

    def progress(line: str) -> None:
        if "runs" in line:
            jobs.befall(mishap)

    table = feature_table(trained, copies=1)
    with pytest.raises(LifecycleError, match=told):
        list(batch.score(job_of(trained, table), batches(table), progress=progress))


def test_machines_that_never_come_are_given_up_and_the_job_is_cancelled(
    on_vertex: OnVertex, project: Vertex, trained: Bundle
) -> None:
    project.batches.stocked = False
    with pytest.raises(LifecycleError, match=r"waits for machines for 1 s: take another .*`batch.machine`"):
        scored(on_vertex(patience={"queue": 1}), trained)
    wait_for(lambda: states(project) == ["CANCELLED"])


def test_rows_that_the_container_refuses_are_an_error_with_its_words(
    on_vertex: OnVertex, project: Vertex, trained: Bundle
) -> None:
    project.batches.spoil = 1
    with pytest.raises(
        LifecycleError, match=r"features/2024-02 4 failed by version 3.*\n.*instance 0 has no "
    ):
        scored(on_vertex(batch={"batch_rows": 4}), trained)


def test_rows_without_an_answer_are_an_error(on_vertex: OnVertex, project: Vertex, trained: Bundle) -> None:
    project.batches.skip = 2
    with pytest.raises(LifecycleError, match="2 not reached by version 3: nothing is published"):
        scored(on_vertex(), trained)


def test_an_image_that_cannot_be_pulled_names_the_setting(on_vertex: OnVertex, trained: Bundle) -> None:
    with pytest.raises(LifecycleError, match=r"Failed to pull image .* look at `batch.image`"):
        scored(on_vertex(batch={"image": "registry.example/none:1"}), trained)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Fault(harm="refuse", method="POST", path=JOBS, code=429, times=2), id="quota"),
        pytest.param(Fault(harm="refuse", code=401, path=JOBS), id="a token expires"),
        pytest.param(Fault(harm="lose the answer", method="POST", path=JOBS), id="carried out"),
        pytest.param(Fault(harm="hang up", method="POST", path=JOBS), id="not carried out"),
        pytest.param(Fault(harm="refuse", method="GET", path=rf"{JOBS}/\d+", code=500, times=2), id="reads"),
    ],
)
def test_what_befalls_a_request_makes_no_second_job(
    on_vertex: OnVertex, project: Vertex, trained: Bundle, fault: Fault
) -> None:
    project.faults.plant(fault)
    assert scored(on_vertex(), trained)
    assert states(project) == ["SUCCEEDED"]


def test_credentials_that_expired_are_told_with_the_way_out(
    on_vertex: OnVertex, project: Vertex, trained: Bundle
) -> None:
    project.faults.plant(Fault(harm="refuse", code=401, path=JOBS, times=100))
    with pytest.raises(LifecycleError, match="renew the credentials"):
        scored(on_vertex(), trained)


def test_the_job_of_a_run_that_lost_the_service_is_taken_up(
    on_vertex: OnVertex, project: Vertex, trained: Bundle
) -> None:
    project.batches.stocked = False
    project.faults.plant(Fault(harm="refuse", method="GET", path=rf"{JOBS}/\d+", code=503, times=10_000))
    with pytest.raises(VertexAwayError):
        scored(on_vertex(patience={"server": 1}), trained)
    project.faults.clear()

    class Told(list[str]):
        def append(self, line: str) -> None:
            super().append(line)
            project.batches.stock()

    told = Told()
    assert scored(on_vertex(), trained, told)
    assert (len(states(project)), "it is taken up" in told[0]) == (1, True)


def test_a_cancelled_run_cancels_its_job(on_vertex: OnVertex, project: Vertex, trained: Bundle) -> None:
    project.batches.stocked = False

    def interrupt(line: str) -> None:
        if "waits" in line:
            raise KeyboardInterrupt

    table = feature_table(trained, copies=1)
    with pytest.raises(KeyboardInterrupt):
        list(on_vertex().score(job_of(trained, table), batches(table), progress=interrupt))
    wait_for(lambda: states(project) == ["CANCELLED"])


def test_what_was_scored_is_not_scored_again_as_long_as_its_answers_are_there(
    on_vertex: OnVertex, project: Vertex, trained: Bundle, tmp_path: Path
) -> None:
    batch, told = on_vertex(), list[str]()
    first = scored(batch, trained)
    assert scored(batch, trained, told) == first
    assert (states(project), told[0].endswith("its answers are used")) == (["SUCCEEDED"], True)
    kept = sorted(path.parent.name for path in (tmp_path / "staging" / "batch").glob("*/*"))
    assert kept == ["answers", "bundles", "instances"], (
        "what deploy/terraform/storage.tf names, and one of each"
    )
    for file in (tmp_path / "staging" / "batch" / "answers").rglob("prediction.results*"):
        file.unlink()
    assert scored(batch, trained) == first
    assert states(project) == ["SUCCEEDED", "SUCCEEDED"]
