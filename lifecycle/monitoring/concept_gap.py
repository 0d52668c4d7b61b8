"""The gap between what a metric is and what the inputs alone let expect: concept drift, seen after the fact.

Realised and estimated value are of the same labelled rows: labels that are missing make no gap.
"""

from dataclasses import dataclass

from lifecycle.monitoring.estimate import Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class ConceptGap:
    """Realised minus estimated.

    Attributes:
        low: interval of the gap; None, as high: the estimate has none.
        shown: whether zero lies outside the interval. With unchanged concepts that happens with probability
            1 - level, for each metric and window that is looked at.
    """

    value: float
    low: float | None
    high: float | None
    shown: bool


def gap_between(realised: float | None, estimated: Estimate | None) -> ConceptGap | None:
    """The gap of a metric; None where either side is unknown.

    Args:
        realised: of labelled rows.
        estimated: of the very same rows, without a look at their labels.

    >>> expected = Estimate(metric="auc", value=0.70, low=0.66, high=0.74, level=0.95)
    >>> gap = gap_between(0.60, expected)
    >>> round(gap.value, 2), round(gap.low, 2), round(gap.high, 2), gap.shown
    (-0.1, -0.14, -0.06, True)
    """
    if realised is None or estimated is None or estimated.value is None:
        return None
    value = realised - estimated.value
    if estimated.low is None or estimated.high is None:
        return ConceptGap(value=value, low=None, high=None, shown=False)
    low, high = realised - estimated.high, realised - estimated.low
    return ConceptGap(value=value, low=low, high=high, shown=low > 0 or high < 0)
