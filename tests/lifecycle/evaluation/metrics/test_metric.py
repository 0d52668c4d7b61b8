"""What holds for every metric in the registry."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.errors import LifecycleError
from lifecycle.evaluation.metrics.metric import Metric
from lifecycle.evaluation.metrics.registry import METRICS, metric, metric_names
from lifecycle.evaluation.sample import Sample, Task, build_sample


def _id(m: Metric) -> str:
    return f"{m.task}-{m.name}"


every_metric = pytest.mark.parametrize("candidate", METRICS, ids=_id)


def _rows(task: Task, n_rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    if task == "regression":
        y = random.normal(50, 10, n_rows)
        return y, y + random.normal(1, 5, n_rows)
    if task == "multiclass":
        weights = random.gamma(1.0, size=(n_rows, 3))
        return random.integers(0, 3, n_rows), weights / weights.sum(axis=1, keepdims=True)
    scores = random.random(n_rows).round(1)  # rounded: many ties
    return (random.random(n_rows) < scores).astype(float), scores


# The bins of ECE stay those of the data: it has a test of its own.
@pytest.mark.parametrize("candidate", [m for m in METRICS if m.name != "ece"], ids=_id)
@pytest.mark.parametrize("seed", range(5))
def test_counts_mean_the_same_as_repeating_the_rows(candidate: Metric, seed: int) -> None:
    y, scores = _rows(candidate.task, 60, seed)
    blocks = np.arange(60) % 6
    counts = np.random.default_rng(seed).multinomial(6, np.full(6, 1 / 6), size=3).astype(float)
    sample = build_sample(candidate.task, y, scores, blocks=blocks, threshold=0.5)

    def repeated(weights: np.ndarray) -> float | None:
        again = np.repeat(np.arange(60), weights[blocks].astype(int))
        return candidate.value(build_sample(candidate.task, y[again], scores[again], threshold=0.5))

    assert candidate.build(sample)(counts) == pytest.approx([repeated(w) for w in counts], rel=1e-9)


@every_metric
def test_no_rows_is_no_value(candidate: Metric) -> None:
    scores = np.empty((0, 3)) if candidate.task == "multiclass" else []
    assert candidate.value(build_sample(candidate.task, [], scores, threshold=0.5)) is None


@every_metric
@settings(max_examples=30)
@given(seed=st.integers(0, 999), n_rows=st.integers(1, 30))
def test_order_of_rows_and_names_of_blocks_do_not_matter(candidate: Metric, seed: int, n_rows: int) -> None:
    y, scores = _rows(candidate.task, n_rows, seed)
    order = np.random.default_rng(seed).permutation(n_rows)
    value = candidate.value(build_sample(candidate.task, y, scores, threshold=0.5))
    shuffled = build_sample(candidate.task, y[order], scores[order], blocks=["all"] * n_rows, threshold=0.5)
    assert candidate.value(shuffled) == pytest.approx(value, abs=1e-12)


@every_metric
@settings(max_examples=30)
@given(seed=st.integers(0, 999), n_rows=st.integers(1, 30))
def test_a_value_lies_in_the_span(candidate: Metric, seed: int, n_rows: int) -> None:
    y, scores = _rows(candidate.task, n_rows, seed)
    value = candidate.value(build_sample(candidate.task, y, scores, threshold=0.5))
    low, high = candidate.span
    assert value is None or low <= value <= high


def _sample(task: Task, y: list[float], scores: object) -> Sample:
    return build_sample(task, y, scores, threshold=0.5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "sample"),
    [
        pytest.param("auc", _sample("binary", [1, 1], [0.2, 0.9]), id="auc of one class"),
        pytest.param(
            "average_precision", _sample("binary", [0, 0], [0.2, 0.9]), id="ranking without positives"
        ),
        pytest.param("recall", _sample("binary", [0, 0], [0.2, 0.9]), id="recall without positives"),
        pytest.param(
            "precision", _sample("binary", [0, 1], [0.2, 0.3]), id="precision without positive decisions"
        ),
        pytest.param("f1", _sample("binary", [0, 0], [0.2, 0.3]), id="f1 of nothing positive"),
        pytest.param("r2", _sample("regression", [3, 3], [1, 2]), id="r2 of constant labels"),
        pytest.param("r2", _sample("regression", [3], [3]), id="r2 of one row"),
    ],
)
def test_a_metric_that_cannot_be_computed_has_no_value(name: str, sample: Sample) -> None:
    assert metric(name, sample.task).value(sample) is None


def test_names_are_unique_within_a_task() -> None:
    assert len({(m.task, m.name) for m in METRICS}) == len(METRICS)


def test_an_unknown_metric_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(LifecycleError) as error:
        metric("auc", "regression")
    assert str(error.value) == "no metric 'auc' for regression; allowed: mae, rmse, r2, bias"


def test_every_task_has_metrics_and_each_name_finds_its_own() -> None:
    for m in METRICS:
        assert m.name in metric_names(m.task)
        assert metric(m.name, m.task) is m
