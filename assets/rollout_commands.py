"""A person's command to a rollout: refused at once, or kept for the next tick."""

from collections.abc import Mapping
from datetime import datetime

from lifecycle.errors import LifecycleError
from lifecycle.rollout.commands import Command, CommandKind, refusal
from lifecycle.rollout.observations import Version
from lifecycle.rollout.plan import SMOKE
from lifecycle.rollout.record import RolloutRecord
from lifecycle.spec.fingerprint import fingerprint
from resources.rollouts.base import RolloutStore


def give(
    store: RolloutStore,
    model: str,
    kind: CommandKind,
    *,
    version: str | None,
    actor: str,
    reason: str,
    at: datetime,
    passed: Mapping[str, Version],
) -> Command:
    """Keep a command for the next tick, and return it.

    Args:
        version: that is meant; None: the one on trial. `undo` names the one to go back to.
        passed: versions whose gates passed, by version.

    Raises:
        LifecycleError: there is nothing that could obey it, and why.
    """
    stored = store.read(model)
    record = stored.record if stored else None
    meant = version or (record.challenger.version if record else None)
    if meant is None:
        raise LifecycleError(f"{model} has no rollout to {kind}: it begins when a version becomes challenger")
    command = Command(
        # The same command of the same person at the same moment is one command.
        id=f"{kind}-{fingerprint(model, meant, actor, reason, at.isoformat())}",
        kind=kind,
        version=meant,
        actor=actor,
        reason=reason,
        at=at,
    )
    if (why := _refused(model, command, record, passed)) is not None:
        raise LifecycleError(why)
    store.send(model, command)
    return command


def _refused(
    model: str, command: Command, record: RolloutRecord | None, passed: Mapping[str, Version]
) -> str | None:
    kind, version = command.kind, command.version
    if kind in ("undo", "retry") and version not in passed:
        known = ", ".join(passed) or "none"
        return f"{kind} refused: version {version} of {model} did not pass its gates; those that did: {known}"
    if kind == "undo":
        return None
    if record is None:
        return f"{model} has no rollout to {kind}: it begins when a version becomes challenger"
    over = record.state.outcome is not None
    if kind == "retry" and over:
        return None
    if over:
        return f"{kind} refused: the rollout of version {record.challenger.version} of {model} is over"
    return refusal(command, challenger=record.challenger.version, smoke=record.stage.name == SMOKE)
