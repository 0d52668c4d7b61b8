"""Keys that both arms scored; reference values by scipy's paired t-test."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lifecycle.rollout.statistics.arm_sums import sums_of_keys
from lifecycle.rollout.statistics.mean_difference import (
    Estimate,
    Stratum,
    mean_difference,
    relative_difference,
)
from lifecycle.rollout.statistics.normal_mixture import boundary, tuning
from lifecycle.rollout.statistics.pairs import MIN_UNEQUAL, NO_PAIRS, pairs_of_keys

TUNED_FOR = 100.0


def mirrored(y0: np.ndarray, y1: np.ndarray, x: np.ndarray | None = None, *, paired: bool = True) -> Stratum:
    xs = np.ones(len(y0)) if x is None else x
    return Stratum(
        champion=sums_of_keys(y0, xs),
        challenger=sums_of_keys(y1, xs),
        pairs=pairs_of_keys((y0, xs), (y1, xs)) if paired else NO_PAIRS,
    )


def half(found: Estimate) -> float:
    return (found.high - found.low) / 2


def losses(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two versions' losses of the same keys, that agree in most of what they do."""
    rng = np.random.default_rng(seed)
    hard = rng.gamma(2.0, 0.1, n)
    return hard + rng.normal(0, 0.02, n), hard + rng.normal(0.01, 0.02, n)


def test_the_standard_error_is_that_of_the_paired_t_test() -> None:
    y0, y1 = losses(400, seed=1)
    found = mean_difference([mirrored(y0, y1)], alpha=0.05, tuned_for=TUNED_FOR)
    test = stats.ttest_rel(y1, y0)
    size = 200.0
    price = boundary(size, alpha=0.05, rho=tuning(TUNED_FOR, alpha=0.05)) / math.sqrt(size)
    assert half(found) / price == pytest.approx(float(np.mean(y1 - y0) / test.statistic), rel=1e-9)


def test_keys_of_many_rows_are_one_pair_each() -> None:
    """Each key three times is as much as each key once."""
    y0, y1 = losses(300, seed=2)
    once = mean_difference([mirrored(y0, y1)], alpha=0.05, tuned_for=TUNED_FOR)
    often = mean_difference([mirrored(3 * y0, 3 * y1, np.full(300, 3.0))], alpha=0.05, tuned_for=TUNED_FOR)
    assert (often.low, often.high) == pytest.approx((once.low, once.high))


def test_pairs_tell_a_ratio_with_a_tenth_of_the_interval() -> None:
    y0, y1 = losses(2000, seed=3)
    paired, apart = (
        relative_difference([mirrored(y0, y1, paired=paired)], alpha=0.05, tuned_for=TUNED_FOR)
        for paired in (True, False)
    )
    assert paired.value == apart.value
    assert half(paired) < 0.3 * half(apart)
    assert paired.low > 0 > apart.low


def test_pairs_that_hardly_ever_differ_are_not_trusted() -> None:
    y0, _ = losses(2000, seed=4)
    y1 = y0.copy()
    y1[: MIN_UNEQUAL - 1] += 0.5
    rare, enough = y1.copy(), y1.copy()
    enough[MIN_UNEQUAL - 1] += 0.5
    apart = mean_difference([mirrored(y0, rare, paired=False)], alpha=0.05, tuned_for=TUNED_FOR)
    assert mean_difference([mirrored(y0, rare)], alpha=0.05, tuned_for=TUNED_FOR) == apart
    assert half(mean_difference([mirrored(y0, enough)], alpha=0.05, tuned_for=TUNED_FOR)) < half(apart)


def test_keys_of_one_arm_only_count_beside_pairs() -> None:
    """A shadow sees a part of the requests: the mean is of all, and what is shared is that part's."""
    y0, y1 = losses(1000, seed=5)
    some = Stratum(
        champion=sums_of_keys(y0),
        challenger=sums_of_keys(y1[:400]),
        pairs=pairs_of_keys((y0[:400], np.ones(400)), (y1[:400], np.ones(400))),
    )
    found = mean_difference([some], alpha=0.05, tuned_for=TUNED_FOR)
    covariance = (
        float(np.sum((y0[:400] - y0.mean()) * (y1[:400] - y1[:400].mean()))) * 400 / 399 / (1000 * 400)
    )
    variance = y0.var(ddof=1) / 1000 + y1[:400].var(ddof=1) / 400 - 2 * covariance
    size = 1000 * 400 / 1400
    price = boundary(size, alpha=0.05, rho=tuning(TUNED_FOR, alpha=0.05)) / math.sqrt(size)
    assert half(found) == pytest.approx(math.sqrt(variance) * price, rel=1e-9)


values = st.lists(st.tuples(st.floats(0.01, 1), st.floats(0.01, 1)), min_size=60, max_size=120)


@given(values)
def test_a_variance_is_never_below_zero(found: list[tuple[float, float]]) -> None:
    y0, y1 = (np.array(column) for column in zip(*found, strict=True))
    for measure in (mean_difference, relative_difference):
        estimate = measure([mirrored(y0, y1)], alpha=0.05, tuned_for=TUNED_FOR)
        assert estimate.low <= estimate.value <= estimate.high


@given(values)
def test_arms_that_change_places_change_the_sign_of_pairs_too(found: list[tuple[float, float]]) -> None:
    y0, y1 = (np.array(column) for column in zip(*found, strict=True))
    a, b = (
        mean_difference([mirrored(*pair)], alpha=0.05, tuned_for=TUNED_FOR) for pair in ((y0, y1), (y1, y0))
    )
    assert (a.low, a.high) == pytest.approx((-b.high, -b.low), abs=1e-9)


def test_equal_versions_are_seldom_told_apart_by_pairs_however_often_is_looked() -> None:
    rng, wrong, runs = np.random.default_rng(6), 0, 300
    for _ in range(runs):
        hard = rng.gamma(2.0, 0.1, 2000)
        y0, y1 = hard + rng.normal(0, 0.05, 2000), hard + rng.normal(0, 0.05, 2000)
        looks = (
            relative_difference([mirrored(y0[:n], y1[:n])], alpha=0.05, tuned_for=500)
            for n in range(100, 2001, 100)
        )
        wrong += any(look.low > 0 or look.high < 0 for look in looks)
    assert wrong / runs <= 0.05
