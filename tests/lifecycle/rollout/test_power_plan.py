"""The power plan: how many labels and how many days, or why nobody knows."""

import math
from dataclasses import replace

import pytest

from lifecycle.rollout.plan import compile_plan
from lifecycle.rollout.power_plan import Baseline, plan_power, slowest_stage, tuned_for
from lifecycle.rollout.statistics.power import plan_size
from lifecycle.rollout.statistics.quantile import Histogram, least_for_an_upper_end, quantile_bounds
from tests.fakes.rollout_world import plan_with, spec_with

BUSY = Baseline(mean=0.2, sd=0.4, keys=5000, keys_per_day=50_000.0, coverage=0.9, delay_days=1.0)


def test_an_equal_version_is_shown_not_to_be_worse_by_the_margin() -> None:
    plan = plan_with(primary={"metric": "brier", "margin": 0.05}, hold="1h")
    found = plan_power(plan, BUSY)
    # By hand: on the log scale a margin of 5 % is log 1.05, and the deviation is 0.4 of a mean of 0.2.
    alpha = plan.alpha_of("primary", 4)
    size = plan_size(effect=math.log(1.05), sd=2.0, alpha=alpha, power=plan.power).size
    assert found.size == pytest.approx(size)
    assert found.samples == math.ceil(size / (0.3 * 0.7) * 0.3)
    # Two steps of an hour before it, a day for the labels, and information from 9 of 10 of 50,000 keys a day.
    assert found.days == pytest.approx(2 / 24 + 600 / 86_400 + 1.0 + size / (50_000 * 0.9 * 0.3 * 0.7))
    assert not found.too_long
    assert "not worse by 0.05 of the champion's" in found.told


def test_superiority_is_planned_for_its_effect() -> None:
    primary = {"metric": "accuracy", "goal": "superiority", "margin_is": "absolute", "effect": 0.02}
    plan = plan_with(primary=primary)
    found = plan_power(plan, BUSY)
    alpha = plan.alpha_of("primary", 4)
    assert found.size == pytest.approx(plan_size(effect=0.02, sd=0.4, alpha=alpha, power=0.8).size)
    assert "better by 0.02" in found.told


def test_less_traffic_takes_longer_and_is_told() -> None:
    plan = plan_with(primary={"metric": "brier", "margin": 0.05})
    quiet = plan_power(plan, replace(BUSY, keys_per_day=500.0))
    assert quiet.size == plan_power(plan, BUSY).size
    assert quiet.too_long
    assert "a rollout ends after 60 days" in quiet.told


def test_a_step_that_is_too_small_for_its_guardrails_is_told() -> None:
    plan = plan_with(primary={"metric": "brier", "margin": 0.5})
    label, days = slowest_stage(plan, 900.0)
    # The case of the flights: 900 a day, 5 % of them, and a p99 that is known from some thousand requests on.
    needed = least_for_an_upper_end(0.99, alpha=plan.alpha_of("p99_latency_ms_against_champion", 2) / 2)
    assert (label, days) == ("canary 5 %", pytest.approx(needed / 45))
    found = plan_power(plan, replace(BUSY, keys_per_day=900.0))
    assert found.too_long
    assert "begin with a larger step, or raise `stage_limit`" in found.told


@pytest.mark.parametrize(
    ("baseline", "told"),
    [
        pytest.param("the champion has 3 labelled keys", "not planned: the champion has 3", id="few labels"),
        pytest.param(replace(BUSY, sd=0.0), "does not vary over 5000 keys", id="always the same"),
        pytest.param(replace(BUSY, mean=0.0), "not above zero", id="no ratio to nothing"),
    ],
)
def test_what_is_not_known_is_told_and_is_no_promise(baseline: Baseline | str, told: str) -> None:
    found = plan_power(plan_with(primary={"metric": "brier"}), baseline)
    assert (found.size, found.samples, found.days, found.too_long) == (None, None, None, True)
    assert told in found.told


def test_without_labels_nothing_is_planned_and_nothing_is_too_long() -> None:
    found = plan_power(plan_with(promote_on="guardrails"), BUSY)
    assert (found.samples, found.too_long) == (None, False)


def test_nobody_who_asks_for_no_requests_waits() -> None:
    assert slowest_stage(compile_plan(spec_with(strategy="none")), 0.0)[1] == math.inf


def test_intervals_are_tuned_before_the_first_look() -> None:
    plan = plan_with(labelled={"samples": 400})
    assert tuned_for(plan, 3000.0) == 3000.0
    assert tuned_for(plan, None) == 200.0


@pytest.mark.parametrize("alpha", [0.05, 0.001, 1e-5])
def test_an_upper_end_is_known_from_just_that_many_values_on(alpha: float) -> None:
    n = least_for_an_upper_end(0.99, alpha=alpha)
    few, enough = (Histogram(edges=(1.0, 2.0), counts=(count, 0, 0)) for count in (n - 1, n))
    assert quantile_bounds(few, 0.99, alpha=alpha)[1] == math.inf
    assert quantile_bounds(enough, 0.99, alpha=alpha)[1] == 1.0
