"""The power plan; a single look by statsmodels 0.15.0."""

import math

import numpy as np
import pytest

from lifecycle.errors import LifecycleError
from lifecycle.rollout.statistics.normal_mixture import Side, boundary, tuning
from lifecycle.rollout.statistics.power import Step, crossing, days_until, plan_size


def test_a_single_look_is_statsmodels_s() -> None:
    plan = plan_size(effect=0.05, sd=1.0, alpha=0.05, power=0.8)
    # NormalIndPower().solve_power(effect_size=.05, alpha=.05, power=.8, ratio=1): 6279.088 an arm.
    assert 2 * plan.single_look_size == pytest.approx(6279.088407460959, rel=1e-5)
    # The same with ratio=19: 3304.783 in the smaller arm.
    assert plan.single_look_size / 0.95 == pytest.approx(3304.783372348244, rel=1e-5)


@pytest.mark.parametrize(
    ("power", "n_looks", "side"), [(0.8, 20, "both"), (0.9, 100, "both"), (0.8, 20, "upper")]
)
def test_power_at_the_planned_size_is_the_plan_s(power: float, n_looks: int, side: Side) -> None:
    """20,000 seeded random walks with the planned effect; their own error is a third of a point."""
    plan = plan_size(effect=0.5, sd=1.0, alpha=0.05, power=power, n_looks=n_looks, side=side)
    rng = np.random.default_rng(3)
    each = plan.size / n_looks
    sums = np.cumsum(rng.normal(0.5 * each, math.sqrt(each), (20_000, n_looks)), axis=1)
    rho = tuning(plan.size, alpha=0.05, side=side)
    edges = np.array([boundary(each * k, alpha=0.05, rho=rho, side=side) for k in range(1, n_looks + 1)])
    up, down = sums >= edges, (sums <= -edges) & (side == "both")
    first = np.where((up | down).any(axis=1), (up | down).argmax(axis=1), n_looks - 1)
    won = up[np.arange(len(up)), first]
    assert np.mean(won) == pytest.approx(power, abs=0.01)
    assert np.mean(first + 1) * each == pytest.approx(plan.expected_size, rel=0.02)


def test_without_an_effect_the_boundary_is_crossed_less_often_than_alpha() -> None:
    assert crossing(0.0, alpha=0.05, n_looks=100)[0] < 0.025
    assert crossing(0.0, alpha=0.05, n_looks=100, side="upper")[0] < 0.05


def test_looking_costs_and_early_stops_give_some_of_it_back() -> None:
    plan = plan_size(effect=0.02, sd=0.4, alpha=0.05, power=0.8)
    assert plan.single_look_size < plan.size
    assert plan.expected_size < plan.size


def test_half_the_effect_takes_four_times_the_size() -> None:
    whole, half = (plan_size(effect=e, sd=1.0, alpha=0.05, power=0.8).size for e in (0.2, 0.1))
    assert half == pytest.approx(4 * whole)


def test_keys_per_arm_follow_the_share() -> None:
    plan = plan_size(effect=0.1, sd=1.0, alpha=0.05, power=0.8)
    even, uneven = plan.keys_per_arm(0.5), plan.keys_per_arm(0.05)
    assert even[0] == even[1] == math.ceil(2 * plan.size)
    assert uneven[1] / sum(uneven) == pytest.approx(0.05, rel=1e-3)
    assert sum(uneven) > 5 * sum(even)


@pytest.mark.parametrize(
    ("size", "schedule", "coverage", "delay", "days"),
    [
        pytest.param(250, [Step(share=0.5, days=9)], 1.0, 0.0, 1.0, id="a quarter of the keys a day"),
        pytest.param(250, [Step(share=0.5, days=9)], 0.5, 0.0, 2.0, id="half of the labels come"),
        pytest.param(250, [Step(share=0.5, days=9)], 1.0, 7.0, 8.0, id="labels are a week late"),
        pytest.param(
            250, [Step(share=0.0, days=3), Step(share=0.5, days=0)], 1.0, 0.0, 4.0, id="shadow brings nothing"
        ),
        pytest.param(500, [Step(share=0.5, days=1)], 1.0, 0.0, 2.0, id="the last step lasts"),
        pytest.param(500, [Step(share=0.5, days=1)], 0.0, 0.0, math.inf, id="no label ever"),
        pytest.param(
            500, [Step(share=0.5, days=1), Step(share=1.0, days=1)], 1.0, 0.0, math.inf, id="no champion"
        ),
    ],
)
def test_days_until(size: float, schedule: list[Step], coverage: float, delay: float, days: float) -> None:
    found = days_until(size, keys_per_day=1000, schedule=schedule, coverage=coverage, delay_days=delay)
    assert found == pytest.approx(days)


def test_what_cannot_be_planned_is_refused() -> None:
    with pytest.raises(LifecycleError, match="no plan for effect 0"):
        plan_size(effect=0.0, sd=1.0, alpha=0.05, power=0.8)
    with pytest.raises(LifecycleError, match="schedule"):
        days_until(1.0, keys_per_day=1.0, schedule=[])
