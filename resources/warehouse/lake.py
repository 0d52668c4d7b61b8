"""A lake on a local disk: immutable tables, and for each partition a pointer to the one published last.

    <root>/<model>/<stage>/<partition>/<content hash>.parquet
    <root>/<model>/<stage>/<partition>/current.json

Both are written aside, synced and moved into place, the pointer last. So a reader sees the last complete
table and never a mixture, whoever else writes or dies. Work in progress lies under `<root>/.work`.
"""

import fcntl
import hashlib
import os
import re
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, ValidationError

from lifecycle.data.columns import arrow_type, column_type
from lifecycle.data.content_hash import ContentHash, content_hash
from lifecycle.durable import sync_folder
from lifecycle.errors import LifecycleError
from resources.warehouse.base import Origin, TableRef, TimeWindow

ROW_GROUP_ROWS = 131_072
_READ_BYTES = 1 << 20
_POINTER = "current.json"
_WORK = ".work"
_AGAIN = "materialize the partition again"
# Time partitions of Dagster (2013-01-31-05:00) and plain words; no separator, no leading dot, no look-alikes.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:+-]{0,127}")


class _Pointer(BaseModel):
    """What `current.json` holds. Version 1 knew no origin of a snapshot, nor what a table is made from."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    version: Literal[1, 2] = 2
    table: TableRef


@dataclass(frozen=True, slots=True, kw_only=True)
class TableKey:
    """Whose table it is. Each part becomes a folder, so each is held to a narrow alphabet.

    >>> TableKey(model="m", stage="data", partition="../../etc")
    Traceback (most recent call last):
    lifecycle.errors.LifecycleError: '../../etc' cannot name a partition; use letters, digits and _.:+-
    """

    model: str
    stage: str
    partition: str

    def __post_init__(self) -> None:
        for role, name in [("model", self.model), ("stage", self.stage), ("partition", self.partition)]:
            if not _NAME.fullmatch(name) or ".." in name:
                shown = repr(name[:80])
                raise LifecycleError(f"{shown} cannot name a {role}; use letters, digits and _.:+-")


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows on their way into the lake: read once, in order."""

    schema: pa.Schema
    batches: Iterable[pa.RecordBatch]
    made_from: Mapping[str, str] = field(default_factory=dict)
    """Name of each table that they were computed from -> its content hash."""
    origin: Callable[[], Origin] | None = None
    """Asked when all rows were read, before the table is published."""


@dataclass(frozen=True, slots=True)
class Lake:
    """The tables under one folder of a local disk."""

    root: Path
    beside: Path | None = None
    """Folder of another lake, whose tables are read here and never written."""

    def published(self, key: TableKey) -> TableRef | None:
        """The table published last, or None where there is none.

        Raises:
            LifecycleError: the pointer is not readable.
        """
        pointer = self._folder(key) / _POINTER
        try:
            table = _Pointer.model_validate_json(pointer.read_bytes()).table
        except FileNotFoundError:
            return None
        except OSError as exc:
            raise LifecycleError(f"{pointer} is not readable: {exc.strerror}; {_AGAIN}") from exc
        except ValidationError as exc:
            raise LifecycleError(f"{pointer} is no reference of version 1 or 2; {_AGAIN}") from exc
        # A lake may have been moved: the file lies beside its pointer, wherever that is now.
        return replace(table, uri=str(pointer.with_name(Path(table.uri).name)))

    def publish(self, key: TableKey, window: TimeWindow, rows: Rows, *, work: Path) -> TableRef:
        """Write rows as they come and make them the partition's table, at once and whole.

        The same content as before is not written again: its file and its reference stay what they are.

        Args:
            work: the folder that `workspace` gave.

        Raises:
            LifecycleError: the disk is full or refuses; the table published before stays.
        """
        with _storage_errors(self.root):
            draft = work / "table.parquet"
            schema = lake_schema(rows.schema)
            digest, nulls, count = _write(draft, schema, rows.batches)
            origin = None if rows.origin is None else rows.origin()
            folder = self._folder(key)
            folder.mkdir(parents=True, exist_ok=True)
            final = folder / f"{digest}.parquet"
            if not _holds(final, digest):
                draft.replace(final)
                sync_folder(folder)
            table = TableRef(
                model=key.model,
                stage=key.stage,
                partition=key.partition,
                window=window,
                uri=str(final),
                content_hash=digest,
                file_sha256=_file_sha256(final),
                rows=count,
                columns={field.name: column_type(field.type) for field in schema},
                nulls=nulls,
                made_from=dict(rows.made_from),
                origin=origin,
            )
            self._point(folder, table, work)
            return table

    def find(self, key: TableKey, window: TimeWindow, digest: str) -> TableRef | None:
        """A table by its content, newest or not; every value is read and compared with the hash.

        Raises:
            LifecycleError: the file of that name holds other content.
        """
        for root in self._roots:
            path = root / key.model / key.stage / key.partition / f"{digest}.parquet"
            if not path.is_file():
                continue
            if not _holds(path, digest):
                raise LifecycleError(
                    f"the {key.stage} table of {key.model} for {key.partition} with content {digest[:12]} is "
                    f"corrupt: {path} holds something else; bring the file back from a copy"
                )
            return _reference(key, window, path, digest)
        return None

    def before(self, model: str, stage: str, window: TimeWindow, at_most: int) -> list[TableRef]:
        """The last `at_most` partitions that end before a window, oldest first: the newest table of each."""
        folder, found = self.root / model / stage, list[TableRef]()
        # Names of partitions sort by time; two of one hour (a clock set back) are set right by their windows.
        for path in sorted(folder.glob(f"*/{_POINTER}"), reverse=True):
            if len(found) > at_most:
                break
            table = self.published(TableKey(model=model, stage=stage, partition=path.parent.name))
            if table is not None and table.window.end <= window.start:
                found.append(table)
        found.sort(key=lambda table: table.window.start)
        return found[-at_most:]

    def attach(self, table: TableRef, name: str, content: bytes, *, work: Path) -> Path:
        """Keep a file beside a table, under the table's hash."""
        with _storage_errors(self.root):
            draft, final = work / "attached", self.attached(table, name)
            draft.write_bytes(content)
            draft.replace(final)
            return final

    def attached(self, table: TableRef, name: str) -> Path:
        """Where a file beside a table lies, or would lie."""
        return Path(table.uri).with_name(f"{table.content_hash}.{name}")

    def verified(self, table: TableRef) -> Path:
        """The file of a table, after a look at every byte of it: about a second for a gigabyte.

        Raises:
            LifecycleError: the file is not in this lake, gone, or not what was published.
        """
        path = Path(table.uri)
        what = f"the {table.stage} table of {table.model} for {table.partition}"
        if not any(path.resolve().is_relative_to(root.resolve()) for root in self._roots):
            raise LifecycleError(f"{what} lies at {path}, outside of the lake {self.root}; {_AGAIN}")
        try:
            found = _file_sha256(path)
        except OSError as exc:
            raise LifecycleError(f"{what} is not readable: {exc}; {_AGAIN}") from exc
        if found != table.file_sha256:
            raise LifecycleError(f"{what} is corrupt: {path} is not the file that was published; {_AGAIN}")
        return path

    def batches(
        self, table: TableRef, columns: Sequence[str] | None = None, *, coded: bool = False
    ) -> Iterator[pa.RecordBatch]:
        """The rows of a table, some tens of thousands at a time; the file is verified first.

        Args:
            coded: for counting. Texts come as the codes that the file holds, with their dictionary: reading
                them so costs a fraction. One thread reads: several cost more together.

        At least one batch comes, so that an empty table shows its columns, too.

        Raises:
            LifecycleError: see `verified`; or the table has no such column.
        """
        names = list(table.columns if columns is None else columns)
        unknown = [name for name in names if name not in table.columns]
        if unknown:
            has = ", ".join(table.columns)
            raise LifecycleError(f"no column {', '.join(unknown)} in {table.uri}; it has {has}")
        texts = [name for name in names if coded and table.columns[name] == "string"]
        with pq.ParquetFile(self.verified(table), read_dictionary=texts, buffer_size=_READ_BYTES) as file:
            if not table.rows:
                yield pa.RecordBatch.from_pylist([], file.schema_arrow).select(names)
            for batch in file.iter_batches(batch_size=ROW_GROUP_ROWS, columns=names, use_threads=not coded):
                yield batch.select(names)

    @contextmanager
    def workspace(self) -> Iterator[Path]:
        """A folder for one piece of work, gone afterwards; those of dead processes are swept first."""
        with _storage_errors(self.root):
            (self.root / _WORK).mkdir(parents=True, exist_ok=True)
            _sweep(self.root / _WORK)
            lock, folder = _claim(self.root / _WORK)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            folder.with_suffix(".lock").unlink(missing_ok=True)
            os.close(lock)

    @property
    def _roots(self) -> tuple[Path, ...]:
        return (self.root,) if self.beside is None else (self.root, self.beside)

    def _folder(self, key: TableKey) -> Path:
        return self.root / key.model / key.stage / key.partition

    def _point(self, folder: Path, table: TableRef, work: Path) -> None:
        pointer = folder / _POINTER
        text = _Pointer(table=table).model_dump_json(indent=1).encode()
        if pointer.is_file() and pointer.read_bytes() == text:
            return
        draft = work / _POINTER
        with draft.open("wb") as file:
            file.write(text)
            os.fsync(file.fileno())
        draft.replace(pointer)
        sync_folder(folder)


def _write(
    path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]
) -> tuple[str, dict[str, int], int]:
    """Write a Parquet file in one pass; its content hash, missing values by column, and rows."""
    digest, nulls, rows = ContentHash(schema), dict.fromkeys(schema.names, 0), 0
    with path.open("wb") as file:
        with pq.ParquetWriter(file, schema, compression="zstd") as writer:
            for found in batches:
                batch = found.cast(schema)
                digest.update(batch)
                for name in nulls:
                    nulls[name] += batch.column(name).null_count
                rows += batch.num_rows
                writer.write_batch(batch, row_group_size=ROW_GROUP_ROWS)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest(), nulls, rows


def _reference(key: TableKey, window: TimeWindow, path: Path, digest: str) -> TableRef:
    """The reference of a file whose content was verified, from what the file says of itself."""
    with pq.ParquetFile(path) as file:
        schema, rows = file.schema_arrow, file.metadata.num_rows
        nulls = dict.fromkeys(schema.names, 0)
        for batch in file.iter_batches(batch_size=ROW_GROUP_ROWS):
            for name in nulls:
                nulls[name] += batch.column(name).null_count
    return TableRef(
        model=key.model,
        stage=key.stage,
        partition=key.partition,
        window=window,
        uri=str(path),
        content_hash=digest,
        file_sha256=_file_sha256(path),
        rows=rows,
        columns={field.name: column_type(field.type) for field in schema},
        nulls=nulls,
    )


def _holds(path: Path, digest: str) -> bool:
    """Whether a file is there and still holds the content that it is named after."""
    if not path.is_file():
        return False
    try:
        with pq.ParquetFile(path) as file:
            return content_hash(file.iter_batches(batch_size=ROW_GROUP_ROWS), file.schema_arrow) == digest
    except (pa.ArrowException, OSError, LifecycleError):
        return False


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _claim(parent: Path) -> tuple[int, Path]:
    """A new folder, and the lock file that says its owner lives: the kernel lets go when the owner dies."""
    while True:
        folder = parent / uuid.uuid4().hex
        lock = os.open(folder.with_suffix(".lock"), os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC)
        fcntl.flock(lock, fcntl.LOCK_EX)
        # A sweep may have come between the two calls above and taken the file for a dead one's.
        if os.fstat(lock).st_nlink:
            folder.mkdir()
            return lock, folder
        os.close(lock)


def _sweep(parent: Path) -> None:
    for path in parent.glob("*.lock"):
        try:
            lock = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        else:
            shutil.rmtree(path.with_suffix(""), ignore_errors=True)
            path.unlink(missing_ok=True)
        finally:
            os.close(lock)


@contextmanager
def _storage_errors(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise LifecycleError(
            f"the lake {root} cannot be written: {exc.strerror or exc}; make room or mend its permissions "
            "and run again. What was published before is untouched"
        ) from exc


def lake_schema(schema: pa.Schema) -> pa.Schema:
    """A schema with every column held as its logical type is held in the lake.

    >>> lake_schema(pa.schema({"n": pa.int8()})).field("n").type
    DataType(int64)
    """
    return pa.schema({field.name: arrow_type(column_type(field.type)) for field in schema})
