"""Whether a rollout begins, and of what. The record of the last one is all that is remembered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lifecycle.rollout.commands import Command, unseen
from lifecycle.rollout.observations import Version
from lifecycle.rollout.plan import Occasion
from lifecycle.rollout.record import RolloutRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """What the registry says of a model.

    Attributes:
        passed: versions whose gates passed, by version.
    """

    champion: Version | None
    challenger: Version | None
    passed: Mapping[str, Version]


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A rollout that begins.

    Attributes:
        seen: ids of commands that it has nothing to do any more.
    """

    occasion: Occasion
    champion: Version | None
    challenger: Version
    number: int
    by_alias: bool
    seen: tuple[str, ...]
    reason: str


def decide_start(last: RolloutRecord | None, registry: Registry, commands: Sequence[Command]) -> Start | None:
    """The rollout that begins now; None: none does.

    A person comes first (undo, then retry), then the challenger. What was taken back is not tried again
    unless a person says so.

    Args:
        last: the newest rollout of the model; None: there was none.
        commands: all that were given; those that the last rollout heard are left out here.
    """
    if last is not None and not last.state.closed:
        return None
    seen = last.state.seen if last else ()
    fresh = unseen(commands, seen)
    heard = (*seen, *(command.id for command in fresh))
    number = last.number + 1 if last else 1

    def start(
        challenger: Version | None, reason: str, *, undo: bool = False, alias: bool = False
    ) -> Start | None:
        # The same bytes under another number would change nothing, and there is no comparing them.
        if challenger is None or (registry.champion and challenger.digest == registry.champion.digest):
            return None
        occasion: Occasion = "undo" if undo else "rollout"
        return Start(
            occasion=occasion if registry.champion else "first",
            champion=registry.champion,
            challenger=challenger,
            number=number,
            by_alias=alias,
            seen=heard,
            reason=reason,
        )

    for command in fresh:
        if command.kind == "undo":
            told = f"undo by {command.actor}: {command.reason}"
            if found := start(registry.passed.get(command.version), told, undo=True):
                return found
    outcome = last.state.outcome if last else None
    wanted = outcome.undo_to if outcome else None
    if outcome and wanted and (found := start(registry.passed.get(wanted), outcome.reason, undo=True)):
        return found
    for command in fresh:
        if command.kind == "retry" and last is not None and command.version == last.challenger.version:
            told = f"retry by {command.actor}: {command.reason}"
            if found := start(registry.passed.get(command.version), told):
                return found
    if _was_taken_back(last, registry.challenger):
        return None
    return start(registry.challenger, "the version is the challenger", alias=True)


def _was_taken_back(last: RolloutRecord | None, challenger: Version | None) -> bool:
    """Whether the last rollout was of this very bundle and ended with an answer, or by a person."""
    if last is None or challenger is None or last.state.outcome is None:
        return False
    return last.challenger.digest == challenger.digest and last.state.outcome.kind != "superseded"
