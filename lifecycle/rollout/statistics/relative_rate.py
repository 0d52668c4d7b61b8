"""How many times as often the challenger fails: exact for the rarest events, whatever the weights were."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from lifecycle.rollout.statistics.arm_sums import SumsError
from lifecycle.rollout.statistics.mean_difference import Estimate

_WIDEST = 12.0
"""Log ratios beyond this are not told from infinity: 160,000 times as often."""
_PRIOR_SD = 1.0
"""Of the log ratio, before anything was seen: threefold is no surprise. It shapes power, never the error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """Events (failed keys) of both arms while the weights were the same.

    Attributes:
        share: chance of a key to be given to the challenger, in 0..1: the weight, not what came of it.
    """

    champion: int
    challenger: int
    share: float


def relative_rate(
    stages: Sequence[Events], *, alpha: float, n_champion: int = 0, n_challenger: int = 0
) -> Estimate:
    """Challenger's rate over the champion's, minus 1; 1.0: twice as often.

    Only the arms of the events matter. If the challenger fails r times as often, the next event is its own
    with chance w r / (w r + 1 - w) under the weight w. This needs no large numbers, and holds while the
    base rate drifts over the day, since both arms see the same day. Without events it is -1 to infinity.

    Each event must be another key: count a key that fails often once. It is exact where assignment is
    random and keys are judged once; with no event yet, the value is 0.

    Raises:
        SumsError: negative counts, or a share outside 0 to 1.

    Source: Lindon and Malek (2022), Anytime-valid inference for multinomial count data, section 3; here
    with one log-normal mixture for the ratio over all stages, on a grid, which is itself an exact mixture.

    >>> found = relative_rate([Events(champion=2, challenger=9, share=0.05)], alpha=0.05)
    >>> round(found.value, 1), round(found.low, 1), found.high > 1000
    (84.5, 3.3, True)
    """
    for stage in stages:
        if min(stage.champion, stage.challenger) < 0 or not 0 < stage.share < 1:
            raise SumsError(f"{stage} is impossible: counts are not negative, a share is between 0 and 1")
    used = [s for s in stages if s.champion + s.challenger]
    limit = log_mixture(used) + math.log(alpha)
    peak = _most_likely(used)
    low = _end(used, limit, peak, -_WIDEST) if any(s.challenger for s in used) else -math.inf
    high = _end(used, limit, peak, _WIDEST) if any(s.champion for s in used) else math.inf
    return Estimate(
        value=math.expm1(peak) if math.isfinite(peak) else 0.0 if not used else math.inf,
        low=math.expm1(low) if low > -_WIDEST else -1.0,
        high=math.expm1(high) if high < _WIDEST else math.inf,
        alpha=alpha,
        n_champion=n_champion,
        n_challenger=n_challenger,
    )


def log_likelihood(stages: Sequence[Events], log_ratio: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of the arms of all events, for each log ratio."""
    total = np.zeros_like(log_ratio)
    for stage in stages:
        logit = math.log(stage.share / (1 - stage.share)) + log_ratio
        total -= stage.challenger * np.logaddexp(0.0, -logit) + stage.champion * np.logaddexp(0.0, logit)
    return total


def log_mixture(stages: Sequence[Events], *, sd: float = _PRIOR_SD) -> float:
    """Log likelihood of the arms of all events, mixed over a normal log ratio of mean 0."""
    grid, weights = _grid(sd)
    terms = log_likelihood(stages, grid) + weights
    top = float(terms.max())
    return top + math.log(float(np.exp(terms - top).sum()))


@cache
def _grid(sd: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    # As fine as the likelihood of a million events is narrow. A coarser one is as exact, and tells less.
    grid = np.linspace(-5 * sd, 5 * sd, 4001)
    weights = -0.5 * (grid / sd) ** 2
    return grid, weights - math.log(float(np.exp(weights).sum()))


def _at(stages: Sequence[Events], log_ratio: float) -> float:
    return float(log_likelihood(stages, np.array([log_ratio]))[0])


def _most_likely(stages: Sequence[Events]) -> float:
    """The log ratio of greatest likelihood: -inf when only the champion has events, inf the other way."""
    from scipy.optimize import brentq

    if not any(s.challenger for s in stages):
        return -math.inf if stages else 0.0
    if not any(s.champion for s in stages):
        return math.inf

    def surplus(log_ratio: float) -> float:
        expected = 0.0
        for s in stages:
            logit = math.log(s.share / (1 - s.share)) + log_ratio
            expected += (s.champion + s.challenger) / (1 + math.exp(-logit))
        return sum(s.challenger for s in stages) - expected

    return float(brentq(surplus, -40.0, 40.0))


def _end(stages: Sequence[Events], limit: float, peak: float, far: float) -> float:
    """Where the likelihood falls to the limit; it is concave in the log ratio."""
    from scipy.optimize import brentq

    near = min(max(peak, -_WIDEST), _WIDEST)
    if near == far or _at(stages, far) >= limit:
        return far
    if _at(stages, near) < limit:
        return near
    return float(brentq(lambda log_ratio: _at(stages, log_ratio) - limit, far, near))
