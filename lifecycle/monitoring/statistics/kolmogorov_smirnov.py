"""The Kolmogorov-Smirnov distance: the widest gap between two distribution functions."""

import numpy as np

from lifecycle.monitoring.cells import Cells, Floats


def kolmogorov_smirnov(reference: Cells, current: Cells) -> Floats:
    """Largest difference of the two distribution functions at the edges of cells, per window.

    Between the edges the gap of the raw values may be larger, by at most the share of either window in one
    cell. Order matters: it is of numbers only.

    Returns:
        Shape (n_windows,), from 0 (the same) to 1 (they do not overlap).

    Source: Smirnov (1939), the two-sample statistic.
    """
    return np.asarray(np.abs(reference.reached - current.reached).max(axis=1))
