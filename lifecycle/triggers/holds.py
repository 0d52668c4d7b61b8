"""What keeps a model from learning again although there is a reason."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from lifecycle.spec.retrain import BackOff, RetrainSection
from lifecycle.triggers.facts import Facts, Request

_DAY = timedelta(days=1)


def holds_of(rules: RetrainSection, facts: Facts) -> tuple[str, ...]:
    """Everything that holds a retraining back, for people; empty: it may begin."""
    return (*_nothing_to_learn(facts), *_busy(facts), *_too_soon(rules, facts))


def backed_off_s(rule: BackOff, failures: int) -> int:
    """How long to wait after so many failures in a row, in seconds.

    >>> [backed_off_s(BackOff(first=60, most=300), n) for n in (0, 1, 2, 3, 4, 5000)]
    [0, 60, 120, 240, 300, 300]
    """
    # Beyond 2**32 every duration of a spec is at its bound.
    return 0 if failures == 0 else min(rule.most, rule.first * 2 ** min(failures - 1, 32))


def _nothing_to_learn(facts: Facts) -> Iterator[str]:
    target = facts.target
    if target is None:
        yield "no partition is over"
        return
    if target.sound is None:
        yield f"nothing tells yet whether the data of {target.partition} kept their contract"
    elif not target.sound:
        yield f"the data of {target.partition} broke their contract"
    known = {request.learns for request in facts.requests if request.status == "succeeded"}
    if target.learns in known or (facts.trained is not None and facts.trained.learned):
        yield f"the newest model has learned from {target.partition} as it is: there is nothing new to learn"


def _busy(facts: Facts) -> Iterator[str]:
    if any(request.status == "open" for request in facts.requests):
        yield "a retraining is under way"
    if facts.rollout_open is None:
        yield "it cannot be told whether a rollout is open"
    elif facts.rollout_open:
        yield "a rollout is open"


def _too_soon(rules: RetrainSection, facts: Facts) -> Iterator[str]:
    requests = sorted(facts.requests, key=lambda request: request.at)
    sound = [request for request in requests if request.status != "failed"]
    if sound and (until := sound[-1].at + timedelta(seconds=rules.cool_down)) > facts.now:
        yield f"cool-down until {_shown(until)}"
    today = [request for request in requests if request.at > facts.now - _DAY]
    if len(today) >= rules.daily_budget:
        free = today[-rules.daily_budget].at + _DAY
        yield f"the budget of {rules.daily_budget} a day is used until {_shown(free)}"
    failures = _failures_in_a_row(requests)
    if failures:
        wait = timedelta(seconds=backed_off_s(rules.back_off, len(failures)))
        if (again := failures[-1].at + wait) > facts.now:
            yield f"{len(failures)} failed in a row: again from {_shown(again)}"


def _failures_in_a_row(requests: list[Request]) -> list[Request]:
    """The newest requests as far back as all of them failed, oldest first; what is under way says nothing."""
    failed: list[Request] = []
    for request in reversed([one for one in requests if one.status != "open"]):
        if request.status != "failed":
            break
        failed.append(request)
    return failed[::-1]


def _shown(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
