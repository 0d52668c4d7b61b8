"""`<model>/walk_forward`: each as-of version on its own holdout, and on the partition that came after it.

Read from the registry, of which nothing is changed: a backfill of `model` and `evaluation` over the past is a
test of how the model would have fared, and no version of the past becomes challenger.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import dagster as dg

from assets.keys import EVALUATION, FEATURES, WALK_FORWARD, stage_key
from assets.metadata import markdown_table, picture
from assets.partitions import next_partition, partitions_of, window_of
from assets.taking_up import recency
from lifecycle.errors import LifecycleError
from lifecycle.evaluation.intervals import MetricValue
from lifecycle.evaluation.pictures import WalkForwardRow, walk_forward_png
from lifecycle.features.build import build_plan
from lifecycle.registry.bundle import Bundle, open_bundle
from lifecycle.registry.judging import columns_read, judge, period, score_rows
from lifecycle.spec.model_spec import ModelSpec
from resources.tracking.base import ModelVersion, Tracking
from resources.warehouse.base import ALL_TIME, TableRef, TimeWindow, Warehouse

HEAD = (
    *("as of", "version", "verdict", "{} on holdout", "interval"),
    *("next", "{} there", "interval", "champion", "rows"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkForwardStep:
    """One as-of version."""

    version: ModelVersion
    metric: str
    holdout: tuple[float | None, float | None, float | None]
    """Value, low, high on the holdout, as its evaluation recorded them."""
    next_partition: str
    later: MetricValue | None
    """On the partition after its cut-off, the future then; None: not there, or by another plan."""
    rows: int
    """Labelled rows of that partition."""
    champion: float | None = None
    """The champion on the rows of `later`; None where it has seen some of them, and would look too good."""


def walk_forward_asset(spec: ModelSpec) -> dg.AssetsDefinition:
    """The `walk_forward` asset of a model: one table and one picture of all as-of versions."""

    @dg.asset(
        key=stage_key(spec.name, WALK_FORWARD),
        deps=[stage_key(spec.name, EVALUATION)],
        kinds={"mlflow"},
        description="Every as-of version on the time after it. Changes neither champion nor challenger.",
        group_name=spec.name,
        owners=list(spec.model.owners),
    )
    def walk(
        warehouse: dg.ResourceParam[Warehouse], tracking: dg.ResourceParam[Tracking]
    ) -> dg.MaterializeResult[None]:
        return dg.MaterializeResult(metadata=walk_forward_metadata(walk_forward(spec, warehouse, tracking)))

    return walk


def walk_forward(spec: ModelSpec, warehouse: Warehouse, tracking: Tracking) -> list[WalkForwardStep]:
    """The newest version of each as-of partition, oldest first, by the metric of the spec's first gate."""
    newest = {version.as_of: version for version in sorted(tracking.versions(spec.name), key=recency)}
    champion = tracking.holder(spec.name, "champion")
    with TemporaryDirectory() as folder:
        crowned = _bundle(tracking, champion, Path(folder)) if champion else None
        return [_step(spec, warehouse, tracking, newest[as_of], crowned) for as_of in sorted(newest)]


def walk_forward_metadata(steps: Sequence[WalkForwardStep]) -> Mapping[str, dg.MetadataValue]:
    """The table and the picture, as the UI shows them."""
    metric = steps[0].metric if steps else "metric"
    told: dict[str, dg.MetadataValue] = {
        "versions": dg.MetadataValue.int(len(steps)),
        "table": markdown_table([head.format(metric) for head in HEAD], [_cells(step) for step in steps]),
    }
    try:
        png = walk_forward_picture(steps)
    except LifecycleError:
        return told  # the table says that nothing was evaluated
    return {**told, "picture": picture(png, "walk-forward")}


def walk_forward_picture(steps: Sequence[WalkForwardStep]) -> bytes:
    """The steps as PNG.

    Raises:
        LifecycleError: there is no number to draw.
    """
    rows = []
    for step in steps:
        later = step.later
        interval = later.interval if later else None
        value, low, high = step.holdout
        rows.append(
            WalkForwardRow(
                as_of=step.version.as_of,
                value=later.value if later else None,
                low=interval.low if interval else None,
                high=interval.high if interval else None,
                champion=step.champion,
                holdout=value,
                holdout_low=low,
                holdout_high=high,
            )
        )
    return walk_forward_png(rows, metric=steps[0].metric if steps else "metric")


def table(steps: Sequence[WalkForwardStep]) -> str:
    """The steps as a table for the terminal."""
    if not steps:
        return "no version yet"
    rows = [tuple(head.format(steps[0].metric) for head in HEAD), *map(_cells, steps)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _cells(step: WalkForwardStep) -> tuple[str, ...]:
    value, low, high = step.holdout
    later = step.later
    interval = later.interval if later else None
    return (
        step.version.as_of,
        step.version.version,
        step.version.verdict or "not evaluated",
        _number(value),
        _bounds(low, high),
        step.next_partition if later else "-",
        _number(later.value if later else None),
        _bounds(*((interval.low, interval.high) if interval else (None, None))),
        _number(step.champion),
        f"{step.rows:,}" if later else "-",
    )


def _step(
    spec: ModelSpec,
    warehouse: Warehouse,
    tracking: Tracking,
    version: ModelVersion,
    champion: Bundle | None,
) -> WalkForwardStep:
    metric = spec.evaluation.metric_gates[0].metric
    recorded = tracking.metrics(spec.name, version.version)
    partitions = partitions_of(spec)
    later = next_partition(partitions, version.as_of)
    features = warehouse.published(spec.name, FEATURES, later) if later else None
    measured, rows, rival = None, 0, None
    if later and features:
        window = window_of(partitions, later)
        with TemporaryDirectory() as folder:
            bundle = _bundle(tracking, version, Path(folder))
            measured, rows = _measured(spec, bundle, warehouse, features, window)
            if champion is not None and champion.manifest.cut_off <= window.start:
                same = champion.digest == bundle.digest
                rival = measured if same else _measured(spec, champion, warehouse, features, window)[0]
    return WalkForwardStep(
        version=version,
        metric=metric,
        holdout=(recorded.get(metric), recorded.get(f"{metric}_low"), recorded.get(f"{metric}_high")),
        next_partition=later or "-",
        later=measured,
        rows=rows,
        champion=rival.value if rival else None,
    )


def _measured(
    spec: ModelSpec, bundle: Bundle, warehouse: Warehouse, features: TableRef, window: TimeWindow
) -> tuple[MetricValue | None, int]:
    """The metric of a bundle on the labelled rows of a partition, and how many they are.

    None where the bundle was made by another feature plan: a column of the same name may mean another thing.
    """
    if bundle.manifest.plan_fingerprint != build_plan(spec).fingerprint:
        return None, 0
    batches = warehouse.batches(features, columns_read(spec, bundle))
    scored = score_rows(spec, bundle, batches, period(window.start, window.end, cut_off=ALL_TIME.end))
    return judge(spec, bundle, scored).metric(spec.evaluation.metric_gates[0].metric), len(scored.labels)


def _bundle(tracking: Tracking, version: ModelVersion, folder: Path) -> Bundle:
    fetched = tracking.fetch_bundle(version.model, version.version, folder)
    return open_bundle(fetched, expect_digest=version.bundle_digest)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _bounds(low: float | None, high: float | None) -> str:
    return "-" if low is None or high is None else f"{low:.3f} to {high:.3f}"
