"""The Wasserstein distance: how far values have moved on average, in spreads of the reference."""

import numpy as np

from lifecycle.monitoring.cells import Cells, Floats

_TAIL = 0.05
# Standard deviations between the 5 % and 95 % quantiles of a normal distribution.
_NORMAL_SPAN = 3.2897


def wasserstein(reference: Cells, current: Cells) -> Floats:
    """Average distance that values must move to turn one window into the other, per window.

    The unit is the reference's standard deviation, as its 5 % and 95 % quantiles give it; where most values
    are one and the same, as with rain, the plain standard deviation; a constant counts as one of 1. Cells
    cost at most their width, which is a 128th of what lies between these quantiles or less. It sees tails:
    a single absurd value counts with its distance.

    Returns:
        Shape (n_windows,): 0 for the same, no upper bound.

    Source: Vallender (1974): the area between the distribution functions.
    """
    apart = np.abs(reference.reached - current.reached)
    moved = (apart[:, :-1] * np.diff(reference.at)).sum(axis=1)
    return np.asarray(moved / _spread(reference))


def _spread(reference: Cells) -> Floats:
    low, high = ((reference.reached < level - 1e-12).sum(axis=1) for level in (_TAIL, 1 - _TAIL))
    last = len(reference.at) - 1
    span = reference.at[np.minimum(high, last)] - reference.at[np.minimum(low, last)]
    mean = (reference.shares * reference.at).sum(axis=1, keepdims=True)
    deviation = np.sqrt((reference.shares * (reference.at - mean) ** 2).sum(axis=1))
    return np.where(span > 0, span / _NORMAL_SPAN, np.where(deviation > 0, deviation, 1.0))
