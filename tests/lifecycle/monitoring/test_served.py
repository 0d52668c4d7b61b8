"""How right served answers were: the same metrics, blocks and bootstrap as of a table's rows."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from lifecycle.evaluation.intervals import measure
from lifecycle.evaluation.metrics.registry import metric
from lifecycle.evaluation.sample import build_sample
from lifecycle.monitoring.served import served_metrics
from lifecycle.spec.model import Task

AT = datetime(2024, 3, 1, tzinfo=UTC)
DAYS, ROWS = 10, 200


def answers(
    values: Sequence[object],
    labels: Sequence[object],
    *,
    probability: Sequence[float | None] | None = None,
    probabilities: Sequence[dict[str, float]] | None = None,
    assignment: str = "hash",
) -> pa.Table:
    n = len(values)
    return pa.table(
        {
            "at": pa.array([AT + timedelta(days=i % DAYS) for i in range(n)], pa.timestamp("us", tz="UTC")),
            "assignment": [assignment] * n,
            "version": ["3"] * n,
            "value": [json.dumps(v) for v in values],
            "probability": pa.array(probability or [None] * n, pa.float64()),
            "probabilities": pa.array(
                [json.dumps(p) for p in probabilities] if probabilities else [None] * n, pa.string()
            ),
            "label": pa.array([None if v is None else json.dumps(v) for v in labels], pa.string()),
        }
    )


def measured(table: pa.Table, *names: str, task: Task = "binary"):  # type: ignore[no-untyped-def]
    return served_metrics(table, names, task=task, positive=True, seed=7, n_resamples=200, level=0.9)


def test_the_value_and_its_interval_are_those_of_the_same_rows_in_a_table() -> None:
    rng = np.random.default_rng(1)
    scores = rng.random(ROWS)
    labels = rng.random(ROWS) < scores
    table = answers((scores >= 0.4).tolist(), labels.tolist(), probability=scores.tolist())
    names = ("log_loss", "auc", "f1")
    sample = build_sample("binary", labels, scores, blocks=np.arange(ROWS) % DAYS, threshold=0.4)
    expected = measure([metric(n, "binary") for n in names], sample, seed=7, n_resamples=200, level=0.9)
    assert measured(table, *names) == {"3": expected}
    assert all(one.interval is not None for one in expected)


def test_rows_without_a_label_and_answers_on_purpose_do_not_count() -> None:
    labelled = answers([True, False], [True, None], probability=[0.9, 0.1])
    override = answers([True], [False], probability=[0.9], assignment="override")
    (found,) = measured(pa.concat_tables([labelled, override]), "accuracy")["3"]
    assert (found.value, found.interval) == (1.0, None)
    assert measured(override, "accuracy") == {}


def test_errors_of_a_regression() -> None:
    (found,) = measured(answers([1.5, 4.0], [1.0, 5.5]), "mae", task="regression")["3"]
    assert found.value == pytest.approx(1.0)


def test_classes_are_judged_by_their_probabilities() -> None:
    told = [{"fine": 0.7, "late": 0.2, "lost": 0.1}, {"fine": 0.6, "late": 0.3, "lost": 0.1}]
    table = answers(["fine", "fine"], ["fine", "late"], probabilities=told)
    (loss, right) = measured(table, "log_loss", "accuracy", task="multiclass")["3"]
    assert (loss.value, right.value) == (pytest.approx(-(np.log(0.7) + np.log(0.3)) / 2), 0.5)


def test_answers_of_a_constant_have_no_score_to_judge() -> None:
    assert measured(answers([True], [True]), "auc") == {}
