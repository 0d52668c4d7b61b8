"""A lake of BigQuery tables: immutable tables, and for each partition a view of the one published last.

    <dataset>_<model>.<stage>__<partition>__<content hash>   a table that is written once
    <dataset>_<model>.<stage>__<partition>                   the view; its first line holds the reference

Columns have the names that `plain_name` gives them. The view is created or changed in one call, on the
condition that it is still the one that was read: so a reader sees the last complete table and never a
mixture, whoever else writes or dies. Work in progress lies in `<dataset>_work`, whose tables BigQuery deletes
after a day.
"""

import hashlib
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from lifecycle.errors import LifecycleError
from lifecycle.features.plain_name import original_name, plain_name
from lifecycle.spec.columns import ColumnType
from resources.warehouse.base import Origin, TableRef, TimeWindow
from resources.warehouse.bigquery.client import Clients
from resources.warehouse.bigquery.digest import Content, measure_content
from resources.warehouse.bigquery.jobs import Jobs
from resources.warehouse.bigquery.sql import SQL_TYPES, coded, identifier, order_by, standard_type
from resources.warehouse.lake import TableKey

if TYPE_CHECKING:
    import pyarrow as pa
    from google.cloud.bigquery import Table

URI = "bq://"
ROW = "_flywheel_row"
"""Column with the place of each row, in tables whose order is that of their maker."""
_AGAIN = "materialize the partition again"
_DAY_MS = 86_400_000
_TRIES = 5
_STAGE, _ENDS = "flywheel_stage", "flywheel_ends"
_REFERENCE = "-- flywheel: "
_OTHER = re.compile(r"[^A-Za-z0-9_]")
_NO_CLUSTER: tuple[ColumnType, ...] = ("float",)


class _Pointer(BaseModel):
    """What the first line of a view holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    version: Literal[1] = 1
    table: TableRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Rows that wait to be published, in a table of the work dataset."""

    table: str
    columns: Mapping[str, ColumnType]
    order: Sequence[str]
    """Columns that the rows are ordered by first."""
    where: str = "TRUE"
    """Which of its rows are meant."""
    made_from: Mapping[str, str] = field(default_factory=dict)
    origin: Origin | None = None
    scanned: int | None = None
    """Bytes that the query of its rows reads, by a dry run; None: no query made them."""


@dataclass(frozen=True, slots=True)
class BigQueryLake:
    """The tables of one project whose datasets begin with one word."""

    jobs: Jobs
    dataset: str
    beside: str | None = None
    """The first word of another lake's datasets, whose tables are read here and never written."""

    def published(self, key: TableKey) -> TableRef | None:
        """The table published last, or None where there is none.

        Raises:
            LifecycleError: the view holds no reference.
        """
        found = self._view(key)
        return None if found is None else _read_pointer(found)

    def publish(self, key: TableKey, window: TimeWindow, draft: Draft) -> TableRef:
        """Make rows the partition's table, at once and whole.

        The same content as before is not written again: its table and its reference stay what they are.
        """
        content = measure_content(self.jobs, draft.table, draft.columns, draft.where)
        name = self._name(self.dataset, key, content.digest)
        kept = self._get(name)
        if kept is None or not self._holds(kept, key, content.digest):
            self._write(name, draft, replace_it=kept is not None)
            kept = self.jobs.clients.jobs.get_table(name)
        table = _reference(key, window, name, content, draft.columns, kept)
        table = replace(table, made_from=dict(draft.made_from), origin=draft.origin)
        self._point(key, table)
        return table

    def find(self, key: TableKey, window: TimeWindow, digest: str) -> TableRef | None:
        """A table by its content, newest or not; every value is read and compared with the hash.

        Raises:
            LifecycleError: the table of that name holds other content.
        """
        for dataset in self._datasets:
            name = self._name(dataset, key, digest)
            kept = self._get(name)
            if kept is None:
                continue
            content = measure_content(self.jobs, name, _columns(kept))
            if content.digest != digest:
                raise LifecycleError(
                    f"the {key.stage} table of {key.model} for {key.partition} with content {digest[:12]} is "
                    f"corrupt: {name} holds something else; bring the table back from a copy"
                )
            return _reference(key, window, name, content, _shown(_columns(kept)), kept)
        return None

    def before(self, model: str, stage: str, window: TimeWindow, at_most: int) -> list[TableRef]:
        """The last `at_most` partitions that end before a window, oldest first: the newest table of each."""
        from google.api_core.exceptions import NotFound

        ends: list[tuple[int, str]] = []
        try:
            for item in self.jobs.clients.jobs.list_tables(self._dataset(self.dataset, model)):
                told = item.labels.get(_ENDS)
                if item.table_type == "VIEW" and item.labels.get(_STAGE) == stage and told is not None:
                    ends.append((int(told), item.table_id))
        except NotFound:
            return []
        last = int(window.start.timestamp())
        found = list[TableRef]()
        for _, name in sorted(end for end in ends if end[0] <= last)[-at_most:]:
            view = self._get(f"{self._dataset(self.dataset, model)}.{name}")
            if view is not None:
                found.append(_read_pointer(view))
        return sorted(found, key=lambda table: table.window.start)

    def verified(self, table: TableRef) -> "Table":
        """The metadata of a table that holds what was published.

        BigQuery tells when a table was last changed: where that is as it was, no row is read. Else all of its
        rows are read once and compared with the content hash.

        Raises:
            LifecycleError: the table is not in this lake, gone, or not what was published.
        """
        what = f"the {table.stage} table of {table.model} for {table.partition}"
        key = TableKey(model=table.model, stage=table.stage, partition=table.partition)
        places = [self._name(dataset, key, table.content_hash) for dataset in self._datasets]
        name = table.uri.removeprefix(URI)
        if name not in places:
            raise LifecycleError(f"{what} lies at {table.uri}, outside of the lake {self._place}; {_AGAIN}")
        kept = self._get(name)
        if kept is None:
            raise LifecycleError(f"{what} is not readable: there is no table {name}; {_AGAIN}")
        if _stamp(kept) != table.file_sha256 and not self._is(kept, name, table.content_hash):
            raise LifecycleError(f"{what} is corrupt: {name} does not hold what was published; {_AGAIN}")
        return kept

    def batches(self, table: TableRef, columns: Sequence[str] | None = None) -> "Iterator[pa.RecordBatch]":
        """The rows of a table; at least one batch comes, so that an empty table shows its columns, too.

        Raises:
            LifecycleError: see `verified`; or the table has no such column.
        """
        import pyarrow as pa

        from lifecycle.data.columns import arrow_type

        names = list(table.columns if columns is None else columns)
        if unknown := [name for name in names if name not in table.columns]:
            has = ", ".join(table.columns)
            raise LifecycleError(f"no column {', '.join(unknown)} in {table.uri}; it has {has}")
        schema = pa.schema({name: arrow_type(table.columns[name]) for name in names})
        if not table.rows:
            self.verified(table)
            yield pa.RecordBatch.from_pylist([], schema)
            return
        for batch in self.jobs.batches(self.ordered(table, names), purpose="read", expect=table.rows):
            yield batch.rename_columns(names).cast(schema)

    def ordered(self, table: TableRef, columns: Sequence[str]) -> str:
        """SQL of columns of a verified table, in the order of its keys; ties are broken by the columns read.

        Columns that nobody asked for are not read, not even to break a tie: they would be paid for.
        """
        by = self.order(table, columns)
        chosen = ", ".join(map(coded, columns))
        return f"SELECT {chosen} FROM {identifier(table.uri.removeprefix(URI))} ORDER BY {by}"

    def order(self, table: TableRef, columns: Sequence[str]) -> str:
        """SQL of what a verified table is ordered by, then some of its columns."""
        sorted_by = self.verified(table).clustering_fields or []
        return order_by([original_name(name) for name in sorted_by], columns)

    def relation(self, table: TableRef) -> str:
        """SQL of a verified table, in no order."""
        self.verified(table)
        return identifier(table.uri.removeprefix(URI))

    def work_table(self) -> str:
        """The name of a table that nobody has, in the dataset whose tables vanish after a day."""
        dataset = f"{self._project}.{self.dataset}_work"
        ensure_dataset(self.jobs.clients, dataset, vanishing=True)
        return f"{dataset}.{uuid.uuid4().hex}"

    @property
    def _project(self) -> str:
        return str(self.jobs.clients.jobs.project)

    @property
    def _place(self) -> str:
        return f"{self._project}.{self.dataset}"

    @property
    def _datasets(self) -> tuple[str, ...]:
        return (self.dataset,) if self.beside is None else (self.dataset, self.beside)

    def _dataset(self, dataset: str, model: str) -> str:
        """A model's dataset. Its name knows no dashes and dots: those of models become a digest."""
        plain = _OTHER.sub("_", model)
        mark = "" if plain == model else f"_{hashlib.sha256(model.encode()).hexdigest()[:8]}"
        return f"{self._project}.{dataset}_{plain}{mark}"

    def _name(self, dataset: str, key: TableKey, digest: str | None = None) -> str:
        plain = re.sub(r"[^A-Za-z0-9_-]", "_", key.partition)
        mark = "" if plain == key.partition else f"_{hashlib.sha256(key.partition.encode()).hexdigest()[:8]}"
        end = "" if digest is None else f"__{digest}"
        return f"{self._dataset(dataset, key.model)}.{key.stage}__{plain}{mark}{end}"

    def _get(self, name: str) -> "Table | None":
        from google.api_core.exceptions import NotFound

        try:
            return self.jobs.clients.jobs.get_table(name)
        except NotFound:
            return None

    def _view(self, key: TableKey) -> "Table | None":
        return self._get(self._name(self.dataset, key))

    def _holds(self, kept: "Table", key: TableKey, digest: str) -> bool:
        """Whether a table still holds the content that it is named after."""
        view = self._view(key)
        if view is not None:
            current = _read_pointer(view)
            if current.content_hash == digest and current.file_sha256 == _stamp(kept):
                return True
        return self._is(kept, self._name(self.dataset, key, digest), digest)

    def _is(self, kept: "Table", name: str, digest: str) -> bool:
        columns = _columns(kept)
        return bool(columns) and measure_content(self.jobs, name, columns).digest == digest

    def _write(self, name: str, draft: Draft, *, replace_it: bool) -> None:
        from google.api_core.exceptions import Conflict

        client = self.jobs.clients.jobs
        # What is made aside is looked at once: nobody would ever clear it away.
        ensure_dataset(self.jobs.clients, name.rpartition(".")[0], vanishing=self.beside is not None)
        if replace_it:
            client.delete_table(name, not_found_ok=True)
        chosen = ", ".join(map(coded, draft.columns))
        # A table is sorted by four columns at most, none of them a float.
        cluster = [column for column in draft.order if draft.columns[column] not in _NO_CLUSTER][:4]
        sql = f"SELECT {chosen} FROM {identifier(draft.table)} WHERE {draft.where}"
        try:
            self.jobs.run(sql, purpose="publish", destination=name, cluster=[*map(plain_name, cluster)])
        except Conflict:
            # Another writer published the same content at the same time.
            return

    def _point(self, key: TableKey, table: TableRef) -> None:
        from google.api_core.exceptions import Conflict, NotFound, PreconditionFailed
        from google.cloud.bigquery import Table

        client, name = self.jobs.clients.jobs, self._name(self.dataset, key)
        text = _Pointer(table=table).model_dump_json()
        shown = ", ".join(map(coded, table.columns))
        source = identifier(table.uri.removeprefix(URI))
        query = f"{_REFERENCE}{text}\nSELECT {shown} FROM {source}"
        labels = {_STAGE: key.stage, _ENDS: str(int(table.window.end.timestamp()))}
        for _ in range(_TRIES):
            view = self._get(name)
            if view is not None and view.view_query == query:
                return
            try:
                if view is None:
                    made = Table(name)
                    made.view_query, made.labels = query, labels
                    client.create_table(made)
                else:
                    view.view_query, view.labels = query, labels
                    # The client sends the etag that was read: a view that has changed since is left alone.
                    client.update_table(view, ["view_query", "labels"])
            except (Conflict, NotFound, PreconditionFailed):
                continue
            return
        raise LifecycleError(
            f"{name} is written by others all the time: {_TRIES} tries to publish were overtaken; run again"
        )


@lru_cache(maxsize=256)
def ensure_dataset(clients: Clients, name: str, *, vanishing: bool = False) -> None:
    """Make a dataset where there is none; asked once a process.

    Args:
        vanishing: its tables are deleted after a day.
    """
    from google.api_core.exceptions import NotFound
    from google.cloud.bigquery import Dataset

    try:
        clients.jobs.get_dataset(name)
    except NotFound:
        made = Dataset(name)
        if clients.jobs.location:
            made.location = clients.jobs.location
        if vanishing:
            made.default_table_expiration_ms = _DAY_MS
        clients.jobs.create_dataset(made, exists_ok=True)


def _read_pointer(view: "Table") -> TableRef:
    first = (view.view_query or "").split("\n", 1)[0]
    try:
        return _Pointer.model_validate_json(first.removeprefix(_REFERENCE)).table
    except ValidationError as exc:
        raise LifecycleError(f"the view {view.full_table_id} holds no reference; {_AGAIN}") from exc


def _reference(
    key: TableKey,
    window: TimeWindow,
    name: str,
    content: Content,
    columns: Mapping[str, ColumnType],
    kept: "Table",
) -> TableRef:
    return TableRef(
        model=key.model,
        stage=key.stage,
        partition=key.partition,
        window=window,
        uri=f"{URI}{name}",
        content_hash=content.digest,
        file_sha256=_stamp(kept),
        rows=content.rows,
        columns=_shown(columns),
        nulls={name: content.nulls[name] for name in _shown(columns)},
    )


def _shown(columns: Mapping[str, ColumnType]) -> dict[str, ColumnType]:
    return {name: kind for name, kind in columns.items() if name != ROW}


def _columns(kept: "Table") -> dict[str, ColumnType]:
    """Columns of a table of the lake; none where it was changed into something else."""
    kinds = {sql: kind for kind, sql in SQL_TYPES.items()}
    names = [original_name(field.name) for field in kept.schema]
    types = [kinds.get(standard_type(field.field_type, field.mode)) for field in kept.schema]
    found = dict(zip(names, types, strict=True))
    return {} if None in found.values() else {name: kind for name, kind in found.items() if kind}


def _stamp(kept: "Table") -> str:
    """Digest of when a table was made and last changed, and how large it is."""
    told: Sequence[datetime | int | None] = (kept.created, kept.modified, kept.num_rows, kept.num_bytes)
    return hashlib.sha256(repr(told).encode()).hexdigest()
