import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from lifecycle.evaluation.curves import MAX_ROC_POINTS, RocPoint, roc_curve, score_histogram


def test_roc_curve_by_hand() -> None:
    assert roc_curve(np.array([1.0, 0.0, 1.0, 0.0]), np.array([0.9, 0.5, 0.5, 0.1])) == (
        RocPoint(false_positive_rate=0.0, true_positive_rate=0.0, threshold=None),
        RocPoint(false_positive_rate=0.0, true_positive_rate=0.5, threshold=0.9),
        RocPoint(false_positive_rate=0.5, true_positive_rate=1.0, threshold=0.5),
        RocPoint(false_positive_rate=1.0, true_positive_rate=1.0, threshold=0.1),
    )


def test_one_class_has_no_roc_curve() -> None:
    assert roc_curve(np.ones(3), np.array([0.1, 0.2, 0.3])) == ()


def test_a_thinned_curve_keeps_the_area_and_both_ends() -> None:
    random = np.random.default_rng(0)
    scores = random.random(20_000)
    y = (random.random(20_000) < scores**2).astype(float)
    curve = roc_curve(y, scores)
    fpr, tpr = [p.false_positive_rate for p in curve], [p.true_positive_rate for p in curve]
    assert len(curve) <= MAX_ROC_POINTS
    assert ((fpr[0], tpr[0]), (fpr[-1], tpr[-1])) == ((0.0, 0.0), (1.0, 1.0))
    assert np.trapezoid(tpr, fpr) == pytest.approx(roc_auc_score(y, scores), abs=1e-4)


def test_histogram_counts_every_row_once() -> None:
    bins = score_histogram(np.array([0.0, 1.0, 1.0, 0.0]), np.array([0.0, 0.03, 1.0, 0.98]))
    used = [(b.low, b.high, b.negatives, b.positives) for b in bins if b.negatives or b.positives]
    assert used == [
        (0.0, pytest.approx(0.025), 1, 0),
        (pytest.approx(0.025), pytest.approx(0.05), 0, 1),
        (pytest.approx(0.975), 1.0, 1, 1),
    ]
