"""Binary metrics against values worked by hand, scikit-learn, and the laws they obey."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sk

from lifecycle.evaluation.metrics.registry import metric
from lifecycle.evaluation.sample import build_sample

# Rows by falling score: 1, 0, then a tie of 1 and 0, then 0. Threshold .5 says positive to the first three.
Y = [1, 0, 1, 0, 0]
SCORES = [0.9, 0.8, 0.4, 0.4, 0.1]
THRESHOLD = 0.5


def value(name: str, y: object = Y, scores: object = SCORES, threshold: float = THRESHOLD) -> float | None:
    return metric(name, "binary").value(build_sample("binary", y, scores, threshold=threshold))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("auc", 4.5 / 6, id="auc: of 6 pairs 3 + 1 won, 1 tied, 1 lost"),
        pytest.param(
            "average_precision", 0.5 * 1 + 0.5 * 2 / 4, id="average precision: the tie enters at 2 of 4"
        ),
        pytest.param("log_loss", -math.log(0.9 * 0.2 * 0.4 * 0.6 * 0.9) / 5, id="log loss"),
        pytest.param("brier", (0.01 + 0.64 + 0.36 + 0.16 + 0.01) / 5, id="brier"),
        pytest.param("precision", 1 / 2, id="precision: decided positive are one right, one wrong"),
        pytest.param("recall", 1 / 2, id="recall: one of two found"),
        pytest.param("f1", 1 / 2, id="f1"),
        pytest.param("accuracy", 3 / 5, id="accuracy"),
        pytest.param("positive_rate", 2 / 5, id="positive rate"),
    ],
)
def test_values_worked_by_hand(name: str, expected: float) -> None:
    assert value(name) == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize("seed", range(3))
def test_agrees_with_scikit_learn(seed: int) -> None:
    random = np.random.default_rng(seed)
    scores = random.beta(2, 4, 800).round(2)  # rounded: ties in every metric of the order
    y = (random.random(800) < scores).astype(int)
    decided = scores >= 0.3
    expected = {
        "auc": sk.roc_auc_score(y, scores),
        "average_precision": sk.average_precision_score(y, scores),
        "log_loss": sk.log_loss(y, scores),
        "brier": sk.brier_score_loss(y, scores),
        "f1": sk.f1_score(y, decided),
        "precision": sk.precision_score(y, decided),
        "recall": sk.recall_score(y, decided),
        "accuracy": sk.accuracy_score(y, decided),
    }
    assert {name: value(name, y, scores, 0.3) for name in expected} == pytest.approx(expected, rel=1e-12)


def test_a_wrong_certainty_costs_a_finite_log_loss() -> None:
    assert value("log_loss", [1, 0], [0.0, 0.0]) == pytest.approx(-math.log(1e-15) / 2)


def test_ece_by_hand() -> None:
    # 30 rows of 2 distinct scores are 2 bins: 20 rows of .2 hold 7 positives, 10 rows of .9 hold 8.
    y = [1] * 7 + [0] * 13 + [1] * 8 + [0] * 2
    assert value("ece", y, [0.2] * 20 + [0.9] * 10) == pytest.approx((20 * 0.15 + 10 * 0.1) / 30)


def test_ece_bins_stay_those_of_the_data_in_a_resample() -> None:
    sample = build_sample("binary", [1, 0, 1], [0.2, 0.2, 0.9], blocks=[0, 1, 2])
    drawn = metric("ece", "binary").build(sample)(np.array([[2.0, 0.0, 1.0]]))
    assert drawn == pytest.approx([(2 * 0.8 + 0.1) / 3])


@given(st.lists(st.integers(1, 20), min_size=1, max_size=8, unique=True))
def test_ece_of_perfectly_calibrated_bins_is_zero(tenths: list[int]) -> None:
    rows = [(k / 20, label) for k in tenths for label in [1] * k + [0] * (20 - k)]
    scores, y = zip(*rows, strict=True)
    assert value("ece", y, scores) == pytest.approx(0.0, abs=1e-12)


labelled_scores = st.lists(st.tuples(st.booleans(), st.integers(0, 20)), min_size=2, max_size=40).filter(
    lambda rows: len({y for y, _ in rows}) == 2
)


@given(labelled_scores)
def test_auc_is_the_share_of_pairs_in_the_right_order(rows: list[tuple[bool, int]]) -> None:
    positives, negatives = [s for y, s in rows if y], [s for y, s in rows if not y]
    won = sum((p > n) + 0.5 * (p == n) for p in positives for n in negatives)
    y, scores = zip(*rows, strict=True)
    expected = won / (len(positives) * len(negatives))
    assert value("auc", y, np.array(scores) / 20) == pytest.approx(expected, abs=1e-12)


@given(labelled_scores, st.sampled_from([np.square, np.sqrt, np.tanh, lambda s: 0.3 * s + 0.5]))
def test_auc_and_average_precision_see_only_the_order(rows: list[tuple[bool, int]], grows: np.ufunc) -> None:
    y, ranks = zip(*rows, strict=True)
    scores = np.array(ranks) / 20
    for name in ("auc", "average_precision"):
        assert value(name, y, grows(scores)) == pytest.approx(value(name, y, scores), abs=1e-12)


@given(labelled_scores)
def test_auc_of_swapped_labels_is_the_complement(rows: list[tuple[bool, int]]) -> None:
    y, ranks = (np.array(column) for column in zip(*rows, strict=True))
    auc, swapped = value("auc", y, ranks / 20), value("auc", ~y, ranks / 20)
    assert auc is not None and swapped is not None
    assert auc + swapped == pytest.approx(1.0, abs=1e-12)
