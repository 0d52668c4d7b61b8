"""The champion's traffic in numbers, and the power plan that follows from them, by hand."""

import math
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from lifecycle.rollout.measures.baseline import baseline_of
from lifecycle.rollout.plan import PRIMARY, Plan
from lifecycle.rollout.power_plan import Baseline, plan_power, planned_size, tuned_for
from lifecycle.rollout.statistics.power import plan_size
from tests.fakes.rollout_world import OLD, plan_with
from tests.lifecycle.rollout.measures.log_of import NOW, SINCE, log_of

BASELINE = Baseline(mean=0.2, sd=0.3, keys=5000, keys_per_day=50_000, coverage=0.8, delay_days=2.0)


def planned(**primary: object) -> Plan:
    return plan_with(primary={"metric": "brier", **primary})


def baseline(rows: list[dict[str, Any]]) -> Baseline | str:
    check = planned().primary
    assert check is not None
    return baseline_of(log_of(rows), OLD, check, "binary", positive=True, now=NOW)


def rows_of(n: int, **same: Any) -> list[dict[str, Any]]:
    return [dict(same) for _ in range(n)]


def test_the_baseline_is_that_of_the_champions_labelled_keys() -> None:
    known = {"p": 0.3, "label_known_at": SINCE + timedelta(minutes=1, hours=3)}
    rows = [
        *rows_of(150, label=True, **known), *rows_of(150, label=False, **known),
        *rows_of(100), *rows_of(99, arm=1, label=True), *rows_of(50, assignment="override", label=True),
    ]  # fmt: skip
    found = baseline(rows)
    assert isinstance(found, Baseline)
    # Brier of half 0.49 and half 0.09; the log is younger than a day, which counts as one.
    assert (found.mean, found.sd) == pytest.approx((0.29, 0.2 * math.sqrt(300 / 299)))
    assert (found.keys, found.keys_per_day, found.coverage) == (300, 400, 0.75)
    assert found.delay_days == pytest.approx(3 / 24)


def test_keys_that_are_too_young_for_their_label_do_not_lower_the_coverage() -> None:
    known = {"label_known_at": SINCE + timedelta(hours=3), "minute": 60}
    young = rows_of(500, minute=590)
    found = baseline([*rows_of(150, label=True, **known), *rows_of(150, label=False, **known), *young])
    assert isinstance(found, Baseline)
    assert (found.coverage, found.keys_per_day) == (1.0, 800)


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        pytest.param([], "the champion has no logged requests yet", id="nothing"),
        pytest.param(rows_of(300, arm=1, label=True), "the champion has no logged requests yet", id="others"),
        pytest.param(rows_of(199, label=True),
                     "the champion has 199 labelled keys in the last 28 days, 200 are needed", id="few"),
        pytest.param(rows_of(900, label=True, key="one"),
                     "the champion has 1 labelled keys in the last 28 days, 200 are needed", id="one key"),
    ],
)  # fmt: skip  # one case a line or two
def test_without_enough_labels_there_is_no_baseline(rows: list[dict[str, Any]], why: str) -> None:
    assert baseline(rows) == why


@pytest.mark.parametrize(
    ("primary", "effect", "sd"),
    [
        pytest.param({"margin": 0.05}, math.log(1.05), 1.5, id="a share of the champion's, on the log scale"),
        pytest.param({"margin": 0.01, "margin_is": "absolute"}, 0.01, 0.3, id="in the metric's own unit"),
        pytest.param({"goal": "superiority", "effect": 0.1}, math.log(1.1), 1.5, id="a gain worth finding"),
        pytest.param({"goal": "superiority", "effect": 0.02, "margin_is": "absolute"}, 0.02, 0.3,
                     id="a gain in the metric's own unit"),
    ],
)  # fmt: skip  # one case a line or two
def test_the_size_finds_the_margin_or_the_effect(
    primary: dict[str, object], effect: float, sd: float
) -> None:
    plan = planned(**primary)
    window = next(i for i, stage in enumerate(plan.stages[1:], 1) if stage.decides)
    alpha = plan.alpha_of(PRIMARY, window)
    found = planned_size(plan, BASELINE)
    assert not isinstance(found, str)
    assert found.size == pytest.approx(plan_size(effect=effect, sd=sd, alpha=alpha, power=plan.power).size)


def test_days_are_those_of_the_stages_before_the_traffic_and_the_labels() -> None:
    plan = planned()
    found, size = plan_power(plan, BASELINE), planned_size(plan, BASELINE)
    assert not isinstance(size, str)
    decides = next(stage for stage in plan.stages if stage.decides)
    share = decides.weight / 100
    before = sum(stage.hold_s for stage in plan.stages if stage.weight < decides.weight) / 86_400
    assert found.days == pytest.approx(before + size.size / (50_000 * 0.8 * share * (1 - share)) + 2.0)
    # A version's labelled keys at this split bring the information: n * (1 - share) = size.
    assert found.samples == pytest.approx(size.size / (1 - share), abs=1)
    assert f"{found.samples} labelled keys of the version" in found.told


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param({"keys_per_day": 0.5}, "a rollout ends after", id="too little traffic"),
        pytest.param({"coverage": 0.0}, "for ever", id="no label ever comes"),
        pytest.param({"sd": 0.0}, "not planned: the primary metric does not vary over 5000 keys", id="flat"),
        pytest.param({"mean": 0.0}, "use a margin in the metric's own unit", id="no ratio to zero"),
    ],
)
def test_what_takes_too_long_or_is_unknown_is_too_long(changes: dict[str, float], told: str) -> None:
    found = plan_power(planned(), replace(BASELINE, **changes))
    assert (found.too_long, told in found.told) == (True, True), found.told


def test_unknown_traffic_is_too_long_and_says_why() -> None:
    found = plan_power(planned(), "there is no champion")
    assert (found.samples, found.days, found.too_long) == (None, None, True)
    assert found.told == "not planned: there is no champion"


def test_without_a_primary_metric_nothing_is_planned_and_nothing_refused() -> None:
    found = plan_power(plan_with(occasion="first"), BASELINE)
    assert (found.size, found.too_long) == (None, False)


def test_intervals_are_tuned_for_the_plan_or_for_the_least_that_is_asked() -> None:
    plan = plan_with(labelled={"samples": 500})
    # 500 of each arm are as good as 1 / (1/500 + 1/500) = 250 of an even split's information.
    assert [tuned_for(plan, size) for size in (3000.0, 0.2, None)] == [3000.0, 1.0, 250.0]
