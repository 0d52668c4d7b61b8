"""Intervals of a family: against a value worked by hand, and how often they hold for all members."""

import numpy as np
import pytest

from lifecycle.evaluation.intervals import interval_of
from lifecycle.evaluation.simultaneous import simultaneous_intervals


def test_the_reach_is_that_of_the_member_that_is_farthest_off() -> None:
    # Mean 0 and spread 1 in both; the largest of the two is 1 in every resample, so the reach is 1. With 7
    # blocks it is stretched by t(6; .05) / z(.05) * sqrt(7/6) = 1.943180 / 1.644854 * 1.080123 = 1.276026.
    draws = [np.array([-1.0, 1.0, -1.0, 1.0]), np.array([1.0, -1.0, -1.0, 1.0])]
    one, two = simultaneous_intervals([0.0, 5.0], draws, n_blocks=[7, 7], level=0.9)
    assert one is not None and two is not None
    assert (one.low, one.high) == pytest.approx((-1.276026, 1.276026), abs=1e-6)
    # Reflected: the draws lie 5 below the value, so the truth is put 5 above it, and the value stays inside.
    assert (two.low, two.high) == pytest.approx((5.0, 11.276026), abs=1e-6)
    assert (one.method, one.n_resamples, one.level, one.n_blocks) == ("studentised maximum", 4, 0.9, 7)


def test_a_member_without_evidence_has_no_interval_and_does_not_widen_the_others() -> None:
    draws = np.random.default_rng(0).normal(size=500)
    alone = simultaneous_intervals([0.0], [draws], n_blocks=[30], level=0.95)
    missing, few, failing, kept = simultaneous_intervals(
        [None, 0.0, 0.0, 0.0],
        [draws * 9, draws * 9, np.where(np.arange(500) < 10, np.nan, draws), draws],
        n_blocks=[30, 6, 30, 30],
        level=0.95,
    )
    assert (missing, few, failing) == (None, None, None)
    assert (kept,) == alone
    assert simultaneous_intervals([], [], n_blocks=[], level=0.95) == ()


def test_a_constant_member_has_an_interval_of_no_length() -> None:
    (only,) = simultaneous_intervals([2.0], [np.full(100, 2.0)], n_blocks=[30], level=0.95)
    assert only is not None
    assert (only.low, only.high) == (2.0, 2.0)


def test_all_members_are_covered_together_as_often_as_they_say() -> None:
    n_members, n_blocks, n_runs = 8, 40, 300
    together = single = 0
    for i in range(n_runs):
        random = np.random.default_rng((5, i))
        # A block moves all members alike, as a day does all slices; the truth of each is 0.
        blocks = random.normal(size=(n_blocks, n_members)) + random.normal(size=(n_blocks, 1))
        counts = random.multinomial(n_blocks, np.full(n_blocks, 1 / n_blocks), size=300)
        draws = list((counts @ blocks / n_blocks).T)
        values = [float(v) for v in blocks.mean(axis=0)]
        found = simultaneous_intervals(values, draws, n_blocks=[n_blocks] * n_members, level=0.9)
        together += all(f is not None and f.low <= 0 <= f.high for f in found)
        own = [interval_of(v, d, n_blocks=n_blocks, level=0.9) for v, d in zip(values, draws, strict=True)]
        single += all(f is not None and f.low <= 0 <= f.high for f in own)
    # A true coverage of .90 shows as less than .85 in 3 of 1,000 such runs.
    assert together > 0.85 * n_runs
    assert single < 0.75 * n_runs  # what the family would have without
