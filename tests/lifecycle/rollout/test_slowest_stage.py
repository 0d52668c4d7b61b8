"""How long a stage waits for the requests that its guardrails ask for, before a rollout begins."""

import math

import pytest

from lifecycle.rollout.plan import compile_plan
from lifecycle.rollout.power_plan import Baseline, plan_power, slowest_stage
from lifecycle.rollout.statistics.quantile import Histogram, least_for_an_upper_end, quantile_bounds
from tests.fakes.rollout_world import plan_with, spec_with


def test_a_step_that_is_too_small_for_its_guardrails_is_told() -> None:
    plan = plan_with(primary={"metric": "brier", "margin": 0.5})
    label, days = slowest_stage(plan, 900.0)
    # The case of the flights: 900 a day, 5 % of them, and a p99 that is known from some thousand requests on.
    needed = least_for_an_upper_end(0.99, alpha=plan.alpha_of("p99_latency_ms_against_champion", 2) / 2)
    assert (label, days) == ("canary 5 %", pytest.approx(needed / 45))
    traffic = Baseline(mean=0.2, sd=0.4, keys=5000, keys_per_day=900.0, coverage=0.9, delay_days=1.0)
    found = plan_power(plan, traffic)
    assert found.too_long
    assert "begin with a larger step, or raise `stage_limit`" in found.told


def test_without_traffic_it_waits_for_ever() -> None:
    assert slowest_stage(compile_plan(spec_with(strategy="none")), 0.0)[1] == math.inf


@pytest.mark.parametrize("alpha", [0.05, 0.001, 1e-5])
def test_an_upper_end_is_known_from_just_that_many_values_on(alpha: float) -> None:
    n = least_for_an_upper_end(0.99, alpha=alpha)
    few, enough = (Histogram(edges=(1.0, 2.0), counts=(count, 0, 0)) for count in (n - 1, n))
    assert quantile_bounds(few, 0.99, alpha=alpha)[1] == math.inf
    assert quantile_bounds(enough, 0.99, alpha=alpha)[1] == 1.0
