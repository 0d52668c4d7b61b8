"""From an interval to a verdict: is the challenger better, no worse, or harmful?"""

import math
from dataclasses import dataclass
from typing import Literal

from lifecycle.errors import LifecycleError
from lifecycle.rollout.statistics.mean_difference import Estimate
from lifecycle.rollout.verdict import Verdict

Goal = Literal["superiority", "non_inferiority", "no_harm"]
"""`no_harm` is `non_inferiority` that fails at once when the challenger is proven worse at all."""
Better = Literal["higher", "lower"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of an effect.

    Attributes:
        better: which way the metric is better.
        margin: how much worse is still accepted (`superiority`: how much better is wanted), at least 0, in
            the unit of the estimate: the metric's own, or a share of the champion's value.
        min_keys: with fewer keys in either arm there is no verdict, as the interval cannot be trusted.
    """

    goal: Goal
    better: Better
    margin: float
    min_keys: int = 100

    def __post_init__(self) -> None:
        if not math.isfinite(self.margin) or self.margin < 0:
            raise LifecycleError(f"a margin of {self.margin} asks nothing: give a number of at least 0")
        if self.goal != "superiority" and self.margin == 0:
            raise LifecycleError(f"no number of samples shows {self.goal} with a margin of 0: give one above")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A verdict with the limit that it was held against, and one sentence for people.

    Attributes:
        limit: in the unit of the estimate, on the worse side for `non_inferiority` and `no_harm`.
    """

    verdict: Verdict
    limit: float
    reason: str


def decide_effect(estimate: Estimate, question: Question) -> Decision:
    """The verdict on one look. May be asked at every look: the interval's alpha covers all of them.

    `pass` when the whole interval keeps the limit, `fail` when none of it does, else `inconclusive`. A pass
    is never wrong at the limit itself: an effect of exactly the margin passes with chance alpha at most.
    """
    sign = 1.0 if question.better == "higher" else -1.0
    wanted = question.margin if question.goal == "superiority" else -question.margin
    limit = sign * wanted
    problem = _problem(estimate)
    if problem:
        return Decision(verdict="error", limit=limit, reason=problem)
    fewest = min(estimate.n_champion, estimate.n_challenger)
    if fewest < question.min_keys:
        reason = f"{fewest} keys in the smaller arm, {question.min_keys} are needed"
        return Decision(verdict="not_enough_data", limit=limit, reason=reason)
    low, high = sorted((sign * estimate.low, sign * estimate.high))
    span = f"{estimate.low:.4g} to {estimate.high:.4g}"
    if low > wanted:
        return Decision(verdict="pass", limit=limit, reason=f"{span} keeps {limit:.4g}")
    if high < wanted:
        return Decision(verdict="fail", limit=limit, reason=f"{span} breaks {limit:.4g}")
    if question.goal == "no_harm" and high < 0:
        return Decision(verdict="fail", limit=limit, reason=f"{span} is worse than the champion")
    return Decision(verdict="inconclusive", limit=limit, reason=f"{span} holds {limit:.4g}")


def decide_rate(low: float, high: float, *, limit: float, trials: int, min_trials: int = 1) -> Decision:
    """The verdict on a rate of one arm that may be at most `limit`: bounds of `rate_bounds`.

    >>> decide_rate(0.021, 0.055, limit=0.02, trials=400).verdict
    'fail'
    """
    if not all(math.isfinite(v) for v in (low, high, limit)) or not 0 <= low <= high <= 1 or trials < 0:
        reason = f"bounds of {low} and {high} over {trials} trials are no rate"
        return Decision(verdict="error", limit=limit, reason=reason)
    if trials < min_trials:
        reason = f"{trials} trials, {min_trials} are needed"
        return Decision(verdict="not_enough_data", limit=limit, reason=reason)
    verdict: Verdict = "pass" if high <= limit else "fail" if low > limit else "inconclusive"
    return Decision(verdict=verdict, limit=limit, reason=f"{low:.4g} to {high:.4g}, at most {limit:.4g}")


def _problem(estimate: Estimate) -> str | None:
    """What makes it no estimate. An end may be infinite: nothing is known on that side."""
    if min(estimate.n_champion, estimate.n_challenger) < 0:
        return f"{estimate.n_champion} and {estimate.n_challenger} keys are impossible"
    if any(math.isnan(v) for v in (estimate.value, estimate.low, estimate.high)):
        return f"{estimate.low} to {estimate.high} around {estimate.value}: not a number"
    if not estimate.low <= estimate.high:
        return f"an interval from {estimate.low} to {estimate.high} is empty"
    return None
