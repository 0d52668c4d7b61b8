import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.errors import LifecycleError
from lifecycle.evaluation.footprint import Latency, latency_of


def test_a_thousand_calls_by_hand() -> None:
    times = [i / 1000 for i in range(1, 1001)]  # 1 to 1000 ms
    # Ranks 990 -+ 1.96 * sqrt(1000 * .99 * .01) = 983.8 and 996.2, taken outwards.
    assert latency_of(times[::-1], rows=1) == Latency(
        rows=1, calls=1000, p50_ms=500.0, p99_ms=990.0, p99_low=983.0, p99_high=997.0
    )


@pytest.mark.parametrize(("calls", "known"), [(1, False), (100, False), (370, False), (400, True)])
def test_few_calls_have_no_interval_of_their_tail(calls: int, known: bool) -> None:
    found = latency_of([0.001] * calls, rows=1)
    assert (found.p99_high is not None, found.p99_low is not None) == (known, known)


def test_no_call_is_an_error() -> None:
    with pytest.raises(LifecycleError, match="no call was timed"):
        latency_of([], rows=1)


@given(st.lists(st.floats(0, 10), min_size=1, max_size=900))
def test_percentiles_are_times_that_occurred_in_order(times: list[float]) -> None:
    found = latency_of(times, rows=1)
    assert {found.p50_ms, found.p99_ms} <= {1000 * time for time in times}
    assert found.p50_ms <= found.p99_ms <= 1000 * max(times)
    assert np.mean(np.array(times) * 1000 <= found.p99_ms) >= 0.99 - 1e-9
    if found.p99_low is not None and found.p99_high is not None:
        assert found.p99_low <= found.p99_ms <= found.p99_high


def test_the_interval_of_the_tail_covers_the_truth_as_often_as_it_says() -> None:
    random, truth, n = np.random.default_rng(0), 1000 * -np.log(0.01), 2000
    covered = 0
    for _ in range(n):
        found = latency_of(random.exponential(size=1000).tolist(), rows=1)
        assert found.p99_low is not None and found.p99_high is not None
        covered += found.p99_low <= truth <= found.p99_high
    assert 0.93 <= covered / n <= 0.985, "a little more than .95: ranks are taken outwards"
