"""Training on Vertex AI: everything that can befall a job, a run and the service.

The service is a double over real HTTP whose containers are real processes. What they run is a script: what
the trainer itself does is shown by the contract suite.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from lifecycle.errors import LifecycleError
from lifecycle.training.job import TrainingJob
from resources.vertex.api import VertexAwayError
from tests.doubles.kubernetes.faults import Fault
from tests.doubles.vertex.jobs import Mishap
from tests.doubles.vertex.server import Vertex
from tests.fakes.bundles import parcels, write_job
from tests.fakes.running import wait_for
from tests.resources.compute.conftest import OnVertex, Script

FOR_EVER = "echo on; exec sleep 60"
JOBS = r".*/customJobs"
ONE_JOB = r".*/customJobs/\d+"


@pytest.fixture
def job(tmp_path: Path) -> TrainingJob:
    return write_job(tmp_path / "tables", parcels(n_rows=10))


def changed(job: TrainingJob, **facts: Any) -> TrainingJob:
    return job.model_copy(update=facts)


def untold(line: str) -> None:
    """Nobody listens."""


def states(project: Vertex) -> list[str]:
    """Of all jobs, in the order in which they were created."""
    jobs = sorted(project.jobs.kept.all(), key=lambda job: int(job.name.rsplit("/", 1)[1]))
    return [job.state.name.removeprefix("JOB_STATE_") for job in jobs]


def befalls(project: Vertex, mishap: Mishap) -> Callable[[str], None]:
    """Progress that lets something happen to the newest job when its first line comes."""
    told = list[str]()

    def progress(line: str) -> None:
        if line == "on" and not told:
            told.append(line)
            project.jobs.befall(mishap)

    return progress


def test_lines_come_while_the_job_runs_and_nothing_is_trained_twice(
    on_vertex: OnVertex, project: Vertex, job: TrainingJob, script: Script, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    compute = on_vertex(
        {"python": script(f"echo first; while [ ! -e {go} ]; do sleep 0.02; done; train; echo last")}
    )
    lines = list[str]()

    def progress(line: str) -> None:
        lines.append(line)
        if line == "first":
            go.touch()

    done = compute.train(job, "one", progress=progress)
    assert done.folder == compute.root / "parcels" / "one"
    assert lines[0].endswith("is submitted to projects/project-1/locations/europe-west4")
    assert lines[-2:] == ["first", "last"]
    assert compute.train(job, "one", progress=untold) == done
    assert project.calls.count("CreateCustomJob") == 1


@pytest.mark.parametrize(
    ("mishap", "told"),
    [
        pytest.param("killed", r"was killed \(replica workerpool0-0, exit code 137\)", id="killed"),
        pytest.param("deleted", "is gone: somebody deleted it; run it again", id="deleted"),
        pytest.param("cancelled", r"was cancelled by somebody \(CANCELED\): run it again", id="cancelled"),
        pytest.param(
            "preempted",
            r"was preempted \(.*\), for the last of 1 attempts",
            id="a spot machine is taken back",
        ),
        pytest.param("internal", r"was lost by Vertex AI \(.*\), for the last of 1 attempts", id="internal"),
    ],
)
def test_what_befalls_a_job_is_told_apart_with_its_last_lines(
    on_vertex: OnVertex, project: Vertex, job: TrainingJob, script: Script, mishap: Mishap, told: str
) -> None:
    compute = on_vertex({"python": script(FOR_EVER)})
    with pytest.raises(LifecycleError, match=rf"training parcels {told}") as caught:
        compute.train(job, "one", progress=befalls(project, mishap))
    assert ":\n" in str(caught.value)
    assert "\n  on" in str(caught.value)
    assert project.calls.count("CreateCustomJob") == 1


@pytest.mark.parametrize(
    ("facts", "settings", "stocked", "told"),
    [
        pytest.param({}, {}, True, "waits for quota for 1 s: raise the project's quota", id="no quota"),
        pytest.param({}, {}, False, "waits for machines for 1 s: take another region", id="no machines"),
    ],
)
def test_what_never_starts_is_cancelled_in_bounded_time(
    on_vertex: OnVertex,
    project: Vertex,
    job: TrainingJob,
    facts: Mapping[str, Any],
    settings: Mapping[str, Any],
    stocked: bool,
    told: str,
) -> None:
    project.jobs.stocked, project.jobs.quota = stocked, 0 if stocked else None
    with pytest.raises(LifecycleError, match=told):
        on_vertex(patience={"queue": 1}).train(job, "one", progress=untold)
    assert project.calls[-1] == "CancelCustomJob"
    project.jobs.stocked, project.jobs.quota = True, None
    wait_for(lambda: states(project) == ["CANCELLED"])


@pytest.mark.parametrize(
    ("body", "settings", "facts", "told"),
    [
        pytest.param(
            FOR_EVER,
            {"image": "typo"},
            {},
            r"could not be started \(Failed to pull image 'typo'.*: look at "
            "`training.image`",
            id="no such image",
        ),
        pytest.param(FOR_EVER, {}, {"time_limit_s": 1}, "passed its time limit", id="time limit"),
        pytest.param("echo oops; exit 3", {}, {}, "failed with exit code 3 .*:\n.*oops", id="exit code"),
        pytest.param(
            "exit 0", {}, {}, r"ended well and left no whole result.json in file://", id="no result"
        ),
    ],
)
def test_a_job_that_fails_says_why(
    on_vertex: OnVertex,
    job: TrainingJob,
    script: Script,
    body: str,
    settings: dict[str, Any],
    facts: dict[str, Any],
    told: str,
) -> None:
    compute = on_vertex({"python": script(body), **settings}, patience={"ending": 1})
    with pytest.raises(LifecycleError, match=f"(?s)training parcels {told}"):
        compute.train(changed(job, **facts), "one", progress=untold)


def test_a_preempted_job_is_started_again_up_to_its_attempts(
    on_vertex: OnVertex, project: Vertex, job: TrainingJob, script: Script
) -> None:
    there = '[ -e "$folder/checkpoint" ]'
    body = f'echo on; if {there}; then train; exit; fi; touch "$folder/checkpoint"; exec sleep 60'
    lines = list[str]()
    befall = befalls(project, "preempted")

    def progress(line: str) -> None:
        lines.append(line)
        befall(line)

    compute = on_vertex({"python": script(body)})
    compute.train(changed(job, attempts=2, spot=True), "one", progress=progress)
    assert states(project) == ["FAILED", "SUCCEEDED"]
    assert any(line.endswith("attempt 2 of 2") for line in lines)
    first, second = sorted(project.jobs.kept.all(), key=lambda job: job.labels["flywheel-attempt"])
    assert (first.job_spec.scheduling.strategy.name, second.labels["flywheel-attempt"]) == ("SPOT", "2")


def test_a_storm_of_preemptions_ends_at_the_attempts(
    on_vertex: OnVertex, project: Vertex, job: TrainingJob, script: Script
) -> None:
    with pytest.raises(LifecycleError, match=r"was preempted .*, for the last of 3 attempts"):
        on_vertex({"python": script("exit 85")}).train(changed(job, attempts=3), "one", progress=untold)
    assert states(project) == ["FAILED"] * 3


def test_the_job_of_a_run_that_lost_the_service_is_taken_up(
    on_vertex: OnVertex, project: Vertex, job: TrainingJob, script: Script, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    python = script(f"echo on; while [ ! -e {go} ]; do sleep 0.02; done; train")

    def lose(line: str) -> None:
        if line == "on":
            project.faults.plant(Fault(harm="refuse", method="GET", path=ONE_JOB, code=503, times=10_000))

    with pytest.raises(VertexAwayError, match=r"did not tell of the job .* within 1 s \(UNAVAILABLE\)"):
        on_vertex({"python": python}, patience={"server": 1}).train(job, "one", progress=lose)
    assert states(project) == ["RUNNING"]
    project.faults.clear()
    lines = list[str]()

    def progress(line: str) -> None:
        lines.append(line)
        go.touch()

    on_vertex({"python": python}).train(job, "one", progress=progress)
    assert lines[0].endswith("was left by an earlier run: it is taken up")
    assert states(project) == ["SUCCEEDED"]


def test_a_result_that_nobody_fetched_is_used(
    on_vertex: OnVertex, project: Vertex, job: TrainingJob, script: Script
) -> None:
    compute = on_vertex({"python": script("train")})
    done = compute.train(job, "one", progress=untold)
    for file in done.folder.iterdir():
        file.unlink()
    lines = list[str]()
    assert compute.train(job, "one", progress=lines.append) == done
    assert lines == ["this very job was finished while nobody watched: its result is used"]
    assert states(project) == ["SUCCEEDED"]


def test_another_job_of_the_name_is_cancelled_first(
    on_vertex: OnVertex, project: Vertex, job: TrainingJob, script: Script
) -> None:
    def lose(line: str) -> None:
        project.faults.plant(Fault(harm="refuse", method="GET", path=ONE_JOB, code=503, times=10_000))

    with pytest.raises(VertexAwayError):
        on_vertex({"python": script(FOR_EVER)}, patience={"server": 1}).train(job, "one", progress=lose)
    project.faults.clear()
    on_vertex({"python": script("train")}).train(changed(job, seed=8), "one", progress=untold)
    wait_for(lambda: states(project) == ["CANCELLED", "SUCCEEDED"])


def test_a_cancelled_run_leaves_no_training_behind(
    on_vertex: OnVertex, project: Vertex, job: TrainingJob, script: Script
) -> None:
    def interrupt(line: str) -> None:
        if line == "on":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        on_vertex({"python": script(FOR_EVER)}).train(job, "one", progress=interrupt)
    wait_for(lambda: states(project) == ["CANCELLED"])


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(
            Fault(harm="refuse", method="POST", path=JOBS, code=429, times=3), id="quota of requests"
        ),
        pytest.param(Fault(harm="refuse", method="POST", path=JOBS, code=503, times=2), id="busy"),
        pytest.param(Fault(harm="hang up", method="POST", path=JOBS), id="not carried out"),
        pytest.param(Fault(harm="lose the answer", method="POST", path=JOBS), id="carried out"),
        pytest.param(Fault(harm="refuse", code=401, path=JOBS), id="a token expires"),
        pytest.param(Fault(harm="refuse", method="GET", path=ONE_JOB, code=500, times=3), id="read-backs"),
        pytest.param(Fault(harm="slow", method="POST", path=JOBS, delay_s=0.3), id="slow"),
    ],
)
def test_what_befalls_a_request_makes_no_second_job(
    on_vertex: OnVertex, project: Vertex, job: TrainingJob, script: Script, fault: Fault
) -> None:
    project.faults.plant(fault)
    # Lists show what was created a little later.
    project.jobs.kept.lag_s = 0.05
    on_vertex({"python": script("train")}).train(job, "one", progress=untold)
    assert states(project) == ["SUCCEEDED"]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (401, r"refused to list .* \(UNAUTHENTICATED\).*renew the credentials"),
        (403, r"refused to list .* \(PERMISSION_DENIED\).*the role for it"),
        (429, r"did not list .* within 1 s \(RESOURCE_EXHAUSTED\).*quota of the project is used up"),
    ],
)
def test_what_does_not_pass_is_told_with_the_way_out(
    on_vertex: OnVertex, project: Vertex, job: TrainingJob, code: int, told: str
) -> None:
    project.faults.plant(Fault(harm="refuse", code=code, path=JOBS, times=1000))
    with pytest.raises(LifecycleError, match=told) as caught:
        on_vertex(patience={"server": 1}).train(job, "one", progress=untold)
    assert "double" not in str(caught.value), "no token is told"


def test_without_credentials_nothing_is_asked(
    on_vertex: OnVertex, project: Vertex, job: TrainingJob, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "key.json").write_text("{}")
    with pytest.raises(LifecycleError, match="no application default credentials: run `gcloud"):
        on_vertex().train(job, "one", progress=untold)
    assert project.requests == []


def test_a_log_that_cannot_be_read_ends_no_training(
    on_vertex: OnVertex, project: Vertex, job: TrainingJob, script: Script
) -> None:
    project.faults.plant(Fault(harm="refuse", path="/v2/entries:list", code=403, times=1000))
    lines = list[str]()
    on_vertex({"python": script("echo on; train")}).train(job, "one", progress=lines.append)
    told = [line for line in lines if "cannot be shown" in line]
    assert len(told) == 1
    assert "PERMISSION_DENIED" in told[0]


def test_all_nodes_of_a_job_are_told_of_each_other(
    on_vertex: OnVertex, project: Vertex, job: TrainingJob, script: Script
) -> None:
    body = """case "$CLUSTER_SPEC" in *'"type": "workerpool0"'*) train;; esac; echo "$CLUSTER_SPEC" >&2"""
    lines = list[str]()
    compute = on_vertex({"python": script(body)})
    compute.train(changed(job, nodes=3), "one", progress=lines.append)
    told = [line for line in lines if '"workerpool1": [' in line]
    assert sorted(line.split("{")[0] for line in told) == ["", "[workerpool1-0] ", "[workerpool1-1] "]
