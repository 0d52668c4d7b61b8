import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from lifecycle.evaluation.calibration import (
    CalibrationBin,
    equal_mass_bins,
    expected_ece,
    reliability_curve,
    wilson_interval,
)


def test_reliability_curve_by_hand() -> None:
    y = np.array([0.0, 0.0, 1.0, 1.0])
    low, high = wilson_interval(0, 2)
    assert reliability_curve(y, np.array([0.1, 0.3, 0.6, 1.0]), n_bins=2) == (
        CalibrationBin(n=2, score=pytest.approx(0.2), rate=0.0, low=low, high=high),
        CalibrationBin(n=2, score=pytest.approx(0.8), rate=1.0, low=1 - high, high=1.0),
    )


def test_no_rows_have_no_curve() -> None:
    assert reliability_curve(np.array([]), np.array([])) == ()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=200), st.integers(1, 20))
def test_bins_follow_the_scores_and_keep_ties_together(values: list[float], n_bins: int) -> None:
    scores = np.sort(values)
    bins = equal_mass_bins(scores, n_bins)
    assert (np.diff(bins) >= 0).all()
    assert set(bins) == set(range(max(bins) + 1))
    assert max(bins) < n_bins
    assert all(len(set(bins[scores == s])) == 1 for s in scores)


def test_bins_of_distinct_scores_hold_the_same_mass() -> None:
    counts = np.bincount(equal_mass_bins(np.random.default_rng(0).random(1000)))
    assert (len(counts), counts.max() - counts.min()) == (15, 1)


@given(st.integers(1, 500), st.data(), st.sampled_from([0.8, 0.95, 0.99]))
def test_wilson_interval_agrees_with_scipy(n: int, data: st.DataObject, level: float) -> None:
    positives = data.draw(st.integers(0, n))
    expected = binomtest(positives, n).proportion_ci(level, method="wilson")
    assert wilson_interval(positives, n, level=level) == pytest.approx(
        (expected.low, expected.high), abs=1e-9
    )


@given(st.integers(1, 10_000), st.data())
def test_wilson_interval_holds_the_share_and_stays_a_share(n: int, data: st.DataObject) -> None:
    positives = data.draw(st.integers(0, n))
    low, high = wilson_interval(positives, n)
    assert 0 <= low <= positives / n <= high <= 1


def test_the_expected_ece_is_what_calibrated_labels_show_on_average() -> None:
    random = np.random.default_rng(0)
    scores = random.beta(2, 5, 1500)
    bins = equal_mass_bins(scores)
    labels = random.random((500, 1500)) < scores
    seen = [np.abs(np.bincount(bins, y - scores)).sum() / 1500 for y in labels]
    assert expected_ece(scores) == pytest.approx(np.mean(seen), rel=0.02)


def test_certain_scores_leave_no_room_for_chance_and_no_rows_no_answer() -> None:
    assert expected_ece(np.array([0.0, 1.0])) == 0.0
    assert expected_ece(np.array([])) is None
