"""The warehouse on Google Cloud: BigQuery reads, computes and keeps; rows leave it to be learned from."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Self

import dagster as dg
from pydantic import Field

from lifecycle.data.block_profile import BlockCuts, BlockProfiles
from lifecycle.data.facts import TableFacts
from lifecycle.data.maturity import LabelCoverage
from lifecycle.data.table_profile import TableProfile
from lifecycle.errors import LifecycleError
from lifecycle.features.history import HistorySource
from lifecycle.features.plain_name import original_name, plain_name
from lifecycle.features.plan import FeaturePlan, found_by
from lifecycle.spec.columns import ColumnType
from lifecycle.spec.model_spec import ModelSpec
from resources.warehouse.base import Scan, Scanned, TableRef, TimeWindow
from resources.warehouse.bigquery.errors import bigquery_errors
from resources.warehouse.bigquery.files import Files
from resources.warehouse.bigquery.sql import Values, coded, identifier, order_by
from resources.warehouse.counted_once import blocks_of, profile_of, quarantine_of

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from resources.warehouse.bigquery.jobs import Jobs
    from resources.warehouse.bigquery.lake import BigQueryLake, Draft
    from resources.warehouse.bigquery.profile import Profiler
    from resources.warehouse.bigquery.sources import Relation

EXPORT = "parquet"
"""Name of the file beside a table that holds its rows for jobs."""

_SCANS: Mapping[Scanned, str] = {"table": "scanned-bytes", "blocks": "blocks.scanned-bytes"}
"""Names of the files beside a table that hold what a dry run told."""


class BigQueryWarehouse(dg.ConfigurableResource["BigQueryWarehouse"]):
    """Snapshots and feature tables in datasets of a project.

    Sources are tables of BigQuery (`bq://project.dataset.table`), local Parquet or CSV files, which are
    staged as such, or one SELECT over them in BigQuery's SQL.
    """

    project: str = Field(description="project that pays for jobs and holds the tables")
    dataset: str = Field(default="flywheel", description="first word of the names of all datasets")
    location: str | None = Field(default=None, description="where datasets are made, such as EU")
    files: str = Field(
        description="folder or URL (gs://bucket/folder) of files beside tables, such as reports"
    )
    home: str = Field(description="what ${FLYWHEEL_HOME} stands for in the paths of a spec")
    max_bytes: int | None = Field(
        default=None, description="what one query may read where the spec sets no `data.source.max_bytes`"
    )
    price_per_tib: float | None = Field(
        default=None, description="what reading a TiB costs, in any currency; None: costs are not told"
    )
    timeout_s: float = Field(default=3600.0, description="after this a job is cancelled")
    beside: str | None = Field(
        default=None, description="first word of another lake's datasets, which are read and never written"
    )
    beside_files: str | None = Field(default=None, description="the files of that lake")

    def snapshot(self, spec: ModelSpec, partition: str, window: TimeWindow) -> TableRef:
        """See `Warehouse.snapshot`.

        A time without a zone is read on the clock of `data.time_zone`. A row without event time belongs to no
        partition; it is an error in each of them, never dropped in silence.
        """
        from resources.warehouse.bigquery.reading import Reading
        from resources.warehouse.lake import TableKey

        key = TableKey(model=spec.name, stage="data", partition=partition)
        jobs = self._jobs(spec)
        lake = self._lake(jobs)
        with bigquery_errors(f"data.source of {spec.name}"):
            relation = self._source(spec, jobs)
            draft = Reading(jobs, lake, spec, relation, window).draft(partition)
            return self._published(lake.publish(key, window, draft), draft)

    def build_features(
        self,
        plan: FeaturePlan,
        spec: ModelSpec,
        snapshot: TableRef,
        partition: str,
        past: Sequence[TableRef] = (),
    ) -> TableRef:
        """See `Warehouse.build_features`; a lookup with two rows for one key (and time) is an error."""
        from resources.warehouse.bigquery.features import feature_query, refuse_ambiguous_lookups
        from resources.warehouse.bigquery.lake import Draft
        from resources.warehouse.lake import TableKey

        key, what = (
            TableKey(model=spec.name, stage="features", partition=partition),
            f"features of {spec.name}",
        )
        jobs = self._jobs(spec)
        lake = self._lake(jobs)
        with bigquery_errors(what):
            events = lake.relation(snapshot)
            lookups = {lookup.name: self._lookup(spec, lookup.name, jobs) for lookup in plan.lookups}
            refuse_ambiguous_lookups(jobs, plan, spec, lookups, what=what)
            sources = {
                source.name: self._past(spec, source, [*past, snapshot], jobs) for source in plan.sources
            }
            sql, values, columns = feature_query(plan, spec, snapshot, events, lookups, sources)
            scanned = jobs.afford(sql, values, what=what)
            work = lake.work_table()
            jobs.run(sql, values, purpose="features", destination=work)
            order = [plan.entity] if plan.event_time is None else [plan.entity, plan.event_time]
            made_from = {table.name: table.content_hash for table in (*past, snapshot)}
            draft = Draft(table=work, columns=columns, order=order, made_from=made_from, scanned=scanned)
            return self._published(lake.publish(key, snapshot.window, draft), draft)

    def keep(self, model: str, stage: str, partition: str, window: TimeWindow, rows: "pa.Table") -> TableRef:
        """See `Warehouse.keep`; the rows stay in their order. They come by the Storage Write API."""
        import pyarrow as pa

        from lifecycle.data.columns import column_type
        from resources.warehouse.bigquery.lake import ROW, Draft
        from resources.warehouse.lake import TableKey, lake_schema

        key = TableKey(model=model, stage=stage, partition=partition)
        told = [(f.name, pa.string() if pa.types.is_null(f.type) else f.type) for f in rows.schema]
        table = rows.cast(lake_schema(pa.schema(told)))
        table = table.append_column(ROW, pa.array(range(table.num_rows), pa.int64()))
        columns = {field.name: column_type(field.type) for field in table.schema}
        jobs = self._jobs().labelled(flywheel_model=model)
        with bigquery_errors(f"the {stage} table of {model}"):
            draft = Draft(table=self._appended(table, jobs), columns=columns, order=[ROW])
            return self._lake(jobs).publish(key, window, draft)

    def measure(self, spec: ModelSpec, table: TableRef) -> TableFacts:
        """See `Warehouse.measure`."""
        from resources.warehouse.bigquery.facts import measure_facts

        jobs = self._jobs(spec)
        with bigquery_errors(f"the {table.stage} table of {table.model}"):
            relation = self._lake(jobs).relation(table)
            facts = measure_facts(jobs, relation, table.columns, spec, table.window)
        origin = table.origin
        if origin is None:
            return facts
        return replace(facts, set_aside=origin.set_aside, bad_rows=origin.bad_rows)

    def profile(self, spec: ModelSpec, table: TableRef) -> TableProfile:
        """See `Warehouse.profile`."""

        def count() -> TableProfile:
            with bigquery_errors(f"the {table.stage} table of {table.model}"):
                return self._profiler(table).table(spec, table.columns)

        return profile_of(self, spec, table, count)

    def blocks(self, spec: ModelSpec, table: TableRef, columns: Sequence[str]) -> BlockProfiles:
        """See `Warehouse.blocks`."""

        def count(held: Mapping[str, ColumnType], cuts: BlockCuts) -> BlockProfiles:
            with bigquery_errors(f"the {table.stage} table of {table.model}"):
                found, scanned = self._profiler(table).blocks(held, cuts, spec.data.event_time)
            self.attach(table, _SCANS["blocks"], str(scanned).encode())
            return found

        return blocks_of(self, spec, table, columns, count)

    def before(self, model: str, stage: str, window: TimeWindow, *, at_most: int) -> Sequence[TableRef]:
        """See `Warehouse.before`."""
        with bigquery_errors(f"the {stage} tables of {model}"):
            return self._lake(self._jobs()).before(model, stage, window, at_most)

    def quarantined(self, snapshot: TableRef) -> TableRef | None:
        """See `Warehouse.quarantined`."""
        return quarantine_of(self, snapshot)

    def attach(self, table: TableRef, name: str, content: bytes) -> str:
        """See `Warehouse.attach`."""
        return Files(self.files).write(table, name, content)

    def attached(self, table: TableRef, name: str) -> bytes | None:
        """See `Warehouse.attached`."""
        kept = Files(self.files).read(table, name)
        if kept is None and self.beside_files is not None:
            return Files(self.beside_files).read(table, name)
        return kept

    def attached_at(self, table: TableRef, name: str) -> str:
        """See `Warehouse.attached_at`."""
        return Files(self.files).path(table, name)

    def scanned(self, table: TableRef, of: Scanned = "table") -> Scan | None:
        """See `Warehouse.scanned`."""
        kept = self.attached(table, _SCANS[of])
        if kept is None:
            return None
        price = None if self.price_per_tib is None else int(kept) / 2**40 * self.price_per_tib
        return Scan(bytes=int(kept), price=price)

    def label_coverage(
        self, spec: ModelSpec, table: TableRef, *, as_of: datetime, since: datetime | None = None
    ) -> LabelCoverage:
        """See `Warehouse.label_coverage`."""
        from resources.warehouse.bigquery.coverage import measure_coverage

        jobs = self._jobs(spec)
        with bigquery_errors(f"the {table.stage} table of {table.model}"):
            relation = self._lake(jobs).relation(table)
            return measure_coverage(jobs, relation, table.columns, spec, as_of=as_of, since=since)

    def labels(self, spec: ModelSpec, *, since: datetime, until: datetime, known_by: datetime) -> "pa.Table":
        """See `Warehouse.labels`; only columns of key, times and label are read."""
        from resources.warehouse.bigquery.labels import read_labels

        jobs = self._jobs(spec)
        with bigquery_errors(f"data.source of {spec.name}"):
            relation = self._source(spec, jobs)
            return read_labels(jobs, relation, spec, since=since, until=until, known_by=known_by)

    def published(self, model: str, stage: str, partition: str) -> TableRef | None:
        """See `Warehouse.published`."""
        from resources.warehouse.lake import TableKey

        key = TableKey(model=model, stage=stage, partition=partition)
        with bigquery_errors(f"the {stage} table of {model} for {partition}"):
            return self._lake(self._jobs()).published(key)

    def find(
        self, model: str, stage: str, partition: str, window: TimeWindow, content_hash: str
    ) -> TableRef | None:
        """See `Warehouse.find`."""
        from resources.warehouse.lake import TableKey

        key = TableKey(model=model, stage=stage, partition=partition)
        with bigquery_errors(f"the {stage} table of {model} for {partition}"):
            return self._lake(self._jobs()).find(key, window, content_hash)

    def aside(self, folder: Path) -> Self:
        """See `Warehouse.aside`; the tables go to datasets whose name is made of the folder's."""
        mark = hashlib.sha256(str(folder.absolute()).encode()).hexdigest()[:12]
        return self.model_copy(
            update={
                "dataset": f"{self.dataset}_aside_{mark}",
                "files": str(folder.absolute()),
                "beside": self.dataset,
                "beside_files": self.files,
            }
        )

    def read(self, table: TableRef, columns: Sequence[str] | None = None) -> "pa.Table":
        """See `Warehouse.read`."""
        import pyarrow as pa

        return pa.Table.from_batches(self.batches(table, columns))

    def batches(self, table: TableRef, columns: Sequence[str] | None = None) -> Iterator["pa.RecordBatch"]:
        """See `Warehouse.batches`."""
        with bigquery_errors(f"the {table.stage} table of {table.model}"):
            yield from self._lake(self._jobs()).batches(table, columns)

    def parquet(self, table: TableRef) -> str:
        """See `Warehouse.parquet`; made once for a content, beside its reports."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        from lifecycle.data.columns import arrow_type

        files = Files(self.files)
        if files.exists(table, EXPORT):
            return files.path(table, EXPORT)
        schema = pa.schema({name: arrow_type(kind) for name, kind in table.columns.items()})
        with TemporaryDirectory(prefix="flywheel-export-") as folder:
            spool = Path(folder) / EXPORT
            with pq.ParquetWriter(spool, schema, compression="zstd") as writer:
                for batch in self.batches(table):
                    writer.write_batch(batch)
            return files.put(table, EXPORT, spool)

    def lookup_rows(self, spec: ModelSpec, lookup: str, *, known_by: datetime) -> "pa.Table":
        """See `Warehouse.lookup_rows`; rows are ordered by key and time."""
        from resources.warehouse.bigquery.features import typed_lookup
        from resources.warehouse.lookups import lookup_kinds

        jobs, values, part = self._jobs(spec), Values(), spec.features.lookups[lookup]
        kinds = lookup_kinds(spec, lookup)
        with bigquery_errors(f"features.lookups.{lookup}.table"):
            sql = f"SELECT * FROM ({typed_lookup(self._lookup(spec, lookup, jobs), lookup, spec, values)})"
            if part.known_at is not None:
                sql += f" WHERE {coded(part.known_at)} <= {values.bind(known_by, 'timestamp')}"
            order = order_by(found_by(part), kinds)
            found = jobs.table(f"{sql} ORDER BY {order}", values, purpose="lookup")
        return _typed(found, kinds)

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
        from resources.warehouse.bigquery.features import past_query
        from resources.warehouse.past import column_types

        of, jobs = plan.source(source), self._jobs(spec)
        with bigquery_errors(f"the past of {spec.name}"):
            relation = self._past(spec, of, past, jobs)
            intervals = None if asked is None else self._intervals(plan, of, asked, jobs)
            sql, values = past_query(
                plan, spec, of, relation, since=since, known_by=known_by, intervals=intervals
            )
            found = jobs.table(sql, values, purpose="past")
        return _typed(found, column_types(of))

    def _published(self, table: TableRef, draft: "Draft") -> TableRef:
        self.attach(table, _SCANS["table"], str(draft.scanned).encode())
        return table

    def _profiler(self, table: TableRef) -> "Profiler":
        from resources.warehouse.bigquery.profile import Profiler

        jobs = self._jobs().labelled(flywheel_model=table.model)
        lake = self._lake(jobs)
        return Profiler(jobs, lake.relation(table), lake.order(table, list(table.columns)))

    def _intervals(
        self, plan: FeaturePlan, source: HistorySource, asked: "pa.Table", jobs: "Jobs"
    ) -> list[tuple[str, "ir.Table", str]]:
        """What questions need of a source, loaded as a table for each of its groups."""
        from resources.warehouse.past import groups_of, interval_kinds, interval_table, unbound

        found = []
        for group in groups_of(plan, source):
            name = f"the intervals {group.number}"
            place = self._loaded(interval_table(plan, group, asked), jobs)
            found.append((name, unbound(name, interval_kinds(plan, group)), identifier(place)))
        return found

    def _appended(self, rows: "pa.Table", jobs: "Jobs") -> str:
        """As `_loaded`, without a file: through the Storage Write API."""
        from google.cloud.bigquery import SchemaField, Table

        from resources.warehouse.bigquery.append import append
        from resources.warehouse.bigquery.sources import load_type

        if jobs.clients.writer is None:
            return self._loaded(rows, jobs)
        lake, plain = self._lake(jobs), rows.rename_columns([plain_name(name) for name in rows.column_names])
        schema = [SchemaField(field.name, load_type(field.type)) for field in plain.schema]

        def new_table() -> str:
            name = lake.work_table()
            jobs.clients.jobs.create_table(Table(name, schema))
            return name

        return append(jobs.clients.writer, new_table, plain, timeout_s=self.timeout_s)

    def _loaded(self, rows: "pa.Table", jobs: "Jobs") -> str:
        """Name of a table of the work dataset that holds some rows."""
        import pyarrow.parquet as pq
        from google.cloud.bigquery import SchemaField

        from resources.warehouse.bigquery.sources import load_type

        name = self._lake(jobs).work_table()
        with TemporaryDirectory(prefix="flywheel-load-") as folder:
            spool = Path(folder) / "rows.parquet"
            coded_rows = rows.rename_columns([plain_name(column) for column in rows.column_names])
            pq.write_table(coded_rows, spool, compression="zstd")
            schema = [SchemaField(field.name, load_type(field.type)) for field in coded_rows.schema]
            jobs.load(spool, name, schema)
        return name

    def _jobs(self, spec: ModelSpec | None = None) -> "Jobs":
        from resources.warehouse.bigquery.client import clients
        from resources.warehouse.bigquery.jobs import Jobs

        with bigquery_errors(f"the project {self.project}"):
            made = clients(self.project, self.location)
        jobs = Jobs(made, max_bytes=self.max_bytes, timeout_s=self.timeout_s)
        if spec is None:
            return jobs
        return jobs.labelled(flywheel_model=spec.name).within(spec.data.source.max_bytes)

    def _lake(self, jobs: "Jobs") -> "BigQueryLake":
        from resources.warehouse.bigquery.lake import BigQueryLake

        return BigQueryLake(jobs, self.dataset, self.beside)

    def _relation(self, spec: ModelSpec, template: str, role: str, jobs: "Jobs") -> "Relation":
        from resources.warehouse.bigquery.sources import find_relation

        return find_relation(
            template,
            role=role,
            folder=spec.folder.absolute(),
            home=Path(self.home),
            jobs=jobs,
            work=f"{jobs.clients.jobs.project}.{self.dataset}_work",
        )

    def _source(self, spec: ModelSpec, jobs: "Jobs") -> "Relation":
        from resources.warehouse.bigquery.sources import query_relation

        source, what = spec.data.source, f"data.source of {spec.name}"
        if source.files is not None:
            return replace(self._relation(spec, source.files, "data.source.files", jobs), role=what)
        tables = {
            name: self._relation(spec, path, f"data.source.tables.{name}", jobs)
            for name, path in source.tables.items()
        }
        return query_relation(source.sql or "", tables, what=what, jobs=jobs)

    def _lookup(self, spec: ModelSpec, lookup: str, jobs: "Jobs") -> "Relation":
        part = spec.features.lookups[lookup]
        return self._relation(spec, part.table, f"features.lookups.{lookup}.table", jobs)

    def _past(
        self, spec: ModelSpec, source: HistorySource, snapshots: Sequence[TableRef], jobs: "Jobs"
    ) -> "Relation":
        """Rows of a source of histories: an event table's, or the snapshots of the model's own rows."""
        from resources.warehouse.bigquery.features import rows_relation

        if source.role == "events":
            role = f"features.events.{source.name}.table"
            return self._relation(spec, spec.features.events[source.name].table, role, jobs)
        if not snapshots:
            raise LifecycleError(f"the history of {spec.name} reads its own rows: name its snapshots")
        lake = self._lake(jobs)
        tables = {snapshot.uri: snapshot for snapshot in snapshots}
        return rows_relation([(one, lake.relation(one)) for one in tables.values()], role="past snapshots")


def _typed(rows: "pa.Table", kinds: "Mapping[str, ColumnType]") -> "pa.Table":
    """Rows of a query under the names that their columns have here, in the types of the lake."""
    import pyarrow as pa

    from lifecycle.data.columns import arrow_type

    named = rows.rename_columns([original_name(name) for name in rows.column_names])
    return named.cast(pa.schema({name: arrow_type(kind) for name, kind in kinds.items()}))
