"""The tables that the online path needs, as files: lookups, past rows, and by when they were known.

They lie in a bundle, or beside it in a folder that is refreshed while the bundle serves. Either was audited
before, and gives the bytes that were audited.

    lookups/<name>.parquet      rows of a lookup
    history/<source>.parquet    past rows of a source of history features
    online.json                 the moment up to which all of this is known
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from lifecycle.errors import LifecycleError
from lifecycle.features.expression import Value
from lifecycle.features.history import HistorySource
from lifecycle.features.history_online import HistoryTable, PastRows
from lifecycle.features.online import LookupTable
from lifecycle.features.plan import FeaturePlan
from lifecycle.features.request import from_python, microseconds_since_epoch

if TYPE_CHECKING:
    import pyarrow as pa

ONLINE_FILE = "online.json"
ONLINE_FORMAT = 1


def lookup_file(name: str) -> str:
    """File that holds the rows of a lookup."""
    return f"lookups/{name}.parquet"


def history_file(source: str) -> str:
    """File that holds the past rows of a source of history features."""
    return f"history/{source}.parquet"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownBy:
    """By when what the tables hold was known."""

    moment: datetime
    """Lookups and event tables."""
    own: datetime
    """The model's own rows, which come by partitions, and so may end before the rest."""

    @classmethod
    def at(cls, moment: datetime) -> "KnownBy":
        """All of it by one moment."""
        return cls(moment=moment, own=moment)

    def of(self, source: HistorySource) -> datetime:
        """By when the past rows of a source were known."""
        return self.moment if source.role == "events" else self.own


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineTables:
    """Tables in memory."""

    lookups: Mapping[str, LookupTable]
    histories: Mapping[str, HistoryTable]
    known_by: KnownBy | None
    """What was known later is in none of them; None: a bundle of the time before there were histories."""

    def without(self, lookup: str) -> "OnlineTables":
        """The same with a lookup left empty, to see what a model owes to it."""
        empty = LookupTable.build(self.lookups[lookup].plan, [])
        return replace(self, lookups={**self.lookups, lookup: empty})


class AuditedFiles(Protocol):
    """Files of an audited folder."""

    @property
    def path(self) -> Path:
        """Where they lie, for errors."""
        ...

    def holds(self, name: str) -> bool:
        """Whether a file is there."""
        ...

    def read_bytes(self, name: str) -> bytes:
        """Its bytes, as they were audited; LifecycleError where it is not there, or changed since."""
        ...


def write_online_tables(
    folder: Path,
    *,
    lookups: Mapping[str, "pa.Table"],
    histories: Mapping[str, "pa.Table"],
    known_by: KnownBy,
) -> None:
    """Write tables into a folder.

    Args:
        folder: a folder that exists; nobody reads it yet.
        lookups: lookup -> its rows.
        histories: source of the plan -> its past rows.
        known_by: what was known later is in none of them.
    """
    for name, rows in lookups.items():
        _write_parquet(folder / lookup_file(name), rows)
    for source, rows in histories.items():
        _write_parquet(folder / history_file(source), rows)
    facts = {
        "format": ONLINE_FORMAT,
        "known_by": known_by.moment.isoformat(),
        "own_known_by": known_by.own.isoformat(),
    }
    (folder / ONLINE_FILE).write_text(json.dumps(facts, separators=(",", ":")), encoding="utf-8")


def load_online_tables(files: AuditedFiles, plan: FeaturePlan) -> OnlineTables:
    """Read what `write_online_tables` wrote.

    Raises:
        LifecycleError: a file that the plan needs is missing, or is not what it should be.
    """
    import pyarrow as pa

    try:
        known_by = _known_by(files, plan)
        lookups = {lookup.name: _read(files, lookup_file(lookup.name)) for lookup in plan.lookups}
        histories = {source.name: _read(files, history_file(source.name)) for source in plan.sources}
        return online_tables(plan, lookups=lookups, histories=histories, known_by=known_by)
    except (OSError, pa.ArrowException, KeyError) as exc:
        raise LifecycleError(
            f"the online tables in {files.path} are not those of the model: {exc}; make them again"
        ) from exc


def online_tables(
    plan: FeaturePlan,
    *,
    lookups: Mapping[str, "pa.Table"],
    histories: Mapping[str, "pa.Table"],
    known_by: KnownBy | None,
) -> OnlineTables:
    """Tables of rows as the online path indexes them.

    Raises:
        LifecycleError: a lookup has two rows for one key (and time).
    """
    return OnlineTables(
        lookups={
            lookup.name: LookupTable.build(lookup, _rows(lookups[lookup.name])) for lookup in plan.lookups
        },
        histories=history_tables(plan, histories, known_by=known_by),
        known_by=known_by,
    )


def history_tables(
    plan: FeaturePlan, histories: Mapping[str, "pa.Table"], *, known_by: KnownBy | None
) -> dict[str, HistoryTable]:
    """Past rows, by source of the plan, as the online path indexes them for each history feature."""
    found: dict[str, HistoryTable] = {}
    for source in plan.sources:
        rows = histories[source.name]
        until = None if known_by is None else known_by.of(source)
        past = PastRows.build(source, {name: _values(rows[name]) for name in source.columns})
        found |= {
            history.name: HistoryTable.build(
                history,
                past,
                plan.calendar,
                known_by_us=None if until is None else microseconds_since_epoch(until),
            )
            for history in plan.histories
            if history.source == source.name
        }
    return found


def _known_by(files: AuditedFiles, plan: FeaturePlan) -> KnownBy | None:
    path = files.path / ONLINE_FILE
    if not files.holds(ONLINE_FILE) and not plan.histories:
        return None
    try:
        facts = json.loads(files.read_bytes(ONLINE_FILE))
        if facts["format"] != ONLINE_FORMAT:
            raise LifecycleError(
                f"{path} has format {facts['format']!r}; this version reads {ONLINE_FORMAT}: upgrade Flywheel"
            )
        moment, own = (datetime.fromisoformat(facts[name]) for name in ("known_by", "own_known_by"))
        return KnownBy(moment=moment, own=own)
    except (ValueError, TypeError) as exc:
        raise LifecycleError(f"{path} is not readable: {exc}; make the tables again") from exc


def _rows(table: "pa.Table") -> list[Mapping[str, Value]]:
    return [{name: from_python(value) for name, value in row.items()} for row in table.to_pylist()]


def _values(column: "pa.ChunkedArray") -> Sequence[Value]:
    """Values in the form of the online path: times as microseconds, dates as days."""
    import pyarrow as pa

    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())
    elif pa.types.is_date32(column.type):
        column = column.cast(pa.int32())
    found: list[Value] = column.to_pylist()
    return found


def _read(files: AuditedFiles, name: str) -> "pa.Table":
    import pyarrow as pa
    import pyarrow.parquet as pq

    return pq.read_table(pa.BufferReader(files.read_bytes(name)))


def _write_parquet(path: Path, rows: "pa.Table") -> None:
    import pyarrow.parquet as pq

    path.parent.mkdir(exist_ok=True)
    pq.write_table(rows, path, compression="zstd")
