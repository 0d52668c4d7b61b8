"""Binary metrics of yes-or-no decisions at the operating point."""

from lifecycle.evaluation.metrics.metric import Metric, Statistic, additive, mean, ratio
from lifecycle.evaluation.sample import Sample


def _f1(sample: Sample) -> Statistic:
    """Harmonic mean of precision and recall; nan when nothing is positive, in fact or in decision."""
    said = sample.decisions
    return additive(sample, [said * sample.y, said + sample.y], lambda _, hits, both: ratio(2 * hits, both))


def _precision(sample: Sample) -> Statistic:
    """Share of positive decisions that were right; nan without positive decisions."""
    said = sample.decisions
    return additive(sample, [said * sample.y, said], lambda _, hits, decided: ratio(hits, decided))


def _recall(sample: Sample) -> Statistic:
    """Share of positive rows that were found; nan without positive rows."""
    return additive(
        sample, [sample.decisions * sample.y, sample.y], lambda _, hits, positives: ratio(hits, positives)
    )


F1 = Metric(name="f1", task="binary", better="higher", build=_f1)
PRECISION = Metric(name="precision", task="binary", better="higher", build=_precision)
RECALL = Metric(name="recall", task="binary", better="higher", build=_recall)
ACCURACY = Metric(
    name="accuracy",
    task="binary",
    better="higher",
    build=lambda sample: mean(sample, (sample.decisions == sample.y).astype(float)),
)
POSITIVE_RATE = Metric(
    name="positive_rate", task="binary", better="neither", build=lambda sample: mean(sample, sample.decisions)
)
