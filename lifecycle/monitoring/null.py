"""What a window does by itself: the null of a column, made from the reference's own blocks.

Half a month of temperatures lies .5 nats of PSI from the next half, and a schedule hardly any. So a limit
is not a number from a book: each run of blocks of the reference is compared with all of its other blocks,
and a new window must pass what these did by themselves.

Near the truth every statistic here, or its square, is a sum of squares, and so about a multiple of
chi-square: with one degree of freedom where one level wanders, with many where only chance is at work. The
degrees k come from mean and variance of what the reference did (Satterthwaite 1946). A new window's value
over that mean is then F with k and k * n degrees, n being how many independent blocks stand behind the mean.
"""

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
        from scipy.special import fdtrc

        ratio = (value**2 if self.squared else value) / self.mean
        return float(fdtrc(self.degrees, self.degrees * self.blocks, max(ratio, 0.0)))

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


def calibrate_both(values: Floats, *, squared: bool, effect: float, run: int = 1) -> Nulls:
    """See `calibrate`; what is beyond the limits of windows of several blocks is certain."""
    alert = calibrate(values, squared=squared, effect=effect, run=run)
    if run > 1:
        return Nulls(alert=alert, certain=alert)
    certain = calibrate(values, squared=squared, effect=effect, errors=CERTAIN_ERRORS)
    return Nulls(alert=alert, certain=certain)


def calibrate(
    values: Floats, *, squared: bool, effect: float, run: int = 1, errors: float = ALERT_ERRORS
) -> Null:
    """The null of one statistic of one column.

    Args:
        values: of each run of blocks against all other blocks, in the order of time; two at least.
        squared: see `Null`.
        effect: the smallest shift that counts. A column that never moved is not taken to be steadier than a
            fifth of it.
        run: blocks of each; runs begin at every block, so that they overlap.
        errors: standard errors to the safe side at which dependence and degrees are taken.
    """
    squares = values**2 if squared else values
    floor = (_FLOOR_SHARE * effect) ** 2 if squared else _FLOOR_SHARE**2 * effect
    null = _fitted(squares, squared, floor, run, errors)
    # The reference's own incidents are no part of what it does by itself: one sensor fault would hide all
    # later ones. They are taken out while there are few, the worst first.
    for _ in range(int(_INCIDENTS_SHARE * len(squares))):
        worst = int(np.argmax(squares))
        rest = np.delete(squares, worst)
        clean = _fitted(rest, squared, floor, run, errors)
        worst_value = float(np.sqrt(squares[worst])) if squared else float(squares[worst])
        if clean.p_value(worst_value) > _INCIDENT:
            break
        squares, null = rest, clean
    return null


def _fitted(squares: Floats, squared: bool, floor: float, run: int, errors: float) -> Null:
    mean, variance = float(squares.mean()), float(squares.var(ddof=1))
    level, square = _independent(squares, run, errors)
    # Runs were compared with a mean that they are part of; a new window is not part of it.
    wider = (level + 1) / (level - 1)
    # At its floor a column is given more than it ever did: none of that is an estimate with an error.
    moved = variance > 0 and mean > floor
    return Null(
        mean=max(mean * wider, floor),
        degrees=_cautious(2 * mean**2 / variance, square, errors) if moved else 1.0,
        blocks=square,
        squared=squared,
    )


def _cautious(degrees: float, n: float, errors: float) -> float:
    """Degrees of freedom, less some standard errors.

    Of n independent values that are a multiple of chi-square with k degrees, the logarithm of the estimate
    2 mean^2 / variance has a variance of about (2 + 4 / k) / n: the delta method with the moments of gamma.
    """
    least, most = _DEGREES
    held = float(np.clip(degrees, least, most))
    return max(least, held * float(np.exp(-errors * np.sqrt((2 + 4 / held) / n))))


def _independent(squares: Floats, run: int, errors: float) -> tuple[float, float]:
    """How many independent runs the reference is worth: for a level, and for its square.

    As for an autoregression of the first order: one of correlation r gives a level n (1 - r) / (1 + r)
    independent values, and a square, whose correlation is r squared, n (1 - r^2) / (1 + r^2). The correlation
    is that of runs side by side.
    """
    n = len(squares) if run == 1 else _OVERLAP * (len(squares) + run - 1) / run
    apart = squares - squares.mean()
    total, pairs = float((apart**2).mean()), apart[run:] * apart[:-run]
    lagged = float(pairs.mean()) / total if total > 0 and len(pairs) else 0.0
    # Of a short series it comes out too small (Kendall 1954).
    likely = float(np.clip(lagged + (1 + 3 * max(lagged, 0.0)) / n, 0.0, _MOST))
    # Its standard error is that of Bartlett (1946).
    between = min(likely + errors * float(np.sqrt((1 - likely**2) / n)), _MOST)
    root = float(np.sqrt(between))
    level, square = n * (1 - root) / (1 + root), n * (1 - between) / (1 + between)
    return max(2.0, level), max(1.5, square)
