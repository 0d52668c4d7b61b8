"""What the pictures of a binary model are drawn from: ROC curve and score histogram, kept small."""

from dataclasses import dataclass

import numpy as np

from lifecycle.evaluation.sample import Floats

MAX_ROC_POINTS = 200
N_SCORE_BINS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class RocPoint:
    """Rates when scores at or above the threshold are positive; threshold None: nothing is."""

    false_positive_rate: float
    true_positive_rate: float
    threshold: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreBin:
    """Rows per class with low <= score < high; the last bin holds its upper end too."""

    low: float
    high: float
    negatives: int
    positives: int


def threshold_counts(y: Floats, scores: Floats) -> tuple[Floats, Floats, Floats]:
    """Distinct scores from high to low, and the true and false positives when each is the threshold.

    >>> threshold_counts(np.array([1.0, 0.0, 1.0]), np.array([0.9, 0.5, 0.5]))
    (array([0.9, 0.5]), array([1., 2.]), array([0., 1.]))
    """
    order = np.argsort(-scores, kind="stable")
    last = np.flatnonzero(np.diff(scores[order], append=-np.inf))  # last row of each distinct score
    true = np.cumsum(y[order])[last]
    return scores[order][last], true, last + 1.0 - true


def roc_curve(y: Floats, scores: Floats) -> tuple[RocPoint, ...]:
    """At most 200 points from (0, 0) to (1, 1), evenly along the curve; empty when a class is missing."""
    thresholds, true, false = threshold_counts(y, scores)
    if not len(true) or not true[-1] or not false[-1]:
        return ()
    tpr, fpr = np.append(0.0, true / true[-1]), np.append(0.0, false / false[-1])
    # The sum of the two rates is the way along the curve: equal steps of it keep steep and flat parts alike.
    kept = np.unique(np.searchsorted(tpr + fpr, np.linspace(0, 2, MAX_ROC_POINTS)))
    return tuple(
        RocPoint(
            false_positive_rate=float(fpr[i]),
            true_positive_rate=float(tpr[i]),
            threshold=float(thresholds[i - 1]) if i else None,
        )
        for i in kept
    )


def score_histogram(y: Floats, scores: Floats) -> tuple[ScoreBin, ...]:
    """Counts in 40 bins of equal width over 0 to 1."""
    edges = np.linspace(0, 1, N_SCORE_BINS + 1)
    negatives, positives = (np.histogram(scores[y == c], edges)[0] for c in (0, 1))
    return tuple(
        ScoreBin(low=float(low), high=float(high), negatives=int(n), positives=int(p))
        for low, high, n, p in zip(edges[:-1], edges[1:], negatives, positives, strict=True)
    )
