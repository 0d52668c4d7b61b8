"""Questions of a rollout, answered from rows of the log: values by hand, laws, and equal versions."""

import math
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.rollout.judging import judge
from lifecycle.rollout.measures.answer import Subject, measure
from lifecycle.rollout.observations import Measurement
from lifecycle.rollout.plan import PRIMARY, SAMPLE_RATIO, Plan
from lifecycle.rollout.questions import Question
from lifecycle.rollout.record import Evidence
from tests.fakes.rollout_world import plan_with
from tests.lifecycle.rollout.measures.log_of import NOW, SINCE, log_of, log_of_arms, record_of

GUARDRAILS = [
    {"metric": "error_rate", "max": 0.02},
    {"metric": "error_rate", "margin": 1.0},
    {"metric": "null_rate", "max": 0.1},
    {"metric": "null_rate", "margin": 0.5},
    {"metric": "p99_latency_ms", "max": 100},
    {"metric": "p99_latency_ms", "margin": 1.0},
    {"metric": "prediction_drift", "max": 0.5},
    {"metric": "input_drift", "max": 0.5},
    {"metric": "estimated_performance", "margin": 0.05},
]
PLAN = plan_with(guardrails=GUARDRAILS, primary={"metric": "brier"})
COLUMN = {"kind": "float", "missing": 0, "edges": [0.5], "counts": [50, 50]}
TEXTS = {"kind": "string", "missing": 0, "categories": {"x": 90, "y": 10}, "other": 0}
PROFILE = {"columns": {"a": COLUMN, "b": TEXTS}}
SUBJECT = Subject(task="binary", positive=True, profile=PROFILE, champion_profile=PROFILE)


def asked(name: str, plan: Plan = PLAN) -> Question:
    return Question(check=plan.checks[name], since=SINCE, alpha=plan.alpha_of(name, 1))


def all_asked(plan: Plan = PLAN) -> list[Question]:
    return [asked(name, plan) for name in plan.checks if name != "smoke"]


def answers(rows: pa.Table, *names: str, plan: Plan = PLAN, subject: Subject = SUBJECT) -> list[Measurement]:
    questions = [asked(name, plan) for name in names] or all_asked(plan)
    return list(measure(questions, rows, record_of(plan), subject, now=NOW))


def judged(measured: Measurement, plan: Plan = PLAN) -> Evidence:
    return judge(
        measured, plan.checks[measured.check], plan=plan, stage=plan.stages[-2], window=1, window_at=SINCE,
        now=NOW, ratio_is_off=False,
    )  # fmt: skip


def rows_of(n: int, **same: Any) -> list[dict[str, Any]]:
    return [dict(same) for _ in range(n)]


def test_errors_are_those_of_the_version_that_was_asked() -> None:
    rows = log_of([*rows_of(90, arm=1), *rows_of(10, arm=1, failed=True), *rows_of(50)])
    (found,) = answers(rows, "error_rate_max")
    assert (found.value, found.n_champion, found.n_challenger) == (0.1, 50, 100)


def test_a_version_that_only_fails_is_taken_back_though_the_champion_never_fails() -> None:
    rows = log_of([*rows_of(100, arm=1, failed=True), *rows_of(400)])
    (found,) = answers(rows, "error_rate_against_champion")
    assert judged(found).verdict == "fail"


def test_a_batch_that_fails_is_one_failure() -> None:
    rows = [{"arm": 1, "failed": True, "request": "batch", "row": i} for i in range(40)]
    (found,) = answers(log_of([*rows, *rows_of(39, arm=1)]), "error_rate_max")
    assert (found.value, found.n_challenger) == (1 / 40, 40)


@pytest.mark.parametrize(
    "stranger",
    [
        pytest.param({"assignment": "override"}, id="sent there on purpose"),
        pytest.param({"digest": "9" * 64}, id="another bundle of that name"),
        pytest.param({"minute": -1}, id="before the window"),
        pytest.param({"assigned_version": "7"}, id="another version"),
    ],
)
def test_rows_that_are_nobodys(stranger: dict[str, Any]) -> None:
    rows = [*rows_of(60, arm=1), *rows_of(60), *rows_of(30, arm=1, p=0.9, **stranger)]
    assert answers(log_of(rows)) == answers(log_of(rows[:120]))


def test_a_key_is_one_trial_an_hour_however_often_it_asks() -> None:
    rows = [{"arm": 1, "key": "busy", "failed": True, "minute": m} for m in range(50)]
    (found,) = answers(log_of([*rows, *rows_of(9, arm=1)]), "error_rate_max")
    assert (found.value, found.n_challenger) == (0.1, 10)


def test_missing_values_are_a_share_of_all_features() -> None:
    rows = [*rows_of(50, arm=1), *rows_of(50, arm=1, **{"feature.a": None}), *rows_of(100)]
    (found,) = answers(log_of(rows), "null_rate_max")
    assert found.value == pytest.approx(0.25)


def test_a_feature_that_the_version_never_computes_is_missing() -> None:
    rows = log_of([*rows_of(300, arm=1, **{"feature.a": None}), *rows_of(300)])
    (found,) = answers(rows, "null_rate_max")
    assert found.value == pytest.approx(0.5)
    assert judged(found).verdict == "fail"


def test_the_99th_percentile_is_that_of_the_request_and_compared_is_that_of_scoring() -> None:
    slow = {"latency_us": 50_000, "scoring_us": 8000}
    rows = log_of([*rows_of(500, arm=1, **slow), *rows_of(500)])
    alone, compared = answers(rows, "p99_latency_ms_max", "p99_latency_ms_against_champion")
    # Bins are 5 % wide.
    assert alone.value == pytest.approx(50, rel=0.05)
    assert compared.value == pytest.approx(4.0, rel=0.1)


def test_a_version_that_takes_four_times_as_long_is_taken_back() -> None:
    arm = np.arange(10_000) % 2
    rows = log_of_arms(arm, p=np.full(10_000, 0.3), scoring_us=np.where(arm == 1, 8000, 2000))
    (found,) = answers(rows, "p99_latency_ms_against_champion")
    assert judged(found).verdict == "fail"


def test_an_old_log_without_times_of_scoring_is_no_pass() -> None:
    rows = log_of([*rows_of(500, arm=1, scoring_us=None), *rows_of(500)])
    (found,) = answers(rows, "p99_latency_ms_against_champion")
    assert (judged(found).verdict, "took to score" in str(found.problem)) == ("error", True)


def test_drift_of_predictions_is_the_distance_of_their_distributions() -> None:
    rows = [*rows_of(75, arm=1, p=0.2), *rows_of(25, arm=1, p=0.8), *rows_of(100, p=0.2)]
    (found,) = answers(log_of(rows), "prediction_drift_max")
    assert found.value == pytest.approx(0.25)


def test_drift_of_inputs_is_that_of_the_farthest_feature() -> None:
    rows = [*rows_of(40, arm=1), *rows_of(60, arm=1, **{"feature.b": "new"}), *rows_of(9)]
    (found,) = answers(log_of(rows), "input_drift_max")
    # a: all above the edge, as half were; b: none was new, now 0.6 are.
    assert found.value == pytest.approx(0.6)
    hidden = Subject(task="binary", positive=True, profile=PROFILE, sensitive=frozenset({"b"}))
    (found,) = answers(log_of(rows), "input_drift_max", subject=hidden)
    assert found.value == pytest.approx(0.5)


def test_performance_without_labels_is_what_the_scores_promise() -> None:
    rows = [*rows_of(150, arm=1, p=0.9), *rows_of(50, arm=1, p=0.4), *rows_of(200, p=0.3)]
    (found,) = answers(log_of(rows), "estimated_performance_against_champion")
    # (150 x 0.9 + 50 x 0.6) / 200 = 0.825 over 0.7
    assert found.value == pytest.approx(0.825 / 0.7)


def test_a_split_that_is_not_that_of_the_weights_is_found() -> None:
    rows = log_of([*rows_of(500, arm=1), *rows_of(500)])
    (found,) = answers(rows, SAMPLE_RATIO)
    assert (judged(found).verdict, found.n_champion, found.n_challenger) == ("fail", 500, 500)


def test_copies_are_not_counted_in_the_split() -> None:
    rows = log_of([*rows_of(300, assignment="shadow", arm=1, propensity=0.0), *rows_of(300, propensity=1.0)])
    assert answers(rows, SAMPLE_RATIO) == []


def test_the_primary_metric_of_labelled_rows_by_hand() -> None:
    new = [*rows_of(120, arm=1, p=0.4, label=True), *rows_of(80, arm=1, p=0.2, label=False)]
    old = [*rows_of(120, p=0.3, label=True), *rows_of(80, p=0.3, label=False)]
    (found,) = answers(log_of([*new, *old]), PRIMARY)
    # Brier: (120 x 0.36 + 80 x 0.04) / 200 = 0.232 over (120 x 0.49 + 80 x 0.09) / 200 = 0.33.
    assert found.value == pytest.approx(0.232 / 0.33)
    assert [(c.arm, c.served, c.labelled) for c in found.cohorts] == [
        ("champion", 200, 200), ("challenger", 200, 200)
    ]  # fmt: skip
    assert judged(found).verdict != "error"


def test_requests_that_both_versions_scored_tell_more_than_as_many_of_two_halves() -> None:
    rng = np.random.default_rng(7)
    rows, halves = list[dict[str, Any]](), list[dict[str, Any]]()
    for i in range(2000):
        label, p = bool(rng.random() < 0.3), float(rng.uniform(0.1, 0.6))
        new = p + float(rng.normal(0, 0.02))
        same = {"key": f"k{i}", "minute": i // 10, "label": label}
        rows.append({**same, "p": p, "propensity": 1.0})
        rows.append({**same, "p": new, "arm": 1, "assignment": "shadow", "propensity": 0.0})
        halves += [{**same, "p": p}, {**same, "key": f"n{i}", "p": new, "arm": 1}]
    (paired,), (apart,) = (answers(log_of(of), PRIMARY) for of in (rows, halves))
    assert paired.value == pytest.approx(apart.value)
    assert (paired.n_champion, paired.n_challenger) == (2000, 2000)
    assert None not in (paired.low, paired.high, apart.low, apart.high)
    assert paired.high - paired.low < 0.3 * (apart.high - apart.low)  # type: ignore[operator]  # not None
    assert judged(paired).verdict == "pass"


def test_labels_that_are_too_few_yet_say_nothing() -> None:
    rows = [*rows_of(150, arm=1, label=True), *rows_of(150, arm=1), *rows_of(300, label=False)]
    assert answers(log_of(rows), PRIMARY) == []


def test_without_rows_nothing_passes() -> None:
    assert [m for m in answers(log_of([])) if judged(m).verdict != "error"] == []


ROW = st.fixed_dictionaries(
    {
        "arm": st.integers(0, 1),
        "p": st.one_of(st.none(), st.floats(0, 1), st.just(math.nan)).map(lambda p: 0.5 if p is None else p),
        "failed": st.booleans(),
        "key": st.one_of(st.none(), st.sampled_from("abcdefgh")),
        "minute": st.integers(-5, 500),
        "label": st.one_of(st.none(), st.booleans(), st.integers(0, 9), st.text(max_size=2)),
        "scoring_us": st.one_of(st.none(), st.integers(0, 10**12)),
        "assignment": st.sampled_from(["hash", "random", "override", "shadow", "fallback"]),
        "propensity": st.floats(0, 1),
        "feature.a": st.one_of(st.none(), st.floats()),
        "value": st.one_of(st.none(), st.sampled_from(["true", "false", "1", '"x"'])),
    }
)


@settings(max_examples=40, deadline=None)
@given(st.lists(ROW, max_size=30))
def test_whatever_the_log_holds_an_answer_is_one_that_the_judge_takes(rows: list[dict[str, Any]]) -> None:
    for found in answers(log_of(rows)):
        assert found.problem is not None or judged(found).verdict != "error"


@settings(max_examples=20, deadline=None)
@given(st.lists(ROW, max_size=30), st.randoms(use_true_random=False), st.integers(1, 29))
def test_order_and_files_of_the_log_do_not_matter(rows: list[dict[str, Any]], random: Any, cut: int) -> None:
    # Rows of one moment have no order of their own, so each gets a moment.
    rows = [{**row, "minute": i} for i, row in enumerate(rows)]
    table = log_of(rows)
    places = list(range(len(rows)))
    random.shuffle(places)
    shuffled = table.take(pa.array(places, pa.int64()))
    mixed = pa.concat_tables([shuffled.slice(0, cut), shuffled.slice(cut)])
    assert [_rounded(m) for m in answers(mixed)] == [_rounded(m) for m in answers(table)]


def _rounded(found: Measurement) -> Measurement:
    """Sums in another order differ in their last digits."""
    numbers = {name: getattr(found, name) for name in ("value", "low", "high")}
    return found.model_copy(update={k: v if v is None else float(f"{v:.9g}") for k, v in numbers.items()})


def test_equal_versions_rarely_fail_at_any_look() -> None:
    # Declared: 5 % over all windows, and this is one of them: more than 2 of 30 would be no chance.
    plan = plan_with(
        guardrails=[*GUARDRAILS[:2], GUARDRAILS[5], GUARDRAILS[6], GUARDRAILS[8]], primary={"metric": "brier"}
    )
    random = np.random.default_rng(5)
    failed = 0
    for _ in range(30):
        n = 4000
        p = random.beta(1, 3, n)
        rows = log_of_arms(
            (random.random(n) < 0.2).astype(int), p=p, label=random.random(n) < p,
            failed=random.random(n) < 0.01, scoring_us=random.lognormal(7, 0.5, n).astype(int),
        )  # fmt: skip
        looks = [answers(rows.slice(0, k), plan=plan) for k in (700, 1500, 4000)]
        failed += any(judged(m, plan).verdict == "fail" for look in looks for m in look)
    assert failed <= 2


def test_the_window_of_a_question_is_told() -> None:
    (found,) = answers(log_of([*rows_of(5, arm=1), *rows_of(5)]), "error_rate_max")
    assert (found.started_at, found.ended_at - found.started_at) == (SINCE, timedelta(hours=10))
