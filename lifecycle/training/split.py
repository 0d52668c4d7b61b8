"""Cutting a training window by time, so that nothing is learned from what was not known."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lifecycle.errors import LifecycleError

if TYPE_CHECKING:
    import pyarrow as pa

MIN_ROWS = 20
Times = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class TemporalSplit:
    """Masks over the rows of a window, each of shape (n_rows,), and what they leave out."""

    fit: NDArray[np.bool_]
    validation: NDArray[np.bool_]
    holdout: NDArray[np.bool_]
    validation_start_us: int
    holdout_start_us: int
    never_labelled: int
    purged: int


def split_by_time(
    event_us: Times,
    known_us: Times,
    labelled: NDArray[np.bool_],
    *,
    cut_off_us: int,
    validation: float,
    holdout: float,
) -> TemporalSplit:
    """Split rows by event time into fit, validation and holdout.

    A row counts where its label was known at the cut-off. Besides, a row that fits must have been labelled
    before validation starts, and a row that tunes before the holdout starts: a model trained on that day
    would not have had the others (purging). Rows of one event time are never torn apart.

    Args:
        event_us: event times in microseconds since 1970 UTC, shape (n,).
        known_us: when each label became known, shape (n,); ignored where there is no label.
        labelled: where there is a label, shape (n,).
        cut_off_us: what became known later does not exist.
        validation: share of the labelled rows just before the holdout.
        holdout: last share of the labelled rows.

    Raises:
        LifecycleError: fewer than 20 rows in any part.
    """
    known = labelled & (known_us <= cut_off_us) & (event_us <= cut_off_us)
    times = np.sort(event_us[known])
    if len(times) < 3 * MIN_ROWS:
        raise LifecycleError(
            f"the training window has {len(times)} rows whose label was known at the cut-off, at least "
            f"{3 * MIN_ROWS} are needed: widen the window, or wait for labels"
        )
    holdout_start = int(times[int(len(times) * (1 - holdout))])
    validation_start = int(times[int(len(times) * (1 - holdout - validation))])
    in_fit = known & (event_us < validation_start)
    in_validation = known & (event_us >= validation_start) & (event_us < holdout_start)
    split = TemporalSplit(
        fit=in_fit & (known_us <= validation_start),
        validation=in_validation & (known_us <= holdout_start),
        holdout=known & (event_us >= holdout_start),
        validation_start_us=validation_start,
        holdout_start_us=holdout_start,
        never_labelled=int(len(event_us) - known.sum()),
        purged=int(
            (in_fit & (known_us > validation_start)).sum()
            + (in_validation & (known_us > holdout_start)).sum()
        ),
    )
    for name in ("fit", "validation", "holdout"):
        rows = int(getattr(split, name).sum())
        if rows < MIN_ROWS:
            raise LifecycleError(
                f"the {name} part of the training window has {rows} labelled rows, at least {MIN_ROWS} are "
                "needed: widen the window, change `training.validation` or `training.holdout`, or wait for "
                "labels"
            )
    return split


def microseconds(column: "pa.ChunkedArray") -> Times:
    """A timestamp column as microseconds since 1970 UTC; missing (never known) is the largest number."""
    import pyarrow as pa
    import pyarrow.compute as pc

    whole = pc.cast(pc.cast(column, pa.timestamp("us", tz="UTC")), pa.int64())
    filled: Times = pc.fill_null(whole, np.iinfo(np.int64).max).to_numpy()
    return filled


def as_utc(us: int) -> datetime:
    """Microseconds since 1970 as an aware datetime in UTC."""
    return datetime.fromtimestamp(us // 1_000_000, UTC).replace(microsecond=us % 1_000_000)
