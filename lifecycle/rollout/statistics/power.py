"""The power plan: how many keys, and how many days, until a rollout can tell."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from lifecycle.errors import LifecycleError
from lifecycle.rollout.statistics.normal_mixture import Side, boundary, tuning

_STEP = 0.04
"""Grid of the standardised sum. Half of it changes the power by less than a thousandth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SizePlan:
    """How much information finds an effect, as `effective_size` (n0 n1 / (n0 + n1)).

    Attributes:
        size: at which the chance to have found the effect, at this look or before, is the power.
        expected_size: at which a rollout with just this effect ends on average, if it ends at `size` at last.
        single_look_size: what one look at a number fixed before needs: the price of looking is the ratio.
        n_looks: equally spaced up to `size`.
    """

    size: float
    expected_size: float
    single_look_size: float
    n_looks: int

    def keys_per_arm(self, share: float) -> tuple[int, int]:
        """Keys of champion and challenger when the challenger gets this share of them."""
        total = self.size / (share * (1 - share))
        return math.ceil(total * (1 - share)), math.ceil(total * share)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A stretch of the schedule: the challenger's share of keys in 0..1, and how many days it lasts."""

    share: float
    days: float


def plan_size(
    *, effect: float, sd: float, alpha: float, power: float, n_looks: int = 20, side: Side = "both"
) -> SizePlan:
    """Information that finds an effect with the wanted power under an always-valid interval.

    The chance of crossing its boundary is integrated from look to look, so the plan is neither a bound nor a
    simulation. The interval is taken to be tuned for `size`. With more looks than planned power is higher.

    Args:
        effect: distance of the true difference from the limit: for superiority the smallest effect; for
            non-inferiority the margin plus the true gain. Any unit.
        sd: standard deviation of one key in the same unit, in both arms. Of a share p: sqrt(p (1 - p)).
            For relative effects: log(1 + effect), with the sd divided by the mean.
        n_looks: looks until `size`.

    Raises:
        LifecycleError: what cannot be planned for.

    Source: Armitage, McPherson and Rowe (1969) for the integration; Howard et al. (2021) for the boundary.

    >>> found = plan_size(effect=0.02, sd=0.4, alpha=0.05, power=0.8)
    >>> round(found.single_look_size), 1.3 < found.size / found.single_look_size < 1.8
    (3140, True)
    """
    if not (effect > 0 and sd > 0 and 0 < alpha < 0.5 and alpha < power < 1 and n_looks >= 1):
        raise LifecycleError(
            f"no plan for effect {effect}, sd {sd}, alpha {alpha}, power {power}, {n_looks} looks: effect "
            "and sd are above 0, alpha below 0.5, power between alpha and 1, and there is a look"
        )
    from scipy.special import ndtri

    drift, expected = _drift(alpha, power, n_looks, side)
    tail = alpha / 2 if side == "both" else alpha
    single = float(ndtri(1 - tail) + ndtri(power))
    scale = (sd / effect) ** 2
    size = drift**2 * scale
    return SizePlan(
        size=size, expected_size=size * expected, single_look_size=single**2 * scale, n_looks=n_looks
    )


def days_until(
    size: float,
    *,
    keys_per_day: float,
    schedule: Sequence[Step],
    coverage: float = 1.0,
    delay_days: float = 0.0,
) -> float:
    """Days until the information is there and its labels are known; inf: never.

    Args:
        keys_per_day: new keys; keys that come back bring no new information.
        schedule: its last step lasts as long as needed.
        coverage: share of the keys whose label comes, in 0..1.
        delay_days: from a prediction to its label.

    >>> days_until(1000, keys_per_day=1000, schedule=[Step(share=0.05, days=2), Step(share=0.5, days=1)],
    ...            coverage=0.9, delay_days=1)
    7.0644...
    """
    if not schedule or not all(0 <= step.share <= 1 and step.days >= 0 for step in schedule):
        raise LifecycleError("a schedule has a step at least, with shares in 0..1 and days not below 0")
    days, left = 0.0, size
    for i, step in enumerate(schedule):
        per_day = keys_per_day * coverage * step.share * (1 - step.share)
        needed = left / per_day if per_day > 0 else math.inf
        if needed <= step.days or i == len(schedule) - 1:
            return days + needed + delay_days
        days, left = days + step.days, left - per_day * step.days
    raise AssertionError("the last step returns")


def crossing(drift: float, *, alpha: float, n_looks: int, side: Side = "both") -> tuple[float, float]:
    """Chance to cross the boundary on the good side, and the expected share of the information used.

    Args:
        drift: mean of the standardised sum at the last look, above 0 on the good side.

    Source: Armitage, McPherson and Rowe (1969), Repeated significance tests on accumulating data.
    """
    rho = tuning(1.0, alpha=alpha, side=side)
    reach = boundary(1.0, alpha=alpha, rho=rho, side=side) + abs(drift) + 8.0
    noise, moved = math.sqrt(1 / n_looks), drift / n_looks
    step = min(_STEP, noise / 3)
    grid = np.arange(-math.ceil(reach / step), math.ceil(reach / step) + 1) * step
    half = math.ceil((8 * noise + abs(moved)) / step)
    kernel = _normal(np.arange(-half, half + 1) * step - moved, noise) * step
    density = _normal(grid - moved, noise)
    good = expected = 0.0
    for look in range(1, n_looks + 1):
        edge = boundary(look / n_looks, alpha=alpha, rho=rho, side=side)
        # A cell that the edge cuts counts by the part of it beyond the edge.
        over = np.clip((grid + step / 2 - edge) / step, 0.0, 1.0)
        under = np.clip((-edge - grid + step / 2) / step, 0.0, 1.0) if side == "both" else np.zeros_like(grid)
        expected += float(density.sum()) * step / n_looks
        good += float(density @ over) * step
        density = density * (1 - over - under)
        if look < n_looks:
            density = np.convolve(density, kernel, mode="same")
    return min(good, 1.0), expected


def _normal(x: NDArray[np.floating], sd: float) -> NDArray[np.float64]:
    return np.asarray(np.exp(-0.5 * (x / sd) ** 2) / (sd * math.sqrt(2 * math.pi)))


@cache
def _drift(alpha: float, power: float, n_looks: int, side: Side) -> tuple[float, float]:
    """Drift at which the boundary is crossed with the wanted power. It has no unit: one root serves all."""
    from scipy.optimize import brentq

    drift = float(
        brentq(
            lambda d: crossing(d, alpha=alpha, n_looks=n_looks, side=side)[0] - power, 0.01, 20.0, xtol=1e-4
        )
    )
    return drift, crossing(drift, alpha=alpha, n_looks=n_looks, side=side)[1]
