import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sk

from lifecycle.evaluation.metrics.registry import metric
from lifecycle.evaluation.sample import build_sample


def value(name: str, y: object, predicted: object) -> float | None:
    return metric(name, "regression").value(build_sample("regression", y, predicted))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("mae", 4 / 3, id="mae: errors 1, -3 and 0"),
        pytest.param("rmse", math.sqrt(10 / 3), id="rmse"),
        pytest.param("bias", -2 / 3, id="bias: prediction minus truth"),
        pytest.param("r2", 1 - 10 / 8, id="r2: squares of 10 left of 8"),
    ],
)
def test_values_worked_by_hand(name: str, expected: float) -> None:
    assert value(name, [1, 3, 5], [2, 0, 5]) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("offset", [0.0, 1e9])
def test_agrees_with_scikit_learn_far_from_zero_too(offset: float) -> None:
    random = np.random.default_rng(3)
    y = random.normal(offset, 4, 500)
    predicted = y + random.normal(0.5, 2, 500)
    expected = {
        "mae": sk.mean_absolute_error(y, predicted),
        "rmse": sk.root_mean_squared_error(y, predicted),
        "r2": sk.r2_score(y, predicted),
    }
    assert {name: value(name, y, predicted) for name in expected} == pytest.approx(expected, rel=1e-6)


def test_a_resample_of_equal_labels_has_no_r2() -> None:
    sample = build_sample("regression", [0.1, 0.3, 0.3], [0.2, 0.2, 0.2], blocks=[0, 1, 1])
    assert np.isnan(metric("r2", "regression").build(sample)(np.array([[0.0, 2.0], [3.0, 0.0]]))).all()


@given(st.lists(st.tuples(st.integers(-999, 999), st.integers(-999, 999)), min_size=1, max_size=20))
def test_bias_mae_and_rmse_are_ordered(rows: list[tuple[int, int]]) -> None:
    y, predicted = zip(*rows, strict=True)
    bias, mae, rmse = (value(name, y, predicted) or 0.0 for name in ("bias", "mae", "rmse"))
    assert abs(bias) <= mae * (1 + 1e-9)
    assert mae <= rmse * (1 + 1e-9)
