"""From segments of the request log to Parquet by hour of serving: each record once, whatever is killed.

A file's name is made from its segment's, and a closed segment never changes. So a compaction that is killed
is simply done again: it writes the same files over their like, and removes the segment last.
"""

import fcntl
import json
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lifecycle.durable import sync_folder
from lifecycle.endpoint.log.reading import read_segment
from lifecycle.endpoint.log.record import LoggedRow
from lifecycle.endpoint.log.segments import close_abandoned, closed_segments
from lifecycle.errors import LifecycleError
from lifecycle.features.expression import Kind, Value

if TYPE_CHECKING:
    import pyarrow as pa

DAMAGED = ".damaged"
"""A segment with records that the disk changed is kept under this ending; the whole ones are compacted."""


class CompactionRuns(LifecycleError):
    """Somebody else compacts the log: what there is to do is being done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compacted:
    """What a compaction did."""

    segments: int
    rows: int
    files: Sequence[Path]
    """Parquet files written, oldest hour first within a segment."""
    torn_bytes: int
    """Of writes that a killed process never finished; nobody got an answer for them."""
    damaged: int
    """Records lost to a changed disk."""


def compact(folder: Path, out: Path) -> Compacted:
    """Turn every closed segment into `out/hour=2013-04-01T05/<segment>-<digest>.parquet`.

    The segment that an endpoint writes is left alone, one that a killed endpoint left is closed first.
    Versions have files of their own, for their features differ. Hours are UTC.

    Args:
        folder: of the segments.
        out: of the Parquet files; it is made.

    Raises:
        CompactionRuns: another compaction of the folder runs.
        LifecycleError: a segment has a format of the future.
    """
    if not folder.exists():
        return Compacted(segments=0, rows=0, files=(), torn_bytes=0, damaged=0)
    files: list[Path] = []
    segments = rows = torn_bytes = damaged = 0
    with _alone(folder):
        close_abandoned(folder)
        for path in closed_segments(folder):
            try:
                segment = read_segment(path)
            except FileNotFoundError:
                continue  # the endpoint needed the room
            for hour, digest, part in _parts(segment.rows):
                target = out / f"hour={hour}" / f"{path.stem}-{digest[:12]}.parquet"
                _write(target, part)
                files.append(target)
            segments, rows = segments + 1, rows + len(segment.rows)
            torn_bytes, damaged = torn_bytes + segment.torn_bytes, damaged + segment.damaged
            _sync_folders(out, {file.parent for file in files})
            if segment.damaged:
                path.rename(path.with_suffix(DAMAGED))
            else:
                path.unlink(missing_ok=True)
    return Compacted(segments=segments, rows=rows, files=files, torn_bytes=torn_bytes, damaged=damaged)


def _parts(rows: Sequence[LoggedRow]) -> Iterator[tuple[str, str, list[LoggedRow]]]:
    parts: dict[tuple[str, str], list[LoggedRow]] = defaultdict(list)
    for row in rows:
        digest = row.answered.digest if row.answered else "none"
        parts[f"{row.at:%Y-%m-%dT%H}", digest].append(row)
    for hour, digest in sorted(parts):
        yield hour, digest, parts[hour, digest]


def table_of(rows: Sequence[LoggedRow]) -> "pa.Table":
    """Rows of one version as a table: one column a feature (`feature.<name>`), typed by its kind.

    Without any row it has the columns that every table has.

    `columns` and `probabilities` are JSON text: their keys differ from model to model.
    """
    import pyarrow as pa

    answered = rows[0].answered if rows else None
    features: Mapping[str, Kind] = dict(answered.features) if answered else {}
    columns: dict[str, Any] = {
        "request": pa.array([r.request for r in rows], pa.string()),
        "row": pa.array([r.row for r in rows], pa.int32()),
        "at": pa.array([r.at for r in rows], pa.timestamp("us", tz="UTC")),
        "latency_us": pa.array([r.latency_us for r in rows], pa.int64()),
        "scoring_us": pa.array([r.scoring_us for r in rows], pa.int64()),
        "protocol": pa.array([r.protocol for r in rows], pa.string()),
        "generation": pa.array([r.generation for r in rows], pa.int64()),
        "status": pa.array([r.status for r in rows], pa.int16()),
        "key": pa.array([_text(r.key) for r in rows], pa.string()),
        "bucket": pa.array([r.bucket for r in rows], pa.int32()),
        "assignment": pa.array([r.assignment for r in rows], pa.string()),
        "propensity": pa.array([r.propensity for r in rows], pa.float64()),
        "assigned": pa.array([r.assigned.name for r in rows], pa.string()),
        "assigned_role": pa.array([r.assigned.role for r in rows], pa.string()),
        "assigned_version": pa.array([r.assigned.version for r in rows], pa.string()),
        "variant": pa.array([r.answered.name if r.answered else None for r in rows], pa.string()),
        "version": pa.array([r.answered.version if r.answered else None for r in rows], pa.string()),
        "digest": pa.array([r.answered.digest if r.answered else None for r in rows], pa.string()),
        "reason": pa.array([r.reason for r in rows], pa.string()),
        "value": pa.array([None if r.value is None else json.dumps(r.value) for r in rows], pa.string()),
        "probability": pa.array([r.probability for r in rows], pa.float64()),
        "probabilities": pa.array(
            [None if r.probabilities is None else json.dumps(r.probabilities) for r in rows], pa.string()
        ),
        "columns": pa.array([json.dumps(r.columns) for r in rows], pa.string()),
    }
    for name, kind in features.items():
        values = [_plain(r.features.get(name)) for r in rows]
        columns[f"feature.{name}"] = pa.array(values, _arrow_type(kind))
    return pa.table(columns)


def _arrow_type(kind: Kind) -> "pa.DataType":
    import pyarrow as pa

    # Whole microseconds and whole days since 1970, as the online path holds times and dates.
    types = {"string": pa.string(), "bool": pa.bool_(), "float": pa.float64(), "null": pa.null()}
    return types.get(kind, pa.int64())


def _plain(value: Value) -> Value:
    return _text(value) if isinstance(value, str) else value


def _text(value: str | None) -> str | None:
    # Half a surrogate pair is JSON and no UTF-8.
    return None if value is None else value.encode("utf-8", "replace").decode()


def _write(target: Path, rows: Sequence[LoggedRow]) -> None:
    import pyarrow.parquet as pq

    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_suffix(".new")
    pq.write_table(table_of(rows), aside, compression="zstd")
    with aside.open("rb") as file:
        os.fsync(file.fileno())
    aside.replace(target)


def _sync_folders(out: Path, hours: set[Path]) -> None:
    """The names of new files outlive a power cut before their segment is removed."""
    for folder in [out, *hours] if hours else []:
        sync_folder(folder)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "compact.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise CompactionRuns(f"the request log {folder} is being compacted already; wait for it") from exc
        yield
