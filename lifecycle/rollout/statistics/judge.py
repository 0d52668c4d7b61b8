"""From the sums of both arms to a verdict: what a rollout calls at each look."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lifecycle.rollout.statistics.arm_sums import ArmSums, problem_of
from lifecycle.rollout.statistics.mean_difference import (
    Estimate,
    Stratum,
    mean_difference,
    relative_difference,
)
from lifecycle.rollout.statistics.noninferiority import Decision, Question, decide_effect
from lifecycle.rollout.verdict import Verdict

Scale = Literal["absolute", "relative"]
MIN_EVENTS = 20
"""Good and bad requests that each arm needs before a share is taken for normal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One look: the verdict, and the interval that it rests on (None: there is none)."""

    verdict: Verdict
    estimate: Estimate | None
    limit: float | None
    reason: str


def judge(
    strata: Sequence[Stratum],
    question: Question,
    *,
    scale: Scale,
    alpha: float,
    tuned_for: float,
    share: bool = False,
) -> Judgement:
    """The verdict on a metric of two arms; impossible sums are an `error`, too little is `not_enough_data`.

    Args:
        strata: one for each stretch of equal weights; keys of different ones differ.
        scale: unit of the question's margin.
        alpha: chance of a wrong pass or a wrong fail, at any look, together.
        tuned_for: as `mean_difference`; `power.plan` gives it.
        share: the metric is a share; then `MIN_EVENTS` good and bad requests each must have been seen.
    """
    for stratum in strata:
        for name, arm in (("champion", stratum.champion), ("challenger", stratum.challenger)):
            if problem := problem_of(arm, share=share):
                return Judgement(verdict="error", estimate=None, limit=None, reason=f"{name}: {problem}")
    if lacking := _lacking(strata, question, share=share, scale=scale):
        return Judgement(verdict="not_enough_data", estimate=None, limit=None, reason=lacking)
    measure = mean_difference if scale == "absolute" else relative_difference
    estimate = measure(strata, alpha=alpha, tuned_for=tuned_for)
    decision: Decision = decide_effect(estimate, question)
    return Judgement(
        verdict=decision.verdict, estimate=estimate, limit=decision.limit, reason=decision.reason
    )


def _lacking(strata: Sequence[Stratum], question: Question, *, share: bool, scale: Scale) -> str | None:
    """What there is too little of for the central limit theorem; None: there is enough."""
    usable = [s for s in strata if min(s.champion.n, s.challenger.n) >= 2]
    for name, arms in (
        ("champion", [s.champion for s in usable]),
        ("challenger", [s.challenger for s in usable]),
    ):
        n = sum(arm.n for arm in arms)
        if n < max(question.min_keys, 2):
            return f"{name}: {n} keys, {question.min_keys} are needed"
        if scale == "relative" and sum(arm.y for arm in arms) <= 0:
            return (
                f"{name}: the mean is not above zero, so there is no ratio: wait, or use an absolute margin"
            )
        if share and (rarest := _rarest(arms)) < MIN_EVENTS:
            return f"{name}: {rarest:g} of the rarer outcome, {MIN_EVENTS} are needed"
    return None


def _rarest(arms: Sequence[ArmSums]) -> float:
    y, x = sum(arm.y for arm in arms), sum(arm.x for arm in arms)
    return min(y, x - y)
