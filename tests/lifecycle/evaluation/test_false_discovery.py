import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from lifecycle.evaluation.false_discovery import benjamini_yekutieli

p_lists = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@given(p_lists)
def test_q_values_are_those_of_scipy(p_values: list[float]) -> None:
    expected = false_discovery_control(p_values, method="by")
    assert benjamini_yekutieli(p_values) == pytest.approx(list(expected), abs=1e-12)


@given(p_lists)
def test_the_order_of_the_tests_does_not_matter(p_values: list[float]) -> None:
    order = np.random.default_rng(len(p_values)).permutation(len(p_values))
    q = benjamini_yekutieli(p_values)
    shuffled = benjamini_yekutieli([p_values[i] for i in order])
    assert shuffled == pytest.approx([q[i] for i in order], abs=1e-12)
    assert all(a >= b - 1e-12 for a, b in zip(q, p_values, strict=True))


def test_no_tests_have_no_q_values() -> None:
    assert benjamini_yekutieli([]) == ()
