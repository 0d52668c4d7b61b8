"""Commands of `flywheel` about versions: what a person decides, and what one is shown or made of."""

import getpass
from pathlib import Path
from typing import Annotated

import dagster as dg
import typer

from assets.card import CARD_HTML
from assets.keys import ENDPOINT, MODEL, launch_command
from assets.semantic import shown
from assets.taking_up import recency
from lifecycle.clock import now
from lifecycle.errors import LifecycleError
from lifecycle.registry.approval import Decision
from lifecycle.spec.model_spec import ModelSpec
from orchestration.build import SPEC_FILE, load_model
from orchestration.environments import Environment, load_environment
from orchestration.instance import prepare_instance
from orchestration.model_name import ModelName, models_named
from orchestration.version_name import find_version, parse_version

commands = typer.Typer()

VersionNumber = Annotated[
    str, typer.Argument(metavar="VERSION", help="number of the version in the registry")
]
Reason = Annotated[str, typer.Option(help="why; kept with the version")]
Actor = Annotated[str | None, typer.Option(help="who decides; by default the user of this shell")]
Digest = Annotated[
    str | None, typer.Option(help="digest of the bundle that was looked at; another one is refused")
]


@commands.command()
def approve(
    model: ModelName, version: VersionNumber, reason: Reason, actor: Actor = None, digest: Digest = None
) -> None:
    """Approve a version that passed its gates, also one on trial that waits for it."""
    _decide(model, version, "approved", reason=reason, actor=actor, digest=digest)


@commands.command()
def reject(
    model: ModelName, version: VersionNumber, reason: Reason, actor: Actor = None, digest: Digest = None
) -> None:
    """Reject a version: it is no challenger any more, and is not deployed."""
    _decide(model, version, "rejected", reason=reason, actor=actor, digest=digest)


@commands.command()
def sign(model: ModelName, version: VersionNumber) -> None:
    """Sign a version that was registered without a signature, with the key of FLYWHEEL_SIGNING_KEY."""
    from assets.signing import sign_version

    environment = load_environment()
    (spec,) = models_named(environment, model)
    found = sign_version(environment.tracking, spec.name, version)
    typer.echo(f"{spec.name}: version {shown(found)} signed, bundle {found.bundle_digest}")


@commands.command()
def card(
    model: ModelName,
    version: Annotated[
        str | None, typer.Argument(metavar="[VERSION]", help="by default the champion, else the newest")
    ] = None,
    to: Annotated[Path | None, typer.Option(help="file to write; by default MODEL-VERSION-card.html")] = None,
) -> None:
    """Write a version's model card: one HTML page that needs nothing else."""
    environment = load_environment()
    (spec,) = models_named(environment, model)
    chosen = version or _shown_version(environment, spec)
    page = environment.tracking.evidence_file(spec.name, chosen, CARD_HTML)
    path = to or Path(f"{spec.name}-{chosen}-card.html")
    try:
        path.write_bytes(page)
    except OSError as exc:
        raise LifecycleError(
            f"{path} cannot be written: {exc.strerror}; name another file with --to"
        ) from exc
    typer.echo(f"{path}: card of version {chosen}")


@commands.command("reproduce")
def reproduce_command(
    version: Annotated[
        str, typer.Argument(metavar="VERSION", help="such as flight_delay/3 or flight_delay@champion")
    ],
) -> None:
    """Make a version again from its record, aside, and say whether its bundle is the same (exit code 0)."""
    from orchestration.reproduce import decide_outcome, report, reproduce

    environment = load_environment()
    found = find_version(environment.tracking, parse_version(version))
    typer.echo(
        f"{found.model} version {found.version} as of {found.as_of}, bundle {found.bundle_digest[:12]}"
    )
    outcome = reproduce(environment, found, _todays_spec(environment, found.model), tell=typer.echo)
    for line in report(outcome):
        typer.echo(line)
    raise typer.Exit(0 if decide_outcome(outcome) == "same" else 1)


def _shown_version(environment: Environment, spec: ModelSpec) -> str:
    champion = environment.tracking.holder(spec.name, "champion")
    if champion is not None:
        return champion.version
    versions = environment.tracking.versions(spec.name)
    if not versions:
        raise LifecycleError(f"{spec.name} has no version yet: materialize {spec.name}/{MODEL} first")
    return max(versions, key=recency).version


def _decide(
    model: str, number: str, decision: Decision, *, reason: str, actor: str | None, digest: str | None
) -> None:
    from assets.approval import decide, observation

    environment = load_environment()
    (spec,) = models_named(environment, model)
    version = decide(
        environment.tracking,
        spec.name,
        number,
        decision,
        reason=reason,
        actor=actor or getpass.getuser(),
        at=now(),
        digest=digest,
    )
    prepare_instance(environment.home)
    with dg.DagsterInstance.get() as instance:
        instance.report_runless_asset_event(observation(version))
    typer.echo(f"{spec.name}: version {shown(version)} {decision}")
    if decision == "approved":
        rolled_out = spec.deployment.rollout is not None
        typer.echo(
            f"the next tick of its rollout obeys: flywheel tick {spec.name}"
            if rolled_out
            else f"deploy it: {launch_command(spec.name, ENDPOINT)}"
        )


def _todays_spec(environment: Environment, name: str) -> ModelSpec | None:
    """The spec as it is now; None, with a word about it, where it is gone or broken."""
    try:
        return load_model(environment.models / name / SPEC_FILE)
    except LifecycleError as exc:
        typer.echo(f"today's spec of {name} is not compared: {str(exc).splitlines()[0]}")
        return None
