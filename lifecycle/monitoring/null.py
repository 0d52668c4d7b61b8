"""What a window does by itself: the null of a column, made from the reference's own blocks.

Half a month of temperatures lies .5 nats of PSI from the next half, and a schedule hardly any. So a limit
is not a number from a book: each run of blocks of the reference is compared with all of its other blocks,
and a new window must pass what these did by themselves.

Near the truth every statistic here, or its square, is a sum of squares, and so about a multiple of
chi-square: with one degree of freedom where one level wanders, with many where only chance is at work. The
degrees k come from mean and variance of what the reference did (Satterthwaite 1946). A new window's value
over that mean is then F with k and k * n degrees, n being how many independent blocks stand behind the mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lifecycle.monitoring.cells import Floats

MIN_RUNS = 4
"""Fewer blocks tell nothing of how they vary."""
_DEGREES = (0.1, 4.0)  # of a few blocks, the moments of a heavy tail promise too much outside of these
ALERT_ERRORS, CERTAIN_ERRORS = 1.28, 2.33
"""So many standard errors to the safe side are dependence and degrees of freedom taken at: bounds of 90 % and
of 99 %. What a few blocks tell of them is wrong half of the time in the direction that alarms, and then for
as long as the reference stands. A false alert costs a look, a false retraining a rollout: single blocks, of
which a level that wanders takes several along, are certain beyond 99 % only."""
_OVERLAP = 1.5  # runs that overlap are worth 1.5 times as many as fit side by side (Greenhall 1992)
_MOST = 0.98  # a correlation above leaves nothing independent
_INCIDENT, _INCIDENTS_SHARE = 1e-6, 0.05
_FLOOR_SHARE = 0.2
_LEAST_MEAN = float(np.finfo(np.float64).tiny)
"""Of a column that never moved where every shift counts: nothing is divided by zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Null:
    """How far a window lies from the reference if nothing happened.

    Attributes:
        mean: of the squared distance.
        degrees: k, of its chi-square.
        blocks: n, independent ones behind the mean.
        squared: whether the statistic is squared to be one.
    """

    mean: float
    degrees: float
    blocks: float
    squared: bool

    def p_value(self, value: float) -> float:
        """How often a window of the reference's own kind lies this far or further.

        >>> round(Null(mean=0.01, degrees=1.0, blocks=60.0, squared=True).p_value(0.2), 3)
        0.05
        """
        return float(self.p_values(np.array(value), np.array(self.mean)))

    def p_values(self, values: Floats, means: Floats) -> Floats:
        """See `p_value`, of windows with means of their own; all shapes are alike."""
        squares = values**2 if self.squared else values
        return _beyond(self.degrees, self.blocks, squares / means)

    def limit(self, chance: float) -> float:
        """The value that such a window passes with a chance.

        >>> null = Null(mean=0.01, degrees=1.0, blocks=60.0, squared=True)
        >>> round(null.p_value(null.limit(0.01)), 6)
        0.01
        """
        from scipy.special import fdtri

        square = self.mean * float(fdtri(self.degrees, self.degrees * self.blocks, 1 - chance))
        return float(np.sqrt(square)) if self.squared else square


@dataclass(frozen=True, slots=True, kw_only=True)
class Nulls:
    """The null of one statistic with the error that its estimates may have.

    Attributes:
        alert: what is beyond it is worth a look.
        certain: what is beyond it is worth acting on.
    """

    alert: Null
    certain: Null


def calibrate_both(
    values: Floats, *, squared: Sequence[bool], effects: Sequence[float], run: int = 1
) -> list[Nulls]:
    """See `calibrate`; what is beyond the limits of windows of several blocks is certain."""
    alert = calibrate(values, squared=squared, effects=effects, run=run)
    if run > 1:
        return [Nulls(alert=null, certain=null) for null in alert]
    certain = calibrate(values, squared=squared, effects=effects, errors=CERTAIN_ERRORS)
    return [Nulls(alert=one, certain=other) for one, other in zip(alert, certain, strict=True)]


def calibrate(
    values: Floats,
    *,
    squared: Sequence[bool],
    effects: Sequence[float],
    run: int = 1,
    errors: float = ALERT_ERRORS,
) -> list[Null]:
    """The null of each statistic of each column, all in one go: there are many, and each is small.

    Args:
        values: of each run of blocks against all other blocks, in the order of time; two at least. Shape
            (n_tests, n_runs).
        squared: see `Null`; one a test.
        effects: the smallest shift that counts, one a test. A column that never moved is not taken to be
            steadier than a fifth of it.
        run: blocks of each; runs begin at every block, so that they overlap.
        errors: standard errors to the safe side at which dependence and degrees are taken.
    """
    roots, least = np.array(squared, dtype=bool), np.array(effects, dtype=np.float64)
    squares = np.where(roots[:, None], values**2, values)
    floors = np.maximum(np.where(roots, (_FLOOR_SHARE * least) ** 2, _FLOOR_SHARE**2 * least), _LEAST_MEAN)
    fitted = _fitted(squares, floors, run, errors)
    # The reference's own incidents are no part of what it does by itself: one sensor fault would hide all
    # later ones. They are taken out while there are few, the worst first.
    left = np.arange(len(squares))
    for _ in range(int(_INCIDENTS_SHARE * squares.shape[1])):
        worst = squares.argmax(axis=1)
        others = np.arange(squares.shape[1]) != worst[:, None]
        clean = _fitted(squares[others].reshape(len(left), -1), floors[left], run, errors)
        mean, degrees, blocks = clean
        (still,) = (_beyond(degrees, blocks, squares[~others] / mean) <= _INCIDENT).nonzero()
        if not len(still):
            break
        squares, left = squares[others].reshape(len(left), -1)[still], left[still]
        fitted[:, left] = clean[:, still]
    return [
        Null(mean=mean, degrees=degrees, blocks=blocks, squared=bool(root))
        for (mean, degrees, blocks), root in zip(fitted.T.tolist(), roots, strict=True)
    ]


def _beyond(degrees: Floats | float, blocks: Floats | float, ratios: Floats) -> Floats:
    """How often a window lies this many times the mean away or further; see `Null.p_value`."""
    from scipy.special import fdtrc

    return np.asarray(fdtrc(degrees, degrees * blocks, np.maximum(ratios, 0.0)))


def _fitted(squares: Floats, floors: Floats, run: int, errors: float) -> Floats:
    """Mean, degrees and independent blocks of each row's null, shape (3, n_tests)."""
    mean, variance = squares.mean(axis=1), squares.var(axis=1, ddof=1)
    level, square = _independent(squares, run, errors)
    # Runs were compared with a mean that they are part of; a new window is not part of it.
    wider = (level + 1) / (level - 1)
    # At its floor a column is given more than it ever did: none of that is an estimate with an error.
    moved = (variance > 0) & (mean > floors)
    degrees = np.divide(2 * mean**2, variance, out=np.ones_like(mean), where=moved)
    return np.array(
        [np.maximum(mean * wider, floors), np.where(moved, _cautious(degrees, square, errors), 1.0), square]
    )


def _cautious(degrees: Floats, n: Floats, errors: float) -> Floats:
    """Degrees of freedom, less some standard errors.

    Of n independent values that are a multiple of chi-square with k degrees, the logarithm of the estimate
    2 mean^2 / variance has a variance of about (2 + 4 / k) / n: the delta method with the moments of gamma.
    """
    least, most = _DEGREES
    held = np.clip(degrees, least, most)
    return np.maximum(least, held * np.exp(-errors * np.sqrt((2 + 4 / held) / n)))


def _independent(squares: Floats, run: int, errors: float) -> tuple[Floats, Floats]:
    """How many independent runs the reference is worth: for a level, and for its square.

    As for an autoregression of the first order: one of correlation r gives a level n (1 - r) / (1 + r)
    independent values, and a square, whose correlation is r squared, n (1 - r^2) / (1 + r^2). The correlation
    is that of runs side by side.
    """
    runs = squares.shape[1]
    n = runs if run == 1 else _OVERLAP * (runs + run - 1) / run
    apart = squares - squares.mean(axis=1, keepdims=True)
    total, lagged = (apart**2).mean(axis=1), np.zeros(len(squares))
    if runs > run:
        pairs = (apart[:, run:] * apart[:, :-run]).mean(axis=1)
        np.divide(pairs, total, out=lagged, where=total > 0)
    # Of a short series it comes out too small (Kendall 1954).
    likely = np.clip(lagged + (1 + 3 * np.maximum(lagged, 0.0)) / n, 0.0, _MOST)
    # Its standard error is that of Bartlett (1946).
    between = np.minimum(likely + errors * np.sqrt((1 - likely**2) / n), _MOST)
    root = np.sqrt(between)
    level, square = n * (1 - root) / (1 + root), n * (1 - between) / (1 + between)
    return np.maximum(2.0, level), np.maximum(1.5, square)
