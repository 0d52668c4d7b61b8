"""From scored rows to a report, and what floor and decay make of it."""

import numpy as np
import pytest

from lifecycle.errors import LifecycleError
from lifecycle.evaluation.gates.verdict import Verdict
from lifecycle.evaluation.sample import Sample
from lifecycle.monitoring.decay import decide_decay, decide_floor
from lifecycle.monitoring.performance import Judged, measure_performance
from lifecycle.monitoring.performance_pictures import (
    calibration_trend_png,
    coverage_trend_png,
    trend_png,
)
from lifecycle.monitoring.performance_problems import performance_problems
from lifecycle.monitoring.performance_report import (
    MetricPerformance,
    PerformanceReport,
    Ranged,
    read_performance_report,
)
from lifecycle.monitoring.scored_rows import ScoredRows
from lifecycle.monitoring.worth import realised_worth, worth_by_class
from lifecycle.spec.model_spec import ModelSpec
from lifecycle.spec.parse import SpecError, parse_spec
from lifecycle.spec.performance import BusinessValue, PerformanceRules
from tests.fakes.bundles import SPEC, START
from tests.lifecycle.monitoring.worlds import THRESHOLD, errors, flips


def spec(performance: str = "{}", *, task: str = "binary") -> ModelSpec:
    label, metric = ("bool", "log_loss") if task == "binary" else ("float", "rmse")
    text = SPEC.format(task=task, label=label, metric=metric)
    return parse_spec(f"{text}monitoring: {{performance: {performance}}}\n")


def rows(sample: Sample, *, unknown: int = 0, features: np.ndarray | None = None) -> ScoredRows:
    """A sample as scored rows, the labels of the last ones unknown."""
    labels = sample.y.copy()
    labels[len(labels) - unknown :] = np.nan
    return ScoredRows(
        task=sample.task,
        scores=sample.scores,
        labels=labels,
        blocks=sample.block,
        features=features,
        amount=np.full(len(labels), 2.0) if sample.task == "binary" else np.ones(len(labels)),
    )


def judged(settled: int) -> Judged:
    baseline = {"log_loss": 0.55, "log_loss_low": 0.5, "log_loss_high": 0.6}
    return Judged(
        partitions=["2024-01", "2024-02"],
        version="3",
        as_of=START,
        settled=settled,
        threshold=THRESHOLD,
        baseline=baseline,
    )


BUSINESS = "{business: {unit: EUR, true_positive: 5, false_negative: -5}}"


def test_missing_labels_change_no_estimate() -> None:
    rng = np.random.default_rng(1)
    held_out, window = flips(rng, days=10, rows=40), flips(rng, days=10, rows=40)
    whole = measure_performance(spec(BUSINESS), judged(400), rows(window), rows(held_out))
    part = measure_performance(spec(BUSINESS), judged(300), rows(window, unknown=100), rows(held_out))
    assert [one.estimated for one in part.metrics] == [one.estimated for one in whole.metrics]
    assert part.business is not None and whole.business is not None
    assert part.business.estimated == whole.business.estimated
    assert (whole.labelled, whole.coverage, whole.mature) == (400, 1.0, True)
    assert (part.labelled, part.coverage, part.mature) == (300, 0.75, False)


def test_before_any_label_there_is_an_estimate_and_nothing_else() -> None:
    rng = np.random.default_rng(7)
    held_out, window = flips(rng, days=10, rows=40), flips(rng, days=10, rows=40)
    report = measure_performance(spec(BUSINESS), judged(0), rows(window, unknown=400), rows(held_out))
    one = report.judged
    assert one is not None and report.business is not None
    assert (one.realised, one.gap, report.business.realised, report.mature) == (None, None, None, False)
    assert one.estimated is not None and report.trusted == one.estimated


def test_a_gap_is_of_the_rows_that_have_labels() -> None:
    rng = np.random.default_rng(2)
    held_out = flips(rng, days=20, rows=60)
    # Late days are harder, and their labels are not there yet: that alone is no concept drift.
    easy, hard = flips(rng, days=8, rows=60, shift=-2.0), flips(rng, days=8, rows=60, shift=1.0)
    window = ScoredRows(
        task="binary",
        scores=np.append(easy.scores, hard.scores),
        labels=np.append(easy.y, np.full(480, np.nan)),
        blocks=np.append(easy.block, 8 + hard.block),
        features=None,
        amount=np.ones(960),
    )
    report = measure_performance(spec(), judged(480), window, rows(held_out))
    one = report.judged
    assert one is not None and one.realised is not None and one.estimated is not None and one.gap is not None
    assert one.estimated.value - one.realised.value > 0.2
    assert not one.gap.shown


def test_a_report_is_read_back_as_it_was_written() -> None:
    rng = np.random.default_rng(3)
    window = flips(rng, days=8, rows=30)
    report = measure_performance(spec(BUSINESS), judged(240), rows(window), rows(flips(rng, days=8, rows=30)))
    assert read_performance_report(report.model_dump_json().encode()) == report
    with pytest.raises(LifecycleError, match="not a performance report of format 1"):
        read_performance_report(b'{"format": 2}')


def test_without_held_out_rows_there_is_no_estimate_and_a_reason() -> None:
    window = flips(np.random.default_rng(4), days=8, rows=30)
    report = measure_performance(spec(), judged(240), rows(window), None, why_not="they are gone")
    assert (report.message, report.assumptions) == ("they are gone", ())
    assert all(one.estimated is None and one.gap is None for one in report.metrics)
    assert report.judged is not None and report.judged.realised is not None


def test_a_regression_is_estimated_and_its_worth_follows_from_its_error() -> None:
    rng = np.random.default_rng(5)
    (before, seen), (after, features) = errors(rng, days=10, rows=40), errors(rng, days=8, rows=40)
    report = measure_performance(
        spec("{metric: mae, business: {unit: min, error: -2}}", task="regression"),
        judged(320),
        rows(after, features=features),
        rows(before, features=seen),
    )
    one, worth = report.judged, report.business
    assert one is not None and one.realised is not None and one.estimated is not None
    assert worth is not None and worth.realised is not None and worth.estimated is not None
    assert worth.realised.value == pytest.approx(-2 * one.realised.value)
    assert worth.estimated.value == pytest.approx(-2 * one.estimated.value)
    assert worth.estimated.low is not None and worth.estimated.low < worth.estimated.value


def test_worth_is_the_sum_over_the_confusion_matrix_by_hand() -> None:
    rules = BusinessValue(unit="EUR", true_positive=5, false_positive=-1, false_negative=-7, true_negative=2)
    sample = flips(np.random.default_rng(6), days=3, rows=50)
    said, y, amount = sample.decisions, sample.y, np.arange(150.0)
    each = np.where(said == 1, np.where(y == 1, 5, -1), np.where(y == 1, -7, 2)) * amount
    assert realised_worth(rules, sample, amount).value(sample) == pytest.approx(each.mean())
    by_class = worth_by_class(rules, sample.scores, THRESHOLD, amount)
    assert by_class[np.arange(150), y.astype(int)] == pytest.approx(each)


def report(
    *, realised: Ranged | None, estimated: Ranged | None = None, mature: bool = True, better: str = "higher"
) -> PerformanceReport:
    """A report of one metric with a baseline of 0.8."""
    one = MetricPerformance(
        metric="auc",
        better=better,  # type: ignore[arg-type]
        realised=realised,
        estimated=estimated,
        gap=None,
        baseline=Ranged(value=0.8),
    )
    return PerformanceReport(
        partition="p",
        partitions=("p",),
        version="1",
        as_of="2024-03-01T00:00:00+00:00",
        rows=100,
        labelled=90,
        settled=95,
        mature=mature,
        metric="auc",
        metrics=(one,),
        business=None,
        business_unit=None,
        level=0.95,
        assumptions=(),
        message="",
    )


GOOD, BAD, WIDE = (
    Ranged(value=v, low=low, high=high)
    for v, low, high in ((0.8, 0.75, 0.85), (0.5, 0.45, 0.55), (0.7, 0.6, 0.8))
)


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        pytest.param(report(realised=GOOD), "pass", id="all of the interval keeps the floor"),
        pytest.param(report(realised=BAD), "fail", id="none of it does"),
        pytest.param(report(realised=WIDE), "inconclusive", id="the floor lies inside"),
        pytest.param(report(realised=None), "not_enough_data", id="unknown is no pass"),
        pytest.param(report(realised=Ranged(value=0.9)), "not_enough_data", id="without interval neither"),
        pytest.param(
            report(realised=BAD, estimated=GOOD, mature=False), "pass", id="young labels do not count"
        ),
        pytest.param(report(realised=BAD, estimated=GOOD), "fail", id="mature ones do"),
        pytest.param(report(realised=BAD, mature=False), "fail", id="young ones are better than nothing"),
        pytest.param(report(realised=BAD, better="lower"), "pass", id="of a loss it is a ceiling"),
    ],
)
def test_floor(given: PerformanceReport, verdict: Verdict) -> None:
    assert decide_floor(given, PerformanceRules(floor=0.7)).verdict == verdict


@pytest.mark.parametrize(
    ("given", "decay", "verdict", "limit"),
    [
        pytest.param(report(realised=GOOD), 0.1, "pass", 0.72, id="within a tenth of the baseline"),
        pytest.param(report(realised=BAD), 0.1, "fail", 0.72, id="worse by more than a tenth"),
        pytest.param(report(realised=BAD), 0.5, "pass", 0.4, id="half is allowed"),
        pytest.param(
            report(realised=GOOD, better="lower"), 0.1, "pass", 0.88, id="a loss may grow by a tenth"
        ),
        pytest.param(report(realised=BAD), None, "pass", None, id="nothing was asked for"),
    ],
)
def test_decay(given: PerformanceReport, decay: float | None, verdict: Verdict, limit: float | None) -> None:
    found = decide_decay(given, PerformanceRules(decay=decay))
    assert (found.verdict, found.limit) == (verdict, None if limit is None else pytest.approx(limit))


def test_the_trend_is_drawn_and_nothing_is_not() -> None:
    assert (
        trend_png([report(realised=GOOD, estimated=WIDE), report(realised=None)], limit=0.7)[:4] == b"\x89PNG"
    )
    assert coverage_trend_png([report(realised=GOOD)])[:4] == b"\x89PNG"
    assert calibration_trend_png([report(realised=GOOD)]) is None
    with pytest.raises(LifecycleError, match="no auc to draw in 1 performance reports"):
        trend_png([report(realised=None)])


@pytest.mark.parametrize(
    ("rules", "paths"),
    [
        ("{metric: calibration_slope}", ["metric"]),
        ("{metric: rmse}", ["metric"]),
        ("{business: {unit: EUR, error: 1}}", ["business"]),
        ("{business: {unit: EUR, true_positive: 1, column: carrier}}", ["business.column"]),
        ("{metric: auc, floor: 0.6, business: {unit: EUR, true_positive: 1, column: distance}}", []),
    ],
)
def test_what_the_parser_cannot_know_is_found(rules: str, paths: list[str]) -> None:
    found = [problem.path for problem in performance_problems(spec(rules))]
    assert found == [f"monitoring.performance.{path}" for path in paths]


def test_a_business_value_of_nothing_is_refused() -> None:
    with pytest.raises(SpecError, match="every outcome is worth 0"):
        spec("{business: {unit: EUR}}")
