"""What `performance` reads: the version that answers for a partition, its rows, and those that judged it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from assets.keys import DATA, FEATURES, launch_command
from assets.lineage import snapshot_behind
from assets.partitions import Partitions, partitions_of, start_of_last, window_of
from assets.taking_up import recency
from lifecycle.errors import LifecycleError
from lifecycle.evaluation.holdout import Part
from lifecycle.evaluation.snapshot_rows import rows_of_snapshot
from lifecycle.features.build import build_plan
from lifecycle.monitoring.performance import Judged, measure_performance, nothing_measured
from lifecycle.monitoring.performance_report import PerformanceReport, read_performance_report
from lifecycle.monitoring.scored_rows import AMOUNT, ScoredRows, score_window
from lifecycle.registry.bundle import open_bundle
from lifecycle.registry.champion import Contender
from lifecycle.registry.judging import columns_read, holdout_of, period
from lifecycle.spec.data import Cadence
from lifecycle.spec.model_spec import ModelSpec
from resources.tracking.base import ModelVersion, Tracking
from resources.warehouse.base import TableRef, TimeWindow, Warehouse

if TYPE_CHECKING:
    import pyarrow as pa

PERFORMANCE_FILE = "performance.json"
"""Name of the report beside the partition's feature table."""
# As many partitions as hold seven days, which an interval takes.
PARTITIONS: dict[Cadence, int] = {"hour": 168, "day": 7, "week": 1, "month": 1, "year": 1, "once": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """A version with the rows that judged it."""

    version: ModelVersion
    contender: Contender
    held_out: ScoredRows | None
    why_not: str
    """Why those rows are not to be had; empty: they are."""


@dataclass(kw_only=True)
class PerformanceWatch:
    """Measures partitions of a model at one time; what several of them need is read once."""

    spec: ModelSpec
    warehouse: Warehouse
    tracking: Tracking
    folder: Path
    as_of: datetime
    partitions: Partitions = field(init=False)
    _answering: dict[str, Answering] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.partitions = partitions_of(self.spec)

    def judge(self, partition: str) -> tuple[TableRef, PerformanceReport]:
        """The report of a partition, kept beside its feature table.

        Raises:
            LifecycleError: there is no such feature table.
        """
        table = self.warehouse.published(self.spec.name, FEATURES, partition)
        if table is None:
            command = launch_command(self.spec.name, DATA, FEATURES, partition=partition)
            raise LifecycleError(f"{self.spec.name}/{FEATURES} has no partition {partition}: {command}")
        report = self._measured(table)
        self.warehouse.attach(table, PERFORMANCE_FILE, report.model_dump_json(indent=1).encode())
        return table, report

    def before(self, table: TableRef, *, at_most: int) -> list[PerformanceReport]:
        """Reports of earlier partitions, oldest first, as far as there are any."""
        earlier = self.warehouse.before(self.spec.name, FEATURES, table.window, at_most=at_most)
        kept = [self.warehouse.attached(one, PERFORMANCE_FILE) for one in earlier]
        return [read_performance_report(content) for content in kept if content is not None]

    def _measured(self, table: TableRef) -> PerformanceReport:
        found = self.version_of(table.window)
        tables = self.tables(table, found)
        judged = Judged(
            partitions=[one.partition for one in tables],
            version=found.version if isinstance(found, ModelVersion) else None,
            as_of=self.as_of,
            settled=0,
            threshold=None,
            baseline={},
        )
        rows = sum(one.rows for one in tables)
        if isinstance(found, str):
            return nothing_measured(self.spec, judged, rows=rows, why=found)
        answering = self._answering_of(found)
        manifest = answering.contender.bundle.manifest
        if manifest.plan_fingerprint != build_plan(self.spec).fingerprint:
            why = f"version {found.version} was made by another feature plan: train a version by this one"
            return nothing_measured(self.spec, judged, rows=rows, why=why)
        part = self._part(answering, tables)
        window = score_window(answering.contender, self._batches(answering, tables), part)
        # Of a table without time a part is measured, and its rows have no age: a label is there or it is not.
        timed = self.spec.data.event_time is not None
        judged = Judged(
            partitions=judged.partitions,
            version=found.version,
            as_of=self.as_of,
            settled=self._settled(tables) if timed else int(window.known.sum()),
            threshold=manifest.threshold,
            baseline=self.tracking.metrics(self.spec.name, found.version),
        )
        held_out, why_not = answering.held_out, answering.why_not
        return measure_performance(self.spec, judged, window, held_out, why_not=why_not)

    def version_of(self, window: TimeWindow) -> ModelVersion | str:
        """The version that answers for a window, or why there is none.

        The champion, where it knows nothing of the window's rows. Else, as in a backfill, the newest version
        that had passed its gates by the window's start: the one that would have answered then.
        """
        champion = self.tracking.holder(self.spec.name, "champion")
        if champion is not None and not self.partitions.has_partition_key(champion.as_of):
            return f"version {champion.version} is as of {champion.as_of}, which is no partition any more"
        if champion is not None and self._cut_off(champion) <= window.start:
            return champion
        if champion is not None and self.spec.data.event_time is None:
            return champion  # measured on the rows that its random split holds out
        passed = [
            version
            for version in self.tracking.versions(self.spec.name)
            if version.verdict == "pass" and self.partitions.has_partition_key(version.as_of)
        ]
        then = [version for version in passed if self._cut_off(version) <= window.start]
        if then:
            return max(then, key=recency)
        return "no version that passed its gates was made from earlier partitions alone"

    def _cut_off(self, version: ModelVersion) -> datetime:
        return window_of(self.partitions, version.as_of).end

    def tables(self, table: TableRef, found: ModelVersion | str) -> list[TableRef]:
        """Partitions that are measured together, none of which the version has seen."""
        count = self.spec.monitoring.performance.partitions or PARTITIONS[self.spec.data.partition.every]
        if isinstance(found, str) or count == 1:
            return [table]
        earlier = self.warehouse.before(self.spec.name, FEATURES, table.window, at_most=count - 1)
        # The last n by time, not by what is there: a hole is a smaller window, not a longer one.
        since = max(self._cut_off(found), start_of_last(self.partitions, table.window, count))
        return [*(one for one in earlier if one.window.start >= since), table]

    def _answering_of(self, version: ModelVersion) -> Answering:
        if version.version not in self._answering:
            fetched = self.tracking.fetch_bundle(self.spec.name, version.version, self.folder)
            contender = Contender.load(open_bundle(fetched, expect_digest=version.bundle_digest))
            held_out, why_not = self._held_out(contender)
            self._answering[version.version] = Answering(
                version=version, contender=contender, held_out=held_out, why_not=why_not
            )
        return self._answering[version.version]

    def _held_out(self, contender: Contender) -> tuple[ScoredRows | None, str]:
        """The rows that judged a version, or why they are not to be had."""
        manifest, tables = contender.bundle.manifest, list[TableRef]()
        part = holdout_of(manifest)
        for partition, digest in manifest.data_versions.items():
            window = window_of(self.partitions, partition)
            if not part.overlaps(window.start, window.end):
                continue
            table = self.warehouse.find(self.spec.name, FEATURES, partition, window, digest)
            if table is None:
                why = f"nothing is estimated: {FEATURES} {partition} of the version's holdout is gone"
                return None, why
            tables.append(table)
        columns = columns_read(self.spec, contender.bundle)
        batches = (batch for table in tables for batch in self.warehouse.batches(table, columns))
        return score_window(contender, batches, part), ""

    def _part(self, answering: Answering, tables: Sequence[TableRef]) -> Part:
        if self.spec.data.event_time is None:
            return holdout_of(answering.contender.bundle.manifest)
        return period(tables[0].window.start, tables[-1].window.end, cut_off=self.as_of)

    def _settled(self, tables: Iterable[TableRef]) -> int:
        """Rows whose label came by now, or never will."""
        settled = 0
        for table in tables:
            states = self.warehouse.label_coverage(self.spec, table, as_of=self.as_of).states()
            settled += states["known"] + states["overdue"]
        return settled

    def _batches(self, answering: Answering, tables: Sequence[TableRef]) -> "Iterator[pa.RecordBatch]":
        columns = columns_read(self.spec, answering.contender.bundle)
        business = self.spec.monitoring.performance.business
        for table in tables:
            if business is None or business.column is None:
                yield from self.warehouse.batches(table, columns)
            else:
                rows = self.warehouse.read(table, columns)
                amount = self._amounts(table, rows, business.column)
                yield from rows.append_column(AMOUNT, amount).to_batches()

    def _amounts(self, table: TableRef, rows: "pa.Table", column: str) -> "pa.ChunkedArray":
        keys = [name for name in (self.spec.data.entity, self.spec.data.event_time) if name is not None]
        wanted = list(dict.fromkeys([*keys, column]))
        snapshot = self.warehouse.read(snapshot_behind(self.spec, self.warehouse, table), wanted)
        return rows_of_snapshot(rows, snapshot, keys=keys, columns=[column])[column]
