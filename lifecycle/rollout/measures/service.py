"""Error rate, null rate and latency of two arms, from their rows.

A trial is the first request of a key in an hour: requests of one key are alike, and a caller with ten
thousand of them must not decide. An hour later the key counts again, or a fault that begins late would be
seen by new keys only. Rows of one request are scored together, so an arm's part of it is one trial.
"""

import math

import numpy as np

from lifecycle.rollout.measures.arms import CHALLENGER, CHAMPION, Arms, Bools, Ints, firsts
from lifecycle.rollout.plan import Check
from lifecycle.rollout.statistics.arm_sums import ArmSums, sums_of_keys
from lifecycle.rollout.statistics.mean_difference import Estimate, estimate_of
from lifecycle.rollout.statistics.quantile import (
    histogram_of,
    quantile_bounds,
    quantile_ratio,
    quantile_seen,
)
from lifecycle.rollout.statistics.rate import rate_bounds, rate_difference
from lifecycle.rollout.statistics.relative_rate import Events, relative_rate

Q = 0.99
FEW_EVENTS = 20
"""Below so many, a share is not taken for normal."""


def trials(arms: Arms) -> Ints:
    """Places of the rows that are trials: one a key and hour in each arm, and one a request in each arm."""
    rows = firsts(arms.arm, arms.key, arms.hour)
    return np.asarray(rows[firsts(arms.arm[rows], arms.request[rows])])


def error_rate(arms: Arms, check: Check, *, alpha: float) -> Estimate | None:
    """Share of trials for which the arm gave no scores; None: too little to tell.

    Against a limit it is the version on trial's own, exact. Against the champion only the arms of the
    failures matter (`relative_rate`); where one arm looks on, and where a request has rows of both, which
    share no weight, both rates are bounded and divided.
    """
    rows = trials(arms)
    arm, failed, stratum = arms.arm[rows], arms.failed[rows], arms.stratum[rows]
    n = _counts(arm)
    events = _counts(arm[failed])
    if not n[CHALLENGER]:
        return None
    if check.compare == "value":
        return _bounded(events[CHALLENGER], n, alpha=alpha)
    if not n[CHAMPION]:
        return None
    if check.compare == "difference":
        return rate_difference(events[CHAMPION], n[CHAMPION], events[CHALLENGER], n[CHALLENGER], alpha=alpha)
    split = [
        Events(champion=int((failed & (arm == CHAMPION) & here).sum()),
               challenger=int((failed & (arm == CHALLENGER) & here).sum()), share=share)
        for i, share in enumerate(arms.shares)
        if 0 < share < 1 and (here := stratum == i).any()
    ]  # fmt: skip
    if split and len(firsts(arms.request[rows])) == len(rows):
        return relative_rate(split, alpha=alpha, n_champion=n[CHAMPION], n_challenger=n[CHALLENGER])
    return _ratio_of_rates(events, n, alpha=alpha)


def null_rate(arms: Arms, nulls: Ints, features: Ints, check: Check, *, alpha: float) -> Estimate | None:
    """Share of missing values among the features that an arm computed; None: too little to tell.

    Args:
        nulls: missing features of each row.
        features: features of each row; 0 where the arm computed none.
    """
    computed = features > 0
    sums = [_sums(arms.key, nulls, features, computed & arms.of(arm)) for arm in (CHAMPION, CHALLENGER)]
    n = [arm.n for arm in sums]
    if n[CHALLENGER] < 2 or (check.compare != "value" and n[CHAMPION] < 2):
        return None
    part = alpha if check.compare == "value" else alpha / 2
    low, high = zip(*(_share_bounds(arm, alpha=part) for arm in sums), strict=True)
    means = [arm.mean if arm.n else 0.0 for arm in sums]
    if check.compare == "value":
        ends = means[CHALLENGER], low[CHALLENGER], high[CHALLENGER]
    elif check.compare == "difference":
        ends = (
            means[CHALLENGER] - means[CHAMPION],
            low[CHALLENGER] - high[CHAMPION],
            high[CHALLENGER] - low[CHAMPION],
        )
    else:
        ends = _ratio(means, low, high)
    value, lower, upper = ends
    return Estimate(
        value=value, low=lower, high=upper, alpha=alpha, n_champion=n[CHAMPION], n_challenger=n[CHALLENGER]
    )


def p99_latency(arms: Arms, latency_us: Ints, check: Check, *, alpha: float) -> Estimate | None:
    """The 99 % quantile in milliseconds, or how it compares with the champion's; None: nothing to tell.

    Args:
        latency_us: of each row: of its whole request against a limit, of scoring against the champion, since
            who looks on has no request; below zero where it is not known. Failures count: they took as long.
    """
    rows = trials(arms)
    rows = rows[latency_us[rows] >= 0]
    histograms = [histogram_of(latency_us[rows][arms.arm[rows] == arm] / 1000.0) for arm in (0, 1)]
    n = [sum(histogram.counts) for histogram in histograms]
    if not n[CHALLENGER] or (check.compare != "value" and not n[CHAMPION]):
        return None
    if check.compare == "ratio":
        return quantile_ratio(histograms[CHAMPION], histograms[CHALLENGER], Q, alpha=alpha)
    if check.compare == "difference":
        old, new = (quantile_bounds(histogram, Q, alpha=alpha / 2) for histogram in histograms)
        value = quantile_seen(histograms[CHALLENGER], Q) - quantile_seen(histograms[CHAMPION], Q)
        low, high = new[0] - old[1], new[1] - old[0]
    else:
        value = quantile_seen(histograms[CHALLENGER], Q)
        low, high = quantile_bounds(histograms[CHALLENGER], Q, alpha=alpha)
    return Estimate(
        value=value, low=low, high=high, alpha=alpha, n_champion=n[CHAMPION], n_challenger=n[CHALLENGER]
    )


def _bounded(events: int, n: list[int], *, alpha: float) -> Estimate:
    low, high = rate_bounds(events, n[CHALLENGER], alpha=alpha)
    return Estimate(
        value=events / n[CHALLENGER],
        low=low,
        high=high,
        alpha=alpha,
        n_champion=n[CHAMPION],
        n_challenger=n[CHALLENGER],
    )


def _ratio_of_rates(events: list[int], n: list[int], *, alpha: float) -> Estimate:
    bounds = [rate_bounds(events[arm], n[arm], alpha=alpha / 2) for arm in (CHAMPION, CHALLENGER)]
    low, high = zip(*bounds, strict=True)
    value, lower, upper = _ratio([events[arm] / n[arm] for arm in (CHAMPION, CHALLENGER)], low, high)
    return Estimate(
        value=value, low=lower, high=upper, alpha=alpha, n_champion=n[CHAMPION], n_challenger=n[CHALLENGER]
    )


def _ratio(means: list[float], low: tuple[float, ...], high: tuple[float, ...]) -> tuple[float, float, float]:
    """Challenger over champion, minus 1, from bounds of both."""
    old, new = means[CHAMPION], means[CHALLENGER]
    lower = low[CHALLENGER] / high[CHAMPION] - 1 if high[CHAMPION] > 0 else -1.0
    upper = high[CHALLENGER] / low[CHAMPION] - 1 if low[CHAMPION] > 0 else math.inf
    # Nobody had any: they are alike as far as is seen.
    value = new / old - 1 if old > 0 else (0.0 if new == 0 else math.inf)
    return min(max(value, lower), upper), lower, upper


def _share_bounds(arm: ArmSums, *, alpha: float) -> tuple[float, float]:
    """Bounds of a share of values, at every look together.

    Rare nulls are bounded by the share of keys that have any: it is exact, and not below the share of values.
    """
    if arm.n < 2:
        return 0.0, 1.0
    if arm.y < FEW_EVENTS:
        _, high = rate_bounds(min(math.ceil(arm.y), arm.n), arm.n, alpha=alpha)
        return 0.0, max(high, arm.mean)
    if arm.x - arm.y < FEW_EVENTS:
        return 0.0, 1.0
    found = estimate_of(
        arm.mean,
        arm.variance,
        size=arm.n,
        n_champion=0,
        n_challenger=arm.n,
        alpha=alpha,
        tuned_for=1000.0,
    )
    return max(found.low, 0.0), min(found.high, 1.0)


def _sums(key: Ints, y: Ints, x: Ints, rows: Bools) -> ArmSums:
    """Sums over the keys of some rows."""
    _, group = np.unique(key[rows], return_inverse=True)
    return sums_of_keys(np.bincount(group, weights=y[rows]), np.bincount(group, weights=x[rows]))


def _counts(arm: Ints) -> list[int]:
    return [int(n) for n in np.bincount(arm, minlength=2)]
