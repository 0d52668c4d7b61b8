"""How much days differ in what no score says: a storm makes a whole day late, not single flights.

Labels of one day then err together, and a window of few days strays further from its estimate than
independent rows would. The log odds of all rows of a day share a normal shift; here is its variance.
"""

import math

import numpy as np

from lifecycle.evaluation.sample import Floats, Ints

# A normal with this variance is closest to the logistic distribution; see `spread_out`.
_LOGISTIC_VARIANCE = (15 * math.pi / (16 * math.sqrt(3))) ** 2


def shift_variance(y: Floats, p: Floats, block: Ints, counts: Floats) -> Floats:
    """Variance of the days' shifts in log odds, by moments, for each way to draw the days.

    A day with S = sum(y - p) and V = sum(p (1 - p)) has, to first order, E[S^2] = V + variance * V^2.

    Args:
        y: 0.0 or 1.0, shape (n_rows,).
        p: calibrated probabilities, shape (n_rows,).
        block: number of each row's day, shape (n_rows,).
        counts: how often each day is drawn, shape (n_draws, n_blocks).

    Returns:
        Shape (n_draws,); 0.0 where days differ by no more than their rows' coins.

    >>> rng = np.random.default_rng(5)
    >>> day, p = np.repeat(np.arange(400), 50), np.full(20_000, 0.3)
    >>> p_of_day = 1 / (1 + np.exp(-(np.log(0.3 / 0.7) + rng.normal(0, 0.4, 400))))
    >>> y = (rng.random(20_000) < p_of_day[day]).astype(float)
    >>> shift_variance(y, p, day, np.ones((1, 400))).round(2)  # 0.4 ** 2 is 0.16
    array([0.14])
    """
    n_blocks = counts.shape[1]
    strayed = np.bincount(block, weights=y - p, minlength=n_blocks)
    coins = np.bincount(block, weights=p * (1 - p), minlength=n_blocks)
    whole = counts @ coins**2
    excess = counts @ (strayed**2 - coins)
    return np.maximum(0.0, np.divide(excess, whole, out=np.zeros(len(counts)), where=whole > 0))


def spread_out(p: Floats, shift: Floats, variance: Floats) -> Floats:
    """Probabilities after a shift of the log odds, such that their mean over all shifts stays about `p`.

    A random shift pulls the mean of probabilities towards one half; the log odds are stretched beforehand by
    what it takes back.

    Args:
        p: any shape.
        shift: in log odds, broadcast against `p`.
        variance: of the shifts, broadcast against `p`.

    >>> shifts = np.random.default_rng(2).normal(0, 0.6, 100_000)
    >>> float(spread_out(np.array(0.1), shifts, np.array(0.36)).mean().round(2))
    0.1
    """
    inside = np.clip(p, 1e-12, 1 - 1e-12)
    log_odds = np.log(inside / (1 - inside)) * np.sqrt(1 + variance / _LOGISTIC_VARIANCE) + shift
    moved: Floats = 1 / (1 + np.exp(-np.clip(log_odds, -50, 50)))
    return moved
