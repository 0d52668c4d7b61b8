"""A model's rollout, carried on as far as it goes now: begun where it is due, then turned."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from assets.approval import missing_approval
from assets.rollout import turn
from assets.rollout_act import act
from assets.rollout_observe import backend_of, observe
from assets.rollout_ports import RolloutPorts, version_of
from assets.verdicts import judged_problem
from lifecycle.rollout.observations import Observations, Replay, Version
from lifecycle.rollout.plan import compile_plan
from lifecycle.rollout.power_plan import replay_planned
from lifecycle.rollout.record import RolloutRecord
from lifecycle.rollout.starting import Registry, decide_start
from lifecycle.rollout.tick import open_rollout
from lifecycle.spec.model_spec import ModelSpec
from resources.rollouts.base import RolloutConflict, Stored
from resources.tracking.base import ModelVersion, Tracking


@dataclass(frozen=True, slots=True, kw_only=True)
class Driven:
    """How far a rollout came.

    Attributes:
        record: the newest rollout of the model; None: there never was one.
        began: it began just now.
        waits: why none begins though a version waits for one; empty where none waits.
        replay: what this look replayed for a shadow.
    """

    record: RolloutRecord | None
    began: bool
    waits: str = ""
    replay: Replay | None = None


def drive(spec: ModelSpec, ports: RolloutPorts, *, clock: Callable[[], datetime]) -> Driven:
    """Begin the rollout that is due, and carry on the one that is open; an edited spec ends it.

    Raises:
        LifecycleError: the record, the registry or the endpoint cannot be used. What was decided is written;
            the next call goes on.
    """
    stored = ports.store.read(spec.name)
    began, waits = False, ""
    if stored is None or stored.record.state.closed:
        if spec.deployment.rollout is None:
            # Its section left the spec while the last one was open: that one ends, and no other begins.
            return Driven(record=stored.record if stored else None, began=False)
        began, waits = _begin(spec, ports, stored, now=clock())
        if not began:
            return Driven(record=stored.record if stored else None, began=False, waits=waits)
        stored = ports.store.read(spec.name)
    occasion = stored.record.plan.occasion if stored else "rollout"
    # Before anything is asked: what is measured counts these rows already.
    replay = ports.replay(stored.record, clock()) if stored else None
    turned = turn(
        ports.store,
        spec.name,
        compile_plan(spec, occasion=occasion),
        observe=lambda record: observe(spec, ports, record, now=clock(), replay=replay),
        act=lambda record, action: act(spec, ports, record, action, now=clock()),
        now=clock,
    )
    return Driven(record=turned.record if turned else None, began=began, waits=waits, replay=replay)


def passed_versions(tracking: Tracking, model: str) -> dict[str, Version]:
    """Versions that may serve, by number: their gates passed on the bytes that they are now."""
    found = tracking.versions(model)
    return {version.version: version_of(version) for version in found if judged_problem(version) is None}


def _begin(spec: ModelSpec, ports: RolloutPorts, stored: Stored | None, *, now: datetime) -> tuple[bool, str]:
    """Begin what is due; whether something began, or why what waits does not."""
    last = stored.record if stored else None
    commands = ports.store.commands(spec.name)
    challenger = ports.tracking.holder(spec.name, "challenger")
    asks = _asks_for_versions(last, commands)
    if challenger is None and not asks:
        return False, ""  # an idle model costs one question to the registry at each look
    champion = ports.tracking.holder(spec.name, "champion")
    start = decide_start(
        last,
        Registry(
            champion=version_of(champion) if champion else None,
            challenger=version_of(challenger) if challenger else None,
            passed=passed_versions(ports.tracking, spec.name) if asks else {},
        ),
        commands,
    )
    if start is None:
        return False, _nothing_new(champion, challenger)
    if start.by_alias and challenger is not None and (why := _kept_waiting(spec, challenger)):
        return False, why
    plan = compile_plan(spec, occasion=start.occasion)
    power = ports.plan_power(plan, now) if plan.occasion == "rollout" else None
    if power and power.too_long and plan.too_long == "refuse":
        return False, f"the rollout of version {start.challenger.version} is refused: {power.told}"
    backend = backend_of(ports.serving, spec.name)
    if power and (looks_on := replay_planned(plan, backend)):
        power = replace(power, told=f"{power.told}; {looks_on}")
    record = open_rollout(
        plan,
        model=spec.name,
        champion=start.champion,
        challenger=start.challenger,
        told=Observations(backend=backend, candidate=None),
        now=now,
        number=start.number,
        by_alias=start.by_alias,
        power=power,
        seen=start.seen,
        reason=start.reason,
    )
    try:
        ports.store.write(record, expected=stored.revision if stored else 0)
    except RolloutConflict:
        return False, ""  # another controller began it
    return True, ""


def _nothing_new(champion: ModelVersion | None, challenger: ModelVersion | None) -> str:
    if champion is None or challenger is None or champion.version == challenger.version:
        return ""
    if champion.bundle_digest != challenger.bundle_digest:
        return ""
    same = f"version {challenger.version} is the same bundle as champion {champion.version}"
    return f"{same}: there is nothing to roll out"


def _asks_for_versions(last: RolloutRecord | None, commands: Sequence[object]) -> bool:
    """Whether a person names a version: only then all of them are read from the registry."""
    outcome = last.state.outcome if last else None
    return bool(commands) or bool(outcome and outcome.undo_to)


def _kept_waiting(spec: ModelSpec, challenger: ModelVersion) -> str | None:
    """Why the challenger's rollout does not begin."""
    if problem := judged_problem(challenger):
        return f"version {challenger.version} of {spec.name} may not be deployed: {problem}"
    return missing_approval(challenger) if spec.deployment.approval == "required" else None
