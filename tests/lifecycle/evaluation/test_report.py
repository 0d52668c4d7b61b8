import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lifecycle.errors import LifecycleError
from lifecycle.evaluation.gates.absolute import AbsoluteGate
from lifecycle.evaluation.metrics.registry import metric_names
from lifecycle.evaluation.report import EvaluationReport, evaluate
from lifecycle.evaluation.sample import Task
from lifecycle.spec.evaluation import Costs

GOLDEN = Path(__file__).parents[2] / "golden" / "report_format_1.json"
LATER = GOLDEN.read_text().replace('"format_version": 1', '"format_version": 3')


def evaluated(task: Task = "binary", *, n_days: int = 12, **changes: object) -> EvaluationReport:
    random = np.random.default_rng(0)
    n = n_days * 50
    scores = random.random(n)
    y = (random.random(n) < scores).astype(float)
    if task == "multiclass":
        scores = np.stack([1 - scores, scores / 2, scores / 2], axis=1)
    settings: dict[str, object] = {
        "blocks": np.repeat(np.arange(n_days), 50),
        "metrics": metric_names(task),
        "gates": [],
        "threshold": 0.5 if task == "binary" else None,
        "seed": 1,
        "n_resamples": 200,
    }
    return evaluate(task, y, scores, **(settings | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_json_round_trip_keeps_everything(task: Task) -> None:
    report = evaluated(task, gates=[AbsoluteGate(metric=metric_names(task)[0], min=0.1)], n_unlabelled=42)
    assert EvaluationReport.from_json(report.to_json()) == report


def test_a_binary_report_holds_counts_curves_and_verdict() -> None:
    report = evaluated(
        gates=[AbsoluteGate(metric="auc", min=0.7), AbsoluteGate(metric="ece", max=0.2)], n_unlabelled=9
    )
    assert (report.task, report.n_rows, report.n_blocks, report.n_unlabelled) == ("binary", 600, 12, 9)
    assert [m.metric for m in report.metrics] == list(metric_names("binary"))
    assert all(m.interval for m in report.metrics)
    assert sum(b.n for b in report.calibration) == 600
    assert sum(b.negatives + b.positives for b in report.histogram) == 600
    assert report.n_positives == sum(report.confusion[1])
    assert [(g.gate, g.verdict) for g in report.gates] == [("auc_min", "pass"), ("ece_max", "pass")]
    assert report.verdict == "pass"


def test_confusion_has_the_truth_in_rows_and_the_decision_in_columns() -> None:
    report = evaluate(
        "binary",
        [0, 0, 0, 1, 1, 1],
        [0.9, 0.1, 0.2, 0.8, 0.7, 0.3],
        blocks=None,
        metrics=[],
        gates=[],
        threshold=0.5,
    )
    assert report.confusion == ((2, 1), (1, 2))
    assert evaluated("regression").confusion == ()


def test_a_metric_that_only_a_gate_names_is_computed_too() -> None:
    report = evaluated(metrics=["brier"], gates=[AbsoluteGate(metric="auc", min=0.9)])
    assert [m.metric for m in report.metrics] == ["brier", "auc"]
    assert report.verdict == "fail"


def test_no_labelled_rows_is_a_report_that_does_not_pass() -> None:
    report = evaluate(
        "binary",
        [],
        [],
        blocks=[],
        metrics=["auc"],
        gates=[AbsoluteGate(metric="auc", min=0.5)],
        n_unlabelled=70,
    )
    assert (report.n_rows, report.n_unlabelled, report.verdict) == (0, 70, "not_enough_data")
    assert [m.value for m in report.metrics] == [None]
    assert (report.roc, report.calibration) == ((), ())


def test_one_class_only_is_a_report_that_does_not_pass() -> None:
    n = 100
    report = evaluate(
        "binary",
        np.ones(n),
        np.full(n, 0.9),
        blocks=np.arange(n) % 10,
        metrics=["auc", "log_loss"],
        gates=[AbsoluteGate(metric="auc", min=0.5)],
    )
    assert report.verdict == "inconclusive"
    assert report.metric("auc").value is None  # type: ignore[union-attr]  # asked for above
    assert report.metric("log_loss").value is not None  # type: ignore[union-attr]  # asked for above
    assert report.metric("f1") is None
    assert EvaluationReport.from_json(report.to_json()) == report


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"metrics": ["aucc"]}, "no metric 'aucc' for binary", id="unknown metric"),
        pytest.param(
            {"gates": [AbsoluteGate(metric="mae", min=1)]}, "no metric 'mae' for binary", id="unknown gate"
        ),
        pytest.param(
            {"gates": [AbsoluteGate(metric="auc", min=x) for x in (0.5, 0.6)]}, "named auc_min", id="twice"
        ),
        pytest.param({"threshold": None}, "need a threshold", id="decisions without a threshold"),
    ],
)
def test_what_cannot_be_evaluated_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(LifecycleError, match=message):
        evaluated(**changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("{", "the whole text", id="no JSON"),
        pytest.param("{}", "first at task", id="no report"),
        pytest.param(LATER, "format 1 or 2: 1 problem.*first at format_version", id="a later format"),
    ],
)
def test_what_is_not_a_report_is_refused(text: str, message: str) -> None:
    with pytest.raises(LifecycleError, match=message):
        EvaluationReport.from_json(text)


def test_a_verdict_that_does_not_exist_is_refused() -> None:
    raw = json.loads(evaluated().to_json()) | {"verdict": "passed"}
    with pytest.raises(LifecycleError, match="first at verdict"):
        EvaluationReport.from_json(json.dumps(raw))


def test_the_seed_is_stored_and_used() -> None:
    one, two = evaluated(seed=1), evaluated(seed=2)
    assert (one.seed, two.seed) == (1, 2)
    assert replace(two, seed=1) != one
    assert evaluated(seed=1) == one


def test_each_task_has_its_own_view_of_calibration() -> None:
    binary, several, number = (evaluated(task) for task in ("binary", "multiclass", "regression"))
    assert binary.brier_parts is not None and binary.ece_if_calibrated is not None
    assert (several.brier_parts, several.ece_if_calibrated) == (None, None)
    assert (len(binary.calibration), len(several.calibration), len(number.calibration)) == (15, 15, 0)
    assert [len(r.deciles) for r in (binary, several, number)] == [0, 0, 10]
    assert [bool(r.thresholds) for r in (binary, several, number)] == [True, False, False]


def test_the_class_that_is_said_is_calibrated_by_how_often_it_is_right() -> None:
    y, scores = [0, 0, 1, 2], [[0.8, 0.1, 0.1], [0.8, 0.1, 0.1], [0.8, 0.1, 0.1], [0.2, 0.2, 0.6]]
    report = evaluate("multiclass", y, scores, blocks=None, metrics=[], gates=[])
    assert [(b.n, round(b.score, 6), b.rate) for b in report.calibration] == [(1, 0.6, 1.0), (3, 0.8, 2 / 3)]


def test_the_thresholds_know_the_operating_point_and_what_mistakes_cost() -> None:
    priced = evaluated(costs=Costs(false_positive=1, false_negative=2))
    (chosen,) = (row for row in priced.thresholds if row.chosen)
    assert chosen.threshold == 0.5 and chosen.cost is not None
    (_, false_alarms), (missed, _) = priced.confusion
    assert chosen.cost == pytest.approx((false_alarms + 2 * missed) / 600)
