"""Keys that both arms scored: what moves both alike is no difference of theirs, and is taken out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lifecycle.rollout.statistics.arm_sums import ArmSums

MIN_UNEQUAL = 50
"""With fewer pairs that differ, keys count as independent: nobody knows yet how much they differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Sums over keys that are in both arms, because one arm looks on while the other answers.

    Attributes:
        n: keys.
        unequal: of which the arms' own means differ.
        yy: sum of the champion's y times the challenger's y; yx: champion's y times challenger's x; xy and xx
            alike. See `ArmSums` for y and x.
    """

    n: int
    unequal: int
    yy: float
    yx: float
    xy: float
    xx: float

    def covariance(self, champion: ArmSums, challenger: ArmSums) -> float:
        """Covariance of both arms' means, by the delta method; 0.0 where too few pairs differ to tell it.

        Of keys with one row each, all of them in both arms, it makes the variance of the difference that of
        the paired t-test.

        Args:
            champion: sums over all keys of the arm, those in pairs among them; likewise challenger.
        """
        if self.unequal < MIN_UNEQUAL:
            return 0.0
        a, b = champion.mean, challenger.mean
        residuals = self.yy - b * self.yx - a * self.xy + a * b * self.xx
        return residuals / (champion.x * challenger.x) * self.n / (self.n - 1)


NO_PAIRS = Pairs(n=0, unequal=0, yy=0.0, yx=0.0, xy=0.0, xx=0.0)
"""Each key is in one arm."""


def pairs_of_keys(champion: tuple[ArrayLike, ArrayLike], challenger: tuple[ArrayLike, ArrayLike]) -> Pairs:
    """Sums of the keys that are in both arms.

    Args:
        champion: y and x of each key, shape (n_pairs,) each; likewise challenger, in the same order.
    """
    (y0, x0), (y1, x1) = (
        (np.asarray(y, dtype=float), np.asarray(x, dtype=float)) for y, x in (champion, challenger)
    )
    return Pairs(
        n=len(y0),
        unequal=int((y0 * x1 != y1 * x0).sum()),
        yy=float(y0 @ y1),
        yx=float(y0 @ x1),
        xy=float(x0 @ y1),
        xx=float(x0 @ x1),
    )
