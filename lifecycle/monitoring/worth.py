"""What answers are worth in the unit of the business: a value an outcome, times a column."""

import numpy as np

from lifecycle.evaluation.metrics.metric import Metric, mean
from lifecycle.evaluation.sample import Floats, Sample
from lifecycle.monitoring.estimate import BUSINESS_VALUE
from lifecycle.spec.performance import BusinessValue


def worth_by_class(rules: BusinessValue, scores: Floats, threshold: float | None, amount: Floats) -> Floats:
    """What each row of a classification is worth if it turns out to be of each class.

    Args:
        scores: shape (n_rows,), or (n_rows, n_classes) for several classes.
        threshold: binary: a score from here on is a positive decision.
        amount: what a row's outcome is multiplied with, shape (n_rows,).

    Returns:
        Shape (n_rows, n_classes); binary: negative, then positive.

    >>> rules = BusinessValue(unit="EUR", true_positive=5, false_positive=-1, false_negative=-5)
    >>> worth_by_class(rules, np.array([0.9, 0.1]), 0.5, np.array([1.0, 10.0])).tolist()
    [[-1.0, 5.0], [0.0, -50.0]]
    """
    if scores.ndim == 2:
        right = np.eye(scores.shape[1])[scores.argmax(axis=1)]
        each = np.where(right == 1, rules.right, rules.wrong)
    else:
        said = scores >= (0.5 if threshold is None else threshold)
        each = np.stack(
            [
                np.where(said, rules.false_positive, rules.true_negative),
                np.where(said, rules.true_positive, rules.false_negative),
            ],
            axis=1,
        )
    return np.asarray(each * amount[:, None], dtype=np.float64)


def realised_worth(rules: BusinessValue, sample: Sample, amount: Floats) -> Metric:
    """Mean worth of a row as a metric of labelled rows, so that it gets an interval by days as others do.

    Args:
        amount: of each row of the sample, shape (n_rows,).
    """
    if sample.task == "regression":
        worth = rules.error * np.abs(sample.scores - sample.y) * amount
    else:
        by_class = worth_by_class(rules, sample.scores, sample.threshold, amount)
        worth = by_class[np.arange(sample.n_rows), sample.y.astype(np.int64)]
    return Metric(
        name=BUSINESS_VALUE,
        task=sample.task,
        better="higher",
        build=lambda rows: mean(rows, worth),
        span=(-np.inf, np.inf),
    )
