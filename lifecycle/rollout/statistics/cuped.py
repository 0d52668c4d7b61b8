"""CUPED: what a key was like before the rollout takes noise out of what it does during the rollout."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime

import numpy as np
from numpy.typing import ArrayLike

from lifecycle.errors import LifecycleError
from lifecycle.rollout.statistics.arm_sums import SumsError
from lifecycle.rollout.statistics.mean_difference import Estimate, effective_size, estimate_of
from lifecycle.rollout.statistics.normal_mixture import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class CovariateSums:
    """Sums over the keys of one arm: `y` of the metric, `c` of the covariate before the rollout.

    Keys without a covariate (new ones) are left at what is known of all: they are in n, y and yy, not in
    the others.

    Attributes:
        n: keys; n_known: those with a covariate.
        y_known: sum of y over those.
    """

    n: int
    y: float
    yy: float
    n_known: int
    y_known: float
    c: float
    cc: float
    yc: float

    def __add__(self, other: "CovariateSums") -> "CovariateSums":
        """The sums of both sets of keys, which must share no key."""
        return CovariateSums(**{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)})


def covariate_sums(y: ArrayLike, covariate: ArrayLike) -> CovariateSums:
    """Sums of keys' values.

    Args:
        y: one value a key, shape (n_keys,).
        covariate: same shape; nan: the key has none.
    """
    ys, cs = np.asarray(y, dtype=float), np.asarray(covariate, dtype=float)
    known = np.isfinite(cs)
    yk, ck = ys[known], cs[known]
    return CovariateSums(
        n=len(ys),
        y=float(ys.sum()),
        yy=float(ys @ ys),
        n_known=len(yk),
        y_known=float(yk.sum()),
        c=float(ck.sum()),
        cc=float(ck @ ck),
        yc=float(yk @ ck),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """The adjusted difference.

    Attributes:
        slope: of the metric on the covariate, in both arms together; 0: the covariate helps nothing.
        kept: variance that is left, as a share of the variance before; 1: none was taken out.
    """

    estimate: Estimate
    slope: float
    kept: float


def adjusted_difference(
    champion: CovariateSums, challenger: CovariateSums, *, alpha: float, tuned_for: float, side: Side = "both"
) -> Adjusted:
    """Challenger's mean minus the champion's, with what the covariate explains taken out.

    The slope is one for both arms. A covariate that is constant, or unknown for all, changes nothing.

    Raises:
        SumsError: an arm has fewer than two keys.

    Source: Deng, Xu, Kohavi and Walker (2013), Improving the sensitivity of online controlled experiments by
    utilizing pre-experiment data.
    """
    if min(champion.n, challenger.n) < 2:
        raise SumsError("an arm with fewer than two keys has no variance: wait for more requests")
    slope, centre = _slope(champion + challenger)
    old, new = _mean_and_variance(champion, slope, centre), _mean_and_variance(challenger, slope, centre)
    plain = _mean_and_variance(champion, 0.0, 0.0)[1] + _mean_and_variance(challenger, 0.0, 0.0)[1]
    variance = old[1] + new[1]
    estimate = estimate_of(
        new[0] - old[0],
        variance,
        size=effective_size(champion.n, challenger.n),
        n_champion=champion.n,
        n_challenger=challenger.n,
        alpha=alpha,
        tuned_for=tuned_for,
        side=side,
    )
    return Adjusted(estimate=estimate, slope=slope, kept=variance / plain if plain > 0 else 1.0)


def check_covariate(
    name: str, *, known_at: datetime, rollout_began_at: datetime, outcomes: Collection[str]
) -> None:
    """Refuse a covariate that the rollout itself may have changed: adjusting for it hides the effect.

    Args:
        known_at: when the last value was measured.
        outcomes: names of what comes of a prediction: scores, labels, latency and the metric.

    Raises:
        LifecycleError: it is an outcome, was measured too late, or a time has no zone.
    """
    if known_at.tzinfo is None or rollout_began_at.tzinfo is None:
        raise LifecycleError(f"covariate {name}: times need a zone, so that before and after can be told")
    if name in outcomes:
        raise LifecycleError(
            f"covariate {name}: it comes of the predictions and so of the rollout; use what was known before"
        )
    if known_at >= rollout_began_at:
        raise LifecycleError(
            f"covariate {name}: measured until {known_at.isoformat()}, the rollout began "
            f"{rollout_began_at.isoformat()}; measure it until before that"
        )


def _slope(both: CovariateSums) -> tuple[float, float]:
    """Slope of y on the covariate, and the covariate's mean, over both arms."""
    if both.n_known < 2:
        return 0.0, 0.0
    centre = both.c / both.n_known
    spread = both.cc - both.n_known * centre**2
    # A constant leaves rounding behind, which must not be divided by.
    if spread <= 1e-12 * max(both.cc, 1e-300):
        return 0.0, centre
    return (both.yc - centre * both.y_known) / spread, centre


def _mean_and_variance(arm: CovariateSums, slope: float, centre: float) -> tuple[float, float]:
    """Mean of y - slope (c - centre), and the variance of that mean. Where c is unknown it is the centre."""
    off = arm.c - arm.n_known * centre
    off_squared = arm.cc - 2 * centre * arm.c + arm.n_known * centre**2
    product = arm.yc - centre * arm.y_known
    total = arm.y - slope * off
    squares = arm.yy - 2 * slope * product + slope**2 * off_squared
    mean = total / arm.n
    return mean, max(squares - arm.n * mean**2, 0.0) / (arm.n - 1) / arm.n
