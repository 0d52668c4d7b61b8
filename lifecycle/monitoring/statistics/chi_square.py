"""The chi-square effect size: how far shares lie apart, each in the scale of its own noise."""

import numpy as np

from lifecycle.monitoring.cells import Cells, Floats


def chi_square(reference: Cells, current: Cells) -> Floats:
    """Effect size w of the two-sample chi-square over bins, per window: sqrt(chi-square * (1/n + 1/m)).

    Without the sizes n and m in it, it says how far the shares lie apart, not how many rows there were.

    Returns:
        Shape (n_windows,): 0 for equal shares; Cohen calls .1 small and .5 large. 0 where a side is empty.

    Source: Pearson (1900); Cohen (1988), chapter 7.
    """
    before, now = (np.broadcast_to(part, current.bins.shape) for part in (reference.bins, current.bins))
    n, m = before.sum(axis=1, keepdims=True), now.sum(axis=1, keepdims=True)
    shared = (before + now) / np.maximum(n + m, 1.0)
    apart = (before / np.maximum(n, 1.0) - now / np.maximum(m, 1.0)) ** 2
    squares = np.divide(apart, shared, out=np.zeros_like(shared), where=shared > 0).sum(axis=1)
    return np.where((n[:, 0] > 0) & (m[:, 0] > 0), np.sqrt(squares), 0.0)
