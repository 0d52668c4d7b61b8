"""Metrics of several classes; the decision is the class with the highest score, the first of equals."""

import math

import numpy as np

from lifecycle.evaluation.calibration import equal_mass_bins
from lifecycle.evaluation.metrics.metric import Metric, Statistic, additive, mean, ratio
from lifecycle.evaluation.metrics.probabilities import SMALLEST_PROBABILITY, calibration_gap
from lifecycle.evaluation.sample import Floats, Ints, Sample


def _hits(sample: Sample) -> Floats:
    said: Ints = sample.scores.argmax(axis=1)
    return np.where(said == sample.y, 1.0, 0.0)


def _log_loss(sample: Sample) -> Statistic:
    """Mean negative log of the probability given to the true class, in nats."""
    given = sample.scores[np.arange(sample.n_rows), sample.y.astype(np.int64)]
    return mean(sample, -np.log(np.maximum(given, SMALLEST_PROBABILITY)))


def _macro_f1(sample: Sample) -> Statistic:
    """Mean of the classes' F1, classes alike; one neither seen nor predicted does not count."""
    said = sample.scores.argmax(axis=1)
    classes = range(sample.scores.shape[1])
    columns = [1.0 * (said == c) * (sample.y == c) for c in classes]
    columns += [1.0 * (said == c) + (sample.y == c) for c in classes]

    def of_sums(_: Floats, *sums: Floats) -> Floats:
        hits, both = np.array(sums[: len(classes)]), np.array(sums[len(classes) :])
        counted = np.count_nonzero(both, axis=0).astype(np.float64)
        return ratio(np.nan_to_num(ratio(2 * hits, both)).sum(axis=0), counted)

    return additive(sample, columns, of_sums)


def _ece(sample: Sample) -> Statistic:
    """Calibration error of the predicted class (top label): 15 equal-mass bins, gaps weighted by count.

    Source: Guo, Pleiss, Sun and Weinberger (2017), with equal-mass bins.
    """
    confidence = sample.scores.max(axis=1, initial=0.0)
    return calibration_gap(sample, gap=_hits(sample) - confidence, bins=equal_mass_bins(confidence))


LOG_LOSS = Metric(name="log_loss", task="multiclass", better="lower", build=_log_loss, span=(0.0, math.inf))
ACCURACY = Metric(
    name="accuracy", task="multiclass", better="higher", build=lambda sample: mean(sample, _hits(sample))
)
MACRO_F1 = Metric(name="macro_f1", task="multiclass", better="higher", build=_macro_f1)
ECE = Metric(name="ece", task="multiclass", better="lower", build=_ece)
