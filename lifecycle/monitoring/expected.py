"""Metrics of rows whose labels are known as probabilities only: what the metric is expected to be.

A row counts for each class as much as it is likely to be of it, so that the cells of the confusion matrix are
expected counts. Probabilities of 0 and 1 are labels, and give the metrics of the evaluation.

Source: NannyML's documentation, Confidence-based Performance Estimation (expected confusion counts).
"""

from collections.abc import Mapping

import numpy as np

from lifecycle.evaluation.metrics.metric import ratio
from lifecycle.evaluation.metrics.probabilities import SMALLEST_PROBABILITY
from lifecycle.evaluation.sample import Floats

BINARY = ("auc", "log_loss", "brier", "accuracy", "precision", "recall", "f1")
MULTICLASS = ("log_loss", "accuracy", "macro_f1")
NEED_THRESHOLD = frozenset({"accuracy", "precision", "recall", "f1"})


def expected_binary(p: Floats, scores: Floats, *, threshold: float | None) -> Mapping[str, Floats]:
    """The binary metrics, for several guesses at the labels at once.

    Args:
        p: probability that each row is positive, shape (n_draws, n_rows); 0.0 and 1.0 for labels.
        scores: what the model said, shape (n_rows,).
        threshold: a score from here on is a positive decision; None: no metrics of decisions.

    Returns:
        Name -> values of shape (n_draws,), nan where it cannot be computed: one class only, no row.

    >>> exactly = expected_binary(np.array([[0.0, 1.0, 1.0]]), np.array([0.2, 0.4, 0.9]), threshold=0.5)
    >>> float(exactly["auc"][0]), float(exactly["recall"][0])
    (1.0, 0.5)
    >>> perhaps = expected_binary(np.array([[0.2, 0.4, 0.9]]), np.array([0.2, 0.4, 0.9]), threshold=0.5)
    >>> float(perhaps["accuracy"][0].round(3)), float(perhaps["recall"][0].round(3))
    (0.767, 0.6)
    """
    n = np.full(len(p), float(len(scores)))
    s = np.clip(scores, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
    positives = p.sum(axis=1)
    found = {
        "auc": _area(p, scores),
        "log_loss": ratio(-(p @ np.log(s) + (1 - p) @ np.log1p(-s)), n),
        "brier": ratio(p @ (1 - scores) ** 2 + (1 - p) @ scores**2, n),
    }
    if threshold is not None:
        said = (scores >= threshold).astype(np.float64)
        hits, decided = p @ said, np.full(len(p), said.sum())
        found["accuracy"] = ratio(n - positives - decided + 2 * hits, n)
        found["precision"] = ratio(hits, decided)
        found["recall"] = ratio(hits, positives)
        found["f1"] = ratio(2 * hits, decided + positives)
    return found


def _area(p: Floats, scores: Floats) -> Floats:
    """Expected won pairs over expected pairs; no row is a pair with itself."""
    if not len(scores):
        return np.full(len(p), np.nan)
    order = np.argsort(scores, kind="stable")
    starts = np.flatnonzero(np.diff(scores[order], prepend=-np.inf))
    ordered = p[:, order]
    positive = np.add.reduceat(ordered, starts, axis=1)
    negative = np.add.reduceat(1 - ordered, starts, axis=1)
    itself = (ordered * (1 - ordered)).sum(axis=1)
    below = np.cumsum(negative, axis=1) - negative / 2  # a tied pair is half won
    won = (positive * below).sum(axis=1) - itself / 2
    pairs = positive.sum(axis=1) * negative.sum(axis=1) - itself
    return ratio(won, np.where(pairs > 1e-9, pairs, 0.0))


def expected_multiclass(p: Floats, scores: Floats) -> Mapping[str, float]:
    """The metrics of several classes, for one guess at the labels; see `expected_binary`.

    Args:
        p: probability of each class, shape (n_rows, n_classes).
        scores: what the model said, same shape; the decision is the first of the highest.

    >>> sure = np.array([[1.0, 0.0, 0.0], [0.0, 0.5, 0.5]])
    >>> expected_multiclass(sure, np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1]]))["accuracy"]
    0.75
    """
    if not len(scores):
        return dict.fromkeys(MULTICLASS, float("nan"))
    said = scores.argmax(axis=1)
    right = p[np.arange(len(said)), said]
    hits: Floats = np.bincount(said, weights=right, minlength=scores.shape[1]).astype(np.float64)
    both: Floats = np.bincount(said, minlength=scores.shape[1]).astype(np.float64) + p.sum(axis=0)
    f1 = ratio(2 * hits, both)
    loss = -(p * np.log(np.maximum(scores, SMALLEST_PROBABILITY))).sum() / len(said)
    return {
        "log_loss": float(loss),
        "accuracy": float(hits.sum() / len(said)),
        "macro_f1": float(np.nanmean(f1)),
    }
