"""Binary metrics of the scores read as probabilities."""

import math

import numpy as np

from lifecycle.evaluation.calibration import equal_mass_bins
from lifecycle.evaluation.metrics.metric import Metric, Statistic, additive, mean, ratio
from lifecycle.evaluation.sample import Floats, Ints, Sample

SMALLEST_PROBABILITY = 1e-15
"""Scores of 0 and 1 are moved inwards by this: one wrong certainty costs 34.5 nats, not infinity."""


def calibration_gap(sample: Sample, *, gap: Floats, bins: Ints) -> Statistic:
    """Expected calibration error: the absolute sum of `gap` (truth - score) of each bin, over all rows."""
    columns = [np.where(bins == b, gap, 0.0) for b in range(bins.max(initial=-1) + 1)]
    return additive(sample, columns, lambda n, *sums: ratio(np.abs(np.array(sums)).sum(axis=0), n))


def _log_loss(sample: Sample) -> Statistic:
    """Mean negative log-likelihood in nats."""
    p = np.clip(sample.scores, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
    return mean(sample, -np.log(np.where(sample.y == 1, p, 1 - p)))


def _ece(sample: Sample) -> Statistic:
    """Expected calibration error of the positive class: 15 equal-mass bins, gaps weighted by count.

    It is biased upwards: a perfectly calibrated model scores above 0 on few rows. In a resample the bins stay
    those of the data. Source: Naeini, Cooper and Hauskrecht (2015).
    """
    return calibration_gap(sample, gap=sample.y - sample.scores, bins=equal_mass_bins(sample.scores))


LOG_LOSS = Metric(name="log_loss", task="binary", better="lower", build=_log_loss, span=(0.0, math.inf))
BRIER = Metric(
    name="brier",
    task="binary",
    better="lower",
    build=lambda sample: mean(sample, (sample.scores - sample.y) ** 2),
)
ECE = Metric(name="ece", task="binary", better="lower", build=_ece)
