"""A rate of rare events in one arm, with an interval that is exact at every look and any count."""

import math
from collections.abc import Callable

from lifecycle.rollout.statistics.arm_sums import SumsError
from lifecycle.rollout.statistics.mean_difference import Estimate


def log_evidence(events: int, trials: int, *, rate: float, guess: float, worth: float) -> float:
    """Log of the evidence against `rate`: exceeds log(1 / alpha) at any look, ever, with chance alpha.

    A martingale if `rate` is the truth: the likelihood under a beta prior over that under `rate`.

    Args:
        guess: mean of the prior, in 0..1.
        worth: trials that the prior is worth. Both shape power only, never the error rate.

    Source: Ville (1939); Robbins (1970); Howard et al. (2021), the beta-binomial mixture.
    """
    from scipy.special import betaln

    a, b = guess * worth, (1 - guess) * worth
    mixed = float(betaln(a + events, b + trials - events) - betaln(a, b))
    return mixed - _log_likelihood(events, trials, rate)


def rate_bounds(
    events: int, trials: int, *, alpha: float, guess: float = 0.5, worth: float = 1.0
) -> tuple[float, float]:
    """The rates that the counts do not contradict at level alpha, at every look together.

    No approximation: it holds with no event at all, and from the first trial. Trials must be independent:
    count keys with an event, not requests of the same key. The base rate may not drift; for a
    comparison over time use `relative_rate`.

    Raises:
        SumsError: counts that no trials have.

    >>> [round(end, 4) for end in rate_bounds(0, 500, alpha=0.05)]
    [0.0, 0.0133]
    """
    if trials < 0 or not 0 <= events <= trials:
        raise SumsError(f"{events} events in {trials} trials are impossible: count both over the same keys")
    if trials == 0:
        return 0.0, 1.0
    limit, seen = math.log(1 / alpha), events / trials

    def excess(rate: float) -> float:
        return log_evidence(events, trials, rate=rate, guess=guess, worth=worth) - limit

    # The evidence is convex in the rate and least at the rate seen.
    low = 0.0 if events == 0 else _root(excess, 0.0, seen)
    high = 1.0 if events == trials else _root(excess, 1.0, seen)
    return low, high


def rate_difference(
    events_champion: int, n_champion: int, events_challenger: int, n_challenger: int, *, alpha: float
) -> Estimate:
    """Challenger's rate minus the champion's, exact for any counts: each arm's interval has half of alpha.

    Wider than `mean_difference`, by up to half. For rare events, where that one cannot be trusted.

    Raises:
        SumsError: counts that no trials have, or an arm without trials.
    """
    if not n_champion or not n_challenger:
        raise SumsError("an arm without trials has no rate: wait for requests")
    old = rate_bounds(events_champion, n_champion, alpha=alpha / 2)
    new = rate_bounds(events_challenger, n_challenger, alpha=alpha / 2)
    return Estimate(
        value=events_challenger / n_challenger - events_champion / n_champion,
        low=new[0] - old[1],
        high=new[1] - old[0],
        alpha=alpha,
        n_champion=n_champion,
        n_challenger=n_challenger,
    )


def _log_likelihood(events: int, trials: int, rate: float) -> float:
    from scipy.special import xlog1py, xlogy

    return float(xlogy(events, rate) + xlog1py(trials - events, -rate))


def _root(excess: Callable[[float], float], far: float, near: float) -> float:
    """Where the evidence reaches the limit, between a rate that it excludes (`far`) and the rate seen."""
    from scipy.optimize import brentq

    far += math.copysign(1e-15, near - far)  # the ends themselves have infinite evidence
    return far if excess(far) <= 0 else float(brentq(excess, far, near, xtol=1e-14, rtol=1e-12))
