"""When a cohort's labels count: most of them are there, or those that are not will not come any more."""

from datetime import datetime

from lifecycle.rollout.observations import Arm, Cohort
from lifecycle.spec.rollout import Labelled


def is_mature(cohort: Cohort, rule: Labelled, *, now: datetime) -> bool:
    """Whether a cohort counts. Counting early would judge by whatever is labelled fastest.

    >>> from datetime import UTC, timedelta
    >>> start = datetime(2026, 1, 1, tzinfo=UTC)
    >>> hour = Cohort(arm="champion", started_at=start, ended_at=start + timedelta(hours=1),
    ...               served=100, labelled=89)
    >>> [is_mature(hour, Labelled(), now=start + timedelta(days=days)) for days in (1, 8)]
    [False, True]
    """
    if cohort.served <= 0:
        return False
    covered = cohort.labelled >= rule.coverage * cohort.served
    return covered or (now - cohort.ended_at).total_seconds() >= rule.age


def labelled_of(cohorts: tuple[Cohort, ...], arm: Arm) -> int:
    """Labels of an arm in all of the cohorts."""
    return sum(cohort.labelled for cohort in cohorts if cohort.arm == arm)


def cohort_problem(cohorts: tuple[Cohort, ...], rule: Labelled, *, now: datetime) -> str | None:
    """Why a metric of these cohorts decides nothing; None: it does."""
    for cohort in cohorts:
        where = f"the {cohort.arm}'s cohort of {cohort.started_at:%Y-%m-%d %H:%M}"
        if not 0 <= cohort.labelled <= cohort.served:
            return f"{where} has {cohort.labelled} labels of {cohort.served} predictions"
        if cohort.ended_at < cohort.started_at:
            return f"{where} ends before it starts"
        if not is_mature(cohort, rule, now=now):
            return f"{where} is not mature and was counted"
    return None
