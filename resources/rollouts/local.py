"""Rollout records in a folder of this machine: a lock, a temporary file, fsync, and one rename."""

import fcntl
import hashlib
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import dagster as dg
from pydantic import ValidationError

from lifecycle.durable import replace_file
from lifecycle.errors import LifecycleError
from lifecycle.rollout.commands import Command
from lifecycle.rollout.record import RolloutRecord, read_record
from resources.rollouts.base import RolloutConflict, Stored

CURRENT, EARLIER, COMMANDS, LOCK = "current.json", "earlier", "commands", ".lock"
_HEAD = re.compile(r"flywheel-rollout revision=([0-9]{1,18}) sha256=([0-9a-f]{64})")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


class LocalRollouts(dg.ConfigurableResource[None]):
    """One folder a model: `current.json`, `earlier/<number>.json`, `commands/<id>.json`.

    The first line of a record's file holds its revision and the digest of the rest, so that a half-written or
    hand-edited record is told from a whole one.
    """

    root: str
    lock_timeout_s: float = 10.0

    def read(self, model: str) -> Stored | None:
        return _read(self._folder(model) / CURRENT)

    def write(self, record: RolloutRecord, *, expected: int) -> int:
        folder = self._folder(record.model)
        with _explained(folder, "write"), self._locked(folder):
            stored = _read(folder / CURRENT)
            found = stored.revision if stored else 0
            if found != expected:
                raise RolloutConflict(
                    f"the rollout record of {record.model} has revision {found}, not {expected}: another "
                    "controller was faster; the next tick decides on what it wrote"
                )
            if stored is not None and stored.record.id != record.id:
                # Again after a crash writes the same bytes to the same name.
                replace_file(folder / EARLIER / f"{stored.record.number:06}.json", _file(stored))
            replace_file(folder / CURRENT, _file(Stored(record=record, revision=found + 1)))
            return found + 1

    def earlier(self, model: str) -> Sequence[RolloutRecord]:
        paths = sorted((self._folder(model) / EARLIER).glob("*.json"))
        return [stored.record for path in paths if (stored := _read(path))]

    def send(self, model: str, command: Command) -> None:
        folder = self._folder(model)
        path = folder / COMMANDS / f"{command.id}.json"
        with _explained(folder, "write"), self._locked(folder):
            if path.exists():
                if _command(path) != command:
                    raise LifecycleError(
                        f"there is another command {command.id} for {model}: choose a new id"
                    )
                return
            replace_file(path, command.model_dump_json() + "\n")

    def commands(self, model: str) -> Sequence[Command]:
        found = [_command(path) for path in (self._folder(model) / COMMANDS).glob("*.json")]
        return sorted(found, key=lambda command: (command.at, command.id))

    def _folder(self, model: str) -> Path:
        if not _NAME.fullmatch(model):
            raise LifecycleError(f"{model[:80]!r} is no name of a model")
        return Path(self.root) / model

    @contextmanager
    def _locked(self, folder: Path) -> Iterator[None]:
        """Nobody else writes meanwhile. The system gives the lock back when a process dies."""
        folder.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + self.lock_timeout_s
        with (folder / LOCK).open("a") as file:
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError as exc:
                    if time.monotonic() >= deadline:
                        raise LifecycleError(
                            f"{folder / LOCK} stays locked for {self.lock_timeout_s:g} s: another process "
                            "writes rollout records and does not end; nothing was changed"
                        ) from exc
                    time.sleep(0.01)
            yield


def _file(stored: Stored) -> str:
    text = stored.record.to_json()
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"flywheel-rollout revision={stored.revision} sha256={digest}\n{text}"


def _read(path: Path) -> Stored | None:
    try:
        head, _, text = path.read_text(encoding="utf-8").partition("\n")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as exc:
        raise LifecycleError(f"the rollout record {path} cannot be read: {exc}") from exc
    match = _HEAD.fullmatch(head)
    if match is None or hashlib.sha256(text.encode()).hexdigest() != match[2]:
        raise LifecycleError(
            f"the rollout record {path} is half written or was edited: put it back from a copy, or move it "
            "away to begin without it; until then the endpoint keeps the weights that it has"
        )
    return Stored(record=_parsed(text, str(path)), revision=int(match[1]))


@lru_cache(maxsize=64)
def _parsed(text: str, where: str) -> RolloutRecord:
    """The record of a text. It is frozen, so whoever reads the same text again may have the same one.

    A record of 119 entries takes 25 ms to validate, and a sensor reads those of all models at each look.
    """
    return read_record(text, where=where)


def _command(path: Path) -> Command:
    try:
        return Command.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValidationError) as exc:
        raise LifecycleError(
            f"the command {path} cannot be read ({exc}): remove it and give it again"
        ) from exc


@contextmanager
def _explained(folder: Path, what: str) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise LifecycleError(
            f"the rollout store {folder} cannot be used to {what} ({exc.strerror}): free space or give the "
            "right to write; nothing was changed, and the endpoint keeps its weights"
        ) from exc
