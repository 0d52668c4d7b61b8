"""McNemar's test; reference values by statsmodels 0.14.6."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.evaluation.mcnemar import EXACT_BELOW, compare_decisions, mcnemar
from lifecycle.evaluation.sample import build_sample

counts = st.integers(0, 400)


@pytest.mark.parametrize(
    ("b", "c", "p_value", "method"),
    [
        pytest.param(2, 9, 0.0654296875, "exact binomial", id="statsmodels, exact=True"),
        pytest.param(
            10, 30, 0.002663119259138558, "chi-square with continuity correction", id="statsmodels, corrected"
        ),
        pytest.param(0, 0, 1.0, "exact binomial", id="models that never differ"),
        pytest.param(1, 0, 1.0, "exact binomial", id="one row says nothing"),
        pytest.param(0, 10, 2 / 2**10, "exact binomial", id="by hand: all ten on one side"),
        pytest.param(200, 200, 1.0, "chi-square with continuity correction", id="as often as not"),
    ],
)
def test_mcnemar(b: int, c: int, p_value: float, method: str) -> None:
    found = mcnemar(b, c)
    assert found.p_value == pytest.approx(p_value, rel=1e-9)
    assert (found.only_first_right, found.only_second_right, found.method) == (b, c, method)


@given(counts, counts)
def test_the_test_is_symmetric_and_gives_a_probability(b: int, c: int) -> None:
    one, other = mcnemar(b, c), mcnemar(c, b)
    assert one.p_value == pytest.approx(other.p_value, rel=1e-12)
    assert 0 <= one.p_value <= 1


@given(st.integers(0, 200), st.integers(1, 200))
def test_a_larger_gap_is_more_surprising(c: int, more: int) -> None:
    if c + c + more >= EXACT_BELOW:  # within one of the two ways
        assert mcnemar(c + more + 2, c).p_value <= mcnemar(c + more + 1, c).p_value


def test_decisions_are_compared_at_each_model_s_own_threshold() -> None:
    y = [0, 0, 1, 1, 1]
    strict = build_sample("binary", y, [0.1, 0.6, 0.7, 0.7, 0.2], threshold=0.65)  # wrong on the last
    loose = build_sample("binary", y, [0.1, 0.6, 0.7, 0.7, 0.2], threshold=0.15)  # wrong on the second
    found = compare_decisions(strict, loose)
    assert found is not None
    assert (found.only_first_right, found.only_second_right) == (1, 1)


def test_models_that_decide_nothing_are_not_tested() -> None:
    number = build_sample("regression", [1.0, 2.0], [1.0, 2.0])
    scores_only = build_sample("binary", [0, 1], [0.1, 0.9])
    assert compare_decisions(number, number) is None
    assert compare_decisions(scores_only, scores_only) is None


def test_several_classes_are_right_or_wrong() -> None:
    scores = np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1]])
    first = build_sample("multiclass", [0, 1], scores)
    second = build_sample("multiclass", [0, 1], scores[::-1])
    found = compare_decisions(first, second)
    assert found is not None
    assert (found.only_first_right, found.only_second_right) == (2, 0)
