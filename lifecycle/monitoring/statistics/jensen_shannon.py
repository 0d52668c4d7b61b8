"""The Jensen-Shannon distance: PSI's bounded relative."""

import numpy as np

from lifecycle.monitoring.cells import Cells, Floats


def jensen_shannon(reference: Cells, current: Cells) -> Floats:
    """Square root of the Jensen-Shannon divergence to the base 2, per window.

    Over deciles of the reference, or over categories. No rule for empty bins is needed.

    Returns:
        Shape (n_windows,), from 0 (equal shares) to 1 (nothing in common). A metric.

    Source: Lin (1991); Endres and Schindelin (2003) for the root.
    """
    p, q = (
        part / np.maximum(part.sum(axis=1, keepdims=True), 1.0) for part in (reference.bins, current.bins)
    )
    middle = (p + q) / 2
    # Rounding may leave a hair below zero.
    return np.asarray(np.sqrt(np.maximum((_relative(p, middle) + _relative(q, middle)) / 2, 0.0)))


def _relative(p: Floats, middle: Floats) -> Floats:
    ratio = np.divide(p, middle, out=np.ones_like(middle), where=(p > 0) & (middle > 0))
    return np.asarray((p * np.log2(ratio)).sum(axis=1))
