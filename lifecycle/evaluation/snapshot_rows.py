"""The rows of a snapshot that belong to evaluated rows, in their order."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lifecycle.errors import LifecycleError

if TYPE_CHECKING:
    import pyarrow as pa


def rows_of_snapshot(
    rows: "pa.Table", snapshot: "pa.Table", *, keys: Sequence[str], columns: Sequence[str]
) -> "pa.Table":
    """Columns of the snapshot for each evaluated row, found by its keys.

    Args:
        keys: the entity, and the event time where there is one.

    Raises:
        LifecycleError: a row is not in the snapshot, or more than once: the snapshot was made anew since the
            features were computed from it.
    """
    import pyarrow as pa

    wanted = rows.select(list(keys)).append_column("#row", pa.array(np.arange(rows.num_rows)))
    held = snapshot.select(list(keys)).append_column("#at", pa.array(np.arange(snapshot.num_rows)))
    found = wanted.join(held, keys=list(keys), join_type="inner").sort_by("#row")
    numbers = found["#row"].to_numpy()
    if len(numbers) != rows.num_rows or len(np.unique(numbers)) != rows.num_rows:
        n_lost = rows.num_rows - len(np.unique(numbers))
        raise LifecycleError(
            f"{n_lost} of {rows.num_rows} evaluated rows are not in the snapshots of `data`, and "
            f"{len(numbers) - rows.num_rows + n_lost} are in them twice, by {' and '.join(keys)}: "
            "materialize `features` again, then train and evaluate"
        )
    return snapshot.select(list(columns)).take(found["#at"])
