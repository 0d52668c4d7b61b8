"""A bandit: Thompson sampling of arms that succeed or fail, on rewards that come late."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import ArrayLike

from lifecycle.errors import LifecycleError

_TAIL = (1e-12, 1e-9, 1e-6, 1e-4, 1e-3)
_LEVELS = np.array([*_TAIL, *np.linspace(0.01, 0.99, 25), *(1 - t for t in reversed(_TAIL))])
"""Quantiles between which densities are smooth enough for a few nodes each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """Keys that one arm served in one window, and how many of them succeeded as far as is known.

    Attributes:
        arm: number of the arm, from 0.
        ended_at: end of the window.
    """

    arm: int
    ended_at: datetime
    served: int
    succeeded: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Posterior:
    """Beta distribution of one arm's success rate; (1, 1) before anything is known."""

    a: float = 1.0
    b: float = 1.0


def matured_posteriors(
    cohorts: Sequence[Cohort], *, n_arms: int, now: datetime, delay: timedelta
) -> tuple[Posterior, ...]:
    """What is known of each arm. A cohort counts as a whole, once its youngest prediction is `delay` old.

    Good news that arrives early does not count early: where successes are known sooner than failures,
    counting what is there would favour the arm that served most lately.

    Raises:
        LifecycleError: counts that no cohort has, or an unknown arm.
    """
    good, bad = np.zeros(n_arms), np.zeros(n_arms)
    for cohort in cohorts:
        if not 0 <= cohort.arm < n_arms or not 0 <= cohort.succeeded <= cohort.served:
            raise LifecycleError(f"{cohort} is impossible: count keys that succeeded among those served")
        if cohort.ended_at + delay <= now:
            good[cohort.arm] += cohort.succeeded
            bad[cohort.arm] += cohort.served - cohort.succeeded
    return tuple(Posterior(a=1 + float(g), b=1 + float(b)) for g, b in zip(good, bad, strict=True))


def chance_best(posteriors: Sequence[Posterior]) -> tuple[float, ...]:
    """Chance of each arm to have the highest success rate: integrated, not drawn, so it can be logged.

    >>> [round(p, 4) for p in chance_best([Posterior(a=2, b=1), Posterior(a=1, b=2)])]
    [0.8333, 0.1667]
    """
    from scipy.special import betainc, betaincinv, betaln, xlog1py, xlogy

    nodes, weights = np.polynomial.legendre.leggauss(12)
    # Cells between quantiles of all arms: narrow where any of the densities is steep.
    cuts = {0.0, 1.0}
    for p in posteriors:
        cuts.update(float(v) for v in betaincinv(p.a, p.b, _LEVELS))
    edges = np.array(sorted(cuts))
    half = np.diff(edges) / 2
    x = (edges[:-1] + half)[:, None] + half[:, None] * nodes
    below = [betainc(p.a, p.b, x) for p in posteriors]
    best = []
    for i, p in enumerate(posteriors):
        density = np.exp(xlogy(p.a - 1, x) + xlog1py(p.b - 1, -x) - betaln(p.a, p.b))
        others = np.prod([cdf for j, cdf in enumerate(below) if j != i], axis=0)
        best.append(float(np.sum(half[:, None] * weights * density * others)))
    return tuple(chance / sum(best) for chance in best)


def propensities(posteriors: Sequence[Posterior], *, min_share: float) -> tuple[float, ...]:
    """Share of keys for each arm: its chance to be the best, after every arm got its minimum.

    Args:
        min_share: of each arm, above 0. Without it an arm with bad luck is never tried again, and
            what its propensity divides is without bound.

    Raises:
        LifecycleError: minima that don't fit into the whole.

    >>> propensities([Posterior(), Posterior()], min_share=0.05)
    (0.5, 0.5)
    """
    if not 0 < min_share * len(posteriors) <= 1:
        raise LifecycleError(f"{len(posteriors)} arms with at least {min_share} each do not make a whole")
    free = 1 - min_share * len(posteriors)
    return tuple(min_share + free * chance for chance in chance_best(posteriors))


def choose_arm(shares: Sequence[float], *, key: str, seed: str) -> int:
    """The arm of a key: the same for the same key, seed and shares, and even over keys.

    >>> choose_arm([0.5, 0.5], key="customer-7", seed="r1") in (0, 1)
    True
    """
    digest = hashlib.blake2b(f"{seed}\0{key}".encode(), digest_size=8).digest()
    position = int.from_bytes(digest, "big") / 2**64
    for arm, edge in enumerate(np.cumsum(shares)[:-1]):
        if position < edge:
            return arm
    return len(shares) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyValue:
    """Reward per key that a policy would have had, and the standard error of that."""

    value: float
    standard_error: float


def policy_value(rewards: ArrayLike, logged: ArrayLike, wanted: ArrayLike) -> PolicyValue:
    """Value of another policy from the log of this one: rewards weighted by inverse propensity.

    Args:
        rewards: matured ones, one a key, shape (n_keys,).
        logged: chance that the arm taken had when it was taken, same shape, above 0.
        wanted: chance that the other policy gives to that arm, same shape.

    Raises:
        LifecycleError: fewer than two keys, or a propensity outside 0..1.

    Source: Horvitz and Thompson (1952), A generalization of sampling without replacement.
    """
    y, p, q = (np.asarray(v, dtype=float) for v in (rewards, logged, wanted))
    if len(y) < 2 or not (len(y) == len(p) == len(q)):
        raise LifecycleError(
            f"{len(y)} rewards, {len(p)} and {len(q)} propensities: one of each for two keys"
        )
    if not (np.all((p > 0) & (p <= 1)) and np.all((q >= 0) & (q <= 1)) and np.all(np.isfinite(y))):
        raise LifecycleError(
            "propensities are above 0 and at most 1, rewards finite: a row of the log is not"
        )
    terms = y * q / p
    return PolicyValue(
        value=float(terms.mean()), standard_error=float(terms.std(ddof=1) / np.sqrt(len(terms)))
    )
