"""Rows of feature tables as a version scores them, with their labels where those are known."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lifecycle.evaluation.holdout import DAY_US, Part, row_blocks
from lifecycle.evaluation.sample import Floats, Ints, Sample, build_sample
from lifecycle.features.encoding import encode_table
from lifecycle.features.offline import LABEL_KNOWN_AT
from lifecycle.features.position import positions
from lifecycle.registry.bundle import BundleManifest
from lifecycle.registry.champion import Contender
from lifecycle.spec.model import Task
from lifecycle.training.labels import class_index
from lifecycle.training.split import microseconds

if TYPE_CHECKING:
    import pyarrow as pa

AMOUNT = "@amount"
"""Column beside the features that a business value is multiplied with; no column of a table is named so."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoredRows:
    """Rows of a window.

    Attributes:
        scores: shape (n_rows,), or (n_rows, n_classes) for several classes.
        labels: as numbers of a `Sample`, nan where not known at the cut-off, shape (n_rows,).
        blocks: day of each row, or a random group where rows have no time, shape (n_rows,).
        features: encoded, shape (n_rows, n_features); None: a classification, whose estimate reads none.
        amount: what the worth of a row is multiplied with, shape (n_rows,).
    """

    task: Task
    scores: Floats
    labels: Floats
    blocks: Ints
    features: Floats | None
    amount: Floats

    @property
    def known(self) -> NDArray[np.bool_]:
        """Rows with a label, shape (n_rows,)."""
        return np.isfinite(self.labels)

    def labelled(self, threshold: float | None) -> Sample:
        """The rows with a label, for metrics."""
        known = self.known
        return build_sample(
            self.task,
            self.labels[known],
            self.scores[known],
            blocks=self.blocks[known],
            threshold=threshold,
        )


def score_window(contender: Contender, batches: "Iterable[pa.RecordBatch]", part: Part) -> ScoredRows:
    """Score the rows of a part, batch by batch; a label that came after its cut-off is not known.

    Args:
        batches: of feature tables: what the bundle reads, entity, event time, label; perhaps `AMOUNT`.
    """
    import pyarrow as pa

    manifest = contender.bundle.manifest
    outputs = len(manifest.classes) if manifest.task == "multiclass" else 1
    scores, labels, amounts = [np.empty((0, outputs))], [np.empty(0)], [np.empty(0)]
    blocks, features = [np.empty(0, np.int64)], [np.empty((0, len(contender.encoding.names)))]
    for batch in batches:
        table = pa.Table.from_batches([batch])
        where = _where(manifest, part, table)
        inside = (where >= part.start) & (where < part.end)
        rows = table.filter(pa.array(inside))
        if not len(rows):
            continue
        scores.append(contender.scores(rows).reshape(len(rows), outputs))
        labels.append(_labels(manifest, rows, part))
        blocks.append(_blocks(manifest, rows, where[inside]))
        amounts.append(_amounts(rows))
        if manifest.task == "regression":
            features.append(np.asarray(encode_table(contender.encoding, rows), dtype=np.float64))
    found, at = np.concatenate(scores), np.concatenate(blocks)
    return ScoredRows(
        task=manifest.task,
        scores=found if manifest.task == "multiclass" else found[:, 0],
        labels=np.concatenate(labels),
        blocks=at if manifest.event_time is not None else row_blocks(at),
        features=np.concatenate(features) if manifest.task == "regression" else None,
        amount=np.concatenate(amounts),
    )


def _where(manifest: BundleManifest, part: Part, table: "pa.Table") -> Ints:
    """Place of each row among the parts: its time, or its position in a random split."""
    if part.seed is not None:
        return positions(table[manifest.entity], seed=part.seed)
    return microseconds(table[manifest.event_time])


def _labels(manifest: BundleManifest, rows: "pa.Table", part: Part) -> Floats:
    """A class that no fitted row has is unknown to the version: it counts as no label, not as an error."""
    labels = class_index(rows[manifest.label], manifest.classes)
    if manifest.event_time is not None:
        # A label without a time is known at no cut-off: `microseconds` gives it the largest of all.
        labels = np.where(microseconds(rows[LABEL_KNOWN_AT]) <= part.cut_off_us, labels, np.nan)
    return labels


def _blocks(manifest: BundleManifest, rows: "pa.Table", where: Ints) -> Ints:
    return where if manifest.event_time is None else microseconds(rows[manifest.event_time]) // DAY_US


def _amounts(rows: "pa.Table") -> Floats:
    import pyarrow as pa
    import pyarrow.compute as pc

    if AMOUNT not in rows.column_names:
        return np.ones(len(rows))
    filled: Floats = pc.fill_null(pc.cast(rows[AMOUNT], pa.float64()), 0.0).to_numpy()
    return filled
