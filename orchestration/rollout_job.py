"""The job `command_rollout`: what a person says to a rollout, from the UI. One job for all models."""

import dagster as dg
from pydantic import Field

from assets.rollout_commands import command_rollout as give_command
from lifecycle.clock import now
from lifecycle.rollout.commands import CommandKind
from resources.rollouts.base import RolloutStore
from resources.tracking.base import Tracking


class CommandConfig(dg.Config):
    """What is said. Dagster does not know who presses the button, so the person says so."""

    model: str = Field(description="name of the model")
    command: CommandKind = Field(description="what the rollout is to do")
    version: str | None = Field(
        None, description="version on trial that is meant; for `undo` the one to go back to"
    )
    reason: str = Field(description="why; kept in the record")
    actor: str = Field(description="who says so; kept in the record")


@dg.op
def command(
    context: dg.OpExecutionContext,
    config: CommandConfig,
    rollouts: dg.ResourceParam[RolloutStore],
    tracking: dg.ResourceParam[Tracking],
) -> None:
    """Keep the command; the next look of the sensor obeys it, and tells so at the model's endpoint."""
    kept = give_command(
        rollouts,
        tracking,
        config.model,
        config.command,
        version=config.version,
        actor=config.actor,
        reason=config.reason,
        at=now(),
    )
    context.log.info(f"{kept.kind} of version {kept.version} by {kept.actor}: {kept.reason}")


@dg.job(
    executor_def=dg.in_process_executor,
    description="Promote, abort, undo, retry or approve a rollout; so do `flywheel promote` and others.",
)
def command_rollout() -> None:
    """What a person says to a rollout."""
    command()


rollout_job = command_rollout
