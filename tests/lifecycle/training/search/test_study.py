"""How parameters are chosen, and how trials are kept."""

from collections.abc import Sequence
from pathlib import Path

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.errors import LifecycleError
from lifecycle.spec.search import SearchRange
from lifecycle.training.search.records import SearchJob, TrialResult
from lifecycle.training.search.study import Journal, ask, importance, report_every, result_of
from tests.lifecycle.training.search.asked import asked

ROUNDS = 50


def finished(values: Sequence[float], search: SearchJob) -> list[optuna.trial.FrozenTrial]:
    """Trials with these values, chosen one after the other."""
    done: list[optuna.trial.FrozenTrial] = []
    for number, value in enumerate(values):
        trial = ask(search, "minimize", done, number, rounds=ROUNDS)
        done.append(
            optuna.trial.create_trial(value=value, params=trial.params, distributions=trial.distributions)
        )
    return done


@given(
    low=st.integers(1, 50), width=st.integers(1, 50), log=st.booleans(), number=st.integers(0, 5),
    seed=st.integers(0, 2**31 - 1), sampler=st.sampled_from(["tpe", "random"]),
)  # fmt: skip
@settings(max_examples=30, deadline=None)
def test_parameters_lie_in_their_ranges_and_depend_on_seed_and_number_only(
    low: int, width: int, log: bool, number: int, seed: int, sampler: str
) -> None:
    space = {
        "a": SearchRange.model_validate({"int": [low, low + width], "log": log}),
        "b": SearchRange.model_validate({"float": [low, low + width], "log": log}),
        "c": SearchRange.model_validate({"choice": ["x", 1, True]}),
        "d": SearchRange.model_validate({"int": [low, low + 2 * width], "step": 2}),
    }
    search = asked(space=space, seed=seed, sampler=sampler)
    chosen = ask(search, "minimize", [], number, rounds=ROUNDS).params
    assert low <= chosen["a"] <= low + width and isinstance(chosen["a"], int)
    assert low <= chosen["b"] <= low + width
    assert chosen["c"] in ("x", 1, True)
    assert (chosen["d"] - low) % 2 == 0
    assert chosen == ask(search, "minimize", [], number, rounds=ROUNDS).params


def test_trials_of_a_batch_differ_from_each_other_and_know_the_batches_before() -> None:
    search = asked(parallel=4)
    done = finished([0.5, 0.4, 0.3, 0.2] * 4, search)
    batch = [ask(search, "minimize", done, number, rounds=ROUNDS).params for number in range(16, 20)]
    assert len({tuple(chosen.items()) for chosen in batch}) == 4
    other = [
        *done[:-1],
        optuna.trial.create_trial(value=-9, params=done[0].params, distributions=done[0].distributions),
    ]
    assert ask(search, "minimize", other, 16, rounds=ROUNDS).params != batch[0]


def test_the_sampler_goes_where_it_was_good() -> None:
    space = {"x": SearchRange.model_validate({"float": [0, 1]})}

    def found(sampler: str) -> float:
        search = asked(space=space, sampler=sampler)
        done: list[optuna.trial.FrozenTrial] = []
        for number in range(40):
            trial = ask(search, "minimize", done, number, rounds=ROUNDS)
            value = abs(trial.params["x"] - 0.3)
            done.append(
                optuna.trial.create_trial(value=value, params=trial.params, distributions=trial.distributions)
            )
        return sum(t.value for t in done[20:] if t.value is not None) / 20

    assert found("tpe") < found("random") / 2


FACTS = {"parameters": {}, "best_round": None}
STATES = [
    TrialResult.model_validate(FACTS | facts)
    for facts in (
        {"number": 1, "state": "complete", "value": 0.5, "best_round": 7, "curve": ((1, 0.9), (2, 0.5))},
        {"number": 0, "state": "pruned", "value": 0.8, "curve": ((1, 0.8),), "seconds": 1.5},
        {"number": 2, "state": "failed", "value": None, "reason": "no"},
    )
]


def kept(path: Path, search: SearchJob) -> list[TrialResult]:
    """Three trials in a journal, one of each state, in the order in which they ended."""
    journal, told = Journal(path, search, "minimize"), []
    for state in STATES:
        trial = ask(search, "minimize", [], state.number, rounds=ROUNDS)
        told.append(state.model_copy(update={"parameters": trial.params}))
        journal.add(trial.study.get_trials()[trial.number], told[-1])
    return sorted(told, key=lambda trial: trial.number)


def read(path: Path, search: SearchJob) -> list[TrialResult]:
    return [result_of(trial) for trial in Journal(path, search, "minimize").finished().values()]


def test_a_journal_gives_back_what_it_was_given_by_number(tmp_path: Path) -> None:
    path, search = tmp_path / "searches" / "journal.log", asked()
    told = kept(path, search)
    assert read(path, search) == told
    assert b"pickle" not in path.read_bytes()
    assert all(line.startswith(b"{") for line in path.read_bytes().splitlines()), "JSON, nothing that runs"


def test_a_trial_that_two_processes_left_counts_once(tmp_path: Path) -> None:
    path, search = tmp_path / "journal.log", asked()
    told = kept(path, search)
    kept(path, search)
    assert read(path, search) == told


@pytest.mark.parametrize("half", [b"{", b'{"op_code":4,"worker_id":"x"'])
def test_half_a_line_of_a_full_disk_harms_nothing_that_was_kept(tmp_path: Path, half: bytes) -> None:
    path, search = tmp_path / "journal.log", asked()
    told = kept(path, search)
    path.write_bytes(path.read_bytes() + half)
    assert read(path, search) == told
    assert read(path, search) == told


def test_a_file_that_is_no_journal_is_named(tmp_path: Path) -> None:
    path = tmp_path / "journal.log"
    path.write_text("no journal\nat all\n")
    with pytest.raises(LifecycleError, match=r"journal\.log is no journal of a search .* delete it"):
        Journal(path, asked(), "minimize")


@pytest.mark.parametrize(("rounds", "every"), [(1, 1), (100, 1), (101, 2), (600, 6), (100_000, 1000)])
def test_a_curve_has_at_most_a_hundred_points(rounds: int, every: int) -> None:
    assert report_every(rounds) == every
    assert rounds // every <= 100


def test_importance_is_that_of_the_parameter_that_matters_and_silent_on_few_trials() -> None:
    space = {
        "matters": SearchRange.model_validate({"float": [0, 1]}),
        "noise": SearchRange.model_validate({"float": [0, 1]}),
    }
    search = asked(space=space, sampler="random")
    drawn = finished([0.0] * 60, search)
    done = [
        optuna.trial.create_trial(
            value=abs(t.params["matters"] - 0.5), params=t.params, distributions=t.distributions
        )
        for t in drawn
    ]
    shares = importance(done, "minimize", space)
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["matters"] > 0.8
    assert importance(done[:9], "minimize", space) == {}
    assert importance(drawn, "minimize", space) == {}, "all alike"
