"""Answers as a table: the columns that a request log has of them, beside the keys of their rows."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lifecycle.endpoint.scorer import Score
from lifecycle.errors import LifecycleError
from lifecycle.registry.bundle import Bundle

if TYPE_CHECKING:
    import pyarrow as pa

VERSION, VALUE, PROBABILITY, PROBABILITIES = "version", "value", "probability", "probabilities"


def refuse_taken_names(keys: Sequence[str]) -> None:
    """Refuse a model whose key columns are named as answers are.

    Raises:
        LifecycleError: with the columns.

    >>> refuse_taken_names(["parcel", "sent_at"])
    """
    if taken := sorted({VERSION, VALUE, PROBABILITY, PROBABILITIES} & set(keys)):
        raise LifecycleError(
            f"a table of predictions has a column {', '.join(taken)} of its own, and so has the key of the "
            "model: rename it in `data.columns`"
        )


def answers_batch(
    keys: "pa.RecordBatch", scores: Sequence[Score], version: str, bundle: Bundle
) -> "pa.RecordBatch":
    """Keys of rows and what was answered for them.

    Columns: those of the keys; `version` (text); `value` (the class or the number); `probability` of the
    positive class (float), or `probabilities` of all classes (JSON), where the task has them.

    Args:
        keys: entity and event time of the rows.
        scores: in their order.
        version: of the model.
        bundle: of the version.
    """
    import pyarrow as pa

    manifest = bundle.manifest
    kind = pa.array(list(manifest.classes)).type if manifest.classes else pa.float64()
    columns = {name: keys.column(name) for name in keys.schema.names}
    columns[VERSION] = pa.array([version] * keys.num_rows, pa.string())
    columns[VALUE] = pa.array([score.value for score in scores], kind)
    if manifest.task == "binary":
        columns[PROBABILITY] = pa.array([score.probability for score in scores], pa.float64())
    if manifest.task == "multiclass":
        told = [json.dumps(score.probabilities) for score in scores]
        columns[PROBABILITIES] = pa.array(told, pa.string())
    return pa.RecordBatch.from_pydict(columns)


def score_column(table: "pa.Table") -> NDArray[np.float64]:
    """One number for each row: of the positive class, of the likeliest class, or what was predicted."""
    if PROBABILITIES in table.column_names:
        told = table[PROBABILITIES].to_pylist()
        return np.array([max(json.loads(one).values()) for one in told], dtype=np.float64)
    name = PROBABILITY if PROBABILITY in table.column_names else VALUE
    found: NDArray[np.float64] = table[name].to_numpy().astype(np.float64)
    return found
