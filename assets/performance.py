"""`<model>/performance`: how well what answers does on a partition, before and after its labels are in."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import dagster as dg

from assets.keys import DECAY_CHECK, FEATURES, FLOOR_CHECK, LABELS, PERFORMANCE, TRAFFIC, stage_key
from assets.metadata import (
    Metadata,
    PartitionEvent,
    markdown_table,
    newest_event,
    picture,
    results_of,
)
from assets.partitions import partitions_of
from assets.performance_served import served_metadata
from assets.performance_watch import PERFORMANCE_FILE, PerformanceWatch
from assets.provenance import code_version
from lifecycle.clock import now
from lifecycle.errors import LifecycleError
from lifecycle.monitoring.decay import PerformanceVerdict, decide_decay, decide_floor
from lifecycle.monitoring.performance_pictures import calibration_trend_png, coverage_trend_png, trend_png
from lifecycle.monitoring.performance_report import MetricPerformance, PerformanceReport, Ranged
from lifecycle.spec.fingerprint import fingerprint
from lifecycle.spec.model_spec import ModelSpec
from resources.tracking.base import Tracking
from resources.warehouse.base import TableRef, Warehouse

DRAWN_PARTITIONS = 24
"""Of the trend; a run of more partitions than `DRAWN_RUN` draws none."""
DRAWN_RUN = 12
READS = (FEATURES, TRAFFIC, LABELS)
"""Of the last two there is none where a model was never deployed; then nothing is told of serving."""


def performance_asset(spec: ModelSpec) -> dg.AssetsDefinition:
    """The `performance` asset of a model with its two checks, which warn."""
    key, partitions = stage_key(spec.name, PERFORMANCE), partitions_of(spec)
    version = code_version(spec, PERFORMANCE)

    @dg.asset(
        key=key,
        deps=[stage_key(spec.name, stage) for stage in READS],
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        code_version=version,
        check_specs=[
            dg.AssetCheckSpec(FLOOR_CHECK, asset=key, description="the metric keeps its floor; warns only"),
            dg.AssetCheckSpec(
                DECAY_CHECK, asset=key, description="the metric is as on the version's holdout; warns only"
            ),
        ],
        kinds={"python"},
        description="How well what answers does: realised where labels are in, estimated where not.",
        group_name=spec.name,
        owners=list(spec.model.owners),
    )
    def performance(
        context: dg.AssetExecutionContext,
        warehouse: dg.ResourceParam[Warehouse],
        tracking: dg.ResourceParam[Tracking],
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        drawn, events = len(context.partition_keys) <= DRAWN_RUN, dict[str, PartitionEvent]()
        seen = {
            asset: event
            for stage in READS
            for asset, event in newest_event(context, stage_key(spec.name, stage)).items()
        }
        reports = dict[str, PerformanceReport]()
        with TemporaryDirectory() as folder:
            watch = PerformanceWatch(
                spec=spec, warehouse=warehouse, tracking=tracking, folder=Path(folder), as_of=now()
            )
            for partition in context.partition_keys:
                table, report = watch.judge(partition)
                context.log.info(f"{partition}: {decide_floor(report, spec.monitoring.performance).reason}")
                reports[partition] = report
                events[partition] = PartitionEvent(
                    metadata=performance_metadata(watch, table, report, draw=drawn),
                    data_version=_version(report),
                    read=_read(spec, warehouse, partition),
                )
        yield from results_of(
            context, events, lambda: _range_metadata(reports), code_version=version, seen=seen
        )
        rules = spec.monitoring.performance
        yield _check(FLOOR_CHECK, {name: decide_floor(one, rules) for name, one in reports.items()})
        yield _check(DECAY_CHECK, {name: decide_decay(one, rules) for name, one in reports.items()})

    return performance


def performance_metadata(
    watch: PerformanceWatch, table: TableRef, report: PerformanceReport, *, draw: bool
) -> Metadata:
    """What the event of a partition shows, and what sensors read of it; what is unknown is left out."""
    rules, judged = watch.spec.monitoring.performance, report.judged
    shown: dict[str, dg.MetadataValue] = {
        "partition": dg.MetadataValue.text(report.partition),
        "metric": dg.MetadataValue.text(report.metric),
        "version": dg.MetadataValue.text(report.version or "none"),
        "coverage": dg.MetadataValue.float(report.coverage),
        "labelled_rows": dg.MetadataValue.int(report.labelled),
        "rows": dg.MetadataValue.int(report.rows),
        "mature": dg.MetadataValue.bool(report.mature),
        "as_of": dg.MetadataValue.text(report.as_of),
        "report": dg.MetadataValue.path(watch.warehouse.attached_at(table, PERFORMANCE_FILE)),
        "floor": dg.MetadataValue.text(decide_floor(report, rules).reason),
        "decay": dg.MetadataValue.text(decide_decay(report, rules).reason),
    }
    if report.message:
        shown["message"] = dg.MetadataValue.text(report.message)
    if judged is not None:
        shown |= {name: dg.MetadataValue.float(value) for name, value in _numbers(judged).items()}
    if report.business is not None:
        worth = {name: value for name, value in _numbers(report.business).items() if name != "baseline"}
        shown |= {f"business_{name}": dg.MetadataValue.float(value) for name, value in worth.items()}
        shown["business_unit"] = dg.MetadataValue.text(f"{report.business_unit} a row")
    if report.metrics:
        shown["metrics"] = markdown_table(
            ["metric", "realised", "interval", "estimated", "interval", "gap", "interval", "on its holdout"],
            [_line(one) for one in (*report.metrics, *([report.business] if report.business else []))],
        )
    if report.assumptions:
        shown["estimates_assume"] = dg.MetadataValue.md("\n".join(f"- {one}" for one in report.assumptions))
    served = served_metadata(watch.spec, watch.warehouse, report, as_of=watch.as_of)
    return {**shown, **served, **(_pictures(watch, table, report) if draw else {})}


def _numbers(one: MetricPerformance) -> Mapping[str, float]:
    found: dict[str, float | None] = {"baseline": one.baseline.value if one.baseline else None}
    for name, ranged in (("realised", one.realised), ("estimated", one.estimated), ("gap", one.gap)):
        if ranged is not None:
            found |= {name: ranged.value, f"{name}_low": ranged.low, f"{name}_high": ranged.high}
    return {name: value for name, value in found.items() if value is not None}


def _line(one: MetricPerformance) -> list[str]:
    cells = [one.metric]
    for ranged in (one.realised, one.estimated, one.gap):
        cells += ["-" if ranged is None else f"{ranged.value:.4g}", _bounds(ranged)]
    return [*cells, "-" if one.baseline is None else f"{one.baseline.value:.4g}"]


def _bounds(ranged: Ranged | None) -> str:
    if ranged is None or ranged.low is None or ranged.high is None:
        return "-"
    return f"{ranged.low:.4g} to {ranged.high:.4g}"


def _pictures(watch: PerformanceWatch, table: TableRef, report: PerformanceReport) -> Metadata:
    reports = [*watch.before(table, at_most=DRAWN_PARTITIONS - 1), report]
    shown: dict[str, dg.MetadataValue] = {
        "coverage_trend": picture(coverage_trend_png(reports), "label coverage by partition")
    }
    try:
        trend = trend_png(reports, limit=watch.spec.monitoring.performance.floor)
    except LifecycleError:
        return shown  # nothing was measured yet; the message says why
    shown["trend"] = picture(trend, "performance by partition")
    calibration = calibration_trend_png(reports)
    if calibration is not None:
        shown["calibration_trend"] = picture(calibration, "calibration by partition")
    return shown


def _check(name: str, verdicts: Mapping[str, PerformanceVerdict]) -> dg.AssetCheckResult:
    """One result for all partitions of the run: a warning where a limit is broken, or nothing is known."""
    bad = {p: one for p, one in verdicts.items() if one.verdict in ("fail", "not_enough_data")}
    told = [f"{partition}: {one.reason}" for partition, one in (bad or verdicts).items()]
    return dg.AssetCheckResult(
        check_name=name,
        passed=not bad,
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(told[:3]),
        metadata={partition: f"{one.verdict}: {one.reason}" for partition, one in verdicts.items()},
    )


def _range_metadata(reports: Mapping[str, PerformanceReport]) -> Metadata:
    rows = []
    for partition, report in reports.items():
        judged = report.judged
        line = _line(judged) if judged else [report.metric, *["-"] * 7]
        rows.append([partition, *line, f"{report.coverage:.1%}", report.version or "none"])
    head = ["partition", "metric", "realised", "interval", "estimated", "interval", "gap", "interval"]
    return {"partitions": markdown_table([*head, "on its holdout", "coverage", "version"], rows)}


def _read(spec: ModelSpec, warehouse: Warehouse, partition: str) -> Mapping[str, str]:
    """Upstream asset -> version of its table, where there is one: a model may never have been deployed."""
    tables = {stage: warehouse.published(spec.name, stage, partition) for stage in READS}
    return {
        stage_key(spec.name, stage).to_user_string(): table.content_hash
        for stage, table in tables.items()
        if table is not None
    }


def _version(report: PerformanceReport) -> str:
    """Of what was found: looked at later, the same labels give the same."""
    return fingerprint([report.model_dump(mode="json", exclude={"as_of"})])
