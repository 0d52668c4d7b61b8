"""From a measurement to a verdict: the whole interval against the limit. Unknown is never pass."""

from datetime import datetime, timedelta

from lifecycle.rollout.cohorts import cohort_problem, labelled_of
from lifecycle.rollout.observations import Measurement
from lifecycle.rollout.plan import PRIMARY, SHARE, SMOKE, Check, Plan, StagePlan
from lifecycle.rollout.record import Evidence
from lifecycle.rollout.verdict import Verdict

MAX_SKEW = timedelta(minutes=5)
"""How far the clock of a provider may be ahead of ours."""


def judge(
    measured: Measurement,
    check: Check,
    *,
    plan: Plan,
    stage: StagePlan,
    window: int,
    window_at: datetime,
    now: datetime,
    ratio_is_off: bool,
) -> Evidence:
    """What a measurement says of a check in a stage.

    Args:
        window: number of the window of weights, which sets the error rate that may be spent.
        window_at: when that window began. What began earlier mixes two splits, and decides nothing.
        ratio_is_off: requests were not split as the weights say, so comparisons of the arms mean nothing.
    """

    def evidence(verdict: Verdict, reason: str) -> Evidence:
        return Evidence(measurement=measured, verdict=verdict, limit=check.limit, reason=reason)

    if problem := _problem(measured, check, plan, window=window, now=now):
        return evidence("error", problem)
    if measured.started_at < window_at:
        return evidence("not_enough_data", "it began before the weights were what they are")
    verdict, reason = compare(measured, check)
    if ratio_is_off and (check.compare != "value" or check.name in (PRIMARY, SHARE)):
        return evidence("inconclusive", "requests were not split as the weights say, so the arms differ")
    if verdict == "pass" and (short := _too_few(measured, check, stage)):
        return evidence("not_enough_data", short)
    return evidence(verdict, reason)


def compare(measured: Measurement, check: Check) -> tuple[Verdict, str]:
    """The verdict of bounds: pass if the whole interval keeps the limit, fail if none of it does."""
    low, high = measured.low or 0.0, measured.high or 0.0
    told = f"{check.metric} {_number(measured.value)} ({_number(low)} to {_number(high)})"
    side = "at most" if check.worse == "up" else "at least"
    told += f", {_WORDS[check.compare]}{side} {_number(check.limit)}"
    worst, best, limit = (high, low, check.limit) if check.worse == "up" else (-low, -high, -check.limit)
    if worst < limit or (worst == limit and not check.strictly):
        return "pass", told
    return ("fail", told) if best > limit else ("inconclusive", told)


_WORDS = {"value": "", "difference": "difference to the champion ", "ratio": "ratio to the champion "}


def _problem(measured: Measurement, check: Check, plan: Plan, *, window: int, now: datetime) -> str | None:
    """Why a measurement is none."""
    value, low, high = measured.value, measured.low, measured.high
    if measured.problem is not None:
        return measured.problem
    if value is None or low is None or high is None:
        return "it has no value, or no bounds"
    if not low <= value <= high:
        return f"its value {_number(value)} is not between its bounds {_number(low)} and {_number(high)}"
    if measured.ended_at > now + MAX_SKEW or measured.ended_at < measured.started_at:
        return "it ends in the future, or before it starts"
    if min(measured.n_champion, measured.n_challenger) < 0:
        return "it counts fewer than no requests"
    if check.name == SMOKE:
        return None
    if check.name == SHARE:
        return None if 0 < value < 1 else f"a share of {_number(value)} is not between 0 and 1"
    if check.metric.endswith("_rate") and check.compare == "value" and not 0 <= value <= 1:
        return f"a rate of {_number(value)} is not between 0 and 1"
    if measured.alpha is None or measured.alpha > plan.alpha_of(check.name, window) * (1 + 1e-9):
        return "its interval is not wide enough for how often is looked"
    if check.name == PRIMARY:
        if measured.n_challenger != labelled_of(measured.cohorts, "challenger"):
            return "it counts other labels than its cohorts have"
        return cohort_problem(measured.cohorts, plan.labelled, now=now)
    return None


def _too_few(measured: Measurement, check: Check, stage: StagePlan) -> str | None:
    """Why a pass rests on too little; a fail never does: its interval accounts for how little it was."""
    if check.name in (SMOKE, SHARE):
        return None
    needed = max(stage.min_labelled, 1) if check.name == PRIMARY else stage.min_requests
    seen = measured.n_challenger
    if check.compare != "value":
        seen = min(seen, measured.n_champion)
    what = "labelled samples" if check.name == PRIMARY else "requests"
    return f"{seen} of {needed} {what}" if seen < needed else None


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.4g}"
