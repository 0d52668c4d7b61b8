"""The rate of values far outside of the reference's range: what new categories are to strings."""

import numpy as np

from lifecycle.monitoring.cells import Cells, Floats

_LEAST_ROWS = 2


def out_of_range(reference: Cells, current: Cells) -> Floats:
    """Share of a window's values that lie outside of the reference's range by more than its whole width.

    Two flights with a wind of 1,048 mph move no distribution of a day, and are wrong all the same. Records
    are no news: of rain, or of any heavy tail, a day now and then has one beyond all before it. So the margin
    is the range itself, and not the span of the quantiles, which of rain is 0; and one such row is none.

    Returns:
        Shape (n_windows,), from 0 to 1. 0 where the reference is empty.
    """
    filled = reference.counts > 0
    last = len(reference.at) - 1
    first, most = reference.at[filled.argmax(axis=1)], reference.at[last - filled[:, ::-1].argmax(axis=1)]
    width = most - first
    outside = (reference.at < (first - width)[:, None]) | (reference.at > (most + width)[:, None])
    rows = np.where(outside, current.counts, 0.0).sum(axis=1)
    seen = (reference.rows > 0) & (rows >= _LEAST_ROWS)
    return np.where(seen, rows / np.maximum(current.rows, 1.0), 0.0)
