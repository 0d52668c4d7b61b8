"""The rate of values far outside of the reference's range: what new categories are to strings."""

import numpy as np

from lifecycle.monitoring.cells import Cells, Floats

_TAIL = 0.05


def out_of_range(reference: Cells, current: Cells) -> Floats:
    """Share of a window's values that lie outside of the reference's range by more than its usual span.

    The usual span is from its 5 % to its 95 % quantile. Two flights with a wind of 1,048 mph move no
    distribution of a day, and are wrong all the same.

    Returns:
        Shape (n_windows,), from 0 to 1. 0 where the reference is empty.
    """
    reached = np.cumsum(reference.shares, axis=1)
    last = len(reference.at) - 1
    low, high, first, most = (
        reference.at[np.minimum((reached < level - 1e-12).sum(axis=1), last)]
        for level in (_TAIL, 1 - _TAIL, 1e-11, 1.0)
    )
    span = (high - low)[:, None]
    outside = (reference.at < first[:, None] - span) | (reference.at > most[:, None] + span)
    return np.where(reference.rows > 0, np.where(outside, current.shares, 0.0).sum(axis=1), 0.0)
