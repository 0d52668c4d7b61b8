"""From the spec to the plan of one rollout: stages, checks, and their limits as plain numbers."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field

from lifecycle.rollout.spending import alpha_of_window
from lifecycle.spec.fingerprint import fingerprint
from lifecycle.spec.kinds import Record
from lifecycle.spec.model import Task
from lifecycle.spec.model_spec import ModelSpec
from lifecycle.spec.rollout import Consecutive, Guardrail, Labelled, Primary, Rollout

Occasion = Literal["rollout", "first", "undo"]
"""`first`: there is no champion. `undo`: back to a version that passed earlier, at once."""
StageName = Literal["smoke", "shadow", "canary", "bandit", "full", "bake"]
Comparison = Literal["value", "difference", "ratio"]
Side = Literal["up", "down"]

SMOKE, PRIMARY, SAMPLE_RATIO, SHARE = "smoke", "primary", "sample_ratio", "share"
LATENCY = "p99_latency_ms"
"""The metric of the time that an answer takes."""
SAMPLE_RATIO_ALPHA = 0.001
"""A mismatch that is none only holds a rollout up, so it has an error rate of its own."""
LEAST_REQUESTS = 100
"""Requests of the version on trial below which no guardrail passes, where the plan has no shadow stage."""

PRIMARY_METRICS: Mapping[Task, Mapping[str, Side]] = {
    "binary": {"brier": "up", "log_loss": "up", "accuracy": "down"},
    "multiclass": {"log_loss": "up", "accuracy": "down"},
    "regression": {"mae": "up"},
}
"""Means over predictions, and where worse lies. A confidence sequence needs a mean: so no AUC, no F1."""


class Check(Record):
    """One question that is asked of the version on trial, and what a good answer is."""

    name: str
    metric: str
    compare: Comparison
    """Of the version on trial by itself, or against the champion over the same time."""
    worse: Side
    limit: float
    strictly: bool = False
    """The limit itself is no pass."""
    fail_limit: int | None = 1
    """So many fails in a row end the rollout; None: they only hold it."""
    inconclusive_limit: int | None = None
    error_limit: int = 5


class StagePlan(Record):
    """One stage."""

    name: StageName
    weight: Annotated[int, Field(ge=0, le=100)]
    """Percent of the requests that the version on trial gets; a bandit's changes, and this is its first."""
    hold_s: int = 0
    min_requests: int = 0
    """Below so many requests of either version no guardrail passes."""
    min_labelled: int = 0
    decides: bool = False
    """The primary metric has to pass here; in other stages it may only fail."""
    approval: bool = False
    """A person has to approve before this stage begins."""

    @property
    def label(self) -> str:
        """Name of the stage for people.

        >>> StagePlan(name="canary", weight=15).label, StagePlan(name="full", weight=100).label
        ('canary 15 %', 'full')
        """
        return f"canary {self.weight} %" if self.name == "canary" else self.name

    @property
    def side_by_side(self) -> bool:
        """Whether both versions answer requests of their own."""
        return self.name in ("canary", "bandit")


class BanditPlan(Record):
    """How the split of a bandit is set."""

    min_share: float
    """Of either version."""
    every_s: int


class Plan(Record):
    """Everything that decisions of one rollout depend on, besides what is observed."""

    occasion: Occasion
    stages: tuple[StagePlan, ...]
    guardrails: tuple[Check, ...]
    primary: Check | None
    labelled: Labelled
    alpha: float
    power: float
    effect: float
    """Smallest difference of the primary metric worth finding, on the scale that it is compared on."""
    every_s: int
    promotes_on: Literal["evidence", "no_failure"]
    on_outage: Literal["hold", "abort"]
    stage_limit_s: int
    limit_s: int
    too_long: Literal["warn", "refuse"]
    header_override: bool
    bandit: BanditPlan | None = None

    @cached_property
    def fingerprint(self) -> str:
        """Digest of the plan: another one is another rollout."""
        # What a plan does not have is not in its digest: plans from before there were bandits keep theirs.
        without = {"bandit"} if self.bandit is None else None
        return fingerprint(self.model_dump(mode="json", exclude=without))

    @cached_property
    def checks(self) -> Mapping[str, Check]:
        """Every check by name."""
        found = [SMOKE_CHECK, SAMPLE_RATIO_CHECK, *self.guardrails, *([self.primary] if self.primary else [])]
        if self.bandit:
            found.append(SHARE_CHECK)
        return {check.name: check for check in found}

    def alpha_of(self, check: str, window: int) -> float:
        """Error rate at which a check is to be measured in the n-th window of weights."""
        if check == SAMPLE_RATIO:
            return alpha_of_window(SAMPLE_RATIO_ALPHA, planned=self.windows, window=max(window, 1))
        family = len(self.guardrails) + (self.primary is not None)
        return alpha_of_window(self.alpha / family, planned=self.windows, window=max(window, 1))

    @property
    def windows(self) -> int:
        """Windows of the same weights that the plan foresees; `full` and `bake` are one."""
        return max(1, len(self.stages_with_windows))

    @property
    def stages_with_windows(self) -> tuple[StagePlan, ...]:
        """The stages that open a window of weights each, in their order."""
        return tuple(stage for stage in self.stages if stage.name in ("shadow", "canary", "bandit", "full"))


SMOKE_CHECK = Check(name=SMOKE, metric=SMOKE, compare="value", worse="up", limit=0.0)
"""Value: 0 where the bundle gives the scores of training within its budgets, else 1."""
SAMPLE_RATIO_CHECK = Check(
    name=SAMPLE_RATIO,
    metric=SAMPLE_RATIO,
    compare="value",
    worse="down",
    limit=SAMPLE_RATIO_ALPHA,
    fail_limit=None,
)
"""Value: always valid p-value of the hypothesis that requests were split as the weights say."""
SHARE_CHECK = Check(name=SHARE, metric=SHARE, compare="value", worse="up", limit=1.0, fail_limit=None)
"""Value: share of the requests that a bandit gives the version on trial. It allocates, and judges nobody."""


def compile_plan(spec: ModelSpec, *, occasion: Occasion = "rollout") -> Plan:
    """The plan of a model's next rollout.

    A spec without `deployment.rollout` gets the stages of `strategy: none`, with the default guardrails.
    """
    rollout = spec.deployment.rollout or Rollout(strategy="none")
    stages = tuple(_stages(rollout, occasion))
    decided = any(stage.decides for stage in stages)
    return Plan(
        occasion=occasion,
        stages=stages,
        guardrails=tuple(_guardrail(guardrail) for guardrail in rollout.guardrails),
        primary=_primary(rollout.primary, spec.model.task) if decided else None,
        labelled=rollout.labelled,
        alpha=rollout.alpha,
        power=rollout.power,
        effect=rollout.primary.effect,
        every_s=rollout.every,
        promotes_on="no_failure" if rollout.strategy == "none" else "evidence",
        on_outage=rollout.on_outage,
        stage_limit_s=rollout.stage_limit,
        limit_s=rollout.limit,
        too_long=rollout.too_long,
        header_override=rollout.header_override,
        bandit=_bandit(rollout) if any(stage.name == "bandit" for stage in stages) else None,
    )


def _stages(rollout: Rollout, occasion: Occasion) -> Iterator[StagePlan]:
    yield StagePlan(name="smoke", weight=0)
    if occasion != "rollout":
        # Nobody to compare with, or somebody who must go now: gates and the smoke test are enough.
        yield StagePlan(name="full", weight=100)
        return
    requests = rollout.shadow.requests or LEAST_REQUESTS
    judged = rollout.promote_on == "labels" and rollout.strategy != "none"
    unseen = judged and rollout.shadow.decides
    if rollout.shadow.requests and rollout.strategy != "none":
        yield StagePlan(
            name="shadow",
            weight=0,
            hold_s=rollout.shadow.time,
            min_requests=requests,
            min_labelled=rollout.labelled.samples if unseen else 0,
            decides=unseen,
        )
    # What the shadow decided on pairs is not asked again: fewer labels would answer it worse.
    judged = judged and not unseen
    labelled = rollout.labelled.samples if judged else 0
    steps = rollout.steps if rollout.strategy == "canary" else ()
    for i, step in enumerate(steps):
        yield StagePlan(
            name="canary",
            weight=step,
            hold_s=rollout.hold,
            min_requests=requests,
            min_labelled=labelled,
            decides=judged and i == len(steps) - 1,
            approval=i == 0 and rollout.approval == "canary",
        )
    if rollout.strategy == "bandit":
        yield StagePlan(
            name="bandit",
            weight=max(1, round(100 * rollout.bandit.min_share)),
            min_requests=requests,
            min_labelled=labelled,
            decides=True,
            approval=rollout.approval == "canary",
        )
    yield StagePlan(name="full", weight=100, min_requests=requests, approval=rollout.approval == "full")
    if rollout.bake:
        in_bake = judged and rollout.strategy == "blue_green"
        yield StagePlan(
            name="bake",
            weight=100,
            hold_s=rollout.bake,
            min_requests=requests,
            min_labelled=labelled if in_bake else 0,
            decides=in_bake,
        )


def _bandit(rollout: Rollout) -> BanditPlan:
    return BanditPlan(min_share=rollout.bandit.min_share, every_s=rollout.bandit.every)


def _guardrail(guardrail: Guardrail) -> Check:
    worse: Side = "down" if guardrail.metric == "estimated_performance" else "up"
    limits = guardrail.limits
    absolute = guardrail.max if guardrail.max is not None else guardrail.min
    compare, limit = _margin(guardrail, worse)
    if absolute is not None:
        compare, limit = "value", absolute
    return _check(guardrail.name, guardrail.metric, compare, worse, limit, limits)


def _primary(primary: Primary, task: Task) -> Check:
    metric = primary.metric or next(iter(PRIMARY_METRICS[task]))
    worse = PRIMARY_METRICS[task].get(metric, "up")
    compare, limit = _margin(primary, worse)
    better = primary.goal == "superiority"
    if better:
        limit = 1.0 if compare == "ratio" else 0.0
    return _check(PRIMARY, metric, compare, worse, limit, Consecutive(), strictly=better)


def _margin(of: Guardrail | Primary, worse: Side) -> tuple[Comparison, float]:
    """How a margin is compared, and the worst value that is still accepted."""
    margin = (of.margin or 0.0) * (1 if worse == "up" else -1)
    return ("ratio", 1.0 + margin) if of.margin_is == "relative" else ("difference", margin)


def _check(
    name: str,
    metric: str,
    compare: Comparison,
    worse: Side,
    limit: float,
    limits: Consecutive,
    *,
    strictly: bool = False,
) -> Check:
    return Check(
        name=name,
        metric=metric,
        compare=compare,
        worse=worse,
        limit=limit,
        strictly=strictly,
        fail_limit=limits.fail,
        inconclusive_limit=limits.inconclusive,
        error_limit=limits.error,
    )
