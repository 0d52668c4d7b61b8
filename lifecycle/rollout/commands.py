"""What a person may say to a rollout, and which of it is heard."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from lifecycle.spec.kinds import Record

CommandKind = Literal["approve", "promote", "promote_full", "abort", "retry", "undo"]
"""`promote`: on to the next stage without waiting for evidence. `retry`: go on after a hold, or start again
after an end. `undo`: back to a version that passed earlier."""

_FOR_THE_NEXT: frozenset[CommandKind] = frozenset({"undo", "retry"})
_FIRST: tuple[CommandKind, ...] = ("abort", "undo", "approve", "promote", "promote_full", "retry")


class Command(Record):
    """One command with who gave it, when and why."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,100}$")]
    kind: CommandKind
    version: str
    """The version on trial that is meant; for `undo` the one to go back to."""
    actor: Annotated[str, Field(min_length=1, max_length=200)]
    reason: Annotated[str, Field(min_length=1, max_length=2000)]
    at: AwareDatetime


def unseen(commands: Sequence[Command], seen: Sequence[str], *, over: bool = False) -> tuple[Command, ...]:
    """Commands that had no effect yet, those that stop a rollout first: abort beats approve.

    Args:
        over: the rollout has an outcome that is still carried out. What begins another one is not for it.
    """
    fresh = {command.id: command for command in commands if command.id not in seen}
    if over:
        fresh = {id_: command for id_, command in fresh.items() if command.kind not in _FOR_THE_NEXT}
    return tuple(sorted(fresh.values(), key=lambda c: (_FIRST.index(c.kind), c.at, c.id)))


def refusal(command: Command, *, challenger: str, smoke: bool) -> str | None:
    """Why an open rollout does not do what a command says; None: it does.

    Args:
        challenger: version on trial.
        smoke: the version was not seen to work yet.

    >>> from datetime import UTC, datetime
    >>> late = Command(id="a", kind="approve", version="3", actor="ann", reason="ok", at=datetime.now(UTC))
    >>> refusal(late, challenger="4", smoke=False)
    'approve of version 3 refused: version 4 is on trial now'
    """
    if command.kind == "undo":
        return None
    if command.version != challenger:
        return f"{command.kind} of version {command.version} refused: version {challenger} is on trial now"
    if command.kind == "promote" and smoke:
        return "promote refused: the smoke test comes first, and nobody can wave it through"
    return None
