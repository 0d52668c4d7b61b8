"""How far a sum may stray from its mean at any time: boundaries that hold at all looks together."""

import math
from typing import Literal

Side = Literal["both", "lower", "upper"]
"""Which ends an interval has. With one end only, the whole alpha is spent on it."""


def tuning(tuned_for: float, *, alpha: float, side: Side = "both") -> float:
    """The mixture's parameter for which the boundary is tightest at an amount of information.

    Too small or too large by a factor of ten widens the interval by about a quarter at most. It must be fixed
    before the first look.

    Source: Howard, Ramdas, McAuliffe and Sekhon (2021), Time-uniform, nonparametric, nonasymptotic
    confidence sequences, proposition 3. One-sided: that of 2 alpha, as there.

    >>> round(tuning(1000.0, alpha=0.05), 2)
    121.77
    """
    from scipy.special import lambertw

    a = alpha if side == "both" else min(2 * alpha, 0.999)
    return tuned_for / float(-lambertw(-(a**2) / math.e, -1).real - 1)


def boundary(v: float, *, alpha: float, rho: float, side: Side = "both") -> float:
    """Largest distance of a sum of variance `v` from its mean: exceeded at any `v`, ever, with chance alpha.

    Args:
        v: variance so far (intrinsic time), above 0.
        rho: from `tuning`, in the same unit.

    Source: Howard et al. (2021), the normal mixture, two-sided (equation 14) and the closed form that bounds
    the one-sided (equation 15). For a mean it is the mixture SPRT of Robbins (1970), and the asymptotic
    confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024), theorem 2.2.

    >>> round(boundary(1000.0, alpha=0.05, rho=121.77), 2)
    95.98
    """
    if side == "both":
        return math.sqrt((v + rho) * (math.log1p(v / rho) - 2 * math.log(alpha)))
    return math.sqrt(2 * (v + rho) * math.log1p(math.sqrt((v + rho) / rho) / (2 * alpha)))
