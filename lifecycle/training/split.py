"""Cutting a training window in three, so that nothing is learned from what was not known.

By time where rows have one. Without, at random: then nothing tells what was known before what.
"""

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
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowSplit:
    """Masks over the rows of a window, each of shape (n_rows,), and what they leave out."""

    fit: Mask
    validation: Mask
    holdout: Mask
    validation_start: int
    """Where validation starts: microseconds since 1970 UTC, or a position of a random split."""
    holdout_start: int
    never_labelled: int
    purged: int


def split_by_time(
    event_us: Times,
    known_us: Times,
    labelled: Mask,
    *,
    cut_off_us: int,
    validation: float,
    holdout: float,
) -> WindowSplit:
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
    return _split(event_us, known, known_us, validation=validation, holdout=holdout)


def split_at_random(at: Times, known: Mask, *, validation: float, holdout: float) -> WindowSplit:
    """Split rows by their positions (see `lifecycle.features.position`) into fit, validation and holdout.

    The shares are exact, whatever the number of rows. Another row moves the bounds a little, so that a few
    rows may change sides; one that stays on its side does so for ever.

    Args:
        at: position of each row, shape (n,).
        known: where there is a label that counts, shape (n,).
        validation: share of the labelled rows that tune.
        holdout: share of the labelled rows that judge.

    Raises:
        LifecycleError: fewer than 20 rows in any part.
    """
    return _split(at, known, None, validation=validation, holdout=holdout)


def _split(
    at: Times, known: Mask, known_us: Times | None, *, validation: float, holdout: float
) -> WindowSplit:
    """Cut along one axis; with `known_us` the axis is time, and what came too late for a cut is purged."""
    ordered = np.sort(at[known])
    more = "add rows" if known_us is None else "widen the window"
    if len(ordered) < 3 * MIN_ROWS:
        raise LifecycleError(
            f"the training window has {len(ordered)} rows whose label was known at the cut-off, at least "
            f"{3 * MIN_ROWS} are needed: {more}, or wait for labels"
        )
    holdout_start = int(ordered[int(len(ordered) * (1 - holdout))])
    validation_start = int(ordered[int(len(ordered) * (1 - holdout - validation))])
    in_fit = known & (at < validation_start)
    in_validation = known & (at >= validation_start) & (at < holdout_start)
    masks = {"fit": in_fit, "validation": in_validation, "holdout": known & (at >= holdout_start)}
    if known_us is not None:
        masks["fit"] = in_fit & (known_us <= validation_start)
        masks["validation"] = in_validation & (known_us <= holdout_start)
    rows = {name: int(mask.sum()) for name, mask in masks.items()}
    for name, count in rows.items():
        if count < MIN_ROWS:
            raise LifecycleError(
                f"the {name} part of the training window has {count} labelled rows, at least {MIN_ROWS} are "
                f"needed: {more}, change `training.validation` or `training.holdout`, or wait for labels"
            )
    return WindowSplit(
        **masks,
        validation_start=validation_start,
        holdout_start=holdout_start,
        never_labelled=len(at) - len(ordered),
        purged=len(ordered) - sum(rows.values()),
    )


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
