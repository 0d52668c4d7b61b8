"""What a shift does to a model, and whether all columns together tell now from before."""

import numpy as np
import pytest

from lifecycle.features.encoding import Matrix
from lifecycle.monitoring.domain_classifier import separability
from lifecycle.monitoring.expected_effect import expected_effects
from lifecycle.monitoring.judge_drift import Moved

RNG = np.random.default_rng(11)


def test_only_a_column_that_the_model_reads_moves_its_scores() -> None:
    before = RNG.normal(0, 1, (4000, 3)).astype(np.float32)
    now = before + np.array([0.5, 3.0, 0.0], np.float32)

    def predict(matrix: Matrix) -> np.ndarray:
        return 2.0 * matrix[:, 0].astype(np.float64) + matrix[:, 2]

    harms = {"a": 0.3, "c": 0.1, "b": -0.01}
    found = expected_effects(predict, before, now, ["a", "b", "c"], of=["a", "b", "c"], harms=harms)
    assert found["a"] == Moved(effect=pytest.approx(1.0, abs=0.1), importance=pytest.approx(0.75))
    assert found["b"] == Moved(effect=0.0, importance=0.0)
    assert found["c"].effect < 0.1
    asked = expected_effects(predict, before, now, ["a", "b", "c"], of=["c", "d"], harms=harms)
    assert asked == {"c": found["c"]}, "what others are asked about changes nothing"


def test_without_an_evaluation_no_importance_is_claimed() -> None:
    rows = np.zeros((10, 1), np.float32)
    found = expected_effects(lambda matrix: matrix[:, 0].astype(np.float64), rows, rows, ["a"], of=["a"])
    assert found == {"a": Moved(effect=0.0, importance=None)}


def _days(n_days: int, level: float) -> tuple[Matrix, np.ndarray]:
    """Each day has a weather of its own: rows of a day are alike."""
    blocks = np.repeat(np.arange(n_days), 60)
    weather = RNG.normal(level, 1.0, n_days)[blocks]
    return np.column_stack([weather, RNG.normal(0, 1, len(blocks))]).astype(np.float32), blocks


def test_days_that_differ_by_chance_are_not_told_apart() -> None:
    found = separability(*_days(40, 0.0), *_days(20, 0.0))
    assert found is not None
    assert found.low is not None
    assert found.low < 0.5 < 0.7
    assert found.auc < 0.65


def test_a_change_of_dependence_is_seen_though_each_column_is_as_before() -> None:
    def side(sign: float) -> tuple[Matrix, np.ndarray]:
        first = RNG.normal(0, 1, 1800)
        second = sign * 0.9 * first + np.sqrt(1 - 0.81) * RNG.normal(0, 1, 1800)
        return np.column_stack([first, second]).astype(np.float32), np.repeat(np.arange(30), 60)

    found = separability(*side(1.0), *side(-1.0))
    assert found is not None
    assert found.low is not None
    assert found.low > 0.8
    assert found.by_itself == pytest.approx(0.5, abs=0.08)


def test_one_block_is_not_asked() -> None:
    rows, blocks = _days(10, 0.0)
    assert separability(rows, blocks, rows[:60], np.zeros(60, np.int64)) is None
