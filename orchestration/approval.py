"""The job `decide_on_version`: a person's decision on a version, from the UI. One job for all models."""

from typing import Literal

import dagster as dg
from pydantic import Field

from assets.approval import decide, observation
from lifecycle.clock import now
from lifecycle.registry.approval import Decision
from resources.tracking.base import Tracking

_DECISIONS: dict[str, Decision] = {"approve": "approved", "reject": "rejected"}


class DecisionConfig(dg.Config):
    """What is decided. Dagster does not know who presses the button, so the person says so."""

    model: str = Field(description="name of the model")
    version: str = Field(description="number of the version in the registry, such as `7`")
    decision: Literal["approve", "reject"] = Field(description="what is decided")
    reason: str = Field(description="why; kept with the version")
    actor: str = Field(description="who decides; kept with the version")
    digest: str | None = Field(
        None, description="digest of the bundle that was looked at; another one is refused"
    )


@dg.op
def decision(
    context: dg.OpExecutionContext, config: DecisionConfig, tracking: dg.ResourceParam[Tracking]
) -> None:
    """Record the decision with the version, and as an event of the model's endpoint."""
    version = decide(
        tracking,
        config.model,
        config.version,
        _DECISIONS[config.decision],
        reason=config.reason,
        actor=config.actor,
        at=now(),
        digest=config.digest,
    )
    event = observation(version)
    context.log_event(event)
    context.log.info(event.description)


@dg.job(
    executor_def=dg.in_process_executor,
    description="Approve or reject a version that passed its gates; `flywheel approve` does the same.",
)
def decide_on_version() -> None:
    """A person's decision on a version."""
    decision()


approval_job = decide_on_version
