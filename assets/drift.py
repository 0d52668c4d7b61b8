"""`<model>/drift`: what moved in a partition, and whether that is more than usual."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import dagster as dg

from assets.drift_watch import DRIFT_FILE, DriftWatch, drift_watch
from assets.keys import DRIFT, DRIFT_CHECK, FEATURES, stage_key
from assets.metadata import (
    Metadata,
    PartitionEvent,
    markdown_table,
    newest_event,
    picture,
    results_of,
    scan_metadata,
)
from assets.partitions import partitions_of
from assets.provenance import code_version
from lifecycle.evaluation.evidently_report import evidently_drift_html
from lifecycle.monitoring.drift_pictures import heat_map_png, histograms_png
from lifecycle.monitoring.drift_report import ColumnDrift, DriftReport
from lifecycle.spec.fingerprint import fingerprint
from lifecycle.spec.model_spec import ModelSpec
from resources.tracking.base import Tracking
from resources.warehouse.base import TableRef, Warehouse

EVIDENTLY_FILE = "drift.html"
DRAWN_PARTITIONS = 24
"""Of the heat map; a run of more partitions than `DRAWN_RUN` draws none."""
DRAWN_RUN = 12
SHOWN_TESTS, SHOWN_INCIDENTS = 40, 60


def drift_asset(spec: ModelSpec) -> dg.AssetsDefinition:
    """The `drift` asset of a model with its check, which warns."""
    key, partitions = stage_key(spec.name, DRIFT), partitions_of(spec)
    version = code_version(spec, DRIFT)

    @dg.asset(
        key=key,
        deps=[stage_key(spec.name, FEATURES)],
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        code_version=version,
        check_specs=[
            dg.AssetCheckSpec(
                DRIFT_CHECK,
                asset=key,
                description="inputs, predictions and labels are as their reference is by itself; warns only",
            )
        ],
        kinds={"evidently"},
        description="What moved in a partition, and whether that is more than the reference does by itself.",
        group_name=spec.name,
        owners=list(spec.model.owners),
    )
    def drift(
        context: dg.AssetExecutionContext,
        warehouse: dg.ResourceParam[Warehouse],
        tracking: dg.ResourceParam[Tracking],
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        upstream, drawn = stage_key(spec.name, FEATURES), len(context.partition_keys) <= DRAWN_RUN
        seen, events = newest_event(context, upstream), dict[str, PartitionEvent]()
        reports = dict[str, DriftReport]()
        with TemporaryDirectory() as folder:
            watch = drift_watch(spec, warehouse, tracking, Path(folder), tell=context.log.info)
            for partition in context.partition_keys:
                table, report = watch.judge(partition)
                context.log.info(f"{partition}: {report.message}")
                reports[partition] = report
                alone = spec.monitoring.drift.page and len(context.partition_keys) == 1
                page = _evidently(watch, table) if alone else {}
                events[partition] = PartitionEvent(
                    metadata={**drift_metadata(watch, table, report, draw=drawn), **page},
                    data_version=_version(report),
                    read={upstream.to_user_string(): table.content_hash},
                )
        yield from results_of(
            context, events, lambda: _range_metadata(reports), code_version=version, seen=seen
        )
        yield drift_result(reports)

    return drift


def drift_metadata(watch: DriftWatch, table: TableRef, report: DriftReport, *, draw: bool) -> Metadata:
    """What the event of a partition shows, and what sensors read of it."""
    shown: dict[str, dg.MetadataValue] = {
        "partition": dg.MetadataValue.text(report.partition),
        "status": dg.MetadataValue.text(report.status.replace("_", " ")),
        "drifted": dg.MetadataValue.bool(report.drifted),
        "certain": dg.MetadataValue.bool(report.certain),
        "drift_score": dg.MetadataValue.float(report.score),
        "drifted_columns": dg.MetadataValue.text(", ".join(report.drifted_columns)),
        "unjudged_columns": dg.MetadataValue.text(", ".join(report.unjudged_columns)),
        "incidents": dg.MetadataValue.text(", ".join(sorted(report.incident_blocks))),
        "incident_message": dg.MetadataValue.text(report.incident_message),
        "message": dg.MetadataValue.text(report.message),
        "reference": dg.MetadataValue.text(_reference(report)),
        "rows": dg.MetadataValue.int(report.rows),
        "report": dg.MetadataValue.path(watch.warehouse.attached_at(table, DRIFT_FILE)),
    }
    shown |= scan_metadata(watch.warehouse.scanned(table, "blocks"))
    if report.separable is not None:
        shown["separable"] = dg.MetadataValue.text(_separable(report))
    if report.columns:
        shown["columns"] = _tests_table(report)
    if report.incidents:
        rows = [(one.block, one.drift.message) for one in report.incidents[:SHOWN_INCIDENTS]]
        shown["incidents_table"] = markdown_table(["block", "what"], rows)
    if draw and report.columns:
        reports = [*watch.before(table, at_most=DRAWN_PARTITIONS - 1), report]
        shown["heat_map"] = picture(heat_map_png(reports), "drift by column and partition")
        histograms = histograms_png(report, *watch.profiles(table))
        if histograms is not None:
            shown["histograms"] = picture(histograms, "columns that moved most")
    return shown


def drift_result(reports: Mapping[str, DriftReport]) -> dg.AssetCheckResult:
    """One result for all partitions of the run: a warning where one drifted, or a day of one stands out.

    What cannot be judged is no pass.
    """
    unlike = [
        f"{partition}: {report.message}"
        for partition, report in reports.items()
        if report.drifted or report.incidents or report.unjudged_columns or report.status != "judged"
    ]
    return dg.AssetCheckResult(
        check_name=DRIFT_CHECK,
        passed=not unlike,
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(unlike[:3]) or "as the reference",
        metadata=_range_metadata(reports),
    )


def _range_metadata(reports: Mapping[str, DriftReport]) -> Metadata:
    rows = [
        (
            partition,
            report.status.replace("_", " "),
            _called(report),
            f"{report.score:.4f}",
            ", ".join(report.drifted_columns),
            ", ".join(sorted(report.incident_blocks)),
            ", ".join(report.unjudged_columns),
        )
        for partition, report in reports.items()
    ]
    head = ["partition", "status", "", "score", "columns", "incidents", "not judged"]
    return {"partitions": markdown_table(head, rows)}


def _tests_table(report: DriftReport) -> dg.MarkdownMetadataValue:
    rows = [
        (
            test.column,
            test.family,
            test.statistic.replace("_", " "),
            f"{test.value:.4g}",
            f"{test.limit:.4g}",
            f"{test.q_value:.2g}",
            "-" if test.effect is None else f"{test.effect:.4f}",
            "-" if test.importance is None else f"{test.importance:.1%}",
            _verdict(test),
        )
        for test in report.columns[:SHOWN_TESTS]
    ]
    head = ["column", "family", "statistic", "value", "limit", "q", "effect", "importance", ""]
    return markdown_table(head, rows)


def _called(told: DriftReport | ColumnDrift) -> str:
    return ("drifted for certain" if told.certain else "drifted") if told.drifted else ""


def _verdict(test: ColumnDrift) -> str:
    return _called(test) if test.drifted or test.judged else "not judged"


def _reference(report: DriftReport) -> str:
    of = report.reference
    whose = f"what version {of.version} was trained on" if of.version else "the partitions before"
    span = f"{of.partitions[0]} to {of.partitions[-1]}" if of.partitions else "none"
    return f"{whose}: {span}, {of.blocks} blocks, {of.rows:,} rows"


def _separable(report: DriftReport) -> str:
    interval = (
        ""
        if report.separable_low is None
        else f" ({report.separable_low:.3f} to {report.separable_high:.3f})"
    )
    itself = report.separable_by_itself
    usual = "" if itself is None else f"; halves of the reference by themselves {itself:.3f}"
    return f"AUC {report.separable:.3f}{interval}{usual}"


def _evidently(watch: DriftWatch, table: TableRef) -> Metadata:
    """Evidently's page of a sample, beside the feature table."""
    numeric = [feature.name for feature in watch.shown if feature.kind != "string"]
    categorical = [feature.name for feature in watch.shown if feature.kind == "string"]
    reference, current = (side.to_pandas() for side in watch.samples(table))
    page = evidently_drift_html(reference, current, numeric=numeric, categorical=categorical)
    if page is None:
        return {}
    return {"evidently": dg.MetadataValue.path(watch.warehouse.attach(table, EVIDENTLY_FILE, page.encode()))}


def _version(report: DriftReport) -> str:
    """Of what was found; who scored and what it was compared with are in there, too."""
    return fingerprint([report.model_dump(mode="json")])
