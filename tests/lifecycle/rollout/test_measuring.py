"""The real statistics through the real judge: what an estimate says is what the rollout decides."""

from datetime import timedelta

import pytest

from lifecycle.rollout.judging import judge
from lifecycle.rollout.measuring import measured_effect, measured_ratio, unmeasured
from lifecycle.rollout.plan import StagePlan
from lifecycle.rollout.questions import Question
from lifecycle.rollout.statistics.rate import rate_difference
from lifecycle.rollout.statistics.relative_rate import Events, relative_rate
from lifecycle.rollout.statistics.sample_ratio import Assigned, check_ratio
from lifecycle.rollout.verdict import Verdict
from tests.fakes.rollout_world import START, plan_with

NOW = START + timedelta(hours=1)
STAGE = StagePlan(name="canary", weight=5, min_requests=100)


def question(name: str, **guardrail: object) -> tuple[Question, object]:
    plan = plan_with(guardrails=[{"metric": "error_rate", **guardrail}])
    return Question(check=plan.checks[name], since=START, alpha=plan.alpha_of(name, 1)), plan


def verdict_of(measured: object, asked: Question, plan: object) -> Verdict:
    return judge(
        measured,  # type: ignore[arg-type]  # of `question`, like the plan
        asked.check,
        plan=plan,  # type: ignore[arg-type]
        stage=STAGE,
        window=1,
        window_at=START,
        now=NOW,
        ratio_is_off=False,
    ).verdict


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        pytest.param((500, 500), "pass", id="equal"),
        pytest.param((500, 1000), "inconclusive", id="just as much worse as is accepted"),
        pytest.param((50, 4000), "fail", id="much worse"),
    ],
)
def test_errors_in_their_own_unit(errors: tuple[int, int], expected: Verdict) -> None:
    asked, plan = question("error_rate_against_champion", margin=0.01, margin_is="absolute")
    found = rate_difference(errors[0], 50_000, errors[1], 50_000, alpha=asked.alpha)
    assert verdict_of(measured_effect(asked, found, now=NOW), asked, plan) == expected


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        pytest.param((500, 500), "pass", id="equal"),
        pytest.param((2, 2), "inconclusive", id="equal, and too few to know"),
        pytest.param((100, 900), "fail", id="nine times as many"),
    ],
)
def test_errors_as_a_share_of_the_champions(errors: tuple[int, int], expected: Verdict) -> None:
    asked, plan = question("error_rate_against_champion", margin=1.0)
    events = Events(champion=errors[0], challenger=errors[1], share=0.5)
    found = relative_rate([events], alpha=asked.alpha, n_champion=50_000, n_challenger=50_000)
    assert verdict_of(measured_effect(asked, found, now=NOW), asked, plan) == expected


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        pytest.param((95_000, 5_000), "pass", id="as the weights say"),
        pytest.param((95_000, 4_000), "fail", id="requests went missing"),
    ],
)
def test_the_split(counts: tuple[int, int], expected: Verdict) -> None:
    asked, plan = question("sample_ratio", max=0.02)
    found = check_ratio([Assigned(counts=counts, weights=(95, 5))])
    measured = measured_ratio(asked, found, now=NOW, n_champion=counts[0], n_challenger=counts[1])
    assert verdict_of(measured, asked, plan) == expected


def test_a_provider_that_failed_says_nothing_of_the_version() -> None:
    asked, plan = question("error_rate_max", max=0.02)
    assert verdict_of(unmeasured(asked, "connection refused", now=NOW), asked, plan) == "error"
