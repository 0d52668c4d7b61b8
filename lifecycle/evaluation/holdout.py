"""The rows that judge a version: after its holdout began, labelled by its cut-off, never seen by fitting."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lifecycle.training.split import microseconds

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Labelled rows of a period, and how many of it have no label."""

    table: "pa.Table"
    days: NDArray[np.int64]
    """Day since 1970 of each row's event: the blocks that intervals resample."""
    unlabelled: int


def labelled_rows(
    table: "pa.Table",
    *,
    event_time: str,
    label: str,
    label_known_at: str,
    start: datetime,
    end: datetime,
    cut_off: datetime,
) -> Rows:
    """Rows with start <= event time < end whose label was known at the cut-off."""
    event_us = microseconds(table[event_time])
    known_us = microseconds(table[label_known_at])
    start_us, end_us, cut_off_us = (round(moment.timestamp() * 1e6) for moment in (start, end, cut_off))
    inside = (event_us >= start_us) & (event_us < end_us)
    known = inside & table[label].is_valid().to_numpy() & (known_us <= cut_off_us)
    day_us = 86_400_000_000
    return Rows(
        table=table.filter(known), days=event_us[known] // day_us, unlabelled=int((inside & ~known).sum())
    )
