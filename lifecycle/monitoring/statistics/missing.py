"""The rate of missing values: a feed that ended, a lookup that finds nothing."""

import numpy as np

from lifecycle.monitoring.cells import Cells, Floats


def missing(reference: Cells, current: Cells) -> Floats:
    """Difference of the shares of missing values, per window.

    Returns:
        Shape (n_windows,), from 0 to 1; more and fewer are both a change.
    """
    return np.abs(_share(reference) - _share(current))


def _share(cells: Cells) -> Floats:
    return np.asarray(cells.missing / np.maximum(cells.rows + cells.missing, 1.0))
