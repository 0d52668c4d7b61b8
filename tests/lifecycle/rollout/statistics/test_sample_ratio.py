"""The sample-ratio check; chi-square by scipy 1.17.1."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.rollout.statistics.sample_ratio import Assigned, check_ratio, chi_square_p, log_bayes_factor
from lifecycle.rollout.verdict import Verdict


@pytest.mark.parametrize(
    ("counts", "weights", "expected"),
    [((4700, 5300), (1, 1), 1.9731752900753933e-09), ((940, 60, 0), (95, 4.9, 0.1), 0.16740730958489297)],
)
def test_chi_square_is_scipy_s(counts: tuple[int, ...], weights: tuple[float, ...], expected: float) -> None:
    assert chi_square_p(Assigned(counts=counts, weights=weights)) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("stages", "verdict"),
    [
        pytest.param([((4700, 5300), (50, 50))], "fail", id="47 to 53 where it should be even"),
        pytest.param([((4990, 5010), (50, 50))], "pass", id="even"),
        pytest.param([((9500, 500), (95, 5)), ((5000, 5000), (50, 50))], "pass", id="weights that rose"),
        pytest.param([((14500, 5500), (95, 5))], "fail", id="weights that rose, and nobody said"),
        pytest.param(
            [((9500, 500), (95, 5)), ((4700, 5300), (50, 50))], "fail", id="wrong since the second stage"
        ),
        pytest.param([((100, 1), (100, 0))], "fail", id="an arm without weight got a key"),
        pytest.param([((0, 0), (50, 50))], "not_enough_data", id="nobody yet"),
        pytest.param([], "not_enough_data", id="no stage yet"),
        pytest.param([((-1, 5), (50, 50))], "error", id="negative count"),
        pytest.param([((1, 5), (50, math.nan))], "error", id="nan weight"),
        pytest.param([((1, 5), (50,))], "error", id="a weight is missing"),
        pytest.param([((1, 5), (0, 0))], "error", id="no weight at all"),
    ],
)
def test_check_ratio(stages: list[tuple[tuple[int, ...], tuple[float, ...]]], verdict: Verdict) -> None:
    assert check_ratio([Assigned(counts=c, weights=w) for c, w in stages]).verdict == verdict


@given(st.lists(st.integers(0, 500), min_size=2, max_size=4))
def test_the_order_of_arms_does_not_matter(counts: list[int]) -> None:
    even = tuple(1.0 for _ in counts)
    one = log_bayes_factor(Assigned(counts=tuple(counts), weights=even))
    other = log_bayes_factor(Assigned(counts=tuple(reversed(counts)), weights=even))
    assert one == pytest.approx(other, abs=1e-9)


@given(st.integers(1, 30), st.floats(0.05, 0.95))
def test_evidence_is_one_on_average_under_the_right_weights(n: int, share: float) -> None:
    """The mean of the Bayes factor over all outcomes of n keys: what makes it safe to look at any time."""
    mean = sum(
        math.comb(n, k)
        * share**k
        * (1 - share) ** (n - k)
        * math.exp(log_bayes_factor(Assigned(counts=(k, n - k), weights=(share, 1 - share))))
        for k in range(n + 1)
    )
    assert mean == pytest.approx(1.0, rel=1e-8)
