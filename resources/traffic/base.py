"""The traffic port: what endpoints answered, as it was logged."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from lifecycle.endpoint.log.compaction import Compacted
from lifecycle.endpoint.log.record import LoggedVariant, RequestEntry

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What of a log waits for compaction."""

    segments: int = 0
    """Files that nobody writes any more."""
    bytes: int = 0
    """Of them."""
    oldest: datetime | None = None
    """When the first of them was begun, by the machine's clock; None: there is none."""


class Traffic(Protocol):
    """Reads the request logs of endpoints, and turns what was logged into columns."""

    def read(
        self, model: str, *, since: datetime, until: datetime, columns: Sequence[str] | None = None
    ) -> "pa.Table":
        """Rows with `since <= at < until`, compacted or not, each exactly once, in no order.

        That holds also while a compaction runs, and after one that was killed.

        Args:
            model: its name; one without a log has no rows.
            since: the endpoint's clock.
            until: the endpoint's clock.
            columns: of `lifecycle.endpoint.log.compaction.table_of`; what no version logged is null. All of
                them by default: the features of all versions, null where a version has none.

        Raises:
            LifecycleError: a file of the log is damaged, or has a format of the future.
        """
        ...

    def compact(self, model: str) -> Compacted:
        """Turn what nobody writes any more into columns.

        Raises:
            CompactionRuns: another compaction of the log runs.
            LifecycleError: a file has a format of the future.
        """
        ...

    def backlog(self, model: str) -> Backlog:
        """What waits for compaction, without a look into the files."""
        ...

    def add(self, model: str, variant: LoggedVariant, made: Callable[[], Sequence[RequestEntry]]) -> int:
        """Add requests that a replay scored: all of them are in the log afterwards, or none; their number.

        Args:
            variant: whose rows they are.
            made: is called once nobody else can add to this log: what it reads of it is all there is.

        Raises:
            AddingRuns: another one adds.
            LifecycleError: the log cannot be written.
        """
        ...
