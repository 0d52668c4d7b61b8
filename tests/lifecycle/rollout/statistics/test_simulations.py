"""Thousands of seeded rollouts: what the intervals promise, over all looks together.

The intervals of all runs are computed at once. `test_one_path_...` holds that to `mean_difference` itself.
"""

import math
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from lifecycle.rollout.statistics.arm_sums import ArmSums
from lifecycle.rollout.statistics.mean_difference import Stratum, effective_size, mean_difference
from lifecycle.rollout.statistics.normal_mixture import Side, boundary, tuning
from lifecycle.rollout.statistics.power import plan_size
from lifecycle.rollout.statistics.quantile import Histogram, quantile_bounds
from lifecycle.rollout.statistics.rate import rate_bounds
from lifecycle.rollout.statistics.relative_rate import Events, relative_rate
from lifecycle.rollout.statistics.sample_ratio import Assigned, check_ratio

Floats = NDArray[np.float64]
RUNS, ALPHA, MIN_EVENTS = 2000, 0.05, 20


class Paths:
    """Sums of both arms at each look, shape (runs, looks); n of an arm is the same in all runs."""

    def __init__(self, y: list[Floats], yy: list[Floats], per_look: list[int]) -> None:
        self.y, self.yy = [np.cumsum(v, axis=1) for v in y], [np.cumsum(v, axis=1) for v in yy]
        looks = np.arange(1, y[0].shape[1] + 1)
        self.n = [looks * each for each in per_look]

    def intervals(self, *, tuned_for: float, log: bool = False, side: Side = "both") -> tuple[Floats, Floats]:
        means = [y / n for y, n in zip(self.y, self.n, strict=True)]
        variances = [
            np.maximum(yy - n * m**2, 0) / (n - 1) / n
            for yy, n, m in zip(self.yy, self.n, means, strict=True)
        ]
        if log:
            with np.errstate(divide="ignore", invalid="ignore"):
                variances = [v / m**2 for v, m in zip(variances, means, strict=True)]
                means = [np.log(m) for m in means]
        sizes = [effective_size(a, b) for a, b in zip(*self.n, strict=True)]
        rho = tuning(tuned_for, alpha=ALPHA, side=side)
        reach = np.array([boundary(s, alpha=ALPHA, rho=rho, side=side) / math.sqrt(s) for s in sizes])
        with np.errstate(invalid="ignore"):
            half = np.sqrt(variances[0] + variances[1]) * reach
            return means[1] - means[0] - half, means[1] - means[0] + half

    def judged(self) -> NDArray[np.bool_]:
        """Looks at which both outcomes were seen often enough, as `judge` asks."""
        rarest = [np.minimum(y, n - y) for y, n in zip(self.y, self.n, strict=True)]
        return (rarest[0] >= MIN_EVENTS) & (rarest[1] >= MIN_EVENTS)


def binary(rates: tuple[float, float], *, per_look: list[int], looks: int, seed: int) -> Paths:
    rng = np.random.default_rng(seed)
    drawn = [rng.binomial(n, p, (RUNS, looks)).astype(float) for n, p in zip(per_look, rates, strict=True)]
    return Paths(drawn, drawn, per_look)


def share(hit: NDArray[np.bool_]) -> float:
    """Of the runs in which it happens at any look."""
    return float(hit.any(axis=1).mean())


def test_one_path_is_what_mean_difference_says() -> None:
    paths = binary((0.1, 0.12), per_look=[950, 50], looks=20, seed=1)
    low, high = paths.intervals(tuned_for=500)
    for look in (0, 7, 19):
        arms = [
            ArmSums(n=int(n[look]), y=y[3, look], x=n[look], yy=y[3, look], xx=n[look], xy=y[3, look])
            for n, y in zip(paths.n, paths.y, strict=True)
        ]
        found = mean_difference([Stratum(champion=arms[0], challenger=arms[1])], alpha=ALPHA, tuned_for=500)
        assert (found.low, found.high) == pytest.approx((low[3, look], high[3, look]))


@pytest.mark.parametrize("log", [False, True], ids=["difference", "ratio"])
@pytest.mark.parametrize(
    ("looks", "per_look"),
    [
        pytest.param(20, [500, 500], id="20 looks"),
        pytest.param(100, [100, 100], id="100 looks"),
        pytest.param(1000, [20, 20], id="1,000 looks"),
        pytest.param(100, [1900, 100], id="a canary of 5 percent"),
    ],
)
def test_equal_versions_are_seldom_told_apart(looks: int, per_look: list[int], log: bool) -> None:
    paths = binary((0.05, 0.05), per_look=per_look, looks=looks, seed=looks)
    low, high = paths.intervals(tuned_for=2500, log=log)
    assert share(((low > 0) | (high < 0)) & paths.judged()) <= ALPHA


def test_a_repeated_test_tells_equal_versions_apart() -> None:
    """The harm that is avoided: the same runs, judged by 1.96 standard errors at each look."""
    paths = binary((0.05, 0.05), per_look=[500, 500], looks=20, seed=20)
    low, high = paths.intervals(tuned_for=2500)
    size = paths.n[0] / 2
    rho = tuning(2500, alpha=ALPHA)
    reach = np.array([boundary(s, alpha=ALPHA, rho=rho) / math.sqrt(s) for s in size])
    middle, half = (low + high) / 2, (high - low) / 2 * 1.96 / reach
    assert share(np.abs(middle) > half) > 0.15


@pytest.mark.parametrize(
    ("factor", "power", "median_look"),
    [pytest.param(1.2, 0.67, 11, id="a fifth more"), pytest.param(1.5, 0.99, 4, id="half more")],
)
def test_more_errors_are_found(factor: float, power: float, median_look: int) -> None:
    """5 % errors before, 500 requests an arm and look, 20 looks at most; only harm is looked for."""
    paths = binary((0.05, 0.05 * factor), per_look=[500, 500], looks=20, seed=7)
    worse = (paths.intervals(tuned_for=5000, side="lower")[0] > 0) & paths.judged()
    assert share(worse) >= power
    found = worse[worse.any(axis=1)]
    assert np.median(found.argmax(axis=1) + 1) <= median_look


def test_power_at_the_planned_size_is_within_three_points_of_the_plan() -> None:
    plan = plan_size(effect=0.02, sd=math.sqrt(0.2 * 0.8), alpha=ALPHA, power=0.8, n_looks=20)
    per_look = round(plan.keys_per_arm(0.5)[0] / 20)
    paths = binary((0.19, 0.21), per_look=[per_look, per_look], looks=20, seed=8)
    low, _ = paths.intervals(tuned_for=plan.size)
    assert share(low > 0) == pytest.approx(0.8, abs=0.03)


@pytest.mark.parametrize("log", [False, True], ids=["absolute", "relative"])
def test_a_version_at_the_margin_seldom_passes(log: bool) -> None:
    """10 % errors against 12 %: a margin of two points, or of a fifth."""
    paths = binary((0.1, 0.12), per_look=[200, 200], looks=100, seed=9)
    _, high = paths.intervals(tuned_for=2500, log=log)
    passed = (high < (math.log(1.2) if log else 0.02)) & paths.judged()
    assert 0 < share(passed) <= ALPHA


def test_intervals_of_a_skewed_metric_hold_the_truth_at_all_looks() -> None:
    """Lognormal, mean exp(1/2): 50 new keys an arm and look, from the second look on."""
    rng = np.random.default_rng(10)
    looks, n = 100, 50
    y, yy = [], []
    for scale in (1.0, 1.3):
        drawn = scale * np.exp(rng.standard_normal((RUNS, looks, n), dtype=np.float32))
        y.append(drawn.sum(axis=2, dtype=float))
        yy.append((drawn**2).sum(axis=2, dtype=float))
    low, high = Paths(y, yy, [n, n]).intervals(tuned_for=1000)
    truth = 0.3 * math.exp(0.5)
    assert share(((low > truth) | (high < truth))[:, 1:]) <= ALPHA


def test_requests_of_one_key_do_not_count_as_many() -> None:
    """Ten requests a key, and keys that differ: by request equal versions are told apart, by key not."""
    rng = np.random.default_rng(11)
    looks, keys, requests = 20, 50, 10
    by_key, by_request = [], []
    for _ in range(2):
        rates = rng.beta(0.5, 2.0, (RUNS, looks, keys))
        good = rng.binomial(requests, rates) / requests
        by_key.append((good.sum(axis=2), (good**2).sum(axis=2)))
        by_request.append(good.sum(axis=2) * requests)
    keyed = Paths([v[0] for v in by_key], [v[1] for v in by_key], [keys, keys])
    low, high = keyed.intervals(tuned_for=250)
    assert share((low > 0) | (high < 0)) <= ALPHA
    naive = Paths(by_request, by_request, [keys * requests, keys * requests])
    low, high = naive.intervals(tuned_for=2500)
    assert share((low > 0) | (high < 0)) > 3 * ALPHA


def test_keys_that_come_back_are_no_new_keys() -> None:
    """20 new keys an arm and look, with a request each at every later look: by key, and as if all new."""
    rng = np.random.default_rng(17)
    looks, new = 20, 20
    rates = rng.beta(0.5, 2.0, (2, RUNS, looks * new))
    by_key, as_new = np.zeros((2, 2, RUNS, looks)), np.zeros((2, 2, RUNS, looks))
    y, x = np.zeros(rates.shape), np.zeros(looks * new)
    for look in range(looks):
        seen = slice(0, (look + 1) * new)
        y[:, :, seen] += rng.random(y[:, :, seen].shape) < rates[:, :, seen]
        x[seen] += 1
        good, requests, keys = y.sum(axis=2), x.sum(), (look + 1) * new
        mean = good / requests
        residuals = ((y[:, :, seen] - mean[..., None] * x[seen]) ** 2).sum(axis=2)
        by_key[:, :, :, look] = mean, residuals / (keys - 1) * keys / requests**2
        as_new[:, :, :, look] = mean, mean * (1 - mean) / requests

    def told_apart(sums: Floats, sizes: Floats) -> float:
        rho = tuning(float(sizes[-1]), alpha=ALPHA)
        reach = np.array([boundary(float(s), alpha=ALPHA, rho=rho) / math.sqrt(s) for s in sizes])
        gap = np.abs(sums[0, 1] - sums[0, 0])
        return share((gap > np.sqrt(sums[1].sum(axis=0)) * reach)[:, 4:])

    numbers = np.arange(1, looks + 1)
    assert told_apart(by_key, numbers * new / 2) <= ALPHA
    assert told_apart(as_new, numbers * (numbers + 1) / 2 * new / 2) > 3 * ALPHA


@pytest.mark.parametrize("rate", [0.001, 0.02])
def test_rates_hold_the_truth_from_the_first_request_on(rate: float) -> None:
    counts = np.cumsum(np.random.default_rng(12).binomial(100, rate, (RUNS, 50)), axis=1)

    @cache
    def missed(events: int, trials: int) -> bool:
        low, high = rate_bounds(events, trials, alpha=ALPHA)
        return not low <= rate <= high

    hit = [[missed(int(k), 100 * (i + 1)) for i, k in enumerate(row)] for row in counts]
    assert share(np.array(hit)) <= ALPHA


@pytest.mark.parametrize(("ratio", "weight"), [(1.0, 0.05), (1.0, 0.5), (3.0, 0.5)])
def test_ratios_of_rare_errors_hold_the_truth_from_the_first_on(ratio: float, weight: float) -> None:
    """One error in a thousand, 1,000 keys a look: a look may see none, and a normal would be far off."""
    rng = np.random.default_rng(13)
    new = np.cumsum(rng.binomial(1000, 0.001 * ratio * weight, (RUNS, 30)), axis=1)
    old = np.cumsum(rng.binomial(1000, 0.001 * (1 - weight), (RUNS, 30)), axis=1)

    @cache
    def missed(champion: int, challenger: int) -> bool:
        stage = Events(champion=champion, challenger=challenger, share=weight)
        found = relative_rate([stage], alpha=ALPHA)
        return not found.low <= ratio - 1 <= found.high

    hit = [
        [missed(int(a), int(b)) for a, b in zip(*rows, strict=True)] for rows in zip(old, new, strict=True)
    ]
    assert share(np.array(hit)) <= ALPHA


def test_a_version_that_fails_on_three_percent_is_found_by_a_canary_of_five() -> None:
    """Against one in a thousand; 1,000 keys a look, so 50 of the new version."""
    rng = np.random.default_rng(14)
    new = np.cumsum(rng.binomial(50, 0.03, (200, 20)), axis=1)
    old = np.cumsum(rng.binomial(950, 0.001, (200, 20)), axis=1)
    looks = []
    for olds, news in zip(old, new, strict=True):
        for look, (a, b) in enumerate(zip(olds, news, strict=True), start=1):
            if relative_rate([Events(champion=int(a), challenger=int(b), share=0.05)], alpha=ALPHA).low > 0.5:
                looks.append(look)
                break
    assert len(looks) == 200
    assert np.median(looks) <= 4


@pytest.mark.parametrize("q", [0.5, 0.99])
def test_quantiles_hold_the_truth_at_all_looks(q: float) -> None:
    """Only the count below the true quantile matters: one edge on it."""
    counts = np.cumsum(np.random.default_rng(15).binomial(200, q, (RUNS, 25)), axis=1)

    @cache
    def missed(below: int, n: int) -> bool:
        ends = quantile_bounds(Histogram(edges=(1.0,), counts=(below, n - below)), q, alpha=ALPHA)
        return 1.0 in ends  # values are continuous: whether the edge itself belongs to its bin is all one

    hit = [[missed(int(k), 200 * (i + 1)) for i, k in enumerate(row)] for row in counts]
    assert share(np.array(hit)) <= ALPHA


def test_right_splits_are_seldom_called_wrong_and_wrong_ones_are_found() -> None:
    @cache
    def wrong(first: int, n: int) -> bool:
        stage = Assigned(counts=(first, n - first), weights=(50, 50))
        return check_ratio([stage], alpha=ALPHA).verdict == "fail"

    def told(rate: float, looks: int, alpha_runs: int) -> float:
        counts = np.cumsum(np.random.default_rng(16).binomial(200, rate, (alpha_runs, looks)), axis=1)
        return share(np.array([[wrong(int(k), 200 * (i + 1)) for i, k in enumerate(row)] for row in counts]))

    assert told(0.5, 50, RUNS) <= ALPHA
    assert told(0.47, 50, 200) >= 0.99
