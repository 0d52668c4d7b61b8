import math

import numpy as np
import pytest
from sklearn import metrics as sk

from lifecycle.evaluation.metrics.registry import metric
from lifecycle.evaluation.sample import build_sample


def value(name: str, y: object, scores: object) -> float | None:
    return metric(name, "multiclass").value(build_sample("multiclass", y, scores))  # type: ignore[arg-type]


# Decided classes: 0, 1, 1; the truth: 0, 1, 2.
Y = [0, 1, 2]
SCORES = [[0.8, 0.1, 0.1], [0.2, 0.6, 0.2], [0.0, 0.7, 0.3]]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("log_loss", -math.log(0.8 * 0.6 * 0.3) / 3, id="log loss"),
        pytest.param("accuracy", 2 / 3, id="accuracy"),
        pytest.param("macro_f1", (1 + 2 / 3 + 0) / 3, id="macro f1: 1, 2/3 and 0"),
        pytest.param("ece", (0.2 + 0.4 + 0.7) / 3, id="ece: three confidences, three bins of one row"),
    ],
)
def test_values_worked_by_hand(name: str, expected: float) -> None:
    assert value(name, Y, SCORES) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("n_classes", [2, 5])
def test_agrees_with_scikit_learn(n_classes: int) -> None:
    random = np.random.default_rng(n_classes)
    weights = random.gamma(0.7, size=(500, n_classes))
    scores, y = weights / weights.sum(axis=1, keepdims=True), random.integers(0, n_classes, 500)
    decided = scores.argmax(axis=1)
    expected = {
        "log_loss": sk.log_loss(y, scores, labels=range(n_classes)),
        "accuracy": sk.accuracy_score(y, decided),
        "macro_f1": sk.f1_score(y, decided, average="macro"),
    }
    assert {name: value(name, y, scores) for name in expected} == pytest.approx(expected, rel=1e-9)


def test_a_class_neither_seen_nor_decided_does_not_count() -> None:
    assert value("macro_f1", [0, 1], [[0.9, 0.1, 0.0], [0.1, 0.9, 0.0]]) == 1.0
