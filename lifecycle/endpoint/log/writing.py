"""The request log as the endpoint writes it: before the answer, one call of the system a request."""

import asyncio
import os
from pathlib import Path

from lifecycle.endpoint.log.frames import frame
from lifecycle.endpoint.log.record import (
    LoggedVariant,
    RequestEntry,
    header_content,
    request_content,
    variant_content,
)
from lifecycle.endpoint.log.segments import LogError, SegmentWriter
from lifecycle.spec.deployment import RequestLogSection


class RequestLog:
    """Appends requests. All calls come from the event loop's thread.

    A record is in the page cache when `append` returns: a kill of the process cannot take it away. A power
    cut may take what the kernel did not write out yet, some 30 seconds at worst; with `durability: power` the
    answer waits in `synced` for an fsync, which is shared by all requests that wait.
    """

    def __init__(self, folder: Path, model: str, settings: RequestLogSection) -> None:
        self.settings = settings
        self.records = 0
        self.bytes = 0
        self.failures = 0
        self._model = model
        self._writer = SegmentWriter(folder, settings)
        self._numbers: dict[LoggedVariant, int] = {}
        self._unannounced: list[bytes] = []
        self._waiting: list[asyncio.Future[None]] = []
        self._syncing: asyncio.Task[None] | None = None

    @property
    def dropped_segments(self) -> int:
        """Segments that were dropped before they were compacted."""
        return self._writer.dropped_segments

    @property
    def bytes_kept(self) -> int:
        """What segments take up on disk."""
        return self._writer.bytes_kept

    def begin(self) -> None:
        """Call before the numbers of variants are asked for: a new segment gives them anew.

        Raises:
            LogError: there is nothing to write to.
        """
        try:
            fresh = self._writer.prepare()
        except LogError:
            self.failures += 1
            raise
        if fresh:
            self._numbers.clear()
            self._unannounced = [header_content(self._model)]

    def number(self, variant: LoggedVariant) -> int:
        """Number of a version in the segment that the next record goes to."""
        number = self._numbers.get(variant)
        if number is None:
            number = self._numbers[variant] = len(self._numbers)
            self._unannounced.append(variant_content(number, variant))
        return number

    def append(self, entry: RequestEntry) -> None:
        """Write a request, with what it refers to and the segment does not name yet.

        Raises:
            LogError: it is not in the log.
        """
        content = frame(request_content(entry))
        if self._unannounced:
            content = b"".join(map(frame, self._unannounced)) + content
        try:
            self._writer.append(content)
        except LogError:
            # Nothing was written: what is announced stays, and goes before the next record.
            self.failures += 1
            raise
        self._unannounced.clear()
        self.records += 1
        self.bytes += len(content)

    async def synced(self) -> None:
        """Return when everything that was appended is on the disk.

        Raises:
            LogError: the disk refuses.
        """
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        if self._syncing is None or self._syncing.done():
            self._syncing = asyncio.create_task(self._sync())
        await waiter

    def close_old(self) -> None:
        """Close a segment that is old enough."""
        self._writer.close_old()

    def close(self) -> None:
        """Close the open segment."""
        self._writer.close()

    async def _sync(self) -> None:
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            error: LogError | None = None
            # A copy: the segment may be closed meanwhile, and its number given to another file.
            file = os.dup(self._writer.file) if self._writer.file is not None else None
            try:
                if file is not None:
                    await asyncio.to_thread(os.fsync, file)
            except OSError as exc:
                error = LogError(f"the request log cannot be written out: {exc.strerror}")
            finally:
                if file is not None:
                    os.close(file)
            for waiter in waiting:
                if waiter.done():
                    continue
                if error is None:
                    waiter.set_result(None)
                else:
                    waiter.set_exception(error)
