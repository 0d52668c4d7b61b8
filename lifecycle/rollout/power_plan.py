"""Before a rollout begins: how many labels it takes to tell, and how many days that is at today's traffic."""

import math
from dataclasses import dataclass

from lifecycle.rollout.observations import Backend
from lifecycle.rollout.plan import LATENCY, Check, Plan
from lifecycle.rollout.statistics.mean_difference import effective_size
from lifecycle.rollout.statistics.power import SizePlan, Step, days_until, plan_size
from lifecycle.rollout.statistics.quantile import least_for_an_upper_end

SECONDS_A_DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What is known of the champion's labelled traffic.

    Attributes:
        mean: of the primary metric over keys.
        sd: of one key.
        keys: that both were computed from.
        keys_per_day: new keys that ask, labelled or not.
        coverage: share of them whose label comes, in 0..1.
        delay_days: from a prediction to its label, as 9 of 10 labels keep it.
    """

    mean: float
    sd: float
    keys: int
    keys_per_day: float
    coverage: float
    delay_days: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerPlan:
    """What a rollout needs, or why that is not known.

    Attributes:
        size: information that finds the effect, as `effective_size`; None: not known.
        samples: labelled keys of the version on trial in the stage that decides; None: not known.
        days: until the stage that decides has them, its label delay included; inf: never.
        too_long: it takes longer than the rollout may, or it is not known how long.
    """

    size: float | None
    samples: int | None
    days: float | None
    too_long: bool
    told: str


def plan_power(plan: Plan, baseline: Baseline | str) -> PowerPlan:
    """The power plan of a rollout.

    Args:
        baseline: of the champion; text: why nothing is known of it.
    """
    if plan.primary is None:
        return _unknown("no labels decide, so no number of them is planned", too_long=False)
    if isinstance(baseline, str):
        return _unknown(baseline, too_long=True)
    found = planned_size(plan, baseline)
    if isinstance(found, str):
        return _unknown(found, too_long=True)
    decides = next(stage for stage in plan.stages if stage.decides)
    # While it bakes the champion looks on: both score the same requests, as an even split would.
    share = decides.weight / 100 if 0 < decides.weight < 100 else 0.5
    samples = found.keys_per_arm(share)[1]
    waits = sum(stage.hold_s for stage in plan.stages if stage.weight < decides.weight) / SECONDS_A_DAY
    days = waits + days_until(
        found.size,
        keys_per_day=baseline.keys_per_day,
        schedule=[Step(share=share, days=0.0)],
        coverage=baseline.coverage,
        delay_days=baseline.delay_days,
    )
    slowest, slowest_days = slowest_stage(plan, baseline.keys_per_day)
    limit_days, stage_limit_days = plan.limit_s / SECONDS_A_DAY, plan.stage_limit_s / SECONDS_A_DAY
    too_long = not days <= limit_days or slowest_days > stage_limit_days
    when = f"some {days:.1f} days" if math.isfinite(days) else "for ever"
    told = (
        f"{samples} labelled keys of the version in {decides.label} {_aim(plan, plan.primary)} with power "
        f"{plan.power:g}: {when} at {baseline.keys_per_day:.0f} keys a day, of which "
        f"{baseline.coverage:.0%} get their label, 9 of 10 within {baseline.delay_days:.1f} days"
    )
    if not days <= limit_days:
        told += f"; a rollout ends after {limit_days:g} days"
    if slowest_days > stage_limit_days:
        told += (
            f"; {slowest} needs {slowest_days:.1f} days for the requests that its guardrails ask for, and a "
            f"stage ends after {stage_limit_days:g}: begin with a larger step, or raise `stage_limit`"
        )
    return PowerPlan(size=found.size, samples=samples, days=days, too_long=too_long, told=told)


def replay_planned(plan: Plan, backend: Backend) -> str:
    """What it means for a rollout that its endpoint copies no requests; empty: it does, or need not."""
    looks_on = [stage.label for stage in plan.stages if stage.name == "shadow" or stage.weight == 100]
    if backend.can_mirror or backend.problem is not None or not looks_on:
        return ""
    stages = ", ".join(looks_on)
    told = f"the endpoint copies no requests: who looks on ({stages}) does so by replay of the log"
    compared = any(check.metric == LATENCY and check.compare != "value" for check in plan.guardrails)
    if compared and not any(stage.side_by_side for stage in plan.stages):
        told += (
            ", and no stage has both versions side by side: their latency cannot be compared, so nothing "
            "passes; give `p99_latency_ms` a `max`, or take `strategy: canary`"
        )
    return told


def slowest_stage(plan: Plan, keys_per_day: float) -> tuple[str, float]:
    """The stage that waits longest for the requests of the version on trial, and for how many days.

    A p99 is known only from some number of requests on, whatever they are like; other guardrails ask for
    what the plan says.
    """
    found = ("none", 0.0)
    for window, stage in enumerate(plan.stages_with_windows, start=1):
        needed = stage.min_requests
        for guardrail in plan.guardrails:
            if guardrail.metric == LATENCY:
                alpha = plan.alpha_of(guardrail.name, window)
                part = alpha if guardrail.compare == "value" else alpha / 2
                needed = max(needed, least_for_an_upper_end(0.99, alpha=part))
        share = stage.weight / 100 if stage.weight else 1.0
        days = needed / (keys_per_day * share) if keys_per_day > 0 else math.inf
        if days > found[1]:
            found = (stage.label, days)
    return found


def planned_size(plan: Plan, baseline: Baseline) -> SizePlan | str:
    """Information that finds the plan's effect; text: why it cannot be planned.

    For superiority the effect is the smallest gain worth finding. For non-inferiority it is the margin: an
    equal version is promoted with the wanted power.
    """
    primary = plan.primary
    if primary is None or not baseline.sd > 0:
        return f"the primary metric does not vary over {baseline.keys} keys"
    relative = primary.compare == "ratio"
    if relative and not baseline.mean > 0:
        return "the champion's mean is not above zero: use a margin in the metric's own unit"
    distance = plan.effect if primary.strictly else _margin(primary)
    # On the log scale, where ratios are compared; the narrower side of the two.
    effect = math.log1p(distance) if relative else distance
    sd = baseline.sd / baseline.mean if relative else baseline.sd
    alpha = plan.alpha_of(primary.name, _window_that_decides(plan))
    return plan_size(effect=effect, sd=sd, alpha=alpha, power=plan.power)


def tuned_for(plan: Plan, size: float | None) -> float:
    """Information at which intervals are tightest: the planned one, else what the stage asks for at least.

    It is fixed before the first look, as the intervals' guarantee asks for.
    """
    if size is not None:
        return max(size, 1.0)
    least = max((stage.min_labelled for stage in plan.stages), default=0)
    return max(effective_size(least, least) if least else 0.0, 100.0)


def _margin(primary: Check) -> float:
    return abs(primary.limit - (1.0 if primary.compare == "ratio" else 0.0))


def _aim(plan: Plan, primary: Check) -> str:
    unit = " of the champion's" if primary.compare == "ratio" else ""
    if primary.strictly:
        return f"find that its {primary.metric} is better by {plan.effect:g}{unit}"
    return f"show that the {primary.metric} of an equal version is not worse by {_margin(primary):g}{unit}"


def _window_that_decides(plan: Plan) -> int:
    decides = (window for window, stage in enumerate(plan.stages_with_windows, start=1) if stage.decides)
    return next(decides, plan.windows)


def _unknown(why: str, *, too_long: bool) -> PowerPlan:
    return PowerPlan(size=None, samples=None, days=None, too_long=too_long, told=f"not planned: {why}")
