"""What a rollout of a model needs from outside."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from lifecycle.rollout.observations import Measurement, Replay, Version
from lifecycle.rollout.plan import Plan
from lifecycle.rollout.power_plan import PowerPlan
from lifecycle.rollout.questions import Question
from lifecycle.rollout.record import RolloutRecord
from resources.rollouts.base import RolloutStore
from resources.serving.base import Serving
from resources.tracking.base import ModelVersion, Tracking

Measure = Callable[[RolloutRecord, Sequence[Question], datetime], tuple[Measurement, ...]]
"""Answers questions about requests and labels. What cannot be measured is told as a problem, not raised."""

ReplayShadow = Callable[[RolloutRecord, datetime], Replay | None]
"""Lets a version that looks on score what was answered, as far as it goes in one look. What fails is told
and not raised; None: there is nothing to replay."""

PlanPower = Callable[[Plan, datetime], PowerPlan]
"""What a rollout of a plan would need, at today's traffic; what is not known is told, not raised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutPorts:
    """The record, the endpoint, the registry, and who measures and replays."""

    store: RolloutStore
    serving: Serving
    tracking: Tracking
    measure: Measure
    replay: ReplayShadow
    plan_power: PlanPower


def version_of(found: ModelVersion) -> Version:
    """A registered version as rollouts name it."""
    return Version(version=found.version, digest=found.bundle_digest)
