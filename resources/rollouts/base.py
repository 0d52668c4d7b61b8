"""The port of rollout records: compare and set, so that of two controllers at once only one decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from lifecycle.errors import LifecycleError
from lifecycle.rollout.commands import Command
from lifecycle.rollout.record import RolloutRecord


class RolloutConflict(LifecycleError):
    """Somebody else wrote in between: read again and decide again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A record as it was read, and what a writer has to name to replace it.

    Attributes:
        revision: rises with each write of the model's record, from 1.
    """

    record: RolloutRecord
    revision: int


class RolloutStore(Protocol):
    """Keeps the newest record of each model, all earlier ones, and commands that people gave."""

    def read(self, model: str) -> Stored | None:
        """The newest record, or None where there was no rollout yet.

        Raises:
            LifecycleError: it cannot be read, is half written, was changed by hand, or has an unknown format.
        """
        ...

    def write(self, record: RolloutRecord, *, expected: int) -> int:
        """Put a record in the place of the newest one and return its revision; all of it or nothing is kept.

        A record of another rollout keeps the one before it among the earlier ones.

        Args:
            expected: revision that was read; 0: there was none.

        Raises:
            RolloutConflict: the newest record has another revision by now. Nothing was changed.
            LifecycleError: the store cannot be written, or stays locked. Nothing was changed.
        """
        ...

    def earlier(self, model: str) -> Sequence[RolloutRecord]:
        """Records of the rollouts before the newest one, oldest first.

        Raises:
            LifecycleError: one of them cannot be read.
        """
        ...

    def send(self, model: str, command: Command) -> None:
        """Give a command; the same id again changes nothing.

        Raises:
            LifecycleError: it cannot be kept, or another command has its id.
        """
        ...

    def commands(self, model: str) -> Sequence[Command]:
        """Every command that was given, oldest first. Records say which of them were heard.

        Raises:
            LifecycleError: one of them cannot be read.
        """
        ...
