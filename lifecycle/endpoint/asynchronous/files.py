"""A queue and results in folders: of one machine, or of a volume that many nodes mount.

A message is a file whose name tells its order and how often somebody began with it. It is handed out by a
rename, which only one worker can do; a lease is the file's time of change.
"""

import contextlib
import hashlib
import heapq
import itertools
import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from lifecycle.durable import sync_folder
from lifecycle.endpoint.asynchronous.port import Message, Result, checked_id

_numbers = itertools.count()
_NAME = re.compile(r"[^.].*\.[0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileQueue:
    """See `Queue`."""

    folder: Path
    lease_s: float = 60.0
    """After so long without a sign of its worker a message is handed out again."""

    def put(self, request: str, body: bytes) -> None:
        """See `Queue.put`."""
        checked_id(request)
        # Older ones first; of one process in their order, of several as their clocks say.
        name = f"{time.time_ns():020}-{os.getpid()}-{next(_numbers)}.0"
        aside = self._made("aside") / name
        with aside.open("wb") as file:
            file.write(request.encode() + b"\n" + body)
            file.flush()
            os.fsync(file.fileno())
        aside.rename(self._made("ready") / name)
        sync_folder(self.folder / "ready")

    def lease(self, most: int) -> Sequence[Message]:
        """See `Queue.lease`."""
        self._take_back()
        found = []
        for name in heapq.nsmallest(most, _names(self._made("ready"))):
            ready, taken = self.folder / "ready" / name, self._made("taken") / name
            try:
                # Before it is renamed: whoever finds it among the taken ones must see a lease that began.
                os.utime(ready)
                ready.rename(taken)
                request, _, body = taken.read_bytes().partition(b"\n")
            except FileNotFoundError:
                # Another worker was quicker.
                continue
            found.append(
                Message(request=request.decode(), body=body, delivery=_delivery(taken.name), handle=taken)
            )
        return found

    def hold(self, message: Message) -> Message | None:
        """See `Queue.hold`."""
        order, _, delivery = message.handle.name.rpartition(".")
        begun = message.handle.with_name(f"{order}.{int(delivery) + 1}")
        try:
            os.utime(message.handle)
            message.handle.rename(begun)
        except FileNotFoundError:
            return None
        return replace(message, delivery=_delivery(begun.name), handle=begun)

    def done(self, messages: Sequence[Message]) -> None:
        """See `Queue.done`."""
        for message in messages:
            message.handle.unlink(missing_ok=True)

    def give_back(self, message: Message) -> None:
        """See `Queue.give_back`."""
        self._ready_again(message.handle)

    def waiting(self) -> int:
        """See `Queue.waiting`."""
        return len(_names(self._made("ready")))

    def _take_back(self) -> None:
        """Make ready what a worker took and did not hold."""
        for name in _names(self._made("taken")):
            taken = self.folder / "taken" / name
            with contextlib.suppress(FileNotFoundError):
                if time.time() - taken.stat().st_mtime > self.lease_s:
                    self._ready_again(taken)

    def _ready_again(self, taken: Path) -> None:
        with contextlib.suppress(FileNotFoundError):
            taken.rename(self.folder / "ready" / taken.name)

    def _made(self, part: str) -> Path:
        folder = self.folder / part
        folder.mkdir(parents=True, exist_ok=True)
        return folder


@dataclass(frozen=True, slots=True, kw_only=True)
class FileResults:
    """See `Results`. Each result is a file: its status, then the answer."""

    folder: Path
    _made: set[Path] = field(default_factory=set)

    def get(self, request: str) -> Result | None:
        """See `Results.get`."""
        try:
            status, _, body = self._path(request).read_bytes().partition(b"\n")
        except FileNotFoundError:
            return None
        return Result(int(status), body)

    def put(self, request: str, result: Result) -> None:
        """See `Results.put`."""
        path = self._path(request)
        if path.parent not in self._made:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._made.add(path.parent)
        aside = path.with_name(f"{path.name}.{os.getpid()}.{next(_numbers)}")
        with aside.open("wb") as file:
            file.write(b"%d\n" % result.status + result.body)
            file.flush()
            os.fsync(file.fileno())
        # A link, not a rename: it fails where there is a result, which somebody may have read.
        with contextlib.suppress(FileExistsError):
            os.link(aside, path)
        aside.unlink()
        sync_folder(path.parent)

    def _path(self, request: str) -> Path:
        # An id may hold slashes and dots, and be longer than a name of a file.
        name = hashlib.sha256(request.encode()).hexdigest()
        return self.folder / name[:2] / name


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCounts:
    """See `Counts`. Each count is a file, as long as it is high; not synced: a machine's end may lose one."""

    folder: Path

    def counted(self, keys: Sequence[str]) -> Sequence[int]:
        """See `Counts.counted`."""
        return [self._counted(self._path(key)) for key in keys]

    def count(self, key: str) -> int:
        """See `Counts.count`."""
        path = self._path(key)
        self.folder.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            file.write(b".")
        return self._counted(path)

    def forget(self, key: str) -> None:
        """See `Counts.forget`."""
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self.folder / hashlib.sha256(key.encode()).hexdigest()

    @staticmethod
    def _counted(path: Path) -> int:
        try:
            return path.stat().st_size
        except FileNotFoundError:
            return 0


def _names(folder: Path) -> list[str]:
    """Of messages; a volume puts files of its own beside them, such as `.nfs0000...`."""
    with os.scandir(folder) as entries:
        return [entry.name for entry in entries if _NAME.fullmatch(entry.name)]


def _delivery(name: str) -> int:
    return int(name.rpartition(".")[2])
