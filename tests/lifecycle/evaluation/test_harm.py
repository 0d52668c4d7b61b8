"""Harm is a paired difference: what both metrics share cancels out of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.errors import LifecycleError
from lifecycle.evaluation.harm import Baseline, Harm, by_harm
from lifecycle.evaluation.metrics.registry import metric
from lifecycle.evaluation.sample import Floats, Sample, build_sample


def rows(n_days: int = 12, seed: int = 0) -> Sample:
    random = np.random.default_rng(seed)
    scores = random.random(n_days * 40)
    y = (random.random(len(scores)) < scores).astype(float)
    return build_sample("binary", y, scores, blocks=np.repeat(np.arange(n_days), 40), threshold=0.5)


def baseline(name: str = "auc", sample: Sample | None = None) -> Baseline:
    return Baseline(metric(name, "binary"), sample or rows(), seed=1, n_resamples=200)


@pytest.mark.parametrize("name", ["auc", "log_loss", "f1"])
def test_the_same_scores_do_no_harm_and_nobody_doubts_it(name: str) -> None:
    base = baseline(name)
    harm = base.harm_of([base.sample.scores], change="noise", what="x")
    assert harm == Harm(change="noise", what="x", value=base.value, harm=0.0, low=0.0, high=0.0)


@pytest.mark.parametrize("name", ["auc", "log_loss"])
def test_worse_is_above_zero_whichever_way_the_metric_points(name: str) -> None:
    base = baseline(name)
    harm = base.harm_of([np.full(base.sample.n_rows, 0.5)], change="feature missing", what="x")
    assert harm.harm is not None and harm.low is not None and harm.high is not None
    assert 0 < harm.low < harm.harm < harm.high
    assert base.value is not None and harm.value is not None
    sign = 1 if name == "log_loss" else -1
    assert harm.harm == pytest.approx(sign * (harm.value - base.value))


def test_the_auc_of_reversed_scores_by_hand() -> None:
    sample = build_sample("binary", [0, 1], [0.2, 0.9], blocks=["mon", "mon"])
    harm = baseline("auc", sample).harm_of([1 - sample.scores], change="noise", what="x")
    assert (harm.value, harm.harm, harm.low, harm.high) == (0.0, 1.0, None, None), "one day has no interval"


def test_repeats_are_averaged() -> None:
    base = baseline("brier")
    one, other = base.sample.scores * 0.5, base.sample.scores * 0.9
    parts = [base.harm_of([scores], change="permuted", what="x").harm or 0.0 for scores in (one, other)]
    assert base.harm_of([one, other], change="permuted", what="x").harm == pytest.approx(np.mean(parts))


def test_a_metric_that_cannot_be_computed_harms_nobody() -> None:
    sample = build_sample("binary", np.ones(80), np.full(80, 0.7), blocks=np.arange(80) // 10)
    harm = baseline("auc", sample).harm_of([sample.scores], change="noise", what="x")
    assert harm == Harm(change="noise", what="x", value=None, harm=None, low=None, high=None)


def test_a_metric_that_ranks_nothing_is_refused() -> None:
    with pytest.raises(LifecycleError, match="positive_rate says neither better nor worse"):
        baseline("positive_rate")


def test_the_pairing_makes_the_interval_shorter_than_that_of_the_metric_itself() -> None:
    base = baseline("auc")
    random = np.random.default_rng(3)
    scores: Floats = np.clip(base.sample.scores + random.normal(0, 0.02, base.sample.n_rows), 0, 1)
    harm = base.harm_of([scores], change="noise", what="x")
    shuffled = base.harm_of([random.permutation(scores)], change="noise", what="x")
    assert harm.low is not None and harm.high is not None
    assert shuffled.low is not None and shuffled.high is not None
    assert harm.high - harm.low < 0.2 * (shuffled.high - shuffled.low)


@given(st.lists(st.one_of(st.none(), st.floats(-1, 1)), max_size=8))
def test_the_worst_comes_first_and_the_unknown_last(values: list[float | None]) -> None:
    harms = [
        Harm(change="noise", what=str(i), value=None, harm=value, low=None, high=None)
        for i, value in enumerate(values)
    ]
    ordered = [harm.harm for harm in by_harm(harms)]
    known = [value for value in ordered if value is not None]
    assert known == sorted(known, reverse=True)
    assert ordered == known + [None] * (len(values) - len(known))


def test_the_interval_covers_the_true_harm_as_often_as_it_says() -> None:
    random, brier, covered, n = np.random.default_rng(5), metric("brier", "binary"), 0, 300
    for seed in range(n):
        # Days differ in how risky they are. Scores that are .1 too high cost .1 ** 2, whatever the day.
        p = np.repeat(random.uniform(0.2, 0.6, 20), 30) + random.uniform(-0.2, 0.2, 600)
        y = (random.random(600) < p).astype(float)
        sample = build_sample("binary", y, p, blocks=np.repeat(np.arange(20), 30))
        base = Baseline(brier, sample, seed=seed, n_resamples=200)
        harm = base.harm_of([p + 0.1], change="noise", what="x")
        assert harm.low is not None and harm.high is not None
        covered += harm.low <= 0.01 <= harm.high
    assert 0.91 <= covered / n <= 0.98
