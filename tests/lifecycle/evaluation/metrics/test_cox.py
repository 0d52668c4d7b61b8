import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.evaluation.intervals import measure
from lifecycle.evaluation.metrics.cox import INTERCEPT, N_GROUPS, SLOPE, fit_logistic
from lifecycle.evaluation.sample import Floats, build_sample


def sigmoid(z: Floats) -> Floats:
    p: Floats = 1 / (1 + np.exp(-z))
    return p


def drawn(n: int, *, slope: float, intercept: float, seed: int = 0) -> tuple[Floats, Floats]:
    random = np.random.default_rng(seed)
    z = random.normal(-0.5, 1.2, n)
    y = (random.random(n) < sigmoid(intercept + slope * z)).astype(float)
    return y, sigmoid(z)


@pytest.mark.parametrize("n", [400, 8000])
def test_slope_and_intercept_agree_with_scikit_learn(n: int) -> None:
    from sklearn.linear_model import LogisticRegression

    y, scores = drawn(n, slope=0.6, intercept=0.4)
    z = np.log(scores / (1 - scores))
    expected = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(z[:, None], y)
    sample = build_sample("binary", y, scores)
    # Exact while every score is a group of its own, and within 1e-3 where neighbours share one.
    tolerance = 1e-6 if n <= N_GROUPS else 1e-3
    assert SLOPE.value(sample) == pytest.approx(expected.coef_[0, 0], abs=tolerance)
    assert INTERCEPT.value(sample) == pytest.approx(expected.intercept_[0], abs=tolerance)


def test_a_calibrated_model_has_slope_one_and_intercept_zero() -> None:
    y, scores = drawn(20_000, slope=1, intercept=0)
    sample = build_sample("binary", y, scores, blocks=np.arange(20_000) // 400)
    for found, perfect in zip(
        measure([SLOPE, INTERCEPT], sample, seed=0, n_resamples=200), (1, 0), strict=True
    ):
        assert found.interval is not None
        assert found.interval.low < perfect < found.interval.high


def test_too_extreme_scores_have_a_slope_below_one() -> None:
    y, scores = drawn(4000, slope=0.5, intercept=0)
    value = SLOPE.value(build_sample("binary", y, scores))
    assert value is not None and value < 0.6


@pytest.mark.parametrize(
    ("y", "scores"),
    [
        pytest.param([1, 1, 1], [0.2, 0.5, 0.7], id="one class"),
        pytest.param([0, 1, 1], [0.5, 0.5, 0.5], id="one score"),
        pytest.param([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9], id="classes that the scores separate"),
        pytest.param([], [], id="no rows"),
    ],
)
def test_where_the_likelihood_has_no_maximum_there_is_no_value(y: list[float], scores: list[float]) -> None:
    sample = build_sample("binary", y, scores)
    assert (SLOPE.value(sample), INTERCEPT.value(sample)) == (None, None)


@settings(deadline=None)
@given(st.floats(0.2, 3), st.floats(-2, 2), st.integers(0, 100))
def test_a_draw_is_the_fit_of_the_rows_drawn(slope: float, intercept: float, seed: int) -> None:
    y, scores = drawn(300, slope=slope, intercept=intercept, seed=seed)
    blocks = np.arange(300) % 3
    counts = np.array([[2.0, 1.0, 0.0]])
    rows = np.concatenate([np.flatnonzero(blocks == b) for b in (0, 0, 1)])
    for metric in (SLOPE, INTERCEPT):
        by_counts = metric.build(build_sample("binary", y, scores, blocks=blocks))(counts)[0]
        by_rows = metric.value(build_sample("binary", y[rows], scores[rows]))
        assert (None if np.isnan(by_counts) else by_counts) == pytest.approx(by_rows, abs=1e-6)


def test_many_fits_at_once_are_those_of_each_alone() -> None:
    random = np.random.default_rng(0)
    x, rows = np.sort(random.normal(size=30)), random.integers(1, 9, (5, 30)).astype(float)
    positives = rows * random.random((5, 30))
    alone = [fit_logistic(x, rows[i : i + 1], positives[i : i + 1])[0] for i in range(5)]
    assert fit_logistic(x, rows, positives) == pytest.approx(np.array(alone))
