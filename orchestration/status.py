"""`flywheel status`: where each model stands, since when and why, and what would happen next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import dagster as dg

from assets.approval import decided, is_rejected, missing_approval
from assets.endpoint import CHAMPION_SINCE_TAG
from assets.keys import DATA, ENDPOINT, EVALUATION, FEATURES, MODEL, launch_command
from assets.semantic import SEMANTIC_TAG, shown
from assets.taking_up import recency
from assets.verdicts import GateOutcome, gate_outcomes, judged_problem
from lifecycle.clock import now
from lifecycle.rollout.record import RolloutRecord
from lifecycle.rollout.stages import waits_for_approval
from lifecycle.spec.model_spec import ModelSpec
from orchestration.environments import Environment
from orchestration.retrain_status import RetrainStatus, retrain_status
from orchestration.rollout_status import RolloutStatus, rollout_status, taken_back
from resources.serving.base import EndpointState
from resources.tracking.base import Alias, ModelVersion, Verdict

ALIASES: tuple[Alias, ...] = ("champion", "challenger", "shadow")
Kind = Literal[
    "train",
    "evaluate",
    "restore_endpoint",
    "approve",
    "deploy",
    "rollout",
    "taken_back",
    "failed_gates",
    "rejected",
    "not_deployable",
    "nothing",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionStatus:
    """One version, as far as it matters to those who ask."""

    version: str
    semantic_version: str | None
    as_of: str
    since: str | None
    """When it got its role, ISO 8601 in UTC; a challenger got it no earlier than it was registered."""
    trigger: str
    verdict: Verdict | None
    gates: Sequence[GateOutcome]
    approval: str | None
    """`approved by ann: reason`; None: nothing was decided."""
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """What would happen next, and the command for it where a person has to do something."""

    kind: Kind
    text: str
    command: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the next step depends on."""

    model: str
    versions: Sequence[ModelVersion]
    """Of the model, oldest first."""
    endpoint: EndpointState | None
    approval_required: bool
    rolled_out: bool = False
    """Versions take over step by step: `deployment.rollout`."""
    rollout: RolloutRecord | None = None
    """The newest; None: there was none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelStatus:
    """Where a model stands."""

    model: str
    champion: VersionStatus | None
    challenger: VersionStatus | None
    shadow: VersionStatus | None
    endpoint: EndpointState | None
    rollout: RolloutStatus | None
    next_step: NextStep
    retrain: RetrainStatus | None = None
    """None: the spec names no reason to retrain, or there is no Dagster instance that could tell."""


def gather_status(
    spec: ModelSpec, environment: Environment, instance: dg.DagsterInstance | None = None
) -> ModelStatus:
    """Ask registry, endpoint, the record of the rollout and, for retraining, Dagster's event log.

    Args:
        instance: None: there is none.
    """
    stored = environment.rollouts.read(spec.name)
    facts = Facts(
        model=spec.name,
        versions=environment.tracking.versions(spec.name),
        endpoint=environment.serving.state(spec.name),
        approval_required=spec.deployment.approval == "required",
        rolled_out=spec.deployment.rollout is not None,
        rollout=stored.record if stored else None,
    )
    told = {
        alias: version_status(version)
        for alias in ALIASES
        if (version := _holder(facts.versions, alias)) is not None
    }
    return ModelStatus(
        model=spec.name,
        champion=told.get("champion"),
        challenger=told.get("challenger"),
        shadow=told.get("shadow"),
        endpoint=facts.endpoint,
        rollout=rollout_status(stored.record) if stored else None,
        next_step=next_step(facts),
        retrain=retrain_status(spec, instance, environment.rollouts, now=now()) if instance else None,
    )


def next_step(facts: Facts) -> NextStep:
    """What would happen next; an outage comes first, then what waits, then what is new."""
    model = facts.model
    if not facts.versions:
        stages = launch_command(model, MODEL, EVALUATION)
        return NextStep(
            kind="train",
            text=f"nothing was trained: materialize {DATA} and {FEATURES}, then {MODEL}, {EVALUATION}",
            command=f"{stages} --partition ...",
        )
    return _rollout_step(facts) or _endpoint_step(facts) or _challenger_step(facts) or _newest_step(facts)


def _rollout_step(facts: Facts) -> NextStep | None:
    """What an open rollout waits for. It puts its endpoint back by itself."""
    record = facts.rollout
    if record is None or record.state.closed or not facts.rolled_out:
        return None
    name = f"the rollout of version {record.challenger.version}"
    if waits_for_approval(record):
        return NextStep(
            kind="approve",
            text=f"{name} waits for approval",
            command=f"flywheel approve {facts.model} {record.challenger.version} --reason ...",
        )
    waits = record.state.waits_for
    return NextStep(
        kind="rollout",
        text=f"{name} goes on" + (f": it waits for {waits}" if waits else ""),
        command=f"flywheel tick {facts.model}",
    )


def _endpoint_step(facts: Facts) -> NextStep | None:
    """Whether the endpoint must be put back: the champion is not what answers."""
    champion, state = _holder(facts.versions, "champion"), facts.endpoint
    if champion is None:
        return None
    launch = launch_command(facts.model, ENDPOINT)
    if problem := judged_problem(champion):
        return NextStep(
            kind="not_deployable", text=f"champion {shown(champion)} could not be deployed again: {problem}"
        )
    if state is None or not state.healthy:
        return NextStep(kind="restore_endpoint", text="the endpoint does not answer", command=launch)
    if state.bundle_digest != champion.bundle_digest:
        return NextStep(
            kind="restore_endpoint",
            text=f"the endpoint answers with version {state.version}, which is not the champion",
            command=launch,
        )
    return None


def _challenger_step(facts: Facts) -> NextStep | None:
    challenger = _holder(facts.versions, "challenger")
    if challenger is None:
        return None
    name, deploy = f"challenger {shown(challenger)}", launch_command(facts.model, ENDPOINT)
    if problem := judged_problem(challenger):
        return NextStep(kind="not_deployable", text=f"{name} may not be deployed: {problem}")
    if facts.approval_required and missing_approval(challenger):
        approve = f"flywheel approve {facts.model} {challenger.version} --reason ..."
        return NextStep(kind="approve", text=f"{name} waits for approval", command=approve)
    if not facts.rolled_out:
        return NextStep(kind="deploy", text=f"{name} would be deployed", command=deploy)
    if why := taken_back(facts.rollout, challenger):
        retry = f"flywheel retry {facts.model} --reason ..."
        return NextStep(kind="taken_back", text=f"{name} was {why}; to try it again", command=retry)
    tick = f"flywheel tick {facts.model}"
    return NextStep(kind="rollout", text=f"the rollout of {name} begins with the next tick", command=tick)


def _newest_step(facts: Facts) -> NextStep:
    newest = max(facts.versions, key=recency)
    name = f"version {shown(newest)} as of {newest.as_of}"
    if newest.verdict is None:
        evaluate = launch_command(facts.model, EVALUATION, partition=newest.as_of)
        return NextStep(kind="evaluate", text=f"{name} was not evaluated", command=evaluate)
    if newest.verdict != "pass":
        failed = [gate for gate in gate_outcomes(newest) if gate.verdict != "pass"]
        why = "; ".join(f"{gate.gate} ({gate.verdict}): {gate.reason}" for gate in failed[:3])
        return NextStep(
            kind="failed_gates", text=f"nothing: {name} did not pass its gates: {why or newest.verdict}"
        )
    if is_rejected(newest):
        return NextStep(kind="rejected", text=f"nothing: {name} was {decided(newest)}")
    if "champion" not in newest.aliases and not _twin_of_champion(facts.versions, newest):
        evaluate = launch_command(facts.model, EVALUATION, partition=newest.as_of)
        return NextStep(
            kind="evaluate", text=f"{name} passed, but is no challenger: judge it again", command=evaluate
        )
    return NextStep(kind="nothing", text="nothing: the champion is the newest version that passed")


def version_status(version: ModelVersion) -> VersionStatus:
    """What is told of a version that holds an alias."""
    registered = datetime.fromtimestamp(version.created_at, UTC).isoformat(timespec="seconds")
    since = version.tags.get(CHAMPION_SINCE_TAG) if "champion" in version.aliases else registered
    return VersionStatus(
        version=version.version,
        semantic_version=version.tags.get(SEMANTIC_TAG),
        as_of=version.as_of,
        since=since,
        trigger=version.tags.get("flywheel.trigger", "unknown"),
        verdict=version.verdict,
        gates=gate_outcomes(version),
        approval=decided(version),
        url=version.url,
    )


def status_lines(status: ModelStatus) -> Iterator[str]:
    """A status as people read it."""
    yield status.model
    for alias, version in (
        ("champion", status.champion),
        ("challenger", status.challenger),
        ("shadow", status.shadow),
    ):
        if version is not None:
            yield from _version_lines(alias, version)
        elif alias != "shadow":
            yield f"  {alias:<11}none"
    state = status.endpoint
    if state is None:
        yield f"  {'endpoint':<11}none"
    else:
        health = "healthy" if state.healthy else "NOT HEALTHY"
        yield f"  {'endpoint':<11}{state.url} {health} ({state.detail})"
    if status.rollout is not None:
        first, *rest = status.rollout.lines
        yield f"  {'rollout':<11}{first}"
        yield from rest
    if status.retrain is not None:
        first, *rest = status.retrain.lines
        yield f"  {'retrain':<11}{first}"
        yield from (f"  {'':<11}{line}" for line in rest)
    step = status.next_step
    yield f"  {'next':<11}{step.text}" + (f": {step.command}" if step.command else "")


def _version_lines(alias: str, version: VersionStatus) -> Iterator[str]:
    semantic = f" ({version.semantic_version})" if version.semantic_version else ""
    yield f"  {alias:<11}version {version.version}{semantic} as of {version.as_of}, gates: {version.verdict}"
    since = f"since {version.since}, " if version.since else ""
    told = f"{since}trigger: {version.trigger}"
    yield f"  {'':<11}{told}" + (f", {version.approval}" if version.approval else "")
    for gate in version.gates:
        yield f"  {'':<11}{gate.gate}: {gate.verdict}, {gate.reason}"


def _holder(versions: Sequence[ModelVersion], alias: Alias) -> ModelVersion | None:
    return next((version for version in versions if alias in version.aliases), None)


def _twin_of_champion(versions: Sequence[ModelVersion], version: ModelVersion) -> bool:
    champion = _holder(versions, "champion")
    return champion is not None and champion.bundle_digest == version.bundle_digest
