"""The rows that judge a version: in its holdout, labelled by its cut-off, never seen by fitting."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lifecycle.features.position import positions
from lifecycle.training.split import microseconds

if TYPE_CHECKING:
    import pyarrow as pa

DAY_US = 86_400_000_000
ROW_BLOCKS = 2000
"""Most blocks that rows without time are put into. More would sharpen no interval and cost time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """What the columns of a feature table are called."""

    entity: str
    event_time: str | None
    label: str
    label_known_at: str | None
    """None, as the event time: rows have no time, and a label that is there is known."""

    @property
    def names(self) -> list[str]:
        """The columns that there are."""
        named = (self.entity, self.event_time, self.label, self.label_known_at)
        return [name for name in named if name is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a window: rows with start <= where < end whose label was known at the cut-off."""

    start: int
    """Event time in microseconds since 1970 UTC; with a `seed`, the position of a random split."""
    end: int
    cut_off_us: int
    seed: int | None
    """Of the random split; None: by time."""

    def overlaps(self, start: datetime, end: datetime) -> bool:
        """Whether rows with start <= event time < end can be in it; in a random part any row can."""
        if self.seed is not None:
            return True
        return self.start < end.timestamp() * 1_000_000 and start.timestamp() * 1_000_000 < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Labelled rows of a part, and how many of it have no label."""

    table: "pa.Table"
    blocks: NDArray[np.int64]
    """Day since 1970 of each row's event, or the row's position: what intervals resample."""
    unlabelled: int


def labelled_rows(table: "pa.Table", part: Part, columns: Columns) -> Rows:
    """The rows of a table that are in a part, with a label that was known at the cut-off."""
    known: NDArray[np.bool_] = table[columns.label].is_valid().to_numpy()
    if columns.label_known_at is not None:
        known = known & (microseconds(table[columns.label_known_at]) <= part.cut_off_us)
    times = None if columns.event_time is None else microseconds(table[columns.event_time])
    if part.seed is not None:
        where = positions(table[columns.entity], seed=part.seed)
    elif times is not None:
        where = times
    else:
        raise ValueError("a table without an event time has no part by time")
    inside = (where >= part.start) & (where < part.end)
    blocks = where if times is None else times // DAY_US
    chosen = inside & known
    return Rows(table=table.filter(chosen), blocks=blocks[chosen], unlabelled=int((inside & ~known).sum()))


def row_blocks(at: NDArray[np.int64]) -> NDArray[np.int64]:
    """Blocks of rows that have no time: each row by itself, or random groups where there are many.

    Groups of independent rows that were drawn at random are independent as well.

    Args:
        at: position of each row, shape (n,).

    >>> row_blocks(np.array([70, 5, 9000])).tolist()
    [70, 5, 9000]
    """
    return at if len(at) <= ROW_BLOCKS else at % ROW_BLOCKS
