"""Choosing the threshold that turns a score into a decision."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lifecycle.errors import LifecycleError
from lifecycle.evaluation.curves import threshold_counts
from lifecycle.evaluation.sample import build_sample


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingPoint:
    """A score at or above the threshold is a positive decision; f1 is what that gave on the rows used."""

    threshold: float
    f1: float


def choose_operating_point(y: ArrayLike, scores: ArrayLike) -> OperatingPoint:
    """The threshold with the best F1, among the scores that occur; of equals the highest.

    Give it training-side rows only (the early-stopping part): chosen on the evaluated rows, F1, precision and
    recall there would flatter the model.

    Raises:
        LifecycleError: no row is positive, so that every threshold is as bad.

    >>> choose_operating_point([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9])
    OperatingPoint(threshold=0.4, f1=0.8)
    """
    sample = build_sample("binary", y, scores)
    if not sample.y.any():
        raise LifecycleError(
            f"none of the {sample.n_rows} rows is positive, so no threshold can be chosen; "
            "use a longer training window or check the label"
        )
    thresholds, true, false = threshold_counts(sample.y, sample.scores)
    f1 = 2 * true / (true + false + true[-1])
    best = int(np.argmax(f1))  # the first of equals, and thresholds fall
    return OperatingPoint(threshold=float(thresholds[best]), f1=float(f1[best]))
