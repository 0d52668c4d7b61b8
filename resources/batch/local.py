"""Batches scored in the process of the run."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lifecycle.endpoint.batch.scorer import FeatureScorer
from lifecycle.endpoint.scorer import Score
from resources.batch.base import BatchJob, Progress

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalBatch:
    """Scores batch by batch: in memory is one batch at a time."""

    def score(
        self, job: BatchJob, batches: "Iterable[pa.RecordBatch]", *, progress: Progress
    ) -> Iterator[Sequence[Score]]:
        """See `Batch.score`."""
        scorer = FeatureScorer(job.bundle)
        for batch in batches:
            yield scorer.table(batch)
