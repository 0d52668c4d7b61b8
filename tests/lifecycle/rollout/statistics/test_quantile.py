"""Quantiles that hold at every look."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.rollout.statistics.arm_sums import SumsError
from lifecycle.rollout.statistics.quantile import (
    LATENCY_EDGES_MS,
    Histogram,
    histogram_of,
    quantile_bounds,
    quantile_ratio,
)

latencies = st.lists(st.floats(0, 1e6), min_size=1, max_size=60)


@given(latencies, latencies)
def test_histograms_of_windows_are_the_histogram_of_all(first: list[float], second: list[float]) -> None:
    assert histogram_of(first) + histogram_of(second) == histogram_of(first + second)


@given(latencies, st.sampled_from([0.5, 0.9, 0.99]))
def test_bounds_hold_the_quantile_seen(values: list[float], q: float) -> None:
    low, high = quantile_bounds(histogram_of(values), q, alpha=0.05)
    assert low <= np.quantile(values, q, method="inverted_cdf") <= max(high, LATENCY_EDGES_MS[0])


def test_a_tail_that_is_thrice_as_long_is_found() -> None:
    rng = np.random.default_rng(1)
    old, new = (histogram_of(list(rng.lognormal(m, 0.5, 20_000))) for m in (2.0, 2.0 + math.log(3)))
    found = quantile_ratio(old, new, 0.99, alpha=0.05)
    assert found.low > 1.5
    assert found.value == pytest.approx(2.0, abs=0.3)
    same = quantile_ratio(old, old, 0.99, alpha=0.05)
    assert same.low < 0 < same.high < 0.5


def test_few_values_do_not_bound_a_p99_from_above() -> None:
    assert quantile_bounds(histogram_of([5.0] * 50), 0.99, alpha=0.05)[1] == math.inf
    assert quantile_bounds(histogram_of([]), 0.99, alpha=0.05) == (0.0, math.inf)


def test_what_is_no_histogram_is_refused() -> None:
    with pytest.raises(SumsError, match="need 3 counts"):
        Histogram(edges=(1.0, 2.0), counts=(1, 2))
    with pytest.raises(SumsError, match="rise"):
        Histogram(edges=(2.0, 1.0), counts=(1, 2, 3))
    with pytest.raises(SumsError, match="different edges"):
        histogram_of([1.0], edges=(1.0,)) + histogram_of([1.0], edges=(2.0,))
    with pytest.raises(SumsError, match="without values"):
        quantile_ratio(histogram_of([]), histogram_of([1.0]), 0.99, alpha=0.05)
