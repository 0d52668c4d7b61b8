"""Boundaries of the normal mixture; reference values by confseq 0.0.11."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.rollout.statistics.normal_mixture import Side, boundary, tuning

# confseq's normal_mixture_bound(v, alpha=.05, v_opt=1000, alpha_opt=.05); it approximates the best rho so.
RHO_BOTH = 1000 / (2 * math.log(20) + math.log1p(2 * math.log(20)))
RHO_ONE = 1000 / (2 * math.log(10) + math.log1p(2 * math.log(10)))


@pytest.mark.parametrize(
    ("v", "expected"),
    [(100.0, 38.55054633530311), (1000.0, 95.98173584209047), (20000.0, 471.90291799878463)],
)
def test_two_sided_boundary_is_confseq_s(v: float, expected: float) -> None:
    assert boundary(v, alpha=0.05, rho=RHO_BOTH) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize(
    ("v", "exact"), [(100.0, 36.34305089974532), (1000.0, 87.47084159966789), (20000.0, 436.593698625245)]
)
def test_one_sided_closed_form_is_just_above_confseq_s_root(v: float, exact: float) -> None:
    closed = boundary(v, alpha=0.05, rho=RHO_ONE, side="upper")
    assert exact <= closed <= 1.02 * exact


@given(st.floats(1, 1e6), st.floats(1e-4, 0.4))
def test_the_boundary_is_tightest_where_it_was_tuned(size: float, alpha: float) -> None:
    best = boundary(size, alpha=alpha, rho=tuning(size, alpha=alpha))
    for factor in (0.5, 0.9, 1.1, 2.0):
        assert best <= boundary(size, alpha=alpha, rho=tuning(factor * size, alpha=alpha)) * (1 + 1e-12)


@given(st.floats(1, 1e6), st.floats(1e-4, 0.2), st.sampled_from(["both", "lower", "upper"]))
def test_less_error_costs_width_and_one_side_is_cheaper(v: float, alpha: float, side: Side) -> None:
    rho = tuning(v, alpha=alpha)
    assert boundary(v, alpha=alpha / 2, rho=rho, side=side) > boundary(v, alpha=alpha, rho=rho, side=side)
    assert boundary(v, alpha=alpha, rho=rho, side="upper") < boundary(v, alpha=alpha, rho=rho)
