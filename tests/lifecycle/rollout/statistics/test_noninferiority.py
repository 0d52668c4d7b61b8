"""Verdicts on an interval."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.errors import LifecycleError
from lifecycle.rollout.statistics.mean_difference import Estimate
from lifecycle.rollout.statistics.noninferiority import Better, Goal, Question, decide_effect, decide_rate
from lifecycle.rollout.verdict import Verdict


def estimate(low: float, high: float, n: int = 1000, value: float | None = None) -> Estimate:
    middle = (low + high) / 2 if value is None else value
    return Estimate(value=middle, low=low, high=high, alpha=0.05, n_champion=n, n_challenger=n)


@pytest.mark.parametrize(
    ("goal", "better", "low", "high", "verdict"),
    [
        pytest.param("non_inferiority", "higher", -0.01, 0.03, "pass", id="worse by less than the margin"),
        pytest.param("non_inferiority", "higher", -0.03, 0.03, "inconclusive", id="could be worse by more"),
        pytest.param("non_inferiority", "higher", -0.09, -0.03, "fail", id="worse by more"),
        pytest.param(
            "non_inferiority", "higher", -0.02, 0.03, "inconclusive", id="the margin itself is not kept"
        ),
        pytest.param(
            "non_inferiority", "lower", -0.03, 0.01, "pass", id="errors: more by less than the margin"
        ),
        pytest.param("non_inferiority", "lower", 0.03, 0.09, "fail", id="errors: more by more"),
        pytest.param(
            "non_inferiority", "higher", -math.inf, 0.0, "inconclusive", id="no lower end never passes"
        ),
        pytest.param("non_inferiority", "lower", 0.03, math.inf, "fail", id="no upper end may fail"),
        pytest.param("superiority", "higher", 0.03, 0.05, "pass", id="better by more than wanted"),
        pytest.param("superiority", "higher", 0.01, 0.05, "inconclusive", id="better, perhaps not enough"),
        pytest.param("superiority", "higher", -0.05, 0.01, "fail", id="not better by what is wanted"),
        pytest.param("superiority", "lower", -0.05, -0.03, "pass", id="errors: fewer by more than wanted"),
        pytest.param(
            "no_harm", "higher", -0.09, -0.001, "fail", id="worse at all, perhaps by more than accepted"
        ),
        pytest.param("no_harm", "higher", -0.01, -0.001, "pass", id="worse, yet within what is accepted"),
        pytest.param("no_harm", "higher", -0.09, 0.01, "inconclusive", id="perhaps not worse"),
        pytest.param("non_inferiority", "higher", math.nan, 0.1, "error", id="nan is no evidence"),
        pytest.param("non_inferiority", "higher", 0.2, 0.1, "error", id="ends that crossed"),
    ],
)
def test_decide_effect(goal: Goal, better: Better, low: float, high: float, verdict: Verdict) -> None:
    decision = decide_effect(estimate(low, high, value=0.0), Question(goal=goal, better=better, margin=0.02))
    assert decision.verdict == verdict


@pytest.mark.parametrize(
    ("n", "verdict"), [(-1, "error"), (0, "not_enough_data"), (99, "not_enough_data"), (100, "pass")]
)
def test_keys_before_verdicts(n: int, verdict: Verdict) -> None:
    question = Question(goal="superiority", better="higher", margin=0.0)
    assert decide_effect(estimate(0.1, 0.2, n), question).verdict == verdict


@pytest.mark.parametrize(
    ("goal", "margin"),
    [("non_inferiority", 0.0), ("no_harm", 0.0), ("superiority", -0.1), ("superiority", math.nan)],
)
def test_questions_without_an_answer_are_refused(goal: Goal, margin: float) -> None:
    with pytest.raises(LifecycleError, match="margin"):
        Question(goal=goal, better="higher", margin=margin)


@pytest.mark.parametrize(
    ("low", "high", "trials", "verdict"),
    [
        pytest.param(0.0, 0.02, 400, "pass", id="at most the limit"),
        pytest.param(0.001, 0.03, 400, "inconclusive", id="could be over it"),
        pytest.param(0.021, 0.05, 400, "fail", id="over it"),
        pytest.param(0.0, 1.0, 0, "not_enough_data", id="nothing seen"),
        pytest.param(0.0, 1.1, 400, "error", id="a rate above one"),
        pytest.param(math.nan, 0.1, 400, "error", id="nan"),
    ],
)
def test_decide_rate(low: float, high: float, trials: int, verdict: Verdict) -> None:
    assert decide_rate(low, high, limit=0.02, trials=trials).verdict == verdict


ends = st.floats(-1, 1)


@given(ends, ends, st.floats(0.001, 0.5), st.sampled_from(["superiority", "non_inferiority", "no_harm"]))
def test_the_better_way_is_a_matter_of_sign(a: float, b: float, margin: float, goal: Goal) -> None:
    low, high = sorted((a, b))
    up = decide_effect(estimate(low, high), Question(goal=goal, better="higher", margin=margin))
    down = decide_effect(estimate(-high, -low), Question(goal=goal, better="lower", margin=margin))
    assert (up.verdict, up.limit) == (down.verdict, -down.limit)


@given(ends, ends, st.floats(0, 1), st.sampled_from(["superiority", "non_inferiority"]))
def test_a_wider_interval_never_turns_a_pass_into_a_fail(a: float, b: float, more: float, goal: Goal) -> None:
    low, high = sorted((a, b))
    question = Question(goal=goal, better="higher", margin=0.02)
    verdicts = {
        decide_effect(estimate(low, high), question).verdict,
        decide_effect(estimate(low - more, high + more), question).verdict,
    }
    assert verdicts != {"pass", "fail"}
