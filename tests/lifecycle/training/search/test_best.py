"""Which trial is the best, and which trials run next."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.errors import LifecycleError
from lifecycle.training.search.batches import next_batch, seconds_spent
from lifecycle.training.search.best import best_trial
from lifecycle.training.search.records import Direction, TrialResult, TrialState


def trial(
    number: int, state: TrialState = "complete", value: float | None = 0.5, **facts: object
) -> TrialResult:
    told = {"number": number, "state": state, "value": value, "parameters": {"eta": 0.1}, "best_round": 3}
    return TrialResult.model_validate(told | facts)


@pytest.mark.parametrize(
    ("trials", "direction", "best"),
    [
        pytest.param([trial(0, value=0.5), trial(1, value=0.4)], "minimize", 1, id="the lowest loss"),
        pytest.param([trial(0, value=0.5), trial(1, value=0.4)], "maximize", 0, id="the highest score"),
        pytest.param([trial(2, value=0.4), trial(1, value=0.4)], "minimize", 1, id="of equals the first"),
        pytest.param([trial(2, value=0.4), trial(1, value=0.4)], "maximize", 1, id="so of equal scores"),
        pytest.param([trial(0), trial(1, "pruned", 0.1)], "minimize", 0, id="a pruned one is never the best"),
        pytest.param([trial(0, "failed", None), trial(1)], "minimize", 1, id="a failed one is none"),
        pytest.param([trial(0, value=0.0), trial(1, value=-1.0)], "minimize", 1, id="below nothing"),
    ],
)
def test_the_best_trial(trials: list[TrialResult], direction: Direction, best: int) -> None:
    assert best_trial(trials, direction).number == best


@pytest.mark.parametrize(
    ("trials", "message"),
    [
        pytest.param([], "none of the 0 trials of the search came to its end: change", id="none"),
        pytest.param([trial(0, "pruned")], "none of the 1 trials .* to its end: change", id="all pruned"),
        pytest.param(
            [trial(0, "pruned"), trial(1, "failed", None, reason="no rows")],
            r"none of the 2 trials .* end; trial 1, eta 0\.1: no rows: change training\.search",
            id="all failed or pruned",
        ),
    ],
)
def test_no_trial_that_came_to_its_end_is_an_error_with_the_first_reason(
    trials: list[TrialResult], message: str
) -> None:
    with pytest.raises(LifecycleError, match=message):
        best_trial(trials, "minimize")


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20))
def test_the_best_is_at_least_as_good_as_any_and_the_mirror_of_the_other_direction(
    values: list[float],
) -> None:
    trials = [trial(number, value=value) for number, value in enumerate(values)]
    mirrored = [trial(number, value=-value) for number, value in enumerate(values)]
    best = best_trial(trials, "minimize")
    assert best.value == min(values)
    assert best.number == best_trial(mirrored, "maximize").number == values.index(min(values))


@given(trials=st.integers(1, 30), parallel=st.integers(1, 7), data=st.data())
def test_every_trial_runs_once_wherever_the_search_is_stopped(
    trials: int, parallel: int, data: st.DataObject
) -> None:
    done: dict[int, TrialResult] = {}
    while batch := next_batch(done, trials=trials, parallel=parallel):
        assert len({number // parallel for number in batch}) == 1
        assert not set(batch) & set(done)
        assert set(range(batch[0] - batch[0] % parallel)) <= set(done), "it knows all batches before it"
        ended = data.draw(st.lists(st.sampled_from(batch), min_size=1, unique=True))  # the others were killed
        done |= {number: trial(number) for number in ended}
    assert set(done) == set(range(trials))


def test_a_batch_takes_as_long_as_its_slowest_trial() -> None:
    done = {n: trial(n, seconds=seconds) for n, seconds in enumerate([1.0, 4.0, 2.0, 3.0, 5.0])}
    assert seconds_spent(done, parallel=2) == 4 + 3 + 5
    assert seconds_spent({}, parallel=2) == 0
