"""The split that a bandit asks for: Thompson sampling on predictions that turned out right or wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lifecycle.rollout.cohorts import is_mature
from lifecycle.rollout.observations import Cohort, Measurement, measurement
from lifecycle.rollout.questions import Question
from lifecycle.rollout.statistics import thompson
from lifecycle.spec.rollout import Labelled

ARMS = ("champion", "challenger")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewarded:
    """Keys of one version in one serving window, and how many of the labelled ones it was right about.

    Attributes:
        right: keys whose prediction was the label, at most `cohort.labelled`.
    """

    cohort: Cohort
    right: int


def measured_share(
    question: Question, found: Sequence[Rewarded], *, rule: Labelled, min_share: float, now: datetime
) -> Measurement:
    """The share of the version on trial: its chance to be right more often, after both got their least.

    Only mature cohorts count. Labels that come early may be of one kind (a loan that defaults is known before
    one that is paid back), and the version that served most lately has most of those.

    Args:
        rule: when a cohort is mature.
        min_share: of either version, above 0 and below one half.

    Source: Thompson (1933), On the likelihood that one unknown probability exceeds another; Chapelle and Li
    (2011), section 5, for rewards that come late.

    >>> from datetime import UTC
    >>> from lifecycle.rollout.plan import SHARE_CHECK
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> def served(arm, right):
    ...     cohort = Cohort(arm=arm, started_at=noon, ended_at=noon, served=100, labelled=100)
    ...     return Rewarded(cohort=cohort, right=right)
    >>> question = Question(check=SHARE_CHECK, since=noon, alpha=0.01)
    >>> equal, better = (
    ...     measured_share(question, [served("champion", 80), served("challenger", right)],
    ...                    rule=Labelled(), min_share=0.1, now=noon).value
    ...     for right in (80, 85)
    ... )
    >>> round(equal, 6), round(better, 3)
    (0.5, 0.757)
    """
    mature = [one for one in found if is_mature(one.cohort, rule, now=now)]
    counted = [
        thompson.Cohort(
            arm=ARMS.index(one.cohort.arm),
            ended_at=one.cohort.ended_at,
            served=one.cohort.labelled,
            succeeded=one.right,
        )
        for one in mature
    ]
    posteriors = thompson.matured_posteriors(counted, n_arms=2, now=now, delay=timedelta(0))
    _, share = thompson.propensities(posteriors, min_share=min_share)
    labelled = [sum(one.cohort.labelled for one in mature if one.cohort.arm == arm) for arm in ARMS]
    return measurement(
        question.check.name,
        started_at=question.since,
        ended_at=now,
        value=share,
        low=share,
        high=share,
        alpha=question.alpha,
        n_champion=labelled[0],
        n_challenger=labelled[1],
        cohorts=tuple(one.cohort for one in mature),
    )
