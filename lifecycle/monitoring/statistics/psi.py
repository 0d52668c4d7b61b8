"""The population stability index: how much two sets of shares tell each other apart."""

import numpy as np

from lifecycle.data.distance import FLOOR
from lifecycle.monitoring.cells import Cells, Floats


def psi(reference: Cells, current: Cells) -> Floats:
    """Population stability index of each window against the reference's window of the same row.

    Over deciles of the reference, or over categories. The rule for empty bins is that of
    `lifecycle.data.distance.psi`: half a row, or `FLOOR` if that is more.

    Returns:
        Nats, shape (n_windows,): 0 for equal shares, no upper bound.

    Source: Jeffreys' divergence (1946) of binned shares.
    """
    p, q = _floored(reference.bins), _floored(current.bins)
    return np.asarray(((q - p) * np.log(q / p)).sum(axis=1))


def _floored(bins: Floats) -> Floats:
    total = np.maximum(bins.sum(axis=1, keepdims=True), 1.0)
    return np.asarray(np.where(bins > 0, bins / total, np.maximum(0.5 / total, FLOOR)))
