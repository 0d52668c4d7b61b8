"""The batch port: where the rows of a whole table are scored."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from lifecycle.endpoint.scorer import Score
from lifecycle.registry.bundle import Bundle

if TYPE_CHECKING:
    import pyarrow as pa

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchJob:
    """Rows to score by one version."""

    model: str
    version: str
    bundle: Bundle
    """Audited."""
    name: str
    """Of the rows among the tables of the model: `features/2013-01`."""
    rows: int


class Batch(Protocol):
    """Scores the rows of a table that comes in batches."""

    def score(
        self, job: BatchJob, batches: "Iterable[pa.RecordBatch]", *, progress: Progress
    ) -> Iterator[Sequence[Score]]:
        """Answers for all rows, in their order, cut as the adapter likes; each row has exactly one.

        A run that is cancelled leaves nothing running. What a killed run left is taken up by the next one
        that asks for the same, or ends at its limits.

        Args:
            job: what scores them.
            batches: rows of a feature table; columns that the version does not see are left alone.
            progress: is told how it goes.

        Raises:
            LifecycleError: the service failed, or a row has no answer; no answer counts then.
        """
        ...
