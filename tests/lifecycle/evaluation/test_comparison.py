"""Paired differences: laws, and what pairing gains."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.evaluation.comparison import ChampionScores, against_champion, compare
from lifecycle.evaluation.intervals import measure
from lifecycle.evaluation.metrics.registry import METRICS, metric
from lifecycle.evaluation.sample import Sample, build_sample
from lifecycle.evaluation.slices.masks import SliceRows

BINARY = [m for m in METRICS if m.task == "binary"]
RANKING = [m.name for m in BINARY if m.better != "neither"]


def pair(seed: int, *, n_days: int = 20, rows_a_day: int = 30) -> tuple[Sample, Sample]:
    """Two models of the same rows that are equally good: their noise differs, the days are the same."""
    random = np.random.default_rng(seed)
    day = np.repeat(np.arange(n_days), rows_a_day)
    signal = random.normal(size=len(day)) + random.normal(0, 0.6, n_days)[day]
    y = random.random(len(day)) < 1 / (1 + np.exp(1 - signal))
    scores = [1 / (1 + np.exp(1 - signal - random.normal(0, 0.5, len(day)))) for _ in range(2)]
    one, two = (build_sample("binary", y, s, blocks=day, threshold=0.35) for s in scores)
    return one, two


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_a_model_does_not_differ_from_itself(seed: int) -> None:
    one, _ = pair(seed)
    found, _, test = compare(BINARY, one, one, seed=seed, n_resamples=100)
    assert [m.metric for m in found] == RANKING
    for m in found:
        assert (m.difference, m.version) == (0.0, m.champion)
        assert m.interval is not None and (m.interval.low, m.interval.high) == (0.0, 0.0)
    assert test is not None and test.p_value == 1.0


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_swapped_models_have_the_opposite_difference(seed: int) -> None:
    one, two = pair(seed)
    there, _, _ = compare(BINARY, one, two, seed=seed, n_resamples=100)
    back, _, _ = compare(BINARY, two, one, seed=seed, n_resamples=100)
    for a, b in zip(there, back, strict=True):
        assert a.difference is not None and b.difference is not None and a.interval and b.interval
        assert (a.difference, a.interval.low, a.interval.high) == pytest.approx(
            (-b.difference, -b.interval.high, -b.interval.low), abs=1e-12
        )


def test_the_difference_is_that_of_the_two_values() -> None:
    one, two = pair(3)
    found, _, _ = compare(BINARY, one, two, seed=0, n_resamples=100)
    for m in found:
        values = (metric(m.metric, "binary").value(one), metric(m.metric, "binary").value(two))
        assert (m.version, m.champion) == values
        assert m.difference == pytest.approx(values[0] - values[1])  # type: ignore[operator]  # both are known


def test_pairing_makes_the_interval_shorter() -> None:
    one, two = pair(1, n_days=30, rows_a_day=60)
    (found,), _, _ = compare([metric("log_loss", "binary")], one, two, seed=0)
    ((alone,), (other,)) = (measure([metric("log_loss", "binary")], s, seed=0) for s in (one, two))
    assert found.interval and alone.interval and other.interval
    apart = np.hypot(alone.interval.high - alone.interval.low, other.interval.high - other.interval.low)
    assert found.interval.high - found.interval.low < 0.5 * apart


def test_a_slice_is_compared_on_its_rows() -> None:
    one, two = pair(2)
    mask = np.arange(one.n_rows) % 2 == 0
    slices = [SliceRows(family="f", name="half", mask=mask, min_rows=50)]
    slices += [SliceRows(family="f", name="few", mask=np.arange(one.n_rows) < 20, min_rows=50)]
    _, (half, few), _ = compare(BINARY, one, two, slices, seed=0, n_resamples=100)
    alone, _, _ = compare(BINARY, one.part(mask), two.part(mask), seed=0, n_resamples=100)
    assert [(m.difference, m.interval) for m in half.metrics] == [(m.difference, m.interval) for m in alone]
    assert (half.n_rows, half.judged, few.n_rows, few.judged, few.metrics) == (300, True, 20, False, ())


def test_only_rows_that_the_champion_never_saw_are_compared() -> None:
    one, two = pair(5)
    unseen = one.block >= 8
    champion = ChampionScores(
        version="7", as_of="2013-05", unseen=unseen, scores=two.scores[unseen], threshold=two.threshold
    )
    slices = [SliceRows(family="f", name="all", mask=np.ones(one.n_rows, dtype=bool), min_rows=1)]
    found = against_champion(BINARY, one, champion, slices, seed=0, n_resamples=100)
    clean = [
        build_sample("binary", s.y[unseen], s.scores[unseen], blocks=s.block[unseen], threshold=s.threshold)
        for s in (one, two)
    ]
    expected, _, test = compare(BINARY, clean[0], clean[1], slices=[], seed=0, n_resamples=100)
    assert [(m.difference, m.interval) for m in found.metrics] == [
        (m.difference, m.interval) for m in expected
    ]
    assert found.mcnemar == test
    assert (found.state, found.champion, found.n_rows, found.n_contaminated) == ("compared", "7", 360, 240)
    assert found.reason == (
        "compared with version 7 on 360 rows; contaminated: it saw 240 other rows in fit or validation, "
        "which are left out"
    )
    assert found.slices[0].n_rows == 360


def test_a_regression_has_differences_and_no_test_of_decisions() -> None:
    random = np.random.default_rng(0)
    y, days = random.normal(size=300), np.arange(300) % 10
    one, two = (build_sample("regression", y, y + random.normal(0, s, 300), blocks=days) for s in (1.0, 0.5))
    found, _, test = compare(
        [m for m in METRICS if m.task == "regression"], one, two, seed=0, n_resamples=100
    )
    assert {m.metric: (m.difference or 0) > 0 for m in found} == {"mae": True, "rmse": True, "r2": False}
    assert test is None
