"""Rows that somebody else than an endpoint adds to its log: those of a replay."""

import fcntl
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import uuid4

from lifecycle.durable import sync_folder
from lifecycle.endpoint.log.frames import MAGIC, frame
from lifecycle.endpoint.log.record import (
    LoggedVariant,
    RequestEntry,
    header_content,
    request_content,
    variant_content,
)
from lifecycle.endpoint.log.segments import CLOSED
from lifecycle.errors import LifecycleError

ADDED = 0
"""Number of the one version that an added segment names."""


class AddingRuns(LifecycleError):
    """Somebody else adds to the log just now: what there is to add is being added."""


def add_entries(
    folder: Path, model: str, variant: LoggedVariant, made: Callable[[], Sequence[RequestEntry]]
) -> int:
    """Add requests as one closed segment, while nobody else adds; returns how many.

    All of them are in the log afterwards or none is: the segment is written aside and gets its name at the
    end. Who is killed holds nothing, for the lock ends with the process.

    Args:
        folder: of the segments; it is made.
        variant: whose rows they are; parts name it by the number `ADDED`.
        made: is called once nobody else can add. It should look into the log for what is there already.

    Raises:
        AddingRuns: another one adds.
        LifecycleError: the log cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "adding.lock").open("w")
    except OSError as exc:
        raise _unwritable(folder, exc) from exc
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise AddingRuns(f"somebody else adds to the request log {folder}; wait for it") from exc
        entries = made()
        try:
            if entries:
                _write(folder, model, variant, entries)
        except OSError as exc:
            raise _unwritable(folder, exc) from exc
    return len(entries)


def _write(folder: Path, model: str, variant: LoggedVariant, entries: Sequence[RequestEntry]) -> None:
    contents = [header_content(model), variant_content(ADDED, variant), *map(request_content, entries)]
    # One name, for the lock is ours: what a killed process left aside is written over.
    aside = folder / "adding.new"
    with aside.open("wb") as file:
        file.write(MAGIC + b"".join(map(frame, contents)))
        file.flush()
        os.fsync(file.fileno())
    aside.replace(folder / f"{time.time_ns():020d}-{uuid4().hex[:8]}{CLOSED}")
    sync_folder(folder)


def _unwritable(folder: Path, why: OSError) -> LifecycleError:
    return LifecycleError(f"the request log {folder} cannot be added to: {why.strerror}")
