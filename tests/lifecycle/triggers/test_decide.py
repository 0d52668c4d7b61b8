"""When a model is trained anew: a table of named cases, and laws of whole histories."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.spec.retrain import BackOff, DriftTrigger, PerformanceTrigger, RetrainSection
from lifecycle.triggers.decide import decide, request_key
from lifecycle.triggers.facts import (
    DriftWindow,
    Facts,
    Interval,
    PerformanceWindow,
    ReasonKind,
    Request,
    RequestStatus,
    Target,
    Trained,
)
from lifecycle.triggers.holds import backed_off_s

NOW = datetime(2024, 3, 10, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RULES = RetrainSection(
    drift=DriftTrigger(windows=2, of=3),
    performance=PerformanceTrigger(floor=0.6, decay=0.05),
    labels=1000,
    new_data=2,
    code=True,
)
QUIET = Facts(
    now=NOW,
    target=Target(partition="09", code="c", learns="new", sound=True),
    trained=Trained(as_of="08", code="c", partitions_since=1),
    rollout_open=False,
)


def drift(*held: bool | None) -> tuple[DriftWindow, ...]:
    """Windows of partitions 01, 02, ... in a row."""
    return tuple(
        DriftWindow(partition=f"{n:02}", seq=n, drifted=one, score=0.1) for n, one in enumerate(held, 1)
    )


def performance(partition: str, low: float | None, high: float | None, **more: Any) -> PerformanceWindow:
    realised = None if low is None or high is None else Interval(low=low, high=high)
    facts = {"metric": "auc", "baseline": 0.7, "mature": True, **more}
    return PerformanceWindow(partition=partition, seq=int(partition), realised=realised, **facts)


def request(
    ago: timedelta, status: RequestStatus = "succeeded", learns: str = "old", **evidence: str
) -> Request:
    found: Mapping[Any, str] = evidence
    return Request(at=NOW - ago, status=status, learns=learns, evidence=found)


DRIFTED = replace(QUIET, drift=drift(False, True, True))
NOTHING: tuple[ReasonKind, ...] = ()


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param(QUIET, NOTHING, id="nothing happened"),
        pytest.param(DRIFTED, ("drift",), id="drift in two of three"),
        pytest.param(replace(QUIET, drift=drift(True, False, True)), ("drift",), id="not in a row"),
        pytest.param(replace(QUIET, drift=drift(False, False, True)), NOTHING, id="a single wiggle"),
        pytest.param(replace(QUIET, drift=drift(True, True, False, False)), NOTHING, id="long over"),
        pytest.param(replace(QUIET, drift=drift(None, None, None)), NOTHING, id="unknown is no reason"),
        pytest.param(replace(QUIET, drift=drift(True, None, True)), ("drift",), id="unknown hides no reason"),
        pytest.param(
            replace(QUIET, drift=(*drift(True, True), DriftWindow(partition="02", seq=9, drifted=False))),
            NOTHING,
            id="a partition judged again counts as judged last",
        ),
        pytest.param(
            replace(DRIFTED, requests=(request(9 * DAY, drift="03"),)),
            NOTHING,
            id="acted on, and not cleared since",
        ),
        pytest.param(
            replace(DRIFTED, requests=(request(9 * DAY, "failed", drift="03"),)),
            ("drift",),
            id="a retraining that failed did not act on it",
        ),
        pytest.param(
            replace(
                QUIET,
                drift=drift(True, True, True, False, True, True),
                requests=(request(9 * DAY, drift="02"),),
            ),
            NOTHING,
            id="one good window clears nothing",
        ),
        pytest.param(
            replace(
                QUIET,
                drift=drift(True, True, False, False, True, True),
                requests=(request(9 * DAY, drift="02"),),
            ),
            ("drift",),
            id="cleared, and drifted again",
        ),
        pytest.param(
            replace(QUIET, performance=(performance("01", 0.5, 0.59), performance("02", 0.5, 0.59))),
            ("floor", "decay"),
            id="all of the interval below the floor",
        ),
        pytest.param(
            replace(QUIET, performance=(performance("01", 0.61, 0.64), performance("02", 0.61, 0.64))),
            ("decay",),
            id="decayed, above the floor",
        ),
        pytest.param(
            replace(QUIET, performance=(performance("01", 0.4, 0.66), performance("02", 0.4, 0.66))),
            NOTHING,
            id="a wide interval shows no loss",
        ),
        pytest.param(
            replace(
                QUIET,
                performance=tuple(performance(p, 0.1, 0.2, mature=False) for p in ("01", "02")),
            ),
            NOTHING,
            id="labels that are not mature tell nothing",
        ),
        pytest.param(
            replace(
                QUIET,
                performance=tuple(performance(p, 0.8, 0.9, greater_is_better=False) for p in ("01", "02")),
            ),
            ("floor", "decay"),
            id="a loss that rose above its ceiling",
        ),
        pytest.param(
            replace(
                QUIET,
                performance=tuple(performance(p, 0.1, 0.2, greater_is_better=None) for p in ("01", "02")),
            ),
            NOTHING,
            id="a metric that ranks nothing shows no loss",
        ),
        pytest.param(
            replace(
                QUIET,
                performance=(
                    performance("08", None, None, labelled_rows=900),
                    performance("09", None, None, labelled_rows=1000),
                ),
            ),
            ("labels",),
            id="enough labels since the newest model, without those it learned from",
        ),
        pytest.param(
            replace(QUIET, trained=Trained(as_of="07", code="c", partitions_since=2)),
            ("new_data",),
            id="two new partitions",
        ),
        pytest.param(
            replace(QUIET, trained=Trained(as_of="07", code="c", partitions_since=None)),
            NOTHING,
            id="nobody knows how many partitions are new",
        ),
        pytest.param(
            replace(QUIET, trained=Trained(as_of="08", code="b", partitions_since=1)), ("code",), id="code"
        ),
        pytest.param(
            replace(QUIET, trained=Trained(as_of="08", code=None, partitions_since=1)),
            NOTHING,
            id="code of the newest model is not known",
        ),
        pytest.param(replace(QUIET, trained=None), NOTHING, id="never trained: nothing to train anew"),
    ],
)
def test_reasons(facts: Facts, expected: tuple[ReasonKind, ...]) -> None:
    decision = decide(RULES, facts)
    assert tuple(reason.kind for reason in decision.reasons) == expected
    assert decision.retrain is bool(expected)


TARGET = Target(partition="09", code="c", learns="new", sound=True)
LEARNED = Trained(as_of="09", code="c", partitions_since=0, learned=True)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"rollout_open": True}, "a rollout is open", id="open rollout"),
        pytest.param(
            {"rollout_open": None}, "it cannot be told whether a rollout is open", id="unknown rollout"
        ),
        pytest.param({"target": None}, "no partition is over", id="nothing to train on"),
        pytest.param(
            {"target": replace(TARGET, sound=False)}, "the data of 09 broke their contract", id="contract"
        ),
        pytest.param(
            {"target": replace(TARGET, sound=None)},
            "nothing tells yet whether the data of 09 kept their contract",
            id="contract unknown",
        ),
        pytest.param(
            {"trained": LEARNED},
            "the newest model has learned from 09 as it is: there is nothing new to learn",
            id="same data, by whomever",
        ),
        pytest.param(
            {"requests": (request(9 * DAY, learns="new"),)},
            "the newest model has learned from 09 as it is: there is nothing new to learn",
            id="same data, by a request",
        ),
        pytest.param({"requests": (request(2 * DAY, "open"),)}, "a retraining is under way", id="under way"),
        pytest.param(
            {
                "requests": (
                    request(2 * DAY, "failed"),
                    request(49 * HOUR, "failed"),
                    request(50 * HOUR, "failed"),
                )
            },
            "",
            id="backed off long enough",
        ),
    ],
)
def test_holds(changes: Mapping[str, Any], expected: str) -> None:
    decision = decide(RULES, replace(DRIFTED, **changes))
    assert [reason.kind for reason in decision.reasons] == ["drift"]
    assert (decision.retrain, "; ".join(decision.held_by)) == (not expected, expected)


def test_times_that_hold_are_told() -> None:
    facts = replace(DRIFTED, requests=(request(HOUR),))
    assert decide(RULES, facts).held_by == (
        "cool-down until 2024-03-10 23:00 UTC",
        "the budget of 1 a day is used until 2024-03-10 23:00 UTC",
    )
    rules = RULES.model_copy(update={"daily_budget": 9})
    failed = replace(DRIFTED, requests=(request(HOUR / 2, "failed"), request(2 * HOUR, "failed")))
    assert decide(rules, failed).held_by == ("2 failed in a row: again from 2024-03-10 01:30 UTC",)


def test_a_reason_that_never_clears_may_be_repeated() -> None:
    rules = RULES.model_copy(update={"drift": DriftTrigger(repeat=7 * 86_400)})
    acted = replace(DRIFTED, requests=(request(6 * DAY, drift="03"),))
    assert not decide(rules, acted).reasons
    assert decide(rules, replace(acted, now=NOW + DAY)).retrain


def test_nothing_is_a_reason_that_the_spec_does_not_name() -> None:
    assert not RetrainSection(schedule="0 6 * * *").triggered
    assert decide(RetrainSection(), DRIFTED).reasons == ()


def test_small_drift_is_no_reason() -> None:
    rules = RetrainSection(drift=DriftTrigger(min_score=0.2))
    assert not decide(rules, DRIFTED).reasons


@pytest.mark.parametrize(
    ("certain", "asked_for", "reasons"),
    [
        pytest.param(True, True, 1, id="drift that is certain"),
        pytest.param(False, True, 0, id="drift that is worth a look only"),
        pytest.param(False, False, 1, id="the same, where the spec asks for all"),
        pytest.param(None, True, 1, id="a report of before anybody asked"),
    ],
)
def test_drift_is_a_reason_where_it_is_as_certain_as_the_spec_asks(
    certain: bool | None, asked_for: bool, reasons: int
) -> None:
    windows = tuple(replace(window, certain=certain) for window in DRIFTED.drift)
    rules = RetrainSection(drift=DriftTrigger(certain=asked_for))
    assert len(decide(rules, replace(DRIFTED, drift=windows)).reasons) == reasons


@given(st.integers(1, 10**5), st.integers(0, 10**5), st.integers(0, 100))
def test_back_off_grows_and_is_bounded(first: int, more: int, failures: int) -> None:
    rule = BackOff(first=first, most=first + more)
    waits = [backed_off_s(rule, n) for n in (failures, failures + 1)]
    assert waits == sorted(waits)
    assert waits[1] <= rule.most
    assert backed_off_s(rule, 1) == first


# One step of a history: hours that pass, whether the new window drifted, and how a retraining would end.
STEPS = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from([True, False, None]), st.booleans()),
    min_size=1,
    max_size=40,
)


def live(steps: Sequence[tuple[int, bool | None, bool]], rules: RetrainSection) -> list[Request]:
    """A life in which each step brings a window of drift and a partition, and is decided upon."""
    facts, made = replace(QUIET, requests=()), list[Request]()
    for n, (hours, drifted, fails) in enumerate(steps):
        partition = f"{n:03}"
        facts = replace(
            facts,
            now=facts.now + hours * HOUR,
            drift=(*facts.drift, DriftWindow(partition=partition, seq=n, drifted=drifted)),
            target=Target(partition=partition, code="c", learns=partition, sound=True),
            requests=tuple(made),
        )
        decision = decide(rules, facts)
        if decision.retrain:
            status: RequestStatus = "failed" if fails else "succeeded"
            made.append(
                Request(at=facts.now, status=status, learns=partition, evidence=decision.evidence),
            )
    return made


@given(STEPS, st.integers(1, 3), st.integers(0, 50))
def test_laws_of_a_life(
    steps: list[tuple[int, bool | None, bool]], budget: int, cool_down_hours: int
) -> None:
    rules = RetrainSection(
        drift=DriftTrigger(windows=1, of=1), daily_budget=budget, cool_down=cool_down_hours * 3600
    )
    made = live(steps, rules)
    for request in made:
        day = [one for one in made if request.at - DAY < one.at <= request.at]
        assert len(day) <= budget
    for earlier, later in pairwise(made):
        wait_s = (later.at - earlier.at).total_seconds()
        if earlier.status == "succeeded":
            assert wait_s >= cool_down_hours * 3600
        else:
            assert wait_s >= rules.back_off.first
    assert live(steps, rules) == made  # the same events again make the same requests


@given(st.lists(st.sampled_from([True, False, None]), max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_reports_means_nothing(held: list[bool | None], random: Any) -> None:
    windows, requests = list(drift(*held)), [request(2 * DAY, drift="02"), request(3 * DAY, "failed")]
    facts = replace(QUIET, drift=tuple(windows), requests=tuple(requests))
    random.shuffle(windows)
    random.shuffle(requests)
    mixed = replace(QUIET, drift=tuple(windows), requests=tuple(requests))
    assert decide(RULES, mixed) == decide(RULES, facts)
    assert request_key("m", mixed) == request_key("m", facts)


@given(st.lists(st.booleans(), max_size=8), st.lists(st.integers(0, 8), max_size=4))
def test_unknown_windows_change_nothing(held: list[bool], places: list[int]) -> None:
    known = drift(*held)
    unknown = tuple(DriftWindow(partition=f"{place:02}x", seq=99, drifted=None) for place in places)
    assert decide(RULES, replace(QUIET, drift=(*known, *unknown))) == decide(
        RULES, replace(QUIET, drift=known)
    )


def test_a_tick_that_comes_twice_asks_for_the_same_run_and_a_try_after_a_failure_for_another() -> None:
    assert request_key("m", DRIFTED) == request_key("m", replace(DRIFTED, now=NOW + HOUR))
    failed = replace(DRIFTED, requests=(request(DAY, "failed", learns="new"),))
    assert request_key("m", failed) != request_key("m", DRIFTED)
