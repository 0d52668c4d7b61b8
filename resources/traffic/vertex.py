"""Request logs of endpoints on Vertex AI: containers send them to the staging folder."""

import fcntl
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from lifecycle.endpoint.follow import REQUESTS
from lifecycle.endpoint.log.compaction import Compacted
from lifecycle.endpoint.log.record import LoggedVariant, RequestEntry
from lifecycle.endpoint.log.segments import CLOSED, OPEN, open_segments
from lifecycle.endpoint.staging import Staging
from resources.traffic.base import Backlog
from resources.traffic.local import COPIED, LocalTraffic, began_at
from resources.vertex.places import endpoint_place
from resources.vertex.settings import VertexSettings

if TYPE_CHECKING:
    import pyarrow as pa

ABANDONED = timedelta(days=1)
"""A segment that was begun so long ago and is still open was left by a container that was killed."""
BRING_S = 2.0
"""A look at the backlog begins to bring no other segment after so long; the next one goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VertexTraffic:
    """The traffic port over the staging folder.

    Closed segments are moved here and kept here. Open ones are copied as far as they were sent; the copy is
    replaced by the whole segment. A segment that comes twice is one: rows go by its name.

    Who brings does so alone: a copy that another one put here after the whole segment had come, and had been
    compacted, would hide it.
    """

    local: LocalTraffic
    settings: VertexSettings

    def read(
        self, model: str, *, since: datetime, until: datetime, columns: Sequence[str] | None = None
    ) -> "pa.Table":
        """See `Traffic.read`."""
        self._bring(model, with_open=True)
        return self.local.read(model, since=since, until=until, columns=columns)

    def compact(self, model: str) -> Compacted:
        """See `Traffic.compact`."""
        self._bring(model, with_open=False)
        return self.local.compact(model)

    def backlog(self, model: str) -> Backlog:
        """See `Traffic.backlog`; while others bring segments, of those that are here."""
        with suppress(BlockingIOError):
            self._bring(model, with_open=False, wait=False, most_s=BRING_S)
        return self.local.backlog(model)

    def add(self, model: str, variant: LoggedVariant, made: Callable[[], Sequence[RequestEntry]]) -> int:
        """See `Traffic.add`; what is added is at home from the beginning."""
        return self.local.add(model, variant, made)

    def _bring(self, model: str, *, with_open: bool, wait: bool = True, most_s: float = math.inf) -> None:
        """Have here what was sent.

        Args:
            with_open: copies of open segments, too.
            most_s: no other segment is begun after this time.

        Raises:
            BlockingIOError: another one brings, and we do not wait for it.
        """
        folder = self.local.segments(model)
        sent = endpoint_place(self.settings, folder.parent).below(REQUESTS)
        if not folder.exists() and not sent.names():
            return
        with _alone(folder, wait=wait):
            names, began_s = sent.names(), time.monotonic()
            for name in names:
                if time.monotonic() - began_s > most_s:
                    return
                stem, kind = Path(name).stem, Path(name).suffix
                if kind == CLOSED:
                    # The open one, too: a container that was killed between sending and removing left both.
                    _move(sent, name, folder / name, gone=(f"{stem}{OPEN}", name))
                elif kind != OPEN or f"{stem}{CLOSED}" in names:
                    continue
                elif _is_abandoned(stem):
                    _move(sent, name, folder / f"{stem}{CLOSED}", gone=(name,))
                elif with_open and (content := sent.read(name)) is not None:
                    _place(folder / f"{stem}{COPIED}", content)
            for copy in folder.glob(f"*{COPIED}"):
                if copy.with_suffix(OPEN).name not in names:
                    copy.unlink()
            for copy in open_segments(folder):
                copy.unlink()  # by an earlier release; a compaction would take it for an abandoned one


def _move(sent: Staging, name: str, target: Path, *, gone: Sequence[str]) -> None:
    """Have a whole segment here, and no part of it anywhere."""
    if (content := sent.read(name)) is None:
        return  # it was closed since it was listed
    _place(target, content)
    for one in gone:
        sent.remove(one)
    target.with_suffix(COPIED).unlink(missing_ok=True)


@contextmanager
def _alone(folder: Path, *, wait: bool) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "bring.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield


def _place(target: Path, content: bytes) -> None:
    # By no segment's ending: what is half written would be read as one.
    aside = target.with_name(f".{target.stem}.{uuid4().hex[:8]}.new")
    aside.write_bytes(content)
    aside.replace(target)


def _is_abandoned(stem: str) -> bool:
    return stem.split("-")[0].isdecimal() and datetime.now(UTC) - began_at(stem) > ABANDONED
