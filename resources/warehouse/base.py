"""The warehouse port: where a model's rows and features live, and what may be asked of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, Self

from lifecycle.data.block_profile import BlockProfiles
from lifecycle.data.facts import BadRows, TableFacts
from lifecycle.data.maturity import LabelCoverage
from lifecycle.data.table_profile import TableProfile
from lifecycle.features.plan import FeaturePlan
from lifecycle.spec.columns import ColumnType
from lifecycle.spec.model_spec import ModelSpec

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeWindow:
    """A half-open range of event times, both ends aware and in UTC."""

    start: datetime
    end: datetime


ALL_TIME = TimeWindow(start=datetime(1000, 1, 1, tzinfo=UTC), end=datetime(9000, 1, 1, tzinfo=UTC))
"""The window of a partition that holds every row: wider than any event time, with room to add to its ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What a snapshot was read from, and what of it is not in there."""

    columns: Mapping[str, str]
    """Column of the source -> the type that it held, in the words of the warehouse's engine."""
    set_aside: int = 0
    """Rows of the partition that are in the quarantine only."""
    bad_rows: tuple[BadRows, ...] = ()
    quarantine: str | None = None
    """Content hash of the table of bad rows, stage `quarantine` of the same partition; None: none is bad."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRef:
    """An immutable table of one partition: written once, found again by its content."""

    model: str
    stage: str
    partition: str
    window: TimeWindow
    """Where the event times of its rows lie."""
    uri: str
    content_hash: str
    file_sha256: str
    """Of the file's bytes: whoever reads it can tell that it is the one that was published."""
    rows: int
    columns: Mapping[str, ColumnType]
    """Column -> logical type, in the table's order."""
    nulls: Mapping[str, int]
    """Column -> number of missing values."""
    made_from: Mapping[str, str] = field(default_factory=dict)
    """`name` of each table of the lake that it was computed from -> its content hash. Empty for a snapshot,
    and for a table that was published before this was kept."""
    origin: Origin | None = None
    """Snapshots only. None: it was published before this was kept."""

    @property
    def name(self) -> str:
        """What the table is called among the tables of its model: `data/2013-01`."""
        return f"{self.stage}/{self.partition}"


Scanned = Literal["table", "blocks"]
"""What was read for: a table itself, or the profiles of its blocks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What a query reads, where that is paid for."""

    bytes: int
    price: float | None = None
    """In the currency of the price that is set; None: none is."""


class Warehouse(Protocol):
    """Reads sources, keeps immutable snapshots and feature tables.

    A table of a partition is written aside and then published in one step: a reader sees the last complete
    one, never a mixture, and a writer that dies leaves the last complete one in place.
    """

    def snapshot(self, spec: ModelSpec, partition: str, window: TimeWindow) -> TableRef:
        """Read the rows of `window` from the spec's source and publish them as the partition's snapshot.

        Without an event time all rows are read. Rows are ordered by entity and event time; the columns are
        those of the spec, with their types. Rows that break a row rule of the contract go to the partition's
        table `quarantine`, each column as text, with a `reason` that names every rule broken: with severity
        `quarantine` instead of into the snapshot, with severity `block` as well.

        Raises:
            LifecycleError: a source file is missing or corrupt, a column is missing or (unless the rule
                `readable` sets it aside) cannot be read as its type, or there is no room; the snapshot
                published before stays.
        """
        ...

    def build_features(
        self,
        plan: FeaturePlan,
        spec: ModelSpec,
        snapshot: TableRef,
        partition: str,
        past: Sequence[TableRef] = (),
    ) -> TableRef:
        """Compute the plan over a snapshot and publish the result as the partition's feature table.

        Columns: the entity, the event time, one column a feature, the label, `label_known_at`; for each timed
        lookup `x`, `x__known_at`: the time of the row that was used; for each group of history features,
        `history__<n>__at`: the latest moment of a row that was in the window. Without an event time there are
        no times. The reference says which snapshots the table was made from.

        Args:
            plan: what to compute.
            spec: where lookups and event tables lie.
            snapshot: the partition's rows.
            partition: its key.
            past: snapshots of earlier partitions, as far back as `plan.own_lookback_s` reaches.
        """
        ...

    def keep(self, model: str, stage: str, partition: str, window: TimeWindow, rows: "pa.Table") -> TableRef:
        """Publish rows that were made elsewhere as the partition's table of a stage.

        Types are widened to the logical ones of the lake; a column without any value is text.

        Raises:
            LifecycleError: a column's type has no logical one, or there is no room; the table published
                before stays.
        """
        ...

    def measure(self, spec: ModelSpec, table: TableRef) -> TableFacts:
        """The facts that the contract is judged by, in one pass over the table."""
        ...

    def label_coverage(
        self, spec: ModelSpec, table: TableRef, *, as_of: datetime, since: datetime | None = None
    ) -> LabelCoverage:
        """How many rows of each cohort of a snapshot or feature table had their label at a cut-off.

        Args:
            as_of: the cut-off.
            since: rows of earlier events are left out.
        """
        ...

    def profile(self, spec: ModelSpec, table: TableRef) -> TableProfile:
        """How the columns of a snapshot are spread; made once, in one pass, and kept beside the table."""
        ...

    def blocks(self, spec: ModelSpec, table: TableRef, columns: Sequence[str]) -> BlockProfiles:
        """How columns of a table are spread in each block of its time, such as each day of a month.

        Made once, in one pass, and kept beside the table.
        """
        ...

    def before(self, model: str, stage: str, window: TimeWindow, *, at_most: int) -> Sequence[TableRef]:
        """The last `at_most` partitions that end before a window, oldest first: the newest table of each."""
        ...

    def quarantined(self, snapshot: TableRef) -> TableRef | None:
        """The table of a snapshot's bad rows; None where none was bad.

        Raises:
            LifecycleError: it was replaced by that of another snapshot, whose own pointer was never set.
        """
        ...

    def attach(self, table: TableRef, name: str, content: bytes) -> str:
        """Keep a file beside a table, such as a report, and say where; one of that name is replaced."""
        ...

    def attached(self, table: TableRef, name: str) -> bytes | None:
        """A file beside a table that `attach` kept there; None: there is none of that name."""
        ...

    def attached_at(self, table: TableRef, name: str) -> str:
        """Where a file of that name beside a table lies, or would lie."""
        ...

    def scanned(self, table: TableRef, of: Scanned = "table") -> Scan | None:
        """What the query behind a table or its profiles would read, as a dry run told before it ran last.

        None: reading costs nothing here, or the table was not made by a query.
        """
        ...

    def published(self, model: str, stage: str, partition: str) -> TableRef | None:
        """The table published last for a partition, or None where there is none."""
        ...

    def find(
        self, model: str, stage: str, partition: str, window: TimeWindow, content_hash: str
    ) -> TableRef | None:
        """A table of a partition by its content, whenever it was published; None where none is kept.

        Its reference says neither its origin nor what it was made from: the same content may have been made
        twice.

        Raises:
            LifecycleError: what is kept under that content holds something else by now.
        """
        ...

    def aside(self, folder: Path) -> Self:
        """A warehouse that keeps its tables below a folder. It reads those of this one, and changes none."""
        ...

    def read(self, table: TableRef, columns: Sequence[str] | None = None) -> "pa.Table":
        """The rows of a table.

        Raises:
            LifecycleError: the table is gone or its content is not what its reference says.
        """
        ...

    def batches(self, table: TableRef, columns: Sequence[str] | None = None) -> Iterator["pa.RecordBatch"]:
        """The rows of a table in bounded memory; at least one batch, so that an empty table has columns, too.

        Raises:
            LifecycleError: as `read` does, before the first batch.
        """
        ...

    def parquet(self, table: TableRef) -> str:
        """Where a Parquet file with the rows of a table lies, in their order: for jobs that read files.

        Raises:
            LifecycleError: as `read` does, where the file has to be made first.
        """
        ...

    def labels(self, spec: ModelSpec, *, since: datetime, until: datetime, known_by: datetime) -> "pa.Table":
        """The truth that the source holds now, in the form of `lifecycle.endpoint.log.labelled.labels_table`.

        Columns: `key` (text, as the request log writes keys), `event_time`, `label` (JSON), `known_at`; one
        row for each row of the source with a key and a label, twice where the source has it twice. A label
        whose time is not known (of a table with times) is known at no cut-off. Without an event time
        all labels are there, and without a time at which they became known they always were.

        Args:
            since: rows of earlier events are left out.
            until: rows of this time or later are left out.
            known_by: labels that became known later are left out.

        Raises:
            LifecycleError: as `snapshot` does.
        """
        ...

    def lookup_rows(self, spec: ModelSpec, lookup: str, *, known_by: datetime) -> "pa.Table":
        """The rows of a lookup that were known by a time: what a bundle carries to the online path."""
        ...

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
        """Past rows for the online path: the columns of a source of the plan, in an order of their own.

        Args:
            spec: where event tables lie.
            plan: whose source it is.
            source: its name.
            since: rows that began to count at this time or before are left out.
            known_by: rows that begin to count after it are left out.
            past: snapshots with the model's own rows, where the source is these.
            asked: request rows with their event time: only what their history features need is kept.
        """
        ...
