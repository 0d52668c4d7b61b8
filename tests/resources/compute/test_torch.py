"""Networks that are killed and go on, alone and by two ranks; with real processes."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lifecycle.errors import LifecycleError
from lifecycle.training.job import RESULT_FILE, TrainingJob, TrainingResult
from lifecycle.training.run import run_job
from resources.compute.local import LocalCompute
from tests.fakes.torch_jobs import write_torch_job
from tests.resources.compute.test_local import trainings


def silent(line: str) -> None:
    pass


def comparable(result: TrainingResult) -> TrainingResult:
    """All that a resumed fit must have in common with one that ran through: digests, curves, scores."""
    return result.model_copy(update={"seconds": 0.0, "resumed": 0})


def ran_through(job: TrainingJob, folder: Path) -> TrainingResult:
    """The result of a job that nothing befell; of one rank without another start of torch."""
    if job.processes == 1:
        return run_job(folder / "tables", progress=silent)
    return LocalCompute(root=str(folder / "others")).train(job, "one", progress=silent).result


@pytest.mark.parametrize(
    "ranks", [pytest.param(1, id="alone"), pytest.param(2, id="two ranks", marks=pytest.mark.e2e)]
)
def test_a_fit_that_was_killed_and_preempted_ends_as_one_that_ran_through(tmp_path: Path, ranks: int) -> None:
    local = LocalCompute(root=str(tmp_path / "jobs"))
    job = write_torch_job(
        tmp_path / "tables", count=ranks, checkpoint_every_s=0, attempts=3, time_limit_s=600
    )
    at, told = random.randrange(1, 5) * 5, list[str]()

    def kill(line: str) -> None:
        if line.startswith(f"epoch {at}:"):
            time.sleep(random.uniform(0, 0.05))
            # One of them is enough: the other waits for it in vain.
            trainings()[-1].kill()

    with pytest.raises(LifecycleError, match="ended by SIGKILL"):
        local.train(job, "one", progress=kill)
    assert trainings() == []

    def preempt(line: str) -> None:
        told.append(line)
        if line.startswith("epoch 25:") and not any(one.startswith("preempted") for one in told):
            for process in trainings():
                process.terminate()

    done = local.train(job, "one", progress=preempt)
    steps = [int(line.split()[3].replace(",", "")) for line in told if line.startswith("goes on after ")]
    assert len(steps) == done.result.resumed == 2
    assert 0 < steps[0] < steps[1]
    assert "preempted, attempt 1 of 3" in told
    assert [*(done.folder / "checkpoints").iterdir()] == []
    assert comparable(done.result) == comparable(ran_through(job, tmp_path))


def test_two_ranks_of_torchrun_take_the_steps_of_one(tmp_path: Path) -> None:
    # Each step on all rows and nothing left out: the mean over the ranks is the mean over the rows.
    parameters = {"width": 16, "batch_rows": 100_000, "dropout": 0, "learning_rate": 0.02}
    alone = write_torch_job(tmp_path / "alone", parameters=parameters, rounds=20)
    write_torch_job(tmp_path / "two", parameters=parameters, rounds=20, count=2)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [*command, "-m", "lifecycle.training", str(tmp_path / "two")], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("400 rows from 2 partitions") == 1
    one, two = (
        run_job(tmp_path / "alone", progress=silent),
        TrainingResult.read(tmp_path / "two" / RESULT_FILE),
    )
    assert len(one.golden) == alone.golden_rows
    for row, other in zip(one.golden, two.golden, strict=True):
        assert (row.entity, row.features) == (other.entity, other.features)
        assert row.scores == pytest.approx(other.scores, abs=1e-4)
    assert one.curves["validation_logloss"] == pytest.approx(two.curves["validation_logloss"], abs=1e-4)
