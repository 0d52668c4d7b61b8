"""The warehouse on one machine: DuckDB reads, sorts and computes, a lake on the local disk keeps."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

import dagster as dg
from pydantic import Field

from lifecycle.data.block_profile import BlockCuts, BlockProfiles, profile_blocks
from lifecycle.data.facts import MAX_SAMPLES, TableFacts
from lifecycle.data.maturity import LabelCoverage
from lifecycle.data.table_profile import TableProfile, profile_batches
from lifecycle.errors import LifecycleError
from lifecycle.features.history import HistorySource
from lifecycle.features.offline import duplicate_keys, feature_table
from lifecycle.features.plan import FeaturePlan, found_by
from lifecycle.spec.columns import ColumnType
from lifecycle.spec.model_spec import ModelSpec
from resources.warehouse.base import Origin, Scan, Scanned, TableRef, TimeWindow
from resources.warehouse.casts import identifier
from resources.warehouse.counted_once import blocks_of, profile_of, quarantine_of
from resources.warehouse.coverage import measure_coverage
from resources.warehouse.facts import measure_facts
from resources.warehouse.labels import read_labels
from resources.warehouse.lookups import ambiguous, hidden_keys, lookup_kinds
from resources.warehouse.memory import default_memory_limit
from resources.warehouse.past import create_past, select_past, unbound
from resources.warehouse.reading import read_partition
from resources.warehouse.renames import rename_hint
from resources.warehouse.sources import (
    SourceFiles,
    columns_of,
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
        default=None,
        description="what DuckDB holds before it spills, such as 4GB; by default a share of the machine",
    )
    threads: int | None = Field(default=None, description="threads of one query; by default one a core")
    beside: str | None = Field(
        default=None, description="folder of another lake, whose tables are read and never written"
    )

    def snapshot(self, spec: ModelSpec, partition: str, window: TimeWindow) -> TableRef:
        """See `Warehouse.snapshot`.

        A time without a zone is read on the clock of `data.time_zone`. A row without event time belongs to no
        partition; it is an error in each of them, never dropped in silence.
        """
        import pyarrow as pa

        from resources.warehouse.lake import Rows, TableKey
        from resources.warehouse.quarantine import QUARANTINE, Sieve

        key = TableKey(model=spec.name, stage="data", partition=partition)
        tables, what = self._source_files(spec), f"data.source of {spec.name}"
        with self._session(tables.values()) as (connection, work):
            with source_errors(connection, what, tables.values()):
                relation = _create_source(connection, spec.data.source.sql, tables, what=what)
                found = columns_of(connection, relation)
                hint = self._rename_hint(connection, relation, found, spec, window)
                reading = read_partition(connection, relation, found, spec, window, what=what, hint=hint)
            schema = pa.schema([reading.reader.schema.field(name) for name in spec.data.columns])
            streamed_rows = streamed(reading.reader, connection, what, tables.values())
            with Sieve(spec, reading.conditions, reading.raw, work / "bad.parquet") as sieve:

                def origin() -> Origin:
                    sieve.finish()
                    if not sieve.reasons:
                        return Origin(columns=found)
                    (aside := work / QUARANTINE).mkdir()
                    bad = Rows(sieve.schema, sieve.batches())
                    kept = self._lake.publish(replace(key, stage=QUARANTINE), window, bad, work=aside)
                    return Origin(
                        columns=found,
                        set_aside=sieve.set_aside,
                        bad_rows=sieve.bad_rows(),
                        quarantine=kept.content_hash,
                    )

                rows = Rows(schema, sieve.good(streamed_rows), origin=origin)
                return self._lake.publish(key, window, rows, work=work)

    def build_features(
        self,
        plan: FeaturePlan,
        spec: ModelSpec,
        snapshot: TableRef,
        partition: str,
        past: Sequence[TableRef] = (),
    ) -> TableRef:
        """See `Warehouse.build_features`; a lookup with two rows for one key (and time) is an error."""
        import ibis

        from resources.warehouse.lake import ROW_GROUP_ROWS, Rows, TableKey

        key = TableKey(model=spec.name, stage="features", partition=partition)
        events = SourceFiles(role="snapshot", paths=(str(self._lake.verified(snapshot)),))
        tables = {lookup.name: self._lookup_files(spec, lookup.name) for lookup in plan.lookups}
        gone = {source.name: self._past_files(spec, source, [*past, snapshot]) for source in plan.sources}
        files, what = [events, *tables.values(), *gone.values()], f"features of {spec.name}"
        with self._session(files) as (connection, work):
            with source_errors(connection, what, files):
                create_view(connection, _EVENTS, f"FROM {events.sql}")
                for name, table in tables.items():
                    create_view(connection, name, _lookup_query(connection, spec, name, table))
                sides = {name: unbound(name, lookup_kinds(spec, name)) for name in tables}
                _refuse_ambiguous_lookups(connection, spec, plan, sides, what=what)
                sources = {
                    source.name: create_past(connection, spec, source, gone[source.name])
                    for source in plan.sources
                }
                bounds = (snapshot.window.start, snapshot.window.end)
                asked = unbound(_EVENTS, snapshot.columns)
                rows_of = feature_table(plan, spec.data.label, asked, sides, bounds, sources)
                by = _keys(plan.entity, plan.event_time)
                query = ordered(ibis.to_sql(rows_of, dialect="duckdb", pretty=False), by, rows_of.columns)
                reader = connection.execute(query).to_arrow_reader(ROW_GROUP_ROWS)
            made_from = {table.name: table.content_hash for table in (*past, snapshot)}
            rows = Rows(reader.schema, streamed(reader, connection, what, files), made_from)
            return self._lake.publish(key, snapshot.window, rows, work=work)

    def keep(self, model: str, stage: str, partition: str, window: TimeWindow, rows: "pa.Table") -> TableRef:
        """See `Warehouse.keep`."""
        import pyarrow as pa

        from resources.warehouse.lake import Rows, TableKey, lake_schema

        told = [(f.name, pa.string() if pa.types.is_null(f.type) else f.type) for f in rows.schema]
        table = rows.cast(lake_schema(pa.schema(told)))
        key = TableKey(model=model, stage=stage, partition=partition)
        with self._lake.workspace() as work:
            return self._lake.publish(key, window, Rows(table.schema, table.to_batches()), work=work)

    def measure(self, spec: ModelSpec, table: TableRef) -> TableFacts:
        """See `Warehouse.measure`."""
        file = SourceFiles(role="snapshot", paths=(str(self._lake.verified(table)),))
        what = f"the {table.stage} table of {table.model}"
        with self._session([file]) as (connection, _), source_errors(connection, what, [file]):
            facts = measure_facts(connection, file.sql, table.columns, spec, table.window)
        origin = table.origin
        if origin is None:
            return facts
        return replace(facts, set_aside=origin.set_aside, bad_rows=origin.bad_rows)

    def profile(self, spec: ModelSpec, table: TableRef) -> TableProfile:
        """See `Warehouse.profile`."""

        def count() -> TableProfile:
            return profile_batches(spec, table.columns, self._lake.batches(table))

        return profile_of(self, spec, table, count)

    def blocks(self, spec: ModelSpec, table: TableRef, columns: Sequence[str]) -> BlockProfiles:
        """See `Warehouse.blocks`."""
        at = spec.data.event_time

        def count(held: Mapping[str, ColumnType], cuts: BlockCuts) -> BlockProfiles:
            read = [*held, *([at] if at and at not in held else [])]
            return profile_blocks(held, self._lake.batches(table, read, coded=True), cuts, event_time=at)

        return blocks_of(self, spec, table, columns, count)

    def before(self, model: str, stage: str, window: TimeWindow, *, at_most: int) -> Sequence[TableRef]:
        """See `Warehouse.before`."""
        return self._lake.before(model, stage, window, at_most)

    def quarantined(self, snapshot: TableRef) -> TableRef | None:
        """See `Warehouse.quarantined`."""
        return quarantine_of(self, snapshot)

    def attach(self, table: TableRef, name: str, content: bytes) -> str:
        """See `Warehouse.attach`."""
        with self._lake.workspace() as work:
            return str(self._lake.attach(table, name, content, work=work))

    def attached(self, table: TableRef, name: str) -> bytes | None:
        """See `Warehouse.attached`."""
        try:
            return self._lake.attached(table, name).read_bytes()
        except FileNotFoundError:
            return None

    def attached_at(self, table: TableRef, name: str) -> str:
        """See `Warehouse.attached_at`."""
        return str(self._lake.attached(table, name))

    def scanned(self, table: TableRef, of: Scanned = "table") -> Scan | None:
        """See `Warehouse.scanned`: files of this machine cost nothing to read."""
        return None

    def label_coverage(
        self, spec: ModelSpec, table: TableRef, *, as_of: datetime, since: datetime | None = None
    ) -> LabelCoverage:
        """See `Warehouse.label_coverage`."""
        file = SourceFiles(role=table.stage, paths=(str(self._lake.verified(table)),))
        what = f"the {table.stage} table of {table.model}"
        with self._session([file]) as (connection, _), source_errors(connection, what, [file]):
            return measure_coverage(connection, file.sql, table.columns, spec, as_of=as_of, since=since)

    def labels(self, spec: ModelSpec, *, since: datetime, until: datetime, known_by: datetime) -> "pa.Table":
        """See `Warehouse.labels`; only columns of key, times and label are read."""
        tables, what = self._source_files(spec), f"data.source of {spec.name}"
        with (
            self._session(tables.values()) as (connection, _),
            source_errors(connection, what, tables.values()),
        ):
            relation = _create_source(connection, spec.data.source.sql, tables, what=what)
            return read_labels(
                connection, relation, spec, since=since, until=until, known_by=known_by, what=what
            )

    def published(self, model: str, stage: str, partition: str) -> TableRef | None:
        """See `Warehouse.published`."""
        from resources.warehouse.lake import TableKey

        return self._lake.published(TableKey(model=model, stage=stage, partition=partition))

    def find(
        self, model: str, stage: str, partition: str, window: TimeWindow, content_hash: str
    ) -> TableRef | None:
        """See `Warehouse.find`."""
        from resources.warehouse.lake import TableKey

        return self._lake.find(TableKey(model=model, stage=stage, partition=partition), window, content_hash)

    def aside(self, folder: Path) -> Self:
        """See `Warehouse.aside`."""
        return self.model_copy(update={"root": str(folder), "beside": str(Path(self.root).absolute())})

    def read(self, table: TableRef, columns: Sequence[str] | None = None) -> "pa.Table":
        """See `Warehouse.read`."""
        import pyarrow as pa

        return pa.Table.from_batches(self.batches(table, columns))

    def batches(self, table: TableRef, columns: Sequence[str] | None = None) -> Iterator["pa.RecordBatch"]:
        """See `Warehouse.batches`."""
        return self._lake.batches(table, columns)

    def parquet(self, table: TableRef) -> str:
        """See `Warehouse.parquet`: it is the table itself."""
        return table.uri

    def lookup_rows(self, spec: ModelSpec, lookup: str, *, known_by: datetime) -> "pa.Table":
        """See `Warehouse.lookup_rows`; rows are ordered by key and time."""
        files, part = self._lookup_files(spec, lookup), spec.features.lookups[lookup]
        kinds = lookup_kinds(spec, lookup)
        with self._session([files]) as (connection, _), source_errors(connection, files.role, [files]):
            query, bounds = _lookup_query(connection, spec, lookup, files), {}
            if part.known_at is not None:
                query = f"SELECT * FROM ({query}) WHERE {identifier(part.known_at)} <= $known_by"
                bounds = {"known_by": known_by}
            return connection.execute(ordered(query, found_by(part), kinds), bounds).to_arrow_table()

    def history_rows(
        self,
        spec: ModelSpec,
        plan: FeaturePlan,
        source: str,
        *,
        since: datetime,
        known_by: datetime,
        past: Sequence[TableRef] = (),
        asked: "pa.Table | None" = None,
    ) -> "pa.Table":
        """See `Warehouse.history_rows`; rows are ordered by all of their columns."""
        of = plan.source(source)
        files = self._past_files(spec, of, past)
        with self._session([files]) as (connection, _), source_errors(connection, files.role, [files]):
            rows = create_past(connection, spec, of, files)
            return select_past(connection, rows, plan, of, since=since, known_by=known_by, asked=asked)

    def _rename_hint(
        self,
        connection: "DuckDBPyConnection",
        relation: str,
        found: Mapping[str, str],
        spec: ModelSpec,
        window: TimeWindow,
    ) -> str:
        lost = [name for name in spec.data.columns if name not in found]
        earlier = self.before(spec.name, "data", window, at_most=1) if lost else []
        if not earlier:
            return ""
        look = self.profile(spec, earlier[0])
        return rename_hint(connection, relation, found, spec, window, lost, look)

    @property
    def _lake(self) -> "Lake":
        from resources.warehouse.lake import Lake

        # Absolute, as references are read by processes that stand elsewhere.
        beside = None if self.beside is None else Path(self.beside).absolute()
        return Lake(Path(self.root).absolute(), beside)

    @contextmanager
    def _session(self, tables: Collection[SourceFiles]) -> Iterator[tuple["DuckDBPyConnection", Path]]:
        """A connection that reads some tables, and a folder that it spills to and a draft is written in."""
        with (
            self._lake.workspace() as work,
            locked_connection(
                tables,
                spill=work / "spill",
                memory_limit=self.memory_limit or default_memory_limit(),
                threads=self.threads,
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

    def _past_files(
        self, spec: ModelSpec, source: HistorySource, snapshots: Sequence[TableRef]
    ) -> SourceFiles:
        """Files of a source of histories: an event table's, or the snapshots of the model's own rows."""
        if source.role == "events":
            role = f"features.events.{source.name}.table"
            return self._files(spec, spec.features.events[source.name].table, role)
        if not snapshots:
            raise LifecycleError(f"the history of {spec.name} reads its own rows: name its snapshots")
        paths = dict.fromkeys(str(self._lake.verified(snapshot)) for snapshot in snapshots)
        return SourceFiles(role="past snapshots", paths=tuple(paths))

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


def _lookup_query(connection: "DuckDBPyConnection", spec: ModelSpec, lookup: str, files: SourceFiles) -> str:
    kinds = lookup_kinds(spec, lookup)
    found = columns_of(connection, files.sql)
    return read_as(
        files.sql,
        found,
        kinds,
        what=files.role,
        time_zone=spec.data.time_zone,
        hidden=hidden_keys(spec, lookup),
    )


def _refuse_ambiguous_lookups(
    connection: "DuckDBPyConnection",
    spec: ModelSpec,
    plan: FeaturePlan,
    sides: Mapping[str, "ir.Table"],
    *,
    what: str,
) -> None:
    import ibis

    for lookup in plan.lookups:
        query = ibis.to_sql(duplicate_keys(lookup, sides[lookup.name]), dialect="duckdb", pretty=False)
        rows = connection.execute(f"FROM ({query}) ORDER BY ALL LIMIT {MAX_SAMPLES}").fetchall()
        if rows:
            raise ambiguous(spec, lookup, [row[:-1] for row in rows], what=what)
