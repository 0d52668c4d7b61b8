import numpy as np
import pytest

from lifecycle.evaluation.intervals import measure
from lifecycle.evaluation.metrics.registry import metric
from lifecycle.evaluation.sample import build_sample
from lifecycle.evaluation.slices.masks import SliceRows
from lifecycle.evaluation.slices.measure import measure_slices

RANDOM = np.random.default_rng(4)
N_DAYS, N = 20, 1000
SCORES = RANDOM.random(N)
SAMPLE = build_sample(
    "binary", RANDOM.random(N) < SCORES, SCORES, blocks=np.repeat(np.arange(N_DAYS), 50), threshold=0.5
)
METRICS = [metric(name, "binary") for name in ("auc", "log_loss", "positive_rate")]


def slice_rows(mask: np.ndarray, *, min_rows: int = 100, family: str = "f", name: str = "s") -> SliceRows:
    return SliceRows(family=family, name=name, mask=mask, min_rows=min_rows)


def test_the_slice_of_all_rows_is_measured_as_the_whole() -> None:
    (whole,) = measure_slices(METRICS, SAMPLE, [slice_rows(np.ones(N, dtype=bool))], seed=3, n_resamples=200)
    expected = measure(METRICS, SAMPLE, seed=3, n_resamples=200)
    assert tuple(m.measured for m in whole.metrics) == expected


def test_a_slice_has_the_values_of_its_rows_alone() -> None:
    mask = np.arange(N) % 3 == 0
    (part,) = measure_slices(METRICS, SAMPLE, [slice_rows(mask)], seed=3, n_resamples=200)
    alone = build_sample("binary", SAMPLE.y[mask], SAMPLE.scores[mask], threshold=0.5)
    assert [m.measured.value for m in part.metrics] == pytest.approx([m.value(alone) for m in METRICS])
    assert (part.n_rows, part.n_blocks, part.judged) == (int(mask.sum()), N_DAYS, True)


def test_a_slice_with_too_few_rows_is_counted_and_not_measured() -> None:
    small, large = slice_rows(np.arange(N) < 99, name="small"), slice_rows(np.arange(N) >= 99, name="large")
    found = measure_slices(METRICS, SAMPLE, [small, large], seed=3, n_resamples=200)
    assert [(s.name, s.n_rows, s.judged, len(s.metrics)) for s in found] == [
        ("small", 99, False, 0),
        ("large", 901, True, 3),
    ]
    assert found[0].metric("auc") is None


def test_rows_of_few_days_have_values_and_no_intervals() -> None:
    (found,) = measure_slices(METRICS, SAMPLE, [slice_rows(SAMPLE.block < 6)], seed=3, n_resamples=200)
    assert (found.n_rows, found.n_blocks) == (300, 6)
    assert {(m.measured.value is None, m.measured.interval, m.together) for m in found.metrics} == {
        (False, None, None)
    }


def test_the_interval_of_the_family_is_the_longer_the_more_slices_there_are() -> None:
    masks = [np.arange(N) % 6 == k for k in range(6)]
    few, many = (
        measure_slices(METRICS, SAMPLE, [slice_rows(m) for m in masks[:n]], seed=3, n_resamples=500)[0]
        for n in (1, 6)
    )
    one, six = few.metric("auc"), many.metric("auc")
    assert one is not None and six is not None
    assert one.measured == six.measured
    assert one.together is not None and six.together is not None and six.measured.interval is not None
    assert six.together.low < one.together.low < one.together.high < six.together.high
    assert six.together.high - six.together.low > six.measured.interval.high - six.measured.interval.low


def test_families_do_not_widen_each_other() -> None:
    masks = [np.arange(N) % 4 == k for k in range(4)]
    together = [slice_rows(m, family=f) for m, f in zip(masks, "abab", strict=True)]
    apart = [s for s in together if s.family == "a"]
    both, alone = (measure_slices(METRICS, SAMPLE, s, seed=3, n_resamples=200) for s in (together, apart))
    assert tuple(s for s in both if s.family == "a") == alone


def test_no_slices_are_no_work() -> None:
    assert measure_slices(METRICS, SAMPLE, [], seed=3) == ()
