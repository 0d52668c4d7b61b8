"""Commands of `flywheel` about rollouts: what a person says to one, and a tick without a daemon."""

import getpass
from typing import Annotated

import typer

from assets.rollout_commands import command_rollout
from lifecycle.clock import now
from lifecycle.errors import LifecycleError
from lifecycle.rollout.commands import CommandKind
from orchestration.environments import load_environment
from orchestration.model_name import ModelName, models_named
from orchestration.rollout_tick import tick_lines

commands = typer.Typer()

Reason = Annotated[str, typer.Option(help="why; kept in the record")]
Actor = Annotated[str | None, typer.Option(help="who says so; by default the user of this shell")]
OnTrial = Annotated[
    str | None, typer.Option(help="the version on trial that is meant; another one is refused")
]


@commands.command()
def promote(model: ModelName, reason: Reason, version: OnTrial = None, actor: Actor = None) -> None:
    """Wave a rollout on to its next stage, whatever evidence is missing."""
    _command(model, "promote", version=version, reason=reason, actor=actor)


@commands.command("promote-full")
def promote_full(model: ModelName, reason: Reason, version: OnTrial = None, actor: Actor = None) -> None:
    """Give the version on trial all requests; it is still watched for the time of `bake`."""
    _command(model, "promote_full", version=version, reason=reason, actor=actor)


@commands.command()
def abort(model: ModelName, reason: Reason, version: OnTrial = None, actor: Actor = None) -> None:
    """End a rollout: the champion gets all requests."""
    _command(model, "abort", version=version, reason=reason, actor=actor)


@commands.command()
def retry(model: ModelName, reason: Reason, version: OnTrial = None, actor: Actor = None) -> None:
    """Go on with a rollout that a person held, or try a version again that was taken back."""
    _command(model, "retry", version=version, reason=reason, actor=actor)


@commands.command()
def undo(
    model: ModelName,
    reason: Reason,
    version: Annotated[
        str | None, typer.Option(help="to go back to; by default the champion before the newest rollout")
    ] = None,
    actor: Actor = None,
) -> None:
    """Go back to a version that passed earlier: smoke-tested, then all requests at once."""
    _command(model, "undo", version=version, reason=reason, actor=actor)


@commands.command()
def tick(
    model: Annotated[
        str | None, typer.Argument(metavar="[MODEL]", help="name of a model; by default all")
    ] = None,
) -> None:
    """Do once what the sensor `rollouts` does, and say what happened; nothing is lost where both run."""
    environment = load_environment()
    failed = False
    for spec in models_named(environment, model):
        if spec.deployment.rollout is None:
            if model is not None:
                raise LifecycleError(
                    f"{model} has no `deployment.rollout`: materialize its endpoint to deploy it"
                )
            continue
        try:
            for line in tick_lines(spec, environment):
                typer.echo(line)
        except LifecycleError as exc:
            failed = True
            typer.echo(f"error: {spec.name}: {exc}", err=True)
    raise typer.Exit(1 if failed else 0)


def _command(model: str, kind: CommandKind, *, version: str | None, reason: str, actor: str | None) -> None:
    environment = load_environment()
    (spec,) = models_named(environment, model)
    command = command_rollout(
        environment.rollouts,
        environment.tracking,
        spec.name,
        kind,
        version=version,
        actor=actor or getpass.getuser(),
        reason=reason,
        at=now(),
    )
    typer.echo(
        f"{spec.name}: {command.kind} of version {command.version} is kept; the next tick obeys: "
        f"flywheel tick {spec.name}"
    )
