"""The warehouse port: where a model's rows and features live, and what may be asked of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from lifecycle.data.contract import TableFacts
from lifecycle.features.plan import FeaturePlan
from lifecycle.spec.records import ColumnType, ModelSpec

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


class Warehouse(Protocol):
    """Reads sources, keeps immutable snapshots and feature tables.

    A table of a partition is written aside and then published in one step: a reader sees the last complete
    one, never a mixture, and a writer that dies leaves the last complete one in place.
    """

    def snapshot(self, spec: ModelSpec, partition: str, window: TimeWindow) -> TableRef:
        """Read the rows of `window` from the spec's source and publish them as the partition's snapshot.

        Without an event time all rows are read. Rows are ordered by entity and event time; the columns are
        those of the spec, with their types.

        Raises:
            LifecycleError: a source file is missing or corrupt, a column is missing or cannot be read as its
                type, or there is no room; the snapshot published before stays.
        """
        ...

    def build_features(
        self, plan: FeaturePlan, spec: ModelSpec, snapshot: TableRef, partition: str
    ) -> TableRef:
        """Compute the plan over a snapshot and publish the result as the partition's feature table.

        Columns: the entity, the event time, one column a feature, the label, `label_known_at`
        and, for each timed lookup `x`, `x__known_at`: the time of the row that was used. Without an event
        time there are no times.
        """
        ...

    def measure(self, spec: ModelSpec, table: TableRef) -> TableFacts:
        """The facts that the contract is judged by, in one pass over the table."""
        ...

    def published(self, model: str, stage: str, partition: str) -> TableRef | None:
        """The table published last for a partition, or None where there is none."""
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

    def lookup_rows(self, spec: ModelSpec, lookup: str, *, known_by: datetime) -> "pa.Table":
        """The rows of a lookup that were known by a time: what a bundle carries to the online path."""
        ...
