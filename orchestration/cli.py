"""The command `flywheel`: what Dagster's own command line lacks."""

import getpass
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import dagster as dg
import typer

from assets.keys import DATA, ENDPOINT, EVALUATION, FEATURES, MODEL, WALK_FORWARD, launch_command, stage_key
from assets.partitions import partitions_of
from assets.semantic import shown
from assets.walk_forward import table, walk_forward, walk_forward_metadata, walk_forward_picture
from lifecycle.errors import LifecycleError
from lifecycle.registry.approval import Decision
from lifecycle.spec.records import ModelSpec
from orchestration.backfill import backfill_params, run_backfill
from orchestration.build import SPEC_FILE, load_model, spec_files
from orchestration.environments import Environment, load_environment
from orchestration.instance import prepare_instance

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="Flywheel: the life of models in Dagster.",
)
PARTITIONED = (DATA, FEATURES, MODEL, EVALUATION)

ModelName = Annotated[str, typer.Argument(metavar="MODEL", help="name of a model")]
AnyModel = Annotated[str | None, typer.Argument(metavar="[MODEL]", help="name of a model; by default all")]

VersionNumber = Annotated[
    str, typer.Argument(metavar="VERSION", help="number of the version in the registry")
]
Reason = Annotated[str, typer.Option(help="why; kept with the version")]
Actor = Annotated[str | None, typer.Option(help="who decides; by default the user of this shell")]
Digest = Annotated[
    str | None, typer.Option(help="digest of the bundle that was looked at; another one is refused")
]


@app.command()
def check(model: AnyModel = None) -> None:
    """Check specs and report every problem; nothing is changed."""
    environment = load_environment()
    paths = spec_files(environment.models)
    chosen = [path for path in paths if model in (None, path.parent.name)]
    if not chosen:
        raise LifecycleError(_no_model(environment, model))
    broken = 0
    for path in chosen:
        try:
            spec = load_model(path)
        except LifecycleError as exc:
            broken += 1
            typer.echo(str(exc), err=True)
        else:
            columns, features = len(spec.data.columns), len(spec.features.columns)
            gates = len(spec.evaluation.gates)
            typer.echo(f"{spec.name}: good ({columns} columns, {features} features, {gates} gates)")
    raise typer.Exit(1 if broken else 0)


@app.command()
def status(
    model: AnyModel = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON array, for programs")] = False,
) -> None:
    """Champion, challenger and endpoint of each model: since when, why, and what would happen next."""
    from orchestration.status import gather_status, status_lines

    environment = load_environment()
    found = [gather_status(spec, environment) for spec in _models(environment, model)]
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], indent=2))
        return
    for one in found:
        typer.echo("\n".join(status_lines(one)))


@app.command()
def approve(
    model: ModelName, version: VersionNumber, reason: Reason, actor: Actor = None, digest: Digest = None
) -> None:
    """Approve a version that passed its gates; the next run of its endpoint deploys it."""
    _decide(model, version, "approved", reason=reason, actor=actor, digest=digest)


@app.command()
def reject(
    model: ModelName, version: VersionNumber, reason: Reason, actor: Actor = None, digest: Digest = None
) -> None:
    """Reject a version: it is no challenger any more, and is not deployed."""
    _decide(model, version, "rejected", reason=reason, actor=actor, digest=digest)


@app.command()
def backfill(
    model: ModelName,
    first: Annotated[str, typer.Option("--from", help="first partition")],
    last: Annotated[str, typer.Option("--to", help="last partition")],
    stage: Annotated[
        list[str] | None, typer.Option(help=f"one of {', '.join(PARTITIONED)}; by default all")
    ] = None,
) -> None:
    """Materialize a range of partitions, each stage after the one it needs, and follow it to the end."""
    environment = load_environment()
    (spec,) = _models(environment, model)
    stages = stage or list(PARTITIONED)
    check_range(spec, stages, first, last)
    prepare_instance(environment.home)
    with dg.DagsterInstance.get() as instance:
        good = run_backfill(instance, backfill_params(spec.name, stages, first, last), tell=typer.echo)
        if good and EVALUATION in stages:
            steps = walk_forward(spec, environment.warehouse, environment.tracking)
            typer.echo(table(steps))
            # The UI gets the same table and its picture, without a run that would compute it a second time.
            instance.report_runless_asset_event(
                dg.AssetMaterialization(
                    stage_key(spec.name, WALK_FORWARD), metadata=walk_forward_metadata(steps)
                )
            )
    raise typer.Exit(0 if good else 1)


@app.command("walk-forward")
def walk_forward_command(
    model: ModelName,
    picture: Annotated[Path | None, typer.Option(help="PNG file to write the picture to")] = None,
) -> None:
    """Each as-of version on its holdout and on the partition that came after it."""
    environment = load_environment()
    (spec,) = _models(environment, model)
    steps = walk_forward(spec, environment.warehouse, environment.tracking)
    typer.echo(table(steps))
    if picture is not None:
        png = walk_forward_picture(steps)
        try:
            picture.write_bytes(png)
        except OSError as exc:
            raise LifecycleError(f"{picture} cannot be written ({exc.strerror})") from exc


@app.command()
def stop(model: AnyModel = None) -> None:
    """End endpoints on this machine; versions and their evidence stay."""
    environment = load_environment()
    for spec in _models(environment, model):
        environment.serving.stop(spec.name)
        typer.echo(f"{spec.name}: endpoint ended")


def check_range(spec: ModelSpec, stages: Sequence[str], first: str, last: str) -> None:
    """Refuse stages and partitions that the model does not have, before anything is launched.

    Raises:
        LifecycleError: naming what was found and what is allowed.
    """
    if unknown := [name for name in stages if name not in PARTITIONED]:
        raise LifecycleError(f"unknown stage {unknown[0]!r}; allowed: {', '.join(PARTITIONED)}")
    keys = partitions_of(spec).get_partition_keys()
    for key in (first, last):
        if key not in keys:
            span = f"{keys[0]} to {keys[-1]}" if keys else "none: `data.partition.start` is in the future"
            raise LifecycleError(f"{spec.name} has no partition {key!r}; allowed: {span}")
    if keys.index(first) > keys.index(last):
        raise LifecycleError(f"the range {first} to {last} runs backwards")


@app.command()
def sign(model: ModelName, version: VersionNumber) -> None:
    """Sign a version that was registered without a signature, with the key of FLYWHEEL_SIGNING_KEY."""
    from assets.signing import sign_version

    environment = load_environment()
    (spec,) = _models(environment, model)
    found = sign_version(environment.tracking, spec.name, version)
    typer.echo(f"{spec.name}: version {shown(found)} signed, bundle {found.bundle_digest}")


def _decide(
    model: str, number: str, decision: Decision, *, reason: str, actor: str | None, digest: str | None
) -> None:
    from assets.approval import decide, observation

    environment = load_environment()
    (spec,) = _models(environment, model)
    version = decide(
        environment.tracking,
        spec.name,
        number,
        decision,
        reason=reason,
        actor=actor or getpass.getuser(),
        at=datetime.now(UTC),
        digest=digest,
    )
    prepare_instance(environment.home)
    with dg.DagsterInstance.get() as instance:
        instance.report_runless_asset_event(observation(version))
    typer.echo(f"{spec.name}: version {shown(version)} {decision}")
    if decision == "approved":
        typer.echo(f"deploy it: {launch_command(spec.name, ENDPOINT)}")


def _models(environment: Environment, name: str | None) -> list[ModelSpec]:
    if name is None:
        return [load_model(path) for path in spec_files(environment.models)]
    path = environment.models / name / SPEC_FILE
    if path not in spec_files(environment.models):
        raise LifecycleError(_no_model(environment, name))
    return [load_model(path)]


def _no_model(environment: Environment, name: str | None) -> str:
    known = ", ".join(path.parent.name for path in spec_files(environment.models)) or "none"
    return f"no model {name or ''!r} in {environment.models}; there: {known}"


def main() -> None:
    """Run the command; an error that the user can mend is one message, not a trace."""
    try:
        app()
    except LifecycleError as exc:
        typer.echo(f"error: {exc}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
