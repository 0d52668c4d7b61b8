"""From an estimate of the statistics to the answer that a rollout asked for."""

from datetime import datetime

from lifecycle.rollout.observations import Cohort, Measurement, measurement
from lifecycle.rollout.questions import Question
from lifecycle.rollout.statistics.mean_difference import Estimate
from lifecycle.rollout.statistics.sample_ratio import SampleRatio


def measured_effect(
    question: Question, found: Estimate, *, now: datetime, cohorts: tuple[Cohort, ...] = ()
) -> Measurement:
    """The answer to a question that compares the arms.

    Args:
        found: a difference, or for a question about a ratio a relative difference (0.2: a fifth more).

    >>> from datetime import UTC
    >>> from lifecycle.rollout.plan import Check
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> check = Check(name="slower", metric="p99_latency_ms", compare="ratio", worse="up", limit=2.0)
    >>> fifth = Estimate(value=0.2, low=0.1, high=0.3, alpha=0.01, n_champion=900, n_challenger=100)
    >>> answer = measured_effect(Question(check=check, since=noon, alpha=0.01), fifth, now=noon)
    >>> answer.value, answer.low, answer.high
    (1.2, 1.1, 1.3)
    """
    one = 1.0 if question.check.compare == "ratio" else 0.0
    return measurement(
        question.check.name,
        started_at=question.since,
        ended_at=now,
        value=found.value + one,
        low=found.low + one,
        high=found.high + one,
        alpha=found.alpha,
        n_champion=found.n_champion,
        n_challenger=found.n_challenger,
        cohorts=cohorts,
    )


def measured_ratio(
    question: Question, found: SampleRatio, *, now: datetime, n_champion: int, n_challenger: int
) -> Measurement:
    """The answer to the question whether requests were split as the weights say."""
    if found.p_value is None:
        return unmeasured(question, found.reason, now=now)
    return measurement(
        question.check.name,
        started_at=question.since,
        ended_at=now,
        value=found.p_value,
        low=found.p_value,
        high=found.p_value,
        alpha=question.alpha,
        n_champion=n_champion,
        n_challenger=n_challenger,
    )


def unmeasured(question: Question, problem: str, *, now: datetime) -> Measurement:
    """The answer of a provider that failed: an outage, never a verdict on the version."""
    return Measurement(
        check=question.check.name, started_at=question.since, ended_at=now, problem=problem[:500] or "unknown"
    )
