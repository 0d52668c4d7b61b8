"""What each threshold of a binary model would give on the evaluated rows, and what its mistakes would cost.

The table informs; it chooses nothing. The operating point is chosen on validation rows (`operating_point`,
`cheapest_point`): chosen here, it would flatter the model.
"""

from dataclasses import dataclass

import numpy as np

from lifecycle.errors import LifecycleError
from lifecycle.evaluation.curves import threshold_counts
from lifecycle.evaluation.operating_point import OperatingPoint
from lifecycle.evaluation.sample import Floats
from lifecycle.spec.evaluation import Costs

N_THRESHOLDS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdRow:
    """What a threshold gives on the rows.

    Attributes:
        flagged: share of the rows that it calls positive.
        precision: share of those that are; None: it flags nothing.
        recall: share of the positives that it finds; None, like f1 below: there are none.
        cost: mean cost a row, in the unit of `evaluation.costs`; None: no costs were given.
        chosen: it is the model's operating point.
    """

    threshold: float
    flagged: float
    precision: float | None
    recall: float | None
    f1: float | None
    cost: float | None
    chosen: bool


def threshold_table(
    y: Floats, scores: Floats, *, chosen: float | None = None, costs: Costs | None = None
) -> tuple[ThresholdRow, ...]:
    """At most 40 thresholds that flag evenly spread shares of the rows, highest first, and the chosen one.

    Args:
        y: shape (n,), 0.0 or 1.0.
        chosen: operating point; also there where no score of these rows equals it.

    >>> rows = threshold_table(np.array([0.0, 1.0, 1.0]), np.array([0.2, 0.6, 0.9]), chosen=0.5)
    >>> [(row.threshold, row.precision, row.chosen) for row in rows]
    [(0.9, 1.0, False), (0.6, 1.0, False), (0.5, 1.0, True), (0.2, 0.6666666666666666, False)]
    """
    if not len(y):
        return ()
    thresholds, true, false = threshold_counts(y, scores)
    wanted = np.linspace(0, len(y), N_THRESHOLDS + 1)[1:]
    kept = np.unique(np.searchsorted(true + false, wanted - 0.5).clip(max=len(thresholds) - 1))
    rows = [
        _row(float(thresholds[i]), float(true[i]), float(false[i]), y, costs, chosen=thresholds[i] == chosen)
        for i in kept
    ]
    if chosen is not None and not any(row.chosen for row in rows):
        flagged = scores >= chosen
        hits = float(y[flagged].sum())
        rows.append(_row(chosen, hits, float(flagged.sum()) - hits, y, costs, chosen=True))
    return tuple(sorted(rows, key=lambda row: -row.threshold))


def cheapest_point(y: Floats, scores: Floats, costs: Costs) -> OperatingPoint:
    """The threshold whose mistakes cost least; of equals the highest.

    Where calling nothing positive is cheapest, the threshold lies just above the highest score. Give it
    validation rows only, as `choose_operating_point`.

    Raises:
        LifecycleError: no rows.

    >>> cheapest_point(np.array([0.0, 1.0]), np.array([0.3, 0.2]), Costs(false_positive=1, false_negative=5))
    OperatingPoint(threshold=0.2, f1=0.6666666666666666)
    """
    if not len(y):
        raise LifecycleError("no validation rows to choose a threshold on: widen the training window")
    thresholds, true, false = threshold_counts(y, scores)
    positives = float(y.sum())
    above = float(np.nextafter(thresholds[0], np.inf))
    thresholds, true, false = (
        np.append(first, rest) for first, rest in ((above, thresholds), (0.0, true), (0.0, false))
    )
    cost = costs.false_positive * false + costs.false_negative * (positives - true)
    best = int(np.argmin(cost))  # the first of equals, and thresholds fall
    wrong = true[best] + false[best] + positives
    return OperatingPoint(
        threshold=float(thresholds[best]), f1=float(2 * true[best] / wrong) if wrong else 0.0
    )


def _row(
    threshold: float, hits: float, false_alarms: float, y: Floats, costs: Costs | None, *, chosen: bool
) -> ThresholdRow:
    n, positives, flagged = len(y), float(y.sum()), hits + false_alarms
    missed = positives - hits
    return ThresholdRow(
        threshold=threshold,
        flagged=flagged / n,
        precision=hits / flagged if flagged else None,
        recall=hits / positives if positives else None,
        f1=2 * hits / (flagged + positives) if positives else None,
        cost=(costs.false_positive * false_alarms + costs.false_negative * missed) / n if costs else None,
        chosen=bool(chosen),
    )
