"""Training in a subprocess: killed from below and from above, late, damaged; with real processes."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from lifecycle.errors import LifecycleError
from lifecycle.training.job import JOB_FILE, PREEMPTED, TrainingJob
from lifecycle.training.run import run_job
from resources.compute.local import LAST_LINES, LocalCompute, failure, finished
from tests.fakes.bundles import parcels, write_job
from tests.fakes.running import wait_for

FOR_EVER = {"rounds": 100_000, "early_stopping_rounds": 100_000}


def trainings(parent: int | None = None) -> list[psutil.Process]:
    """Training processes below a process, by default this one."""
    children = psutil.Process(parent).children(recursive=True)
    return [child for child in children if "lifecycle.training" in child.cmdline()]


def test_a_job_sees_neither_our_environment_nor_our_folder(
    local: LocalCompute, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = write_job(tmp_path / "tables", parcels())
    monkeypatch.setenv("FAKE_TOKEN", "s3cret")
    monkeypatch.setenv("PYTHONSTARTUP", "s3cret")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "numpy.py").write_text("raise SystemExit('another numpy was loaded')")
    monkeypatch.chdir(elsewhere)
    seen: list[dict[str, str]] = []

    def look(line: str) -> None:
        seen.extend(process.environ() for process in trainings())

    local.train(job, "one", progress=look)
    assert seen
    assert all("s3cret" not in environment.values() for environment in seen)
    assert {"PATH", "PYTHONPATH"} <= set(seen[0])
    assert trainings() == []


def test_a_killed_training_is_a_clear_error_and_runs_again(local: LocalCompute, tmp_path: Path) -> None:
    made = parcels()
    job = write_job(tmp_path / "tables", made, **FOR_EVER)

    def kill(line: str) -> None:
        if line.startswith("round 0"):
            for process in trainings():
                process.kill()

    with pytest.raises(LifecycleError) as caught:
        local.train(job, "one", progress=kill)
    assert str(caught.value).startswith(
        "training parcels was ended by SIGKILL; the kernel does that when memory"
    )
    assert "\n  400 rows from 2 partitions" in str(caught.value)
    assert trainings() == []
    again = write_job(tmp_path / "tables", made)
    assert local.train(again, "one", progress=lambda line: None).result.best_round >= 0


def test_a_job_that_runs_too_long_is_ended(local: LocalCompute, tmp_path: Path) -> None:
    job = write_job(tmp_path / "tables", parcels(), **FOR_EVER, time_limit_s=3)
    with pytest.raises(
        LifecycleError, match=r"passed its time limit of 3 s \(training.compute.time_limit\):"
    ):
        local.train(job, "one", progress=lambda line: None)
    assert trainings() == []


def test_a_job_is_started_as_often_as_it_may_be_preempted(local: LocalCompute, tmp_path: Path) -> None:
    job = write_job(tmp_path / "tables", parcels(), **FOR_EVER, attempts=2)
    told = list[str]()

    def preempt(line: str) -> None:
        told.append(line)
        if line.startswith("round 0"):
            for process in trainings():
                process.terminate()

    with pytest.raises(LifecycleError, match=r"preempted 2 times, as often as training\.compute\.attempts"):
        local.train(job, "one", progress=preempt)
    assert [line for line in told if line.startswith("preempted")] == [
        "preempted, attempt 1 of 2",
        "preempted, attempt 2 of 2",
    ]


def test_a_caller_that_is_interrupted_leaves_no_training(local: LocalCompute, tmp_path: Path) -> None:
    job = write_job(tmp_path / "tables", parcels(), **FOR_EVER)

    def interrupt(line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        local.train(job, "one", progress=interrupt)
    assert trainings() == []


def test_a_killed_caller_leaves_no_training(tmp_path: Path) -> None:
    write_job(tmp_path / "tables", parcels(), **FOR_EVER)
    command = [
        sys.executable,
        "-m",
        "tests.fakes.trainer_caller",
        str(tmp_path),
        str(tmp_path / "tables" / JOB_FILE),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as caller:
        assert caller.stdout is not None
        assert any(line.startswith("round 0") for line in caller.stdout)
        (training,) = trainings(caller.pid)
        caller.send_signal(signal.SIGKILL)
    wait_for(lambda: not training.is_running() or training.status() == psutil.STATUS_ZOMBIE)


def test_a_job_that_cannot_be_written_says_where(local: LocalCompute, tmp_path: Path) -> None:
    job = write_job(tmp_path / "tables", parcels(n_rows=10))
    (tmp_path / "jobs").write_text("a file where the folder should be")
    with pytest.raises(LifecycleError, match=r"no job can be written to .*jobs/parcels/one: Not a directory"):
        local.train(job, "one", progress=lambda line: None)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished job. No test changes it."""
    folder = tmp_path_factory.mktemp("trained")
    write_job(folder, parcels())
    run_job(folder, progress=lambda line: None)
    return folder


def cut_in_half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda f: (f / "result.json").unlink(), id="no result"),
        pytest.param(lambda f: cut_in_half(f / "result.json"), id="half a result"),
        pytest.param(lambda f: cut_in_half(f / "job.json"), id="half a job"),
        pytest.param(lambda f: cut_in_half(f / "model.ubj"), id="half the weights"),
        pytest.param(lambda f: (f / "encoding.json").write_text("{}"), id="another encoding"),
        pytest.param(lambda f: (f / "validation.parquet").unlink(), id="missing file"),
        pytest.param(lambda f: shutil.rmtree(f), id="nothing"),
    ],
)
def test_a_damaged_result_is_not_taken(
    trained: Path, tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    folder = Path(shutil.copytree(trained, tmp_path / "copy"))
    job = TrainingJob.read(trained / JOB_FILE)
    assert finished(job, folder) is not None
    assert finished(job.model_copy(update={"seed": 8}), folder) is None
    damage(folder)
    assert finished(job, folder) is None


LINES = [f"line {number}" for number in range(LAST_LINES + 5)]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (2, "training parcels failed with exit code 2:"),
        (124, "training parcels passed its time limit of 60 s (training.compute.time_limit):"),
        (
            PREEMPTED,
            "training parcels was preempted 1 times, as often as training.compute.attempts allows; run it "
            "again, and it goes on:",
        ),
        (-signal.SIGTERM, "training parcels was ended by SIGTERM; run it again:"),
        (128 + signal.SIGTERM, "training parcels was ended by SIGTERM; run it again:"),
        (
            -signal.SIGKILL,
            "training parcels was ended by SIGKILL; the kernel does that when memory runs out; run it again:",
        ),
    ],
)
def test_a_failure_is_told_with_its_last_lines(trained: Path, code: int, message: str) -> None:
    head, *lines = failure(code, LINES, TrainingJob.read(trained / JOB_FILE)).splitlines()
    assert head == message
    assert lines == [f"  {line}" for line in LINES[-LAST_LINES:]]
