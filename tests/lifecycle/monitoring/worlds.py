"""Simulated scores and labels, of which the truth is known."""

import numpy as np

from lifecycle.evaluation.sample import Floats, Sample, build_sample

THRESHOLD = 0.4


def flips(
    rng: np.random.Generator,
    *,
    days: int,
    rows: int,
    slope: float = 1.0,
    spread: float = 0.0,
    shift: float = 0.0,
    drift: float = 0.0,
) -> Sample:
    """Labels of a logistic world.

    Args:
        slope: of the scores' log odds against the true ones: 1 is calibrated, 2 too sure.
        spread: standard deviation of the days' shifts.
        shift: of the inputs, which the scores see.
        drift: of the concept, which they do not.
    """
    day = np.repeat(np.arange(days), rows)
    x = rng.normal(-1 + shift, 1.1, days * rows)
    true = x * np.sqrt(1 + 0.35 * spread**2) + rng.normal(0, spread, days)[day] + drift
    y = rng.random(len(x)) < sigmoid(true)
    return build_sample("binary", y, sigmoid(slope * x), blocks=day, threshold=THRESHOLD)


def choices(rng: np.random.Generator, *, days: int, rows: int, slope: float = 1.0) -> Sample:
    """Labels of three classes; `slope` as above."""
    day, log_odds = np.repeat(np.arange(days), rows), rng.normal(0, 1.2, (days * rows, 3))
    p = softmax(log_odds)
    y = (rng.random((len(p), 1)) > np.cumsum(p, axis=1)).sum(axis=1)
    return build_sample("multiclass", np.minimum(y, 2), softmax(slope * log_odds), blocks=day)


def errors(rng: np.random.Generator, *, days: int, rows: int, shift: float = 0.0) -> tuple[Sample, Floats]:
    """Numbers whose error grows with the first feature, and the features."""
    day, features = np.repeat(np.arange(days), rows), rng.uniform(0, 2, (days * rows, 3))
    features[:, 0] = np.clip(features[:, 0] + shift, 0, 2)
    y = features[:, 1] + (0.2 + features[:, 0]) * rng.normal(size=len(day))
    return build_sample("regression", y, features[:, 1], blocks=day), features


def sigmoid(x: Floats) -> Floats:
    return 1 / (1 + np.exp(-x))


def softmax(x: Floats) -> Floats:
    grown = np.exp(x)
    return grown / grown.sum(axis=1, keepdims=True)
