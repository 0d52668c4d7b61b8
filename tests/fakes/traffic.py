"""Request logs for tests: real segments, and compacted rows in memory."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from lifecycle.endpoint.log.adding import add_entries
from lifecycle.endpoint.log.compaction import Compacted, table_of
from lifecycle.endpoint.log.reading import read_log, read_segment
from lifecycle.endpoint.log.record import LoggedRow, LoggedVariant, RequestEntry
from lifecycle.endpoint.log.segments import closed_segments
from lifecycle.endpoint.log.uniting import united
from lifecycle.errors import LifecycleError
from resources.traffic.base import Backlog


class MemoryTraffic:
    """Segments lie in `folder/<model>`; what is compacted is a list of rows."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._compacted: dict[str, list[LoggedRow]] = {}

    def have(self, model: str, rows: Sequence[LoggedRow]) -> None:
        """Have rows in the log, without a file."""
        self._compacted.setdefault(model, []).extend(rows)

    def read(
        self, model: str, *, since: datetime, until: datetime, columns: Sequence[str] | None = None
    ) -> pa.Table:
        rows = [*self._compacted.get(model, []), *read_log(self._segments(model))]
        parts: dict[object, list[LoggedRow]] = {}
        for row in rows:
            if since <= row.at < until:
                parts.setdefault(row.answered, []).append(row)
        tables = [table_of(part) for part in parts.values()]
        there = [
            t if columns is None else t.select([n for n in columns if n in t.column_names]) for t in tables
        ]
        return united(there, columns)

    def compact(self, model: str) -> Compacted:
        found = [read_segment(path) for path in closed_segments(self._segments(model))]
        for segment in found:
            self.have(model, segment.rows)
            segment.path.unlink()
        rows = sum(len(segment.rows) for segment in found)
        return Compacted(segments=len(found), rows=rows, files=(), torn_bytes=0, damaged=0)

    def backlog(self, model: str) -> Backlog:
        paths = closed_segments(self._segments(model))
        if not paths:
            return Backlog()
        oldest = datetime.fromtimestamp(int(paths[0].stem.split("-")[0]) / 1e9, UTC)
        return Backlog(segments=len(paths), bytes=sum(path.stat().st_size for path in paths), oldest=oldest)

    def add(self, model: str, variant: LoggedVariant, made: Callable[[], Sequence[RequestEntry]]) -> int:
        return add_entries(self._segments(model), model, variant, made)

    def _segments(self, model: str) -> Path:
        if not model.isidentifier():
            raise LifecycleError(f"{model!r} is no name of a model")
        return self._folder / model
