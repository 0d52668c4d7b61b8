"""The files of a request log: one that is written, closed ones that wait for compaction, and their bounds."""

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

from lifecycle.durable import sync_folder
from lifecycle.endpoint.log.frames import MAGIC
from lifecycle.errors import LifecycleError
from lifecycle.spec.deployment import RequestLogSection

OPEN, CLOSED = ".open", ".segment"


class LogError(LifecycleError):
    """A record could not be written: whoever asked must not be told that it was."""


class SegmentWriter:
    """Appends to one segment after another; a segment belongs to one writer and is never continued.

    A name begins with the time and ends in chance, so no two writers and no two lives of one share a file.
    The writer holds a lock on its open segment: one whose lock can be taken was left by a process that died.

    Args:
        folder: of the segments; it is made.
        settings: sizes, ages, bounds.
    """

    def __init__(self, folder: Path, settings: RequestLogSection) -> None:
        self.settings = settings
        self.dropped_segments = 0
        """Closed ones that were removed, not compacted, to keep the bound."""
        self._folder = folder
        self._file: int | None = None
        self._path = folder
        self._size = 0
        self._closed_bytes = 0
        self._opened_s = 0.0

    @property
    def file(self) -> int | None:
        """Descriptor of the open segment."""
        return self._file

    @property
    def bytes_kept(self) -> int:
        """On disk, of the open segment and the closed ones as of when it was opened."""
        return self._closed_bytes + self._size

    def prepare(self) -> bool:
        """Have a segment to write to; returns whether it holds no record yet.

        Raises:
            LogError: the disk or the log is full, or the folder cannot be written.
        """
        if self._file is None or self._is_over():
            try:
                self.close()
                self._open()
            except OSError as exc:
                raise self._unwritable(exc) from exc
        return self._size <= len(MAGIC)

    def append(self, frames: bytes) -> None:
        """Write frames by one call to the prepared segment: all of them are in the log afterwards, or none.

        Raises:
            LogError: the disk is full, or the file cannot be written.
        """
        if self._file is None:
            raise LogError(f"the request log in {self._folder} has no open segment")
        try:
            written = os.write(self._file, frames)
            if written < len(frames):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as exc:
            # A full disk takes a part. It is taken back: what follows must begin at a frame.
            os.ftruncate(self._file, self._size)
            raise self._unwritable(exc) from exc
        self._size += written

    def close_old(self) -> None:
        """Close a segment that is old enough, so that it can be compacted though nobody asks any more."""
        if self._file is not None and self._is_over():
            self.close()

    def close(self) -> None:
        """Close the open segment."""
        if self._file is None:
            return
        if self.settings.durability == "power":
            os.fsync(self._file)
        self._path.rename(self._path.with_suffix(CLOSED))
        os.close(self._file)  # the lock ends here: after the name says that nobody writes
        self._file = None

    def _is_over(self) -> bool:
        old = time.monotonic() - self._opened_s >= self.settings.segment_age
        return self._size > len(MAGIC) and (old or self._size >= self.settings.segment_bytes)

    def _open(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        close_abandoned(self._folder)
        self._closed_bytes = self._make_room()
        path = self._folder / f"{time.time_ns():020d}-{uuid4().hex[:8]}{OPEN}"
        # Locked before it bears the name of an open segment: else it would be taken for an abandoned one.
        new = path.with_suffix(".new")
        file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            if os.write(file, MAGIC) < len(MAGIC):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            new.rename(path)
            if self.settings.durability == "power":
                sync_folder(self._folder)
        except OSError:
            os.close(file)
            new.unlink(missing_ok=True)
            raise
        self._file, self._path, self._size, self._opened_s = file, path, len(MAGIC), time.monotonic()

    def _make_room(self) -> int:
        """Bytes of the closed segments, once there is room for one more."""
        sizes = {path: path.stat().st_size for path in closed_segments(self._folder)}
        room = self.settings.max_bytes - min(self.settings.segment_bytes, self.settings.max_bytes // 2)
        for path in list(sizes):
            if sum(sizes.values()) <= room:
                break
            if self.settings.when_full == "stop":
                raise LogError(
                    f"the request log in {self._folder} is full ({self.settings.max_bytes} bytes): "
                    "compact it, or raise `deployment.request_log.max_bytes`"
                )
            path.unlink(missing_ok=True)
            del sizes[path]
            self.dropped_segments += 1
        return sum(sizes.values())

    def _unwritable(self, why: OSError) -> LogError:
        return LogError(f"the request log in {self._folder} cannot be written: {why.strerror}")


def closed_segments(folder: Path) -> list[Path]:
    """Segments that nobody writes any more, oldest first."""
    return sorted(folder.glob(f"*{CLOSED}"))


def open_segments(folder: Path) -> list[Path]:
    """Segments that are being written, or were when their process died; oldest first."""
    return sorted(folder.glob(f"*{OPEN}"))


def close_abandoned(folder: Path) -> list[Path]:
    """Close the segments of writers that died; returns them under their new names."""
    return list(_closed(folder))


def _closed(folder: Path) -> Iterator[Path]:
    for path in open_segments(folder):
        try:
            file = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            continue  # its writer closed it meanwhile
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        else:
            # Its writer may have closed it between our look and our lock: then the name is gone.
            if path.exists():
                yield path.rename(path.with_suffix(CLOSED))
        finally:
            os.close(file)
