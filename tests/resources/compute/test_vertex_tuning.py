"""A search that Vertex AI leads: what is asked of the service, its trials for real, and what befalls them."""

import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from google.cloud.aiplatform_v1 import types

from lifecycle.endpoint.staging import Staging
from lifecycle.errors import LifecycleError
from lifecycle.spec.search import SearchRange
from lifecycle.training.job import JOB_FILE, TrainingJob
from lifecycle.training.run import run_job
from lifecycle.training.search.records import SearchResult
from resources.compute.base import FinishedJob, Progress
from resources.compute.vertex import tuning_job as job_module
from resources.compute.vertex.compute import VertexCompute
from resources.compute.vertex.job import submission
from resources.compute.vertex.tuning_job import parameter_spec, tuning_job
from resources.vertex.api import VertexAwayError
from resources.vertex.messages import message
from resources.vertex.settings import VertexSettings
from tests.doubles.kubernetes.faults import Fault
from tests.doubles.vertex.server import Vertex
from tests.fakes.bundles import parcels, write_job
from tests.fakes.running import wait_for
from tests.lifecycle.training.search.asked import asked
from tests.resources.compute.conftest import OnVertex, Script
from tests.resources.compute.k8s_cases import training_job
from tests.resources.compute.vertex_cases import LARGE, as_text

GOLDEN = Path(__file__).parents[2] / "golden" / "vertex_search" / "search.yaml"

JOBS = r".*/hyperparameterTuningJobs"
SEARCH_JSON = {"choice": [True, 3, "hist"]}


@pytest.fixture
def job(tmp_path: Path) -> TrainingJob:
    return write_job(
        tmp_path / "tables", parcels(), rounds=10, threads=1, search=asked(trials=3, pruning="none")
    )


@pytest.fixture
def stub(script: Script, monkeypatch: pytest.MonkeyPatch) -> str:
    """Trials that only report, and a training that was done before: what real ones do is shown once."""
    monkeypatch.setattr(job_module, "MODULE", "tests.fakes.stub_trial")
    return script(f'case "$*" in *stub_trial*) exec {sys.executable} "$@";; *) train;; esac')


def tuned(on_vertex: OnVertex, python: str = sys.executable, slow: str = "", **changes: Any) -> VertexCompute:
    told = {"PYTHONPATH": str(Path(__file__).parents[3]), "SLOW": slow}
    return on_vertex(training={"tuning": {"parallel": 2}, "python": python, "env": told}, **changes)


def untold(line: str) -> None:
    """Nobody listens."""


def searched(done: FinishedJob) -> SearchResult:
    assert done.result.search is not None
    return done.result.search


def rendered() -> dict[str, Any]:
    told = {**LARGE, "training": {**LARGE["training"], "tuning": {"parallel": 4, "max_failed": 5}}}
    settings = VertexSettings.model_validate(told)
    folder = Staging("gs://delays/flywheel/jobs/a1/parcels/one/search")
    space = {**asked().space, "rate": SearchRange(int=(10, 50), step=10)}
    job = training_job(accelerator="gpu", count=2, spot=True, search=asked(trials=40, space=space))
    made = replace(submission(job.model_copy(update={"count": 2}), folder, attempt=1), digest="0" * 32)
    assert settings.training is not None and settings.training.tuning is not None
    return tuning_job(made, settings, settings.training, settings.training.tuning)


def test_the_body_is_what_was_read_and_kept() -> None:
    assert as_text(rendered()) == GOLDEN.read_text()
    message(types.HyperparameterTuningJob, rendered())


@pytest.mark.parametrize(
    ("values", "told"),
    [
        pytest.param(
            {"float": [0.1, 1]}, {"doubleValueSpec": {"minValue": 0.1, "maxValue": 1.0}}, id="numbers"
        ),
        pytest.param(
            {"int": [1, 9]}, {"integerValueSpec": {"minValue": "1", "maxValue": "9"}}, id="whole numbers"
        ),
        pytest.param({"int": [0, 6], "step": 3}, {"discreteValueSpec": {"values": [0, 3, 6]}}, id="steps"),
        pytest.param(SEARCH_JSON, {"categoricalValueSpec": {"values": ["true", "3", "hist"]}}, id="choices"),
    ],
)
def test_parameter_spec(values: Mapping[str, Any], told: Mapping[str, Any]) -> None:
    found = parameter_spec("p", SearchRange.model_validate(values))
    scale = {} if "choice" in values else {"scaleType": "UNIT_LINEAR_SCALE"}
    assert found == {"parameterId": "p", **told, **scale}
    message(types.StudySpec.ParameterSpec, found)


@pytest.mark.parametrize(
    ("search", "told"),
    [
        pytest.param({"pruning": "hyperband"}, "pruning is 'hyperband', which Vertex AI", id="hyperband"),
        pytest.param(
            {"space": {"p": SearchRange(choice=("1", 1))}}, "two values that are spelled alike", id="alike"
        ),
        pytest.param(
            {"space": {"p": SearchRange(int=(0, 5000), step=2)}},
            "has 2501 values by its `step`",
            id="too many",
        ),
    ],
)
def test_what_the_service_cannot_search_is_said_before_anything_is_submitted(
    on_vertex: OnVertex, project: Vertex, job: TrainingJob, search: dict[str, Any], told: str
) -> None:
    other = job.model_copy(update={"search": asked(**search)})
    with pytest.raises(LifecycleError, match=told):
        tuned(on_vertex).train(other, "one", progress=untold)
    assert project.calls == []


def test_trials_are_fit_for_real_and_the_best_one_trains_the_model(
    on_vertex: OnVertex, project: Vertex, job: TrainingJob, tmp_path: Path
) -> None:
    told: list[str] = []
    done = tuned(on_vertex).train(job, "one", progress=told.append)
    found = searched(done)
    assert [trial.number for trial in found.trials] == [0, 1, 2]
    assert {trial.state for trial in found.trials} == {"complete"}
    assert all(trial.curve and trial.best_round is not None for trial in found.trials)
    best = min(found.trials, key=lambda trial: trial.value or 9)
    assert (found.best, found.parameters) == (best.number, best.parameters)
    # The model is that of a job that names the parameters, and its validation score that of the trial.
    named = job.model_copy(update={"search": None, "parameters": {**job.parameters, **best.parameters}})
    (tmp_path / "alone").mkdir()
    named.write(tmp_path / "alone" / JOB_FILE)
    assert run_job(tmp_path / "alone", progress=untold).files == done.result.files
    assert done.result.metrics["validation_logloss"] == pytest.approx(best.value)
    # What is done is not done again.
    again = tuned(on_vertex).train(job, "one", progress=untold)
    assert again.result == done.result
    assert (len(project.tunings.kept.all()), len(project.jobs.kept.all())) == (1, 1)
    assert any("trial 0 succeeded, log_loss" in line for line in told)


def test_trials_that_are_stopped_or_lost_count_as_such(
    on_vertex: OnVertex, project: Vertex, job: TrainingJob, stub: str, tmp_path: Path
) -> None:
    project.tunings.stop, project.tunings.spoil = {2}, {3}
    search = asked(trials=4, pruning="median")
    project.tunings.quick = {1, 4}
    other = {"eta": 0.1, "grow_policy": "depthwise", "max_depth": 3}
    facts = {"number": 2, "state": "complete", "parameters": other, "value": -1.0, "best_round": 1}

    def leave(line: str) -> None:
        """What a trial of another search would say of itself."""
        if "are submitted" in line:
            for folder in [*tmp_path.glob("staging/jobs/*/parcels/one/search/**")]:
                (folder / "trials").mkdir(exist_ok=True)
                (folder / "trials" / "3.json").write_text(json.dumps(facts))

    done = tuned(on_vertex, stub, slow="1").train(
        job.model_copy(update={"search": search}), "one", progress=leave
    )
    states = {trial.number: (trial.state, trial.value is None) for trial in searched(done).trials}
    assert states == {
        0: ("complete", False),
        1: ("pruned", False),
        2: ("failed", True),
        3: ("complete", False),
    }


def test_a_search_without_a_good_trial_says_why(
    on_vertex: OnVertex, project: Vertex, job: TrainingJob, stub: str
) -> None:
    project.tunings.spoil = {1, 2, 3}
    for _ in range(2):
        with pytest.raises(LifecycleError, match=r"none of the 3 trials .*non-zero status"):
            tuned(on_vertex, stub).train(job, "one", progress=untold)
    assert project.jobs.kept.all() == []
    # Nothing came of the first search, so there is a second one, whose trials have the same numbers.
    assert len({command[3] for command in project.tunings.started}) == 2


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Fault(harm="refuse", method="POST", path=JOBS, code=429, times=2), id="quota"),
        pytest.param(Fault(harm="lose the answer", method="POST", path=JOBS), id="carried out"),
        pytest.param(Fault(harm="refuse", method="GET", path=rf"{JOBS}/\d+", code=503, times=2), id="reads"),
    ],
)
def test_what_befalls_a_request_makes_no_second_search(
    on_vertex: OnVertex, project: Vertex, job: TrainingJob, stub: str, fault: Fault
) -> None:
    project.faults.plant(fault)
    tuned(on_vertex, stub).train(job, "one", progress=untold)
    assert len(project.tunings.kept.all()) == 1


def test_the_search_of_a_run_that_lost_the_service_is_taken_up(
    on_vertex: OnVertex, project: Vertex, job: TrainingJob, stub: str
) -> None:
    project.faults.plant(Fault(harm="refuse", method="GET", path=rf"{JOBS}/\d+", times=10_000))
    with pytest.raises(VertexAwayError):
        tuned(on_vertex, stub, patience={"server": 1}).train(job, "one", progress=untold)
    project.faults.clear()
    told: list[str] = []
    tuned(on_vertex, stub).train(job, "one", progress=told.append)
    assert told[0] == "search: that of an earlier run is taken up"
    assert len(project.tunings.kept.all()) == 1


def test_a_cancelled_run_leaves_no_search_behind(
    on_vertex: OnVertex, project: Vertex, job: TrainingJob, stub: str
) -> None:
    project.tunings.held.clear()

    def interrupt(line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tuned(on_vertex, stub).train(job, "one", progress=interrupt)
    project.tunings.held.set()
    wait_for(lambda: [one.state.name for one in project.tunings.kept.all()] == ["JOB_STATE_CANCELLED"])


def test_the_time_of_a_search_ends_it_with_the_trials_that_are_done(
    on_vertex: OnVertex, project: Vertex, job: TrainingJob, stub: str
) -> None:
    project.tunings.quick = {1, 2}
    search = asked(trials=4, pruning="none", time_limit_s=4)
    limited = job.model_copy(update={"search": search})
    compute = tuned(on_vertex, stub, slow="1")
    told: list[str] = []

    def until(last: str) -> Progress:
        """The run is lost when it says this, and cancels nothing any more."""

        def tell(line: str) -> None:
            told.append(line)
            if last in line:
                raise VertexAwayError("UNAVAILABLE", "", "tell of the job", 0.0)

        return tell

    for last in ("its time is over", "best is trial"):
        with pytest.raises(VertexAwayError):
            compute.train(limited, "one", progress=until(last))
    done = compute.train(limited, "one", progress=told.append)
    complete = [trial.number for trial in searched(done).trials if trial.state == "complete"]
    assert complete == [0, 1]
    # Not led and paid for again by the runs that followed, which train with the same parameters.
    assert [one.state.name for one in project.tunings.kept.all()] == ["JOB_STATE_CANCELLED"]
    assert len({line for line in told if "best is trial" in line}) == 1


if __name__ == "__main__":
    GOLDEN.write_text(as_text(rendered()))
