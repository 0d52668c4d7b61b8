"""The rate of new categories: values that the reference never had."""

import numpy as np

from lifecycle.monitoring.cells import OTHER, Cells, Floats


def new_categories(reference: Cells, current: Cells) -> Floats:
    """Share of a window's values that the reference does not have, per window.

    Where the reference has values that it does not list, one that it lacks may be among them: then no value
    is known to be new.

    Returns:
        Shape (n_windows,), from 0 to 1.
    """
    unlisted = reference.counts[:, reference.names.index(OTHER)] > 0
    new = np.where(reference.counts == 0, current.shares, 0.0)
    new[:, current.names.index(OTHER)] = 0.0
    return np.where(unlisted, 0.0, new.sum(axis=1))
