"""Request logs on this machine: segments below the endpoints, compacted ones below the lake."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import dagster as dg
from pydantic import Field

from lifecycle.endpoint.app import LOG_FOLDER
from lifecycle.endpoint.log.adding import add_entries
from lifecycle.endpoint.log.compaction import Compacted, compact, table_of
from lifecycle.endpoint.log.following import Followed, ShorterFileError
from lifecycle.endpoint.log.record import LoggedRow, LoggedVariant, RequestEntry
from lifecycle.endpoint.log.segments import CLOSED, closed_segments, open_segments
from lifecycle.endpoint.log.uniting import united
from lifecycle.errors import LifecycleError
from resources.traffic.base import Backlog

if TYPE_CHECKING:
    import pyarrow as pa

COMPACTED = "requests"
"""Folder of the compacted files in a model's part of the lake; no stage publishes tables there."""
_HOUR = timedelta(hours=1)
# Segments are closed after ten minutes: this is more than waits for a compaction that comes each hour.
_FOLLOWED_AT_MOST = 16
_PARTS = 16
"""Tables of one version that are put together into one."""
COPIED = ".copy"
"""A segment as far as the machine that writes it sent it; no compaction takes it for an abandoned one."""
_Scorer = tuple[str | None, tuple[object, ...]]


class LocalTraffic(dg.ConfigurableResource[None]):
    """Reads the logs of local endpoints.

    Compacted files lie below the lake, for they stay when an endpoint is removed, and are read like tables.
    They are none of its published tables: they only grow, and no partition owns one.
    """

    endpoints: str = Field(description="folder of the endpoints, one folder a model")
    lake: str = Field(description="folder of the lake")

    def read(
        self, model: str, *, since: datetime, until: datetime, columns: Sequence[str] | None = None
    ) -> "pa.Table":
        """See `Traffic.read`.

        Segments are read before the compacted files are listed. A segment is removed only after its files are
        there: so one that vanished is found among them, and the files of one that was read are left out.
        """
        asked = None if columns is None else [*dict.fromkeys([*columns, "at"])]
        tables, parsed = [], set[str]()
        for stem, found in _parsed_segments(self.segments(model)):
            parsed.add(stem)
            tables += [_chosen(table, asked) for table in found]
        for path in _compacted(self._compacted(model), since, until):
            if path.stem.rsplit("-", 1)[0] not in parsed:
                tables.append(_read_file(path, asked))
        inside = [_between(table, since, until) for table in tables]
        return united([table for table in inside if table.num_rows], columns)

    def compact(self, model: str) -> Compacted:
        """See `Traffic.compact`."""
        return compact(self.segments(model), self._compacted(model))

    def backlog(self, model: str) -> Backlog:
        """See `Traffic.backlog`."""
        sizes: dict[str, int] = {}
        for path in closed_segments(self.segments(model)):
            try:
                sizes[path.stem] = path.stat().st_size
            except FileNotFoundError:
                continue  # compacted since we listed it
        if not sizes:
            return Backlog()
        return Backlog(segments=len(sizes), bytes=sum(sizes.values()), oldest=min(map(began_at, sizes)))

    def add(self, model: str, variant: LoggedVariant, made: Callable[[], Sequence[RequestEntry]]) -> int:
        """See `Traffic.add`."""
        return add_entries(self.segments(model), model, variant, made)

    def segments(self, model: str) -> Path:
        """Folder of the segments of a model's log.

        Raises:
            LifecycleError: that is no name of a model.
        """
        return Path(self.endpoints) / _checked(model) / LOG_FOLDER

    def _compacted(self, model: str) -> Path:
        return Path(self.lake) / _checked(model) / COMPACTED


def _checked(model: str) -> str:
    # The name becomes a folder: nothing that could lead out of the root.
    if not model.isidentifier():
        raise LifecycleError(f"{model!r} is no name of a model; allowed: letters, digits and _")
    return model


def began_at(stem: str) -> datetime:
    """When a segment was begun, by its name; of a file that somebody put there by another name: long ago.

    >>> began_at("01364817600000000000-0f3a9c1e").isoformat(), began_at("copy").year
    ('2013-04-01T12:00:00+00:00', 1970)
    """
    began_ns = stem.split("-")[0]
    return datetime.fromtimestamp(int(began_ns) / 1e9 if began_ns.isdecimal() else 0.0, UTC)


def _parsed_segments(folder: Path) -> "Iterator[tuple[str, tuple[pa.Table, ...]]]":
    """Name of each segment that is not compacted, with its rows: a table a version.

    Open ones are listed first: one that is closed between the two lists is in both, and would be in neither
    the other way round. It is read once, by its last name, as are those of which a copy was left.
    """
    listed = {path.stem: path for path in folder.glob(f"*{COPIED}")}
    listed |= {path.stem: path for path in open_segments(folder)}
    listed |= {path.stem: path for path in closed_segments(folder)}
    for path in sorted(listed.values()):
        # The second name: it was closed since we listed it. Neither there: it was compacted since.
        for name in (path, path.with_suffix(CLOSED)):
            try:
                yield path.stem, _FOLLOWER.tables(name)
            except FileNotFoundError:
                continue
            break


class _Follower:
    """Segments that this process reads again and again, as tables; nothing is parsed twice."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: OrderedDict[Path, tuple[Followed, dict[_Scorer, list[pa.Table]]]] = OrderedDict()

    def tables(self, path: Path) -> "tuple[pa.Table, ...]":
        """The rows of a segment as it is now: tables of one version each."""
        # An open segment keeps its stem when it is closed.
        name = path.with_suffix("")
        with self._lock:
            followed, tables = self._known.pop(name, (Followed(), {}))
            try:
                rows = followed.advance(path)
            except ShorterFileError:
                followed, tables = Followed(), {}
                rows = followed.advance(path)
            _add(tables, rows)
            self._known[name] = followed, tables
            while len(self._known) > _FOLLOWED_AT_MOST:
                self._known.popitem(last=False)
            return tuple(table for parts in tables.values() for table in parts)


_FOLLOWER = _Follower()


def _add(tables: "dict[_Scorer, list[pa.Table]]", rows: Sequence[LoggedRow]) -> None:
    import pyarrow as pa

    by_version: dict[_Scorer, list[LoggedRow]] = {}
    for row in rows:
        scorer = row.answered
        by_version.setdefault((scorer.digest, scorer.features) if scorer else (None, ()), []).append(row)
    for version, members in by_version.items():
        parts = tables.setdefault(version, [])
        parts.append(table_of(members))
        if len(parts) > _PARTS:
            tables[version] = [pa.concat_tables(parts).combine_chunks()]


def _compacted(folder: Path, since: datetime, until: datetime) -> Iterator[Path]:
    """Files of the hours that a window touches, oldest first."""
    for hour in sorted(folder.glob("hour=*")):
        start = datetime.fromisoformat(f"{hour.name.removeprefix('hour=')}:00+00:00")
        if start < until and start + _HOUR > since:
            yield from sorted(hour.glob("*.parquet"))


def _read_file(path: Path, asked: Sequence[str] | None) -> "pa.Table":
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            there = file.schema_arrow.names
            return file.read(there if asked is None else [name for name in asked if name in there])
    except (pa.ArrowException, OSError) as exc:
        raise LifecycleError(
            f"the file {path} of the request log cannot be read ({exc}): put it back, or move it away and "
            "lose its rows"
        ) from exc


def _chosen(table: "pa.Table", asked: Sequence[str] | None) -> "pa.Table":
    return table if asked is None else table.select([name for name in asked if name in table.column_names])


def _between(table: "pa.Table", since: datetime, until: datetime) -> "pa.Table":
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = pa.timestamp("us", tz="UTC")
    after = pc.greater_equal(table["at"], pa.scalar(since, kind))
    return table.filter(pc.and_(after, pc.less(table["at"], pa.scalar(until, kind))))
