"""A search whose process is killed with `kill -9` goes on where it was; with real processes."""

from pathlib import Path

import pytest

from lifecycle.errors import LifecycleError
from lifecycle.training.run import JOURNAL_FILE, SEARCHES
from lifecycle.training.search.records import SearchResult
from resources.compute.base import FinishedJob
from resources.compute.local import LocalCompute
from tests.fakes.bundles import parcels, write_job
from tests.lifecycle.training.search.asked import asked
from tests.resources.compute.test_local import trainings

TRIALS = 12


def timeless(done: FinishedJob) -> SearchResult:
    search = done.result.search
    assert search is not None
    trials = tuple(trial.model_copy(update={"seconds": 0.0}) for trial in search.trials)
    return search.model_copy(update={"trials": trials})


@pytest.mark.parametrize("parallel", [1, 3])
def test_a_killed_search_runs_the_trials_that_are_missing_and_no_other(tmp_path: Path, parallel: int) -> None:
    local = LocalCompute(root=str(tmp_path / "jobs"))
    search = asked(trials=TRIALS, parallel=parallel, study="killed")
    job = write_job(tmp_path / "tables", parcels(), rounds=60, threads=1, search=search)
    done_before = list[str]()

    def kill(line: str) -> None:
        if f" of {TRIALS}: trial " in line:
            done_before.append(line)
        if len(done_before) == 5:
            for process in trainings():
                process.kill()

    with pytest.raises(LifecycleError, match="ended by SIGKILL"):
        local.train(job, "searched", progress=kill)
    journal = tmp_path / "jobs" / "parcels" / SEARCHES / "killed" / JOURNAL_FILE
    kept = journal.read_bytes()
    told = list[str]()
    resumed = local.train(job, "searched", progress=told.append)
    (found,) = [line for line in told if "were done by an earlier run" in line]
    count = int(found.split()[1])
    assert 5 <= count < TRIALS
    assert sum(f" of {TRIALS}: trial " in line for line in told) == TRIALS - count
    assert journal.read_bytes().startswith(kept), "what was kept was not written again"
    whole = LocalCompute(root=str(tmp_path / "others")).train(job, "whole", progress=lambda line: None)
    assert timeless(resumed) == timeless(whole)
    assert resumed.result.files == whole.result.files
    assert [trial.number for trial in timeless(whole).trials] == list(range(TRIALS))
