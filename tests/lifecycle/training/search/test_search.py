"""A search as part of a training job, on rows of a known rule."""

import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from lifecycle.errors import LifecycleError
from lifecycle.spec.kinds import Scalar
from lifecycle.spec.model import Task
from lifecycle.spec.search import SearchRange
from lifecycle.training import run as training_run
from lifecycle.training.job import TrainingJob, TrainingResult
from lifecycle.training.run import JOURNAL_FILE, SEARCHES, run_job
from lifecycle.training.search.attempt import Attempted, Watch
from lifecycle.training.search.records import SearchResult, TrialResult
from lifecycle.training.search.search import search_parameters
from lifecycle.training.xgboost_parameters import XGBOOST
from tests.fakes.bundles import CUT_OFF, START, parcels, write_job
from tests.lifecycle.training.search.asked import SPACE, asked

ROUNDS = 40
PARAMETERS: Mapping[str, Scalar] = {"subsample": 0.8}


def run(
    folder: Path, table: pa.Table | None = None, *, task: Task = "binary", **search: object
) -> TrainingResult:
    """A job with a search, in a folder of jobs of its own."""
    made = parcels(task)
    metric = {"metric": "rmse"} if task == "regression" else {}
    write_job(
        folder / "job", made, table, parameters=PARAMETERS, rounds=ROUNDS, search=asked(**metric | search)
    )
    return run_job(folder / "job", progress=lambda line: None)


def searched(result: TrainingResult) -> SearchResult:
    assert result.search is not None
    return result.search


def timeless(result: SearchResult) -> SearchResult:
    trials = tuple(trial.model_copy(update={"seconds": 0.0}) for trial in result.trials)
    return result.model_copy(update={"trials": trials})


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_the_model_is_the_one_that_a_plain_training_with_the_best_parameters_gives(
    tmp_path: Path, task: Task
) -> None:
    result = run(tmp_path, task=task)
    search = searched(result)
    best = search.trials[search.best]
    assert best.state == "complete"
    assert best.value == min(t.value for t in search.trials if t.state == "complete" and t.value is not None)
    assert search.parameters == best.parameters and set(best.parameters) == set(SPACE)
    write_job(
        tmp_path / "plain", parcels(task), parameters={**PARAMETERS, **search.parameters}, rounds=ROUNDS
    )
    plain = run_job(tmp_path / "plain", progress=lambda line: None)
    assert result.model_copy(update={"search": None, "seconds": plain.seconds}) == plain
    assert best.best_round == plain.best_round
    validation = next(value for name, value in plain.metrics.items() if name.startswith("validation"))
    assert math.isclose(best.value, validation, rel_tol=1e-6)


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({}, id="one by one"),
        pytest.param({"parallel": 3}, id="three at a time"),
        pytest.param({"parallel": 3, "pruning": "hyperband"}, id="three at a time, by hyperband"),
        pytest.param({"sampler": "random", "pruning": "none"}, id="at random"),
        pytest.param({"metric": "auc"}, id="by another metric"),
    ],
)
def test_the_same_search_gives_the_same_trials_and_the_same_model(
    tmp_path: Path, facts: dict[str, object]
) -> None:
    first, again = (run(tmp_path / name, **facts) for name in ("first", "again"))
    assert timeless(searched(first)) == timeless(searched(again))
    assert first.files == again.files
    other = run(tmp_path / "other", **facts | {"seed": 4})
    assert searched(first).trials[0].parameters != searched(other).trials[0].parameters


def test_a_search_by_a_score_takes_the_highest(tmp_path: Path) -> None:
    search = searched(run(tmp_path, metric="auc", pruning="none"))
    values = [trial.value for trial in search.trials if trial.value is not None]
    assert search.direction == "maximize"
    assert search.trials[search.best].value == max(values)
    assert all(0.5 < value <= 1 for value in values)


@pytest.mark.parametrize("pruning", ["median", "hyperband"])
def test_pruning_gives_up_trials_early_and_never_the_best(tmp_path: Path, pruning: str) -> None:
    pruned = searched(run(tmp_path / "pruned", pruning=pruning, trials=20))
    assert pruned.counts["pruned"] > 0
    for trial in pruned.trials:
        last, _ = trial.curve[-1]
        assert trial.state == "complete" or last < ROUNDS, "it was given up before its last round"
    whole = searched(run(tmp_path / "whole", pruning="none", trials=20))
    assert whole.counts == {"complete": 20, "pruned": 0, "failed": 0}
    rounds = [sum(trial.curve[-1][0] for trial in found.trials) for found in (pruned, whole)]
    assert rounds[0] < rounds[1]


def test_the_holdout_has_no_part_in_a_search(tmp_path: Path) -> None:
    honest = run(tmp_path / "honest")
    table = parcels().features
    begins = honest.split.holdout_start
    assert begins is not None and START < begins < CUT_OFF
    late = np.array([sent >= begins for sent in table["sent_at"].to_pylist()])
    labels = table["outcome"].to_numpy(zero_copy_only=False)
    index = table.column_names.index("outcome")
    poisoned = table.set_column(index, "outcome", pa.array(np.where(late, ~labels, labels).tolist()))
    distance = table.column_names.index("distance")
    scrambled = np.where(late, 999.0, table["distance"].to_numpy())
    poisoned = poisoned.set_column(distance, "distance", pa.array(scrambled))
    other = run(tmp_path / "poisoned", poisoned)
    assert late.sum() > 50
    assert timeless(searched(other)) == timeless(searched(honest))
    assert other.files["model.ubj"] == honest.files["model.ubj"]


def test_the_rows_are_binned_once_for_all_trials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import xgboost

    made = list[int]()
    real = xgboost.QuantileDMatrix.__init__

    def counted(self: object, *args: object, **kwargs: object) -> None:
        made.append(1)
        real(self, *args, **kwargs)

    monkeypatch.setattr(xgboost.QuantileDMatrix, "__init__", counted)
    run(tmp_path)
    assert len(made) == 4, "two for the search, two for the model"


def test_a_search_goes_on_from_the_trials_that_are_done_and_a_longer_one_does_too(tmp_path: Path) -> None:
    told = list[str]()
    write_job(tmp_path / "short", parcels(), parameters=PARAMETERS, rounds=ROUNDS, search=asked(trials=5))
    short = searched(run_job(tmp_path / "short", progress=told.append))
    write_job(tmp_path / "long", parcels(), parameters=PARAMETERS, rounds=ROUNDS, search=asked(trials=8))
    told.clear()
    long = searched(run_job(tmp_path / "long", progress=told.append))
    assert long.trials[:5] == short.trials
    assert "search: 5 of 8 trials were done by an earlier run" in told
    assert sum(" of 8: trial " in line for line in told) == 3
    assert timeless(long) == timeless(searched(run(tmp_path / "at once", trials=8)))
    again = searched(run_job(tmp_path / "short", progress=told.append))
    assert again == short, "the longer one's trials are none of this job"


def test_a_search_of_another_study_begins_anew(tmp_path: Path) -> None:
    told = list[str]()
    for study in ("study-1", "study-2"):
        write_job(tmp_path / study, parcels(), rounds=ROUNDS, search=asked(trials=2, study=study))
        run_job(tmp_path / study, progress=told.append)
    assert not any("earlier run" in line for line in told)
    assert {path.name for path in (tmp_path / SEARCHES).iterdir()} == {"study-1", "study-2"}


def test_each_parameter_that_may_be_searched_is_one_that_xgboost_obeys(tmp_path: Path) -> None:
    values: dict[str, list[Scalar]] = {name: [1, 2] for name in XGBOOST.kinds} | {
        name: [0.5, 0.9] for name in XGBOOST.kinds if name.startswith(("subsample", "colsample"))
    }
    values["grow_policy"] = ["depthwise", "lossguide"]
    values |= {second: values[first] for second, first in XGBOOST.aliases.items()}
    for number, (name, choice) in enumerate(values.items()):
        space = {name: SearchRange.model_validate({"choice": tuple(choice)})}
        result = run(tmp_path / str(number), space=space, trials=2, pruning="none")
        assert searched(result).counts["failed"] == 0, (name, searched(result).trials)


class Faulty:
    """A trainer's attempts of which some go wrong, each in its way."""

    def __init__(self, wrong: Mapping[int, object]) -> None:
        self.wrong, self.calls = wrong, 0

    def __call__(self, parameters: Mapping[str, Scalar], *, watch: Watch) -> Attempted:
        number, self.calls = self.calls, self.calls + 1
        fault = self.wrong.get(number)
        if isinstance(fault, Exception):
            raise fault
        watch(1, math.nan if fault == "nan in a round" else 0.5)
        return Attempted(value=math.inf if fault == "infinite" else 0.5 + number, best_round=0)


def attempts(folder: Path, wrong: Mapping[int, object], **search: object) -> tuple[SearchResult, list[str]]:
    job, told = write_job(folder, parcels(n_rows=80), rounds=ROUNDS), list[str]()
    asked_for = asked(**{"trials": 6, "pruning": "none"} | search)
    journal = folder / JOURNAL_FILE
    return search_parameters(job, asked_for, Faulty(wrong), journal=journal, progress=told.append), told


def test_a_trial_that_fails_is_recorded_and_ends_no_search(tmp_path: Path) -> None:
    wrong = {
        0: LifecycleError("refused"),
        1: ValueError("who knows"),
        2: "nan in a round",
        3: "infinite",
        4: MemoryError(),
    }
    result, told = attempts(tmp_path, wrong)
    assert [(trial.state, trial.reason) for trial in result.trials] == [
        ("failed", "refused"),
        ("failed", "ValueError: who knows"),
        ("failed", "the score is nan after 1 rounds"),
        ("failed", "the score is inf"),
        ("failed", "MemoryError: "),
        ("complete", ""),
    ]
    assert result.best == 5
    assert "1 of 6: trial 0 failed, refused (" in told[0]
    assert json.loads(result.model_dump_json())["trials"][2]["value"] is None


def test_when_all_trials_fail_the_first_reason_is_told_and_the_next_search_begins_anew(
    tmp_path: Path,
) -> None:
    with pytest.raises(LifecycleError, match=r"none of the 6 trials .* trial 0, eta .*: no luck: change"):
        attempts(tmp_path, dict.fromkeys(range(6), LifecycleError("no luck")))
    result, told = attempts(tmp_path, {})
    assert result.counts["complete"] == 6
    assert not any("earlier run" in line for line in told)


def test_a_parameter_that_all_trials_share_and_xgboost_ignores_ends_the_search_at_once(
    tmp_path: Path,
) -> None:
    write_job(tmp_path / "job", parcels(), parameters={"mxa_depth": 3}, search=asked(parallel=2))
    with pytest.raises(LifecycleError, match=r"xgboost warned: .*mxa_depth.*; check training\.parameters"):
        run_job(tmp_path / "job", progress=lambda line: None)
    assert not (tmp_path / SEARCHES).exists()


def test_values_that_xgboost_refuses_fail_their_trials_only(tmp_path: Path) -> None:
    space = {"max_depth": SearchRange.model_validate({"choice": (-3, 3)})}
    search = searched(run(tmp_path, space=space, trials=6, sampler="random", pruning="none"))
    assert {(trial.parameters["max_depth"], trial.state) for trial in search.trials} == {
        (-3, "failed"),
        (3, "complete"),
    }
    assert all("max_depth" in trial.reason for trial in search.trials if trial.state == "failed")


def test_no_trial_begins_once_the_time_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "lifecycle.training.search.search.seconds_spent", lambda done, parallel: 4.0 * len(done)
    )
    result, told = attempts(tmp_path, {}, time_limit_s=10)
    assert len(result.trials) == 3
    assert told[-1] == "search: its time is over after 3 of 6 trials"


def test_a_trainer_that_knows_of_no_search_is_searched_by_whole_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = searched(run(tmp_path / "shared", pruning="none", trials=4))
    monkeypatch.setattr(training_run, "ATTEMPTS", {})
    whole = searched(run(tmp_path / "whole", pruning="median", trials=4))

    def curveless(trials: tuple[TrialResult, ...]) -> list[TrialResult]:
        return [trial.model_copy(update={"curve": (), "seconds": 0.0}) for trial in trials]

    assert curveless(whole.trials) == curveless(shared.trials)
    assert whole.counts["complete"] == 4


def test_a_result_with_a_search_is_read_back_whole_and_one_without_is_read_too(tmp_path: Path) -> None:
    result = run(tmp_path, trials=2)
    path = tmp_path / "job" / "result.json"
    assert TrainingResult.read(path) == result
    old = json.loads(path.read_text())
    del old["search"]
    path.write_text(json.dumps(old))
    assert TrainingResult.read(path).search is None
    job = json.loads((tmp_path / "job" / "job.json").read_text())
    del job["search"]
    (tmp_path / "job" / "job.json").write_text(json.dumps(job))
    assert TrainingJob.read(tmp_path / "job" / "job.json").search is None
    assert (
        hashlib.sha256((tmp_path / "job" / "model.ubj").read_bytes()).hexdigest() == result.files["model.ubj"]
    )
