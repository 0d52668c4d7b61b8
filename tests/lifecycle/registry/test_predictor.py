import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost

from lifecycle.registry.predictor import XGBoostPredictor
from tests.resources.serving.test_real_bundle import train

OBJECTIVES = [
    pytest.param({"objective": "binary:logistic"}, id="binary"),
    pytest.param({"objective": "reg:squarederror"}, id="regression"),
    pytest.param({"objective": "multi:softprob", "num_class": 3}, id="multiclass"),
]


@pytest.fixture(params=OBJECTIVES)
def booster(request: pytest.FixtureRequest) -> Any:
    rng = np.random.default_rng(1)
    matrix = np.column_stack([rng.normal(size=(400, 3)), rng.integers(0, 4, 400)]).astype(np.float32)
    data = xgboost.DMatrix(
        matrix,
        rng.integers(0, 3 if "num_class" in request.param else 2, 400),
        feature_types=["q", "q", "q", "c"],
        enable_categorical=True,
    )
    return xgboost.train({**request.param, "nthread": 1}, data, num_boost_round=20)


@pytest.fixture
def predictor(booster: Any, tmp_path: Path) -> XGBoostPredictor:
    made = XGBoostPredictor(train(tmp_path / "bundle", rounds=1))
    made._booster = booster
    return made


def requests() -> np.ndarray[Any, np.dtype[np.float32]]:
    rng = np.random.default_rng(2)
    matrix = np.column_stack([rng.normal(size=(60, 3)), rng.integers(0, 6, 60)]).astype(np.float32)
    matrix[rng.random(matrix.shape) < 0.2] = np.nan  # missing values, and categories never seen
    return matrix


def test_scores_are_those_of_the_library_to_the_bit(booster: Any, predictor: XGBoostPredictor) -> None:
    matrix = requests()
    expected = np.asarray(booster.inplace_predict(matrix), dtype=np.float64).reshape(len(matrix), -1)
    np.testing.assert_array_equal(predictor.predict(matrix), expected)
    for row in range(len(matrix)):
        np.testing.assert_array_equal(predictor.predict(matrix[row : row + 1])[0], expected[row])
    np.testing.assert_array_equal(predictor.predict(matrix[::2]), expected[::2])


def test_threads_do_not_see_each_others_scores(booster: Any, predictor: XGBoostPredictor) -> None:
    matrix, wrong = requests(), list[int]()
    expected = predictor.predict(matrix)

    def ask(first: int) -> None:
        for i in range(first, first + 300):
            row = i % len(matrix)
            if not np.array_equal(predictor.predict(matrix[row : row + 1])[0], expected[row]):
                wrong.append(row)

    threads = [threading.Thread(target=ask, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_matrix_of_another_width_is_an_error_and_not_a_crash(predictor: XGBoostPredictor) -> None:
    with pytest.raises(xgboost.core.XGBoostError, match="feature"):
        predictor.predict(np.zeros((1, 9), dtype=np.float32))
