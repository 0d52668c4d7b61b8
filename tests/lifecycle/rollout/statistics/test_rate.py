"""Exact bounds of one rate; reference values by confseq 0.0.11 (beta_binomial_log_mixture)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.rollout.statistics.arm_sums import SumsError
from lifecycle.rollout.statistics.rate import log_evidence, rate_bounds, rate_difference


@pytest.mark.parametrize(
    ("rate", "worth", "events", "trials", "expected"),
    [
        # confseq: v_opt = 1000 * .01 * .99, then 200 * .3 * .7; these worths are what its tuning comes to.
        (0.01, 125.00560979266368, 0, 500, 3.0042742478405557),
        (0.01, 125.00560979266368, 50, 2000, 13.41989037579387),
        (0.01, 125.00560979266368, 100, 300, 234.05445211966122),
        (0.3, 24.201121958555774, 12, 1000, 285.34948763220297),
        (0.3, 24.201121958555774, 100, 300, -0.6149761062684078),
    ],
)
def test_evidence_is_confseq_s(rate: float, worth: float, events: int, trials: int, expected: float) -> None:
    assert log_evidence(events, trials, rate=rate, guess=rate, worth=worth) == pytest.approx(
        expected, abs=1e-8
    )


def counts() -> st.SearchStrategy[tuple[int, int]]:
    return st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts(), st.floats(1e-4, 0.3))
def test_bounds_hold_the_rate_seen_and_mirror(count: tuple[int, int], alpha: float) -> None:
    events, trials = count
    low, high = rate_bounds(events, trials, alpha=alpha)
    assert 0 <= low <= events / trials <= high <= 1
    other = rate_bounds(trials - events, trials, alpha=alpha)
    assert other == pytest.approx((1 - high, 1 - low), abs=1e-9)


@given(counts(), st.floats(1e-4, 0.3))
def test_less_error_costs_width(count: tuple[int, int], alpha: float) -> None:
    low, high = rate_bounds(*count, alpha=alpha)
    wider = rate_bounds(*count, alpha=alpha / 10)
    assert wider[0] <= low + 1e-12
    assert wider[1] >= high - 1e-12


def test_nothing_seen_says_nothing() -> None:
    assert rate_bounds(0, 0, alpha=0.05) == (0.0, 1.0)


@pytest.mark.parametrize(("events", "trials"), [(-1, 5), (6, 5), (0, -1)])
def test_impossible_counts_are_refused(events: int, trials: int) -> None:
    with pytest.raises(SumsError, match="impossible"):
        rate_bounds(events, trials, alpha=0.05)


def test_the_difference_of_rates_is_the_difference_of_their_bounds() -> None:
    found = rate_difference(1, 1000, 30, 1000, alpha=0.05)
    old, new = rate_bounds(1, 1000, alpha=0.025), rate_bounds(30, 1000, alpha=0.025)
    assert (found.low, found.high) == (new[0] - old[1], new[1] - old[0])
    assert found.value == pytest.approx(0.029)
    assert found.low > 0
    with pytest.raises(SumsError, match="without trials"):
        rate_difference(0, 0, 1, 10, alpha=0.05)
