"""When a condition that comes and goes is a reason: n of m windows, and once until it cleared."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lifecycle.spec.retrain import Trigger


@dataclass(frozen=True, slots=True)
class Seen:
    """Whether a condition held in a partition; None: that is not known."""

    partition: str
    held: bool | None


@dataclass(frozen=True, slots=True)
class ActedOn:
    """The newest retraining that had the condition as a reason.

    Attributes:
        at: when it was asked for.
        partition: the newest partition that spoke for it then.
    """

    at: datetime
    partition: str


def speaks(
    rule: Trigger, seen: Sequence[Seen], acted_on: ActedOn | None, *, now: datetime
) -> tuple[str, ...]:
    """The partitions that speak for a retraining, oldest first; empty: the condition is no reason.

    What is not known counts for neither side: it takes no window's place, so a gap in the reports neither
    makes a reason nor ends one.

    Args:
        seen: one a partition, oldest first.
        acted_on: None: it never was a reason.

    >>> from datetime import UTC
    >>> speaks(Trigger(windows=2, of=3), [Seen("1", True), Seen("2", False), Seen("3", True)], None,
    ...        now=datetime(2024, 1, 1, tzinfo=UTC))
    ('1', '3')
    """
    known = [one for one in seen if one.held is not None]
    if acted_on is not None and not _is_due_again(rule, acted_on, now):
        known = _since_it_cleared(rule, [one for one in known if one.partition > acted_on.partition])
    newest = known[-rule.of :]
    held = tuple(one.partition for one in newest if one.held)
    return held if len(held) >= rule.windows else ()


def _is_due_again(rule: Trigger, acted_on: ActedOn, now: datetime) -> bool:
    return rule.repeat is not None and now - acted_on.at >= timedelta(seconds=rule.repeat)


def _since_it_cleared(rule: Trigger, known: Sequence[Seen]) -> list[Seen]:
    """The windows from the first run of good ones that is long enough; none if it never cleared."""
    good = 0
    for position, one in enumerate(known):
        good = 0 if one.held else good + 1
        if good >= rule.windows:
            return list(known[position + 1 :])
    return []
