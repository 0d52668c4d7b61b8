"""A bounded sample of rows that come in batches: those with the smallest random positions."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa


class BottomK:
    """Keeps at most `k` rows of all that are added, the same ones however they are cut into batches.

    Source: Cohen and Kaplan (2007), Summarizing data using bottom-k sketches. Positions that are drawn for
    each row by itself make it a uniform sample without replacement.
    """

    def __init__(self, k: int) -> None:
        self._k = k
        self._kept: tuple[pa.Table, NDArray[np.int64]] | None = None

    def add(self, rows: "pa.Table", at: NDArray[np.int64]) -> None:
        """Look at more rows, of the columns that came before, with the position of each, shape (n,)."""
        import pyarrow as pa

        if self._kept is not None:
            table, before = self._kept
            rows, at = pa.concat_tables([table, rows]), np.concatenate([before, at])
        if len(at) > self._k:
            # Sorted again, so that the rows stay in the order in which they came.
            smallest = np.sort(np.argpartition(at, self._k - 1)[: self._k])
            rows, at = rows.take(smallest), at[smallest]
        self._kept = rows.combine_chunks(), at

    @property
    def rows(self) -> "pa.Table | None":
        """The rows kept, in the order in which they came; None where nothing was added."""
        return None if self._kept is None else self._kept[0]
