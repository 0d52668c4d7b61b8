"""From scored rows to a performance report: realised, estimated, the gap between them. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from lifecycle.evaluation.intervals import MetricValue, measure
from lifecycle.evaluation.metrics.registry import metric, metric_names
from lifecycle.evaluation.sample import Floats, Ints
from lifecycle.monitoring.cbpe import calibrate, estimate
from lifecycle.monitoring.concept_gap import gap_between
from lifecycle.monitoring.estimate import ASSUMPTIONS, BUSINESS_VALUE, Estimate, estimate_named
from lifecycle.monitoring.loss_estimation import LossModel, estimate_losses, learn_losses
from lifecycle.monitoring.performance_report import (
    Gap,
    MetricPerformance,
    PerformanceReport,
    Ranged,
)
from lifecycle.monitoring.scored_rows import ScoredRows
from lifecycle.monitoring.worth import realised_worth, worth_by_class
from lifecycle.spec.model_spec import ModelSpec
from lifecycle.spec.performance import BusinessValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a window is measured for.

    Attributes:
        partitions: measured together, oldest first; the last one is asked for.
        version: None: nobody answers for it.
        as_of: when labels are looked at.
        settled: rows whose label came, or never will.
        baseline: metric, `<metric>_low`, `<metric>_high` -> number of the version's evaluation.
    """

    partitions: Sequence[str]
    version: str | None
    as_of: datetime
    settled: int
    threshold: float | None
    baseline: Mapping[str, float]


def judged_metric(spec: ModelSpec) -> str:
    """The metric that floor and decay are about."""
    return spec.monitoring.performance.metric or spec.evaluation.metric_gates[0].metric


def measure_performance(
    spec: ModelSpec, judged: Judged, window: ScoredRows, held_out: ScoredRows | None, *, why_not: str = ""
) -> PerformanceReport:
    """The report of a window.

    Args:
        held_out: rows that the version was judged on; None: there are none, and nothing is estimated.
        why_not: why there are none.
    """
    rules, level = spec.monitoring.performance, spec.evaluation.level
    sample = window.labelled(judged.threshold)
    names = dict.fromkeys([*(spec.evaluation.metrics or metric_names(sample.task)), judged_metric(spec)])
    metrics = [metric(name, sample.task) for name in names]
    if rules.business is not None:
        metrics.append(realised_worth(rules.business, sample, window.amount[window.known]))
    realised = measure(
        metrics, sample, seed=spec.training.seed, n_resamples=spec.evaluation.resamples, level=level
    )
    whole, labelled = _estimates(spec, judged, window, held_out, level)
    found = [_performance(one, whole, labelled, judged.baseline) for one in realised]
    rows = len(window.labels)
    return PerformanceReport(
        partition=judged.partitions[-1],
        partitions=tuple(judged.partitions),
        version=judged.version,
        as_of=judged.as_of.isoformat(),
        rows=rows,
        labelled=int(window.known.sum()),
        settled=judged.settled,
        mature=rows > 0 and judged.settled >= rules.maturity * rows,
        metric=judged_metric(spec),
        metrics=tuple(one for one in found if one.metric != BUSINESS_VALUE),
        business=next((one for one in found if one.metric == BUSINESS_VALUE), None),
        business_unit=rules.business.unit if rules.business else None,
        level=level,
        assumptions=ASSUMPTIONS[sample.task] if whole else (),
        message=why_not,
    )


def _estimates(
    spec: ModelSpec, judged: Judged, window: ScoredRows, held_out: ScoredRows | None, level: float
) -> tuple[Sequence[Estimate], Sequence[Estimate]]:
    """Of all rows, and of those with a label: the gap to the realised value needs the latter."""
    if held_out is None or not held_out.known.any() or not len(window.labels):
        return (), ()
    seed, known, business = spec.training.seed, window.known, spec.monitoring.performance.business
    sample = held_out.labelled(judged.threshold)
    if held_out.features is not None and window.features is not None:
        losses = learn_losses(sample, held_out.features[held_out.known], seed=seed)
        found = estimate_losses(losses, window.scores, window.features, window.blocks, level=level)
        whole = _with_worth(business, found, window.amount)
        if known.all():
            return whole, whole
        return whole, _labelled_losses(losses, window, level, business)
    calibration = calibrate(sample, seed=seed)

    def expected_of(scores: Floats, blocks: Ints, amount: Floats) -> Sequence[Estimate]:
        worth = worth_by_class(business, scores, judged.threshold, amount) if business else None
        return estimate(calibration, scores, blocks, level=level, worth=worth)

    every = expected_of(window.scores, window.blocks, window.amount)
    if known.all():
        return every, every
    return every, expected_of(window.scores[known], window.blocks[known], window.amount[known])


def _labelled_losses(
    losses: Sequence[LossModel], window: ScoredRows, level: float, business: BusinessValue | None
) -> Sequence[Estimate]:
    known = window.known
    if window.features is None or not known.any():
        return ()
    found = estimate_losses(
        losses, window.scores[known], window.features[known], window.blocks[known], level=level
    )
    return _with_worth(business, found, window.amount[known])


def _with_worth(
    business: BusinessValue | None, losses: Sequence[Estimate], amount: Floats
) -> tuple[Estimate, ...]:
    """The worth of a regression follows from its mean absolute error where every row counts alike."""
    mae = estimate_named(losses, "mae")
    if business is None or mae is None or mae.value is None or np.any(amount != 1):
        return tuple(losses)
    ends = [None if end is None else business.error * end for end in (mae.low, mae.high)]
    low, high = ends if business.error >= 0 else ends[::-1]
    worth = Estimate(
        metric=BUSINESS_VALUE, value=business.error * mae.value, low=low, high=high, level=mae.level
    )
    return (*losses, worth)


def _performance(
    realised: MetricValue,
    whole: Sequence[Estimate],
    labelled: Sequence[Estimate],
    baseline: Mapping[str, float],
) -> MetricPerformance:
    name = realised.metric
    gap = gap_between(realised.value, estimate_named(labelled, name))
    estimated, interval = estimate_named(whole, name), realised.interval
    return MetricPerformance(
        metric=name,
        better=realised.better,
        realised=None
        if realised.value is None
        else Ranged(
            value=realised.value,
            low=interval.low if interval else None,
            high=interval.high if interval else None,
        ),
        estimated=None
        if estimated is None or estimated.value is None
        else Ranged(value=estimated.value, low=estimated.low, high=estimated.high),
        gap=None if gap is None else Gap(value=gap.value, low=gap.low, high=gap.high, shown=gap.shown),
        baseline=None
        if name not in baseline
        else Ranged(value=baseline[name], low=baseline.get(f"{name}_low"), high=baseline.get(f"{name}_high")),
    )


def nothing_measured(spec: ModelSpec, judged: Judged, *, rows: int, why: str) -> PerformanceReport:
    """The report of a window that no version answers for."""
    return PerformanceReport(
        partition=judged.partitions[-1],
        partitions=tuple(judged.partitions),
        version=judged.version,
        as_of=judged.as_of.isoformat(),
        rows=rows,
        labelled=0,
        settled=0,
        mature=False,
        metric=judged_metric(spec),
        metrics=(),
        business=None,
        business_unit=None,
        level=spec.evaluation.level,
        assumptions=(),
        message=why,
    )
