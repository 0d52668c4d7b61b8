"""Primary metrics of every task by hand, requests that two arms share, and logs that make no sense."""

import math
from datetime import timedelta
from typing import Any

import pytest

from lifecycle.rollout.measures.answer import Subject, measure
from lifecycle.rollout.observations import Measurement
from lifecycle.rollout.plan import PRIMARY, Plan
from lifecycle.rollout.questions import Question
from lifecycle.spec.model import Task
from tests.fakes.rollout_world import plan_with
from tests.lifecycle.rollout.measures.log_of import NOW, SINCE, log_of, record_of

GUARDRAILS = [{"metric": "error_rate", "max": 0.02}, {"metric": "error_rate", "margin": 1.0}]
Rows = list[dict[str, Any]]


def plan_of(metric: str, **primary: object) -> Plan:
    return plan_with(guardrails=GUARDRAILS, primary={"metric": metric, **primary})


def answers(rows: Rows, plan: Plan, task: Task, *names: str) -> list[Measurement]:
    asked = [Question(check=plan.checks[name], since=SINCE, alpha=plan.alpha_of(name, 1)) for name in names]
    return list(measure(asked, log_of(rows), record_of(plan), Subject(task=task, positive=True), now=NOW))


def primary(rows: Rows, plan: Plan, task: Task) -> Measurement:
    (found,) = answers(rows, plan, task, PRIMARY)
    return found


def rows_of(n: int, **same: Any) -> Rows:
    return [dict(same) for _ in range(n)]


def classes(**p: float) -> str:
    return "{" + ", ".join(f'"{name}": {share}' for name, share in p.items()) + "}"


SURE, UNSURE = (
    {"value": '"a"', "probabilities": classes(a=0.8, b=0.2)},
    {"value": '"a"', "probabilities": classes(a=0.5, b=0.5)},
)
GUESSES = [
    *rows_of(160, arm=1, label="a", **SURE), *rows_of(40, arm=1, label="b", **SURE),
    *rows_of(100, label="a", **UNSURE), *rows_of(100, label="b", **UNSURE),
]  # fmt: skip
NUMBERS = [
    *rows_of(150, arm=1, value="7", label=5), *rows_of(50, arm=1, value="5.0", label=5),
    *rows_of(100, value="8", label=5), *rows_of(100, value="4", label=5),
]  # fmt: skip
YES_NO = [
    *rows_of(120, arm=1, p=0.8, label=True), *rows_of(80, arm=1, p=0.8, label=False),
    *rows_of(100, p=0.5, label=True), *rows_of(100, p=0.5, label=False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("task", "metric", "rows", "new", "old"),
    [
        pytest.param("binary", "accuracy", YES_NO, 0.6, 0.5, id="accuracy of a binary model"),
        pytest.param("binary", "brier", YES_NO, 0.6 * 0.04 + 0.4 * 0.64, 0.25, id="brier"),
        pytest.param("binary", "log_loss", YES_NO, -0.6 * math.log(0.8) - 0.4 * math.log(0.2), math.log(2),
                     id="log loss of a binary model"),
        pytest.param("multiclass", "accuracy", GUESSES, 0.8, 0.5, id="accuracy of classes"),
        pytest.param("multiclass", "log_loss", GUESSES, -0.8 * math.log(0.8) - 0.2 * math.log(0.2),
                     math.log(2), id="log loss of classes"),
        pytest.param("regression", "mae", NUMBERS, 1.5, 2.0, id="mean absolute error"),
    ],
)  # fmt: skip  # one case a line or two
@pytest.mark.parametrize("unit", ["relative", "absolute"])
def test_a_metric_is_its_mean_over_labelled_keys(
    task: Task, metric: str, rows: Rows, new: float, old: float, unit: str
) -> None:
    found = primary(rows, plan_of(metric, margin_is=unit), task)
    assert found.problem is None
    assert found.value == pytest.approx(new / old if unit == "relative" else new - old)
    assert (found.n_champion, found.n_challenger) == (200, 200)
    assert found.low is not None and found.high is not None
    assert found.low < found.value < found.high


def test_a_sure_mistake_is_bad_but_not_infinitely_bad() -> None:
    rows = [
        *rows_of(199, arm=1, p=0.5, label=True), {"arm": 1, "p": 0.0, "label": True},
        *rows_of(200, p=0.5, label=True),
    ]  # fmt: skip
    found = primary(rows, plan_of("log_loss", margin_is="absolute"), "binary")
    assert found.value == pytest.approx((-math.log(1e-6) - math.log(2)) / 200)


def test_what_another_version_answered_is_no_answer_of_the_version_that_failed() -> None:
    failed = rows_of(90, arm=1, p=0.99, label=False, failed=True)
    assert primary([*YES_NO, *failed], plan_of("brier"), "binary").value == pytest.approx(0.28 / 0.25)


def test_requests_with_rows_of_both_arms_are_a_trial_of_each() -> None:
    shared = [
        {"request": f"both{i}", "row": arm, "arm": arm, "failed": i < (10, 20)[arm], "key": f"{arm}-{i}"}
        for i in range(100)
        for arm in (0, 1)
    ]
    alone, compared = answers(
        shared, plan_of("brier"), "binary", "error_rate_max", "error_rate_against_champion"
    )
    assert (alone.value, alone.n_champion, alone.n_challenger) == (0.2, 100, 100)
    assert (compared.value, compared.n_champion, compared.n_challenger) == (2.0, 100, 100)


def test_a_request_id_that_comes_again_is_another_request() -> None:
    rows = [{"arm": 1, "request": "mine", "minute": i, "failed": i == 0} for i in range(40)]
    (found,) = answers(rows, plan_of("brier"), "binary", "error_rate_max")
    assert (found.value, found.n_challenger) == (1 / 40, 40)


def test_impossible_sums_are_an_outage_and_no_verdict() -> None:
    rows = [*NUMBERS, {"arm": 1, "value": "1e200", "label": 5}]
    found = primary(rows, plan_of("mae"), "regression")
    assert found.value is None
    assert "challenger: yy is inf, not a finite number" in str(found.problem)


def test_probabilities_that_are_none_cost_only_what_needs_them() -> None:
    rows = [*GUESSES, {"arm": 1, "label": "a", "value": '"a"', "probabilities": "[0.5, 0.5]"}]
    found = answers(rows, plan_of("log_loss"), "multiclass", "error_rate_max", PRIMARY)
    assert [one.problem is None for one in found] == [True, False]


def test_a_log_without_a_column_is_an_outage_of_every_question() -> None:
    plan = plan_of("brier")
    asked = [
        Question(check=plan.checks[name], since=SINCE, alpha=0.01) for name in ("error_rate_max", PRIMARY)
    ]
    rows = log_of(YES_NO).drop_columns(["assignment"])
    found = measure(asked, rows, record_of(plan), Subject(task="binary", positive=True), now=NOW)
    assert [(one.check, "assignment" in str(one.problem)) for one in found] == [
        ("error_rate_max", True), (PRIMARY, True)
    ]  # fmt: skip
    assert {one.ended_at - one.started_at for one in found} == {timedelta(hours=10)}
