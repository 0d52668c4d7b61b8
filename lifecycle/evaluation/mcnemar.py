"""McNemar's test: do two models decide the same rows equally well?"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lifecycle.evaluation.sample import Sample

EXACT_BELOW = 25
"""Rows on which exactly one is right: with fewer of them the exact test is used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class McNemar:
    """Rows that exactly one of two models decides rightly, and how surprising their split is.

    Attributes:
        p_value: two-sided, under equal models and independent rows. Rows of one day are not quite
            independent: it is shown, and no gate decides on it.
    """

    only_first_right: int
    only_second_right: int
    p_value: float
    method: Literal["exact binomial", "chi-square with continuity correction"]


def mcnemar(only_first_right: int, only_second_right: int) -> McNemar:
    """The test on the two counts of rows about which the models differ.

    Source: McNemar (1947); Edwards (1948) for the correction.

    >>> found = mcnemar(2, 9)
    >>> round(found.p_value, 6), found.method
    (0.06543, 'exact binomial')
    """
    from scipy.special import bdtr

    b, c = only_first_right, only_second_right
    n = b + c
    if n < EXACT_BELOW:
        p = min(1.0, 2 * float(bdtr(min(b, c), n, 0.5))) if n else 1.0
        return McNemar(only_first_right=b, only_second_right=c, p_value=p, method="exact binomial")
    # With one degree of freedom the tail of chi-square is that of a squared normal.
    chi_square = max(abs(b - c) - 1, 0) ** 2 / n
    p = math.erfc(math.sqrt(chi_square / 2))
    method: Literal["chi-square with continuity correction"] = "chi-square with continuity correction"
    return McNemar(only_first_right=b, only_second_right=c, p_value=p, method=method)


def compare_decisions(first: Sample, second: Sample) -> McNemar | None:
    """The test on two models' decisions about the same rows; None where models decide nothing."""
    right = [_right(sample) for sample in (first, second)]
    if right[0] is None or right[1] is None:
        return None
    return mcnemar(int(np.sum(right[0] & ~right[1])), int(np.sum(right[1] & ~right[0])))


def _right(sample: Sample) -> NDArray[np.bool_] | None:
    if sample.task == "multiclass":
        return np.asarray(sample.scores.argmax(axis=1) == sample.y)
    if sample.task == "binary" and sample.threshold is not None:
        return np.asarray(sample.decisions == sample.y)
    return None
