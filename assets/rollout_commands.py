"""A person's command to a rollout: refused at once, or kept for the next tick."""

import re
from collections.abc import Mapping
from datetime import datetime

from pydantic import ValidationError

from assets.rollout_drive import passed_versions
from lifecycle.errors import LifecycleError
from lifecycle.rollout.commands import Command, CommandKind, refusal
from lifecycle.rollout.observations import Version
from lifecycle.rollout.plan import SMOKE
from lifecycle.rollout.record import RolloutRecord
from lifecycle.spec.fingerprint import fingerprint
from resources.rollouts.base import RolloutStore
from resources.tracking.base import Tracking


def command_rollout(
    store: RolloutStore,
    tracking: Tracking,
    model: str,
    kind: CommandKind,
    *,
    version: str | None,
    actor: str,
    reason: str,
    at: datetime,
) -> Command:
    """What a person says, from a terminal or the UI; the registry is asked where a version is named to go to.

    Args:
        version: that is meant. `undo` without one goes back to the champion before the newest rollout.

    Raises:
        LifecycleError: there is nothing that could obey it, and why.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", model):
        # From a form of the UI: it goes into a query of the registry and into the name of a folder.
        raise LifecycleError(f"{model[:80]!r} is no name of a model; nothing was changed")
    if kind == "undo" and version is None:
        version = _champion_before(store, model)
    passed = passed_versions(tracking, model) if kind in ("undo", "retry") else {}
    return give(store, model, kind, version=version, actor=actor, reason=reason, at=at, passed=passed)


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
    try:
        command = Command(
            # The same command of the same person at the same moment is one command.
            id=f"{kind}-{fingerprint(model, meant, actor, reason, at.isoformat())}",
            kind=kind,
            version=meant,
            actor=actor.strip(),
            reason=reason.strip(),
            at=at,
        )
    except ValidationError as exc:
        first = exc.errors()[0]
        raise LifecycleError(f"{first['loc'][0]} of {kind}: {first['msg']}; nothing was changed") from exc
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


def _champion_before(store: RolloutStore, model: str) -> str:
    stored = store.read(model)
    champion = stored.record.champion if stored else None
    if champion is None:
        raise LifecycleError(
            f"undo refused: no version of {model} served before the newest rollout; name one that passed"
        )
    return champion.version
