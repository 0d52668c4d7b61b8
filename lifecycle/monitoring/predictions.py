"""The champion's scores of a table, profiled as its columns are."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from lifecycle.data.block_profile import BlockCuts, BlockProfiles, profile_blocks
from lifecycle.monitoring.drift_report import PREDICTION
from lifecycle.registry.champion import Contender
from lifecycle.spec.columns import ColumnType

if TYPE_CHECKING:
    import pyarrow as pa

SCORED_ROWS = 50_000
"""Of a larger table, every k-th row is scored: a distribution needs no more."""


def prediction_columns(contender: Contender) -> tuple[str, ...]:
    """Names of the scores: one, or one a class."""
    manifest = contender.bundle.manifest
    if manifest.task != "multiclass":
        return (PREDICTION,)
    return tuple(f"{PREDICTION} {value}" for value in manifest.classes)


def profile_predictions(
    contender: Contender,
    batches: "Iterable[pa.RecordBatch]",
    cuts: BlockCuts,
    *,
    event_time: str | None,
    rows: int,
) -> BlockProfiles:
    """Profile the scores of a table that comes in batches.

    Args:
        batches: with the features of the contender and the event time.
        rows: of the whole table.
    """
    names = prediction_columns(contender)
    kinds: dict[str, ColumnType] = dict.fromkeys(names, "float")
    scored = _scored(contender, batches, names, event_time, step=max(1, rows // SCORED_ROWS))
    return profile_blocks(kinds, scored, cuts, event_time=event_time)


def _scored(
    contender: Contender,
    batches: "Iterable[pa.RecordBatch]",
    names: tuple[str, ...],
    event_time: str | None,
    *,
    step: int,
) -> "Iterator[pa.RecordBatch]":
    import pyarrow as pa

    seen = 0
    for batch in batches:
        picked = batch.take(pa.array(range(-seen % step, batch.num_rows, step), pa.int64()))
        seen += batch.num_rows
        scores = contender.scores(pa.Table.from_batches([picked])).reshape(picked.num_rows, len(names))
        columns = {name: pa.array(scores[:, i]) for i, name in enumerate(names)}
        if event_time is not None:
            columns[event_time] = picked.column(event_time)
        yield pa.RecordBatch.from_pydict(columns)
