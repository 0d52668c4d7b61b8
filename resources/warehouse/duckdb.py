"""The warehouse on one machine: DuckDB reads, sorts and computes, a lake on the local disk keeps."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
from pydantic import Field

from lifecycle.data.contract import MAX_SAMPLES, TableFacts
from lifecycle.errors import LifecycleError
from lifecycle.features.offline import IBIS_TYPES, duplicate_keys, feature_table
from lifecycle.features.plan import FeaturePlan
from lifecycle.spec.records import ColumnType, ModelSpec
from resources.warehouse.base import TableRef, TimeWindow
from resources.warehouse.casts import identifier
from resources.warehouse.facts import measure_facts
from resources.warehouse.sources import (
    SourceFiles,
    create_view,
    find_files,
    locked_connection,
    only_select,
    ordered,
    read_as,
    source_errors,
    streamed,
)

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

    from resources.warehouse.lake import Lake

# No table of a spec can have these names: they are no column names.
_SOURCE = "the source"
_EVENTS = "the events"


class DuckDBWarehouse(dg.ConfigurableResource["DuckDBWarehouse"]):
    """Snapshots and feature tables under a folder, made by DuckDB.

    Sources are local Parquet or CSV files, or one SELECT over them. The SQL of a spec runs on a connection
    that can read the files named by the spec and nothing else.
    """

    root: str = Field(description="folder of the lake")
    home: str = Field(description="what ${FLYWHEEL_HOME} stands for in the paths of a spec")
    memory_limit: str | None = Field(
        default=None, description="what DuckDB holds before it spills, such as 4GB"
    )
    threads: int | None = Field(default=None, description="threads of one query; by default one a core")

    def snapshot(self, spec: ModelSpec, partition: str, window: TimeWindow) -> TableRef:
        """See `Warehouse.snapshot`.

        A time without a zone is read on the clock of `data.time_zone`. A row without event time belongs to no
        partition; it is an error in each of them, never dropped in silence.
        """
        from resources.warehouse.lake import ROW_GROUP_ROWS, Rows, TableKey

        key = TableKey(model=spec.name, stage="data", partition=partition)
        tables, data, what = self._source_files(spec), spec.data, f"data.source of {spec.name}"
        kinds = {name: column.type for name, column in data.columns.items()}
        with self._session(tables.values()) as (connection, work):
            with source_errors(connection, what, tables.values()):
                relation = _create_source(connection, data.source.sql, tables, what=what)
                query = read_as(connection, relation, kinds, what=what, time_zone=data.time_zone)
                bounds = {}
                if data.event_time is not None:
                    _refuse_rows_without(connection, relation, data.event_time, what=what)
                    at = identifier(data.event_time)
                    query = f"SELECT * FROM ({query}) WHERE {at} >= $start AND {at} < $end"
                    bounds = {"start": window.start, "end": window.end}
                query = ordered(query, _keys(data.entity, data.event_time), kinds)
                reader = connection.execute(query, bounds).to_arrow_reader(ROW_GROUP_ROWS)
            rows = Rows(reader.schema, streamed(reader, connection, what, tables.values()))
            return self._lake.publish(key, window, rows, work=work)

    def build_features(
        self, plan: FeaturePlan, spec: ModelSpec, snapshot: TableRef, partition: str
    ) -> TableRef:
        """See `Warehouse.build_features`; a lookup with two rows for one key (and time) is an error."""
        import ibis

        from resources.warehouse.lake import ROW_GROUP_ROWS, Rows, TableKey

        key = TableKey(model=spec.name, stage="features", partition=partition)
        events = SourceFiles(role="snapshot", paths=(str(self._lake.verified(snapshot)),))
        tables = {lookup.name: self._lookup_files(spec, lookup.name) for lookup in plan.lookups}
        files, what = [events, *tables.values()], f"features of {spec.name}"
        with self._session(files) as (connection, work):
            with source_errors(connection, what, files):
                create_view(connection, _EVENTS, f"FROM {events.sql}")
                for name, table in tables.items():
                    create_view(connection, name, _lookup_query(connection, spec, name, table))
                sides = {name: _unbound(name, _lookup_kinds(spec, name)) for name in tables}
                _refuse_ambiguous_lookups(connection, plan, sides, what=what)
                bounds = (snapshot.window.start, snapshot.window.end)
                rows_of = feature_table(
                    plan, spec.data.label, _unbound(_EVENTS, snapshot.columns), sides, bounds
                )
                by = _keys(plan.entity, plan.event_time)
                query = ordered(ibis.to_sql(rows_of, dialect="duckdb", pretty=False), by, rows_of.columns)
                reader = connection.execute(query).to_arrow_reader(ROW_GROUP_ROWS)
            rows = Rows(reader.schema, streamed(reader, connection, what, files))
            return self._lake.publish(key, snapshot.window, rows, work=work)

    def measure(self, spec: ModelSpec, table: TableRef) -> TableFacts:
        """See `Warehouse.measure`."""
        file = SourceFiles(role="snapshot", paths=(str(self._lake.verified(table)),))
        what = f"the {table.stage} table of {table.model}"
        with self._session([file]) as (connection, _), source_errors(connection, what, [file]):
            return measure_facts(connection, file.sql, table.columns, spec, table.window)

    def published(self, model: str, stage: str, partition: str) -> TableRef | None:
        """See `Warehouse.published`."""
        from resources.warehouse.lake import TableKey

        return self._lake.published(TableKey(model=model, stage=stage, partition=partition))

    def read(self, table: TableRef, columns: Sequence[str] | None = None) -> "pa.Table":
        """See `Warehouse.read`."""
        import pyarrow as pa

        return pa.Table.from_batches(self.batches(table, columns))

    def batches(self, table: TableRef, columns: Sequence[str] | None = None) -> Iterator["pa.RecordBatch"]:
        """See `Warehouse.batches`."""
        return self._lake.batches(table, columns)

    def lookup_rows(self, spec: ModelSpec, lookup: str, *, known_by: datetime) -> "pa.Table":
        """See `Warehouse.lookup_rows`; rows are ordered by key and time."""
        files, part = self._lookup_files(spec, lookup), spec.features.lookups[lookup]
        kinds = _lookup_kinds(spec, lookup)
        with self._session([files]) as (connection, _), source_errors(connection, files.role, [files]):
            query, bounds = _lookup_query(connection, spec, lookup, files), {}
            if part.known_at is not None:
                query = f"SELECT * FROM ({query}) WHERE {identifier(part.known_at)} <= $known_by"
                bounds = {"known_by": known_by}
            by = [*part.key, *([part.known_at] if part.known_at else [])]
            return connection.execute(ordered(query, by, kinds), bounds).to_arrow_table()

    @property
    def _lake(self) -> "Lake":
        from resources.warehouse.lake import Lake

        # Absolute, as references are read by processes that stand elsewhere.
        return Lake(Path(self.root).absolute())

    @contextmanager
    def _session(self, tables: Collection[SourceFiles]) -> Iterator[tuple["DuckDBPyConnection", Path]]:
        """A connection that reads some tables, and a folder that it spills to and a draft is written in."""
        with (
            self._lake.workspace() as work,
            locked_connection(
                tables, spill=work / "spill", memory_limit=self.memory_limit, threads=self.threads
            ) as connection,
        ):
            yield connection, work

    def _files(self, spec: ModelSpec, template: str, role: str) -> SourceFiles:
        return find_files(template, role=role, folder=spec.folder.absolute(), home=Path(self.home))

    def _source_files(self, spec: ModelSpec) -> dict[str, SourceFiles]:
        """Name of a view -> its files."""
        source = spec.data.source
        if source.files is not None:
            return {_SOURCE: self._files(spec, source.files, "data.source.files")}
        return {
            name: self._files(spec, path, f"data.source.tables.{name}")
            for name, path in source.tables.items()
        }

    def _lookup_files(self, spec: ModelSpec, lookup: str) -> SourceFiles:
        return self._files(spec, spec.features.lookups[lookup].table, f"features.lookups.{lookup}.table")


def _create_source(
    connection: "DuckDBPyConnection", sql: str | None, tables: Mapping[str, SourceFiles], *, what: str
) -> str:
    for name, files in tables.items():
        create_view(connection, name, f"FROM {files.sql}")
    if sql is not None:
        create_view(connection, _SOURCE, only_select(connection, sql, what=what))
    return identifier(_SOURCE)


def _keys(entity: str, event_time: str | None) -> list[str]:
    """What the rows of a table are ordered by first."""
    return [entity] if event_time is None else [entity, event_time]


def _refuse_rows_without(
    connection: "DuckDBPyConnection", relation: str, event_time: str, *, what: str
) -> None:
    query = f"SELECT count(*) FROM {relation} WHERE {identifier(event_time)} IS NULL"
    count = connection.execute(query).fetchall()[0][0]
    if count:
        raise LifecycleError(
            f"{what} has {count} rows without {event_time}, which belong to no partition; "
            "mend them or leave them out in data.source.sql"
        )


def _lookup_kinds(spec: ModelSpec, lookup: str) -> dict[str, ColumnType]:
    """Columns of a lookup, with their types; a key is what the request's column is."""
    part = spec.features.lookups[lookup]
    kinds: dict[str, ColumnType] = {key: spec.data.columns[asked].type for key, asked in part.key.items()}
    if part.known_at is not None:
        kinds[part.known_at] = "timestamp"
    return kinds | dict(part.columns)


def _lookup_query(connection: "DuckDBPyConnection", spec: ModelSpec, lookup: str, files: SourceFiles) -> str:
    kinds = _lookup_kinds(spec, lookup)
    return read_as(connection, files.sql, kinds, what=files.role, time_zone=spec.data.time_zone)


def _refuse_ambiguous_lookups(
    connection: "DuckDBPyConnection", plan: FeaturePlan, sides: Mapping[str, "ir.Table"], *, what: str
) -> None:
    import ibis

    for lookup in plan.lookups:
        query = ibis.to_sql(duplicate_keys(lookup, sides[lookup.name]), dialect="duckdb", pretty=False)
        rows = connection.execute(f"FROM ({query}) ORDER BY ALL LIMIT {MAX_SAMPLES}").fetchall()
        if rows:
            by = ", ".join([*lookup.key, *([lookup.known_at] if lookup.known_at else [])])
            such = "; ".join(", ".join(map(str, row[:-1])) for row in rows)
            raise LifecycleError(
                f"{what}: the lookup {lookup.name} has more than one row for one ({by}), such as {such}; "
                "keep one of them"
            )


def _unbound(name: str, kinds: Mapping[str, ColumnType]) -> "ir.Table":
    """A table for ibis to compile against; DuckDB knows it as a view of that name."""
    import ibis

    return ibis.table({column: IBIS_TYPES[kind] for column, kind in kinds.items()}, name=name)
