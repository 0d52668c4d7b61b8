"""Binary metrics of the order of the scores."""

import numpy as np

from lifecycle.evaluation.metrics.metric import Metric, ranked, ratio
from lifecycle.evaluation.sample import Floats


def _area(true: Floats, false: Floats) -> Floats:
    """Area under the ROC curve; nan when a class is missing.

    The trapezoids give a tied pair one half, so this is the Mann-Whitney probability that a positive row
    scores above a negative one. Source: Hanley and McNeil (1982).
    """
    area = np.sum(np.diff(false, axis=1) * (true[:, 1:] + true[:, :-1]), axis=1) / 2
    return ratio(area, true[:, -1] * false[:, -1])


def _average_precision(true: Floats, false: Floats) -> Floats:
    """Precision averaged over the positive rows, no interpolation; nan without positive rows.

    All rows of a tied score enter with the precision below the tie.
    """
    precision = np.nan_to_num(
        ratio(true, true + false)
    )  # 0/0 where no drawn row scores this high: adds nothing
    total = np.sum(np.diff(true, axis=1) * precision[:, 1:], axis=1)
    return ratio(total, true[:, -1])


AUC = Metric(name="auc", task="binary", better="higher", build=lambda sample: ranked(sample, _area))
AVERAGE_PRECISION = Metric(
    name="average_precision",
    task="binary",
    better="higher",
    build=lambda sample: ranked(sample, _average_precision),
)
