"""Trees that are killed or preempted and go on, alone and by two ranks; with real processes."""

import random
import time
from pathlib import Path

import pytest

from lifecycle.errors import LifecycleError
from lifecycle.training.job import TrainingJob
from resources.compute.local import LocalCompute
from tests.fakes.bundles import parcels, write_job
from tests.resources.compute.test_local import trainings
from tests.resources.compute.test_torch import comparable, ran_through

ROUNDS = 110


def test_two_ranks_of_which_one_was_killed_end_as_those_that_ran_through(tmp_path: Path) -> None:
    """The same bytes, rows and columns drawn by chance: weights, curves, and the scores of each row."""
    drawn = {"max_depth": 3, "subsample": 0.8, "colsample_bytree": 0.5, "colsample_bynode": 0.9}
    local = LocalCompute(root=str(tmp_path / "jobs"))
    job = tree_job(tmp_path / "tables", count=2, parameters=drawn)
    at, told = random.choice([50, 75, 100]), list[str]()

    def kill(line: str) -> None:
        if line.startswith(f"round {at}:"):
            time.sleep(random.uniform(0, 0.02))
            # One of them is enough: the other cannot go on without it.
            trainings()[-1].kill()

    with pytest.raises(LifecycleError, match="SIGKILL"):
        local.train(job, "one", progress=kill)
    assert trainings() == []
    done = local.train(job, "one", progress=told.append)
    # Who draws columns goes on after each fiftieth round; how far it was by then is up to the machine.
    goes_on = {"goes on after round 99"} | ({"goes on after round 49"} if at < 100 else set())
    assert goes_on & set(told) != set()
    assert done.result.resumed == 1
    assert [*(done.folder / "checkpoints").iterdir()] == []
    assert comparable(done.result) == comparable(ran_through(job, tmp_path))


def test_a_preempted_fit_alone_ends_as_one_that_ran_through(tmp_path: Path) -> None:
    local = LocalCompute(root=str(tmp_path / "jobs"))
    job, told = (
        tree_job(tmp_path / "tables", parameters={"max_depth": 3}, checkpoint_every_s=300),
        list[str](),
    )

    def preempt(line: str) -> None:
        told.append(line)
        if line.startswith("round 50:") and "preempted, attempt 1 of 3" not in told:
            trainings()[-1].terminate()

    done = local.train(job, "one", progress=preempt)
    (after,) = [int(line.split()[-1]) for line in told if line.startswith("goes on after ")]
    assert (50 <= after < ROUNDS, done.result.resumed) == (True, 1)
    assert comparable(done.result) == comparable(ran_through(job, tmp_path))


def tree_job(folder: Path, **changes: object) -> TrainingJob:
    """A job that keeps where it stands as often as it can, and does not stop early."""
    facts = {"rounds": ROUNDS, "early_stopping_rounds": ROUNDS, "checkpoint_every_s": 0, "attempts": 3}
    return write_job(folder, parcels(), **{**facts, "threads": 2, **changes})
