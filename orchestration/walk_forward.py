"""The walk-forward table: each as-of version on its own holdout, and on the partition that came after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from assets.keys import FEATURES
from assets.partitions import next_partition, partitions_of, window_of
from lifecycle.evaluation.intervals import MetricValue
from lifecycle.registry.bundle import open_bundle
from lifecycle.registry.judging import columns_read, judge, period, score_rows
from lifecycle.spec.records import ModelSpec
from resources.tracking.base import ModelVersion, Tracking
from resources.warehouse.base import ALL_TIME, Warehouse


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkForwardStep:
    """One as-of version."""

    version: ModelVersion
    metric: str
    holdout: tuple[float | None, float | None, float | None]
    """Value, low, high on the holdout, as its evaluation recorded them."""
    next_partition: str
    later: MetricValue | None
    """On the partition after its cut-off, which was the future then; None where it is not materialized."""
    rows: int
    """Labelled rows of that partition."""


def walk_forward(spec: ModelSpec, warehouse: Warehouse, tracking: Tracking) -> list[WalkForwardStep]:
    """The newest version of each as-of partition, oldest first, by the metric of the spec's first gate."""
    newest = {version.as_of: version for version in tracking.versions(spec.name)}
    return [_step(spec, warehouse, tracking, newest[as_of]) for as_of in sorted(newest)]


def table(steps: Sequence[WalkForwardStep]) -> str:
    """The steps as a table for the terminal."""
    if not steps:
        return "no version yet"
    metric = steps[0].metric
    head = (
        "as of",
        "version",
        "verdict",
        f"{metric} on holdout",
        "interval",
        "next",
        f"{metric} there",
        "interval",
        "rows",
    )
    rows = [head]
    for step in steps:
        value, low, high = step.holdout
        later = step.later
        interval = later.interval if later else None
        rows.append(
            (
                step.version.as_of,
                step.version.version,
                step.version.verdict or "not evaluated",
                _number(value),
                _bounds(low, high),
                step.next_partition if later else "-",
                _number(later.value if later else None),
                _bounds(*((interval.low, interval.high) if interval else (None, None))),
                f"{step.rows:,}" if later else "-",
            )
        )
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _step(
    spec: ModelSpec, warehouse: Warehouse, tracking: Tracking, version: ModelVersion
) -> WalkForwardStep:
    metric = spec.evaluation.metric_gates[0].metric
    recorded = tracking.metrics(spec.name, version.version)
    partitions = partitions_of(spec)
    later = next_partition(partitions, version.as_of)
    features = warehouse.published(spec.name, FEATURES, later) if later else None
    measured, rows = None, 0
    if later and features:
        with TemporaryDirectory() as folder:
            fetched = tracking.fetch_bundle(spec.name, version.version, Path(folder))
            bundle = open_bundle(fetched, expect_digest=version.bundle_digest)
            window = window_of(partitions, later)
            batches = warehouse.batches(features, columns_read(spec, bundle))
            scored = score_rows(spec, bundle, batches, period(window.start, window.end, cut_off=ALL_TIME.end))
            measured, rows = judge(spec, bundle, scored).metric(metric), len(scored.labels)
    return WalkForwardStep(
        version=version,
        metric=metric,
        holdout=(recorded.get(metric), recorded.get(f"{metric}_low"), recorded.get(f"{metric}_high")),
        next_partition=later or "-",
        later=measured,
        rows=rows,
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _bounds(low: float | None, high: float | None) -> str:
    return "-" if low is None or high is None else f"{low:.3f} to {high:.3f}"
