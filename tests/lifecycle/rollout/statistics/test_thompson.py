"""The bandit; chances to be the best by scipy 1.17.1 (adaptive quadrature)."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.errors import LifecycleError
from lifecycle.rollout.statistics.thompson import (
    Cohort,
    Posterior,
    chance_best,
    choose_arm,
    matured_posteriors,
    policy_value,
    propensities,
)

NOW = datetime(2026, 3, 8, tzinfo=UTC)
DAY = timedelta(days=1)
posteriors = st.lists(st.builds(Posterior, a=st.floats(1, 1e5), b=st.floats(1, 1e5)), min_size=2, max_size=4)


def test_chances_are_scipy_s() -> None:
    arms = [Posterior(a=3, b=9), Posterior(a=40, b=60), Posterior(a=400, b=500)]
    expected = [0.06682579291214867, 0.18344862639590864, 0.7497255806919435]
    assert chance_best(arms) == pytest.approx(expected, abs=1e-10)


@given(posteriors)
def test_chances_add_up_and_belong_to_arms_not_places(arms: list[Posterior]) -> None:
    chances = chance_best(arms)
    assert sum(chances) == pytest.approx(1.0)
    assert all(0 <= c <= 1 + 1e-12 for c in chances)
    assert tuple(reversed(chance_best(arms[::-1]))) == pytest.approx(chances, abs=1e-9)


@given(st.builds(Posterior, a=st.floats(1, 1e6), b=st.floats(1, 1e6)), st.integers(2, 5))
def test_equal_arms_get_equal_shares(arm: Posterior, n: int) -> None:
    assert propensities([arm] * n, min_share=0.01) == pytest.approx([1 / n] * n, abs=1e-9)


def test_an_arm_with_bad_luck_keeps_its_minimum() -> None:
    shares = propensities([Posterior(a=1, b=5000), Posterior(a=4000, b=1000)], min_share=0.05)
    assert shares == pytest.approx((0.05, 0.95))
    with pytest.raises(LifecycleError, match="do not make a whole"):
        propensities([Posterior()] * 3, min_share=0.4)
    with pytest.raises(LifecycleError, match="do not make a whole"):
        propensities([Posterior()] * 3, min_share=0.0)


def test_rewards_count_once_their_cohort_is_mature() -> None:
    old = Cohort(arm=0, ended_at=NOW - 7 * DAY, served=10, succeeded=4)
    young = Cohort(arm=1, ended_at=NOW - 6 * DAY, served=10, succeeded=9)
    early = matured_posteriors([old, young], n_arms=2, now=NOW, delay=7 * DAY)
    assert early == (Posterior(a=5, b=7), Posterior(a=1, b=1))
    later = matured_posteriors([old, young], n_arms=2, now=NOW + DAY, delay=7 * DAY)
    assert later == (Posterior(a=5, b=7), Posterior(a=10, b=2))


@pytest.mark.parametrize(("arm", "served", "succeeded"), [(2, 1, 1), (-1, 1, 1), (0, 1, 2), (0, 1, -1)])
def test_impossible_cohorts_are_refused(arm: int, served: int, succeeded: int) -> None:
    cohort = Cohort(arm=arm, ended_at=NOW, served=served, succeeded=succeeded)
    with pytest.raises(LifecycleError, match="impossible"):
        matured_posteriors([cohort], n_arms=2, now=NOW, delay=DAY)


def test_a_key_keeps_its_arm_and_keys_follow_the_shares() -> None:
    shares = (0.2, 0.5, 0.3)
    arms = [choose_arm(shares, key=f"k{i}", seed="r1") for i in range(20_000)]
    assert arms == [choose_arm(shares, key=f"k{i}", seed="r1") for i in range(20_000)]
    counts = Counter(arms)
    assert [counts[a] / 20_000 for a in range(3)] == pytest.approx(shares, abs=0.015)
    other = [choose_arm(shares, key=f"k{i}", seed="r2") for i in range(20_000)]
    assert sum(a == b for a, b in zip(arms, other, strict=True)) / 20_000 == pytest.approx(0.38, abs=0.02)


def test_the_better_arm_wins_although_rewards_are_a_week_late() -> None:
    rng, rates, cohorts = np.random.default_rng(5), (0.2, 0.25), list[Cohort]()
    for day in range(60):
        now = NOW + day * DAY
        known = matured_posteriors(cohorts, n_arms=2, now=now, delay=7 * DAY)
        shares = propensities(known, min_share=0.05)
        for arm, served in enumerate(rng.multinomial(500, shares)):
            succeeded = int(rng.binomial(served, rates[arm]))
            cohorts.append(Cohort(arm=arm, ended_at=now, served=int(served), succeeded=succeeded))
        if day < 7:
            assert shares == (0.5, 0.5)
    assert shares[1] > 0.9


def test_the_value_of_another_policy_is_found_in_the_log() -> None:
    rng = np.random.default_rng(6)
    took = rng.random(50_000) < 0.2
    rewards = rng.random(50_000) < np.where(took, 0.3, 0.1)
    always = policy_value(rewards, np.where(took, 0.2, 0.8), took.astype(float))
    assert abs(always.value - 0.3) < 3 * always.standard_error < 0.03
    same = policy_value(rewards, np.full(50_000, 0.5), np.full(50_000, 0.5))
    assert same.value == pytest.approx(rewards.mean())


@pytest.mark.parametrize(
    ("logged", "message"), [([0.0, 0.5], "propensities are above 0"), ([0.5], "one of each")]
)
def test_a_broken_log_is_refused(logged: list[float], message: str) -> None:
    with pytest.raises(LifecycleError, match=message):
        policy_value([1.0, 0.0], logged, [1.0, 1.0])
