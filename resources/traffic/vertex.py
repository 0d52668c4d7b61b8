"""Request logs of endpoints on Vertex AI: containers send them to the staging folder."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from lifecycle.endpoint.app import LOG_FOLDER
from lifecycle.endpoint.follow import REQUESTS
from lifecycle.endpoint.log.compaction import Compacted
from lifecycle.endpoint.log.record import LoggedVariant, RequestEntry
from lifecycle.endpoint.log.segments import CLOSED, OPEN, open_segments
from lifecycle.endpoint.staging import Staging
from resources.traffic.base import Backlog
from resources.traffic.local import LocalTraffic
from resources.vertex.places import endpoint_place
from resources.vertex.settings import VertexSettings

if TYPE_CHECKING:
    import pyarrow as pa

ABANDONED = timedelta(days=1)
"""A segment that was begun so long ago and is still open was left by a container that was killed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VertexTraffic:
    """The traffic port over the staging folder.

    Closed segments are moved here and kept here. Open ones are copied as far as they were sent; the copy is
    replaced by the whole segment. A segment that comes twice is one: rows go by its name.
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
        """See `Traffic.compact`; copies of open segments are no segments."""
        folder = self._bring(model, with_open=False)
        for copy in open_segments(folder):
            copy.unlink(missing_ok=True)
        return self.local.compact(model)

    def backlog(self, model: str) -> Backlog:
        """See `Traffic.backlog`."""
        self._bring(model, with_open=False)
        return self.local.backlog(model)

    def add(self, model: str, variant: LoggedVariant, made: Callable[[], Sequence[RequestEntry]]) -> int:
        """See `Traffic.add`; what is added is at home from the beginning."""
        return self.local.add(model, variant, made)

    def _bring(self, model: str, *, with_open: bool) -> Path:
        endpoint = Path(self.local.endpoints) / model
        folder, sent = endpoint / LOG_FOLDER, endpoint_place(self.settings, endpoint).below(REQUESTS)
        for name in sent.names():
            folder.mkdir(parents=True, exist_ok=True)
            stem, kind = Path(name).stem, Path(name).suffix
            if kind == CLOSED or (kind == OPEN and _is_abandoned(stem)):
                _moved(sent, name, folder / f"{stem}{CLOSED}")
                (folder / f"{stem}{OPEN}").unlink(missing_ok=True)
            elif kind == OPEN and with_open and (content := sent.read(name)) is not None:
                aside = folder / f".{name}"
                aside.write_bytes(content)
                aside.replace(folder / name)
        return folder


def _moved(sent: Staging, name: str, target: Path) -> None:
    if (content := sent.read(name)) is None:
        return  # another run has it
    aside = target.with_name(f".{target.name}")
    aside.write_bytes(content)
    aside.replace(target)
    sent.remove(name)


def _is_abandoned(stem: str) -> bool:
    began = stem.split("-")[0]
    if not began.isdecimal():
        return False
    return datetime.now(UTC) - datetime.fromtimestamp(int(began) / 1e9, UTC) > ABANDONED
