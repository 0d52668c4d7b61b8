"""`<model>/evaluation`: what a version is worth on rows it never saw, and whether it may be challenger."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import dagster as dg

from assets.approval import is_rejected, newest_passed
from assets.keys import EVALUATION, FEATURES, MODEL, gate_check, stage_key
from assets.links import mlflow_links
from assets.metadata import markdown_table, picture
from assets.partitions import partitions_of, training_mapping
from assets.provenance import code_version
from assets.semantic import shown as shown_version
from assets.verdicts import verdict_tags
from lifecycle.errors import LifecycleError
from lifecycle.evaluation.gates.verdict import GateResult
from lifecycle.evaluation.report import EvaluationReport
from lifecycle.registry.bundle import Bundle, open_bundle
from lifecycle.registry.judging import EVIDENTLY_FILE, Scored, draw, judge, score_rows, write_artifacts
from lifecycle.spec.fingerprint import stage_fingerprints
from lifecycle.spec.records import ModelSpec
from resources.tracking.base import EvaluationRecord, ModelVersion, Tracking
from resources.warehouse.base import TableRef, Warehouse

if TYPE_CHECKING:
    import pyarrow as pa


def evaluation_asset(spec: ModelSpec) -> dg.AssetsDefinition:
    """The `evaluation` asset of a model with one blocking check per gate."""
    key, partitions = stage_key(spec.name, EVALUATION), partitions_of(spec)

    @dg.asset(
        key=key,
        deps=[
            stage_key(spec.name, MODEL),
            dg.AssetDep(stage_key(spec.name, FEATURES), partition_mapping=training_mapping(spec, partitions)),
        ],
        partitions_def=partitions,
        code_version=code_version(spec, EVALUATION),
        check_specs=[
            dg.AssetCheckSpec(
                gate_check(gate.name),
                asset=key,
                blocking=True,
                description=f"{gate.metric}, decided on the {gate.on}",
            )
            for gate in spec.evaluation.gates
        ],
        kinds={"evidently", "mlflow"},
        description="Metrics with intervals on rows the model never saw, and the gates to deployment.",
        group_name=spec.name,
        owners=list(spec.model.owners),
    )
    def evaluation(
        context: dg.AssetExecutionContext,
        warehouse: dg.ResourceParam[Warehouse],
        tracking: dg.ResourceParam[Tracking],
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        version = version_as_of(tracking, spec.name, context.partition_key)
        with TemporaryDirectory() as folder:
            fetched = tracking.fetch_bundle(spec.name, version.version, Path(folder))
            bundle = open_bundle(fetched, expect_digest=version.bundle_digest)
            context.log.info(f"version {version.version} as of {version.as_of}: scoring its holdout")
            scored = score_parts(spec, warehouse, bundle)
            report = judge(spec, bundle, scored["holdout"])
            pictures = draw(report)
            artifacts = write_artifacts(spec, bundle, Path(folder), report, pictures, scored)
            record = EvaluationRecord(
                verdict=report.verdict,
                metrics=flat_metrics(report),
                artifacts=artifacts,
                tags={**evaluation_tags(spec), **verdict_tags(bundle.digest, report.gates)},
            )
            version = tracking.record_evaluation(spec.name, version.version, record)
            evidence = tracking.evidence_uri(spec.name, version.version)
        role = appoint_challenger(tracking, version)
        context.log.info(f"version {version.version}: {report.verdict}; {role}")
        yield dg.MaterializeResult(metadata=report_metadata(version, report, pictures, role, evidence))
        yield from map(gate_result, report.gates)

    return evaluation


def version_as_of(tracking: Tracking, model: str, as_of: str) -> ModelVersion:
    """The version made last as of a partition.

    Raises:
        LifecycleError: there is none.
    """
    found = [version for version in tracking.versions(model) if version.as_of == as_of]
    if not found:
        raise LifecycleError(
            f"{model} has no version as of {as_of}: materialize {model}/{MODEL} {as_of} first"
        )
    return found[-1]


def score_parts(spec: ModelSpec, warehouse: Warehouse, bundle: Bundle) -> Mapping[str, Scored]:
    """Validation and holdout rows scored by the very bundle, from the tables that its manifest names.

    Raises:
        LifecycleError: a table has changed since the version was trained.
    """
    manifest = bundle.manifest
    read = manifest.data_versions.items()
    table = _concat(
        warehouse, [_trained_on(spec, warehouse, partition, digest) for partition, digest in read]
    )
    bounds = {
        "validation": (manifest.validation_start, manifest.holdout_start),
        "holdout": (manifest.holdout_start, manifest.cut_off),
    }
    return {
        part: score_rows(spec, bundle, table, start=start, end=end, cut_off=manifest.cut_off)
        for part, (start, end) in bounds.items()
    }


def appoint_challenger(tracking: Tracking, version: ModelVersion) -> str:
    """Make a version challenger where it passed and nothing newer did; say what it is now."""
    champion = tracking.holder(version.model, "champion")
    if version.verdict != "pass":
        if "challenger" in version.aliases:
            tracking.drop_alias(version.model, "challenger")
        return "no challenger: its gates did not pass"
    if is_rejected(version):
        return "no challenger: it was rejected"
    newest = newest_passed(tracking.versions(version.model))
    if newest is not None and newest.version != version.version:
        return f"no challenger: version {newest.version} as of {newest.as_of} is newer"
    if champion is not None and champion.bundle_digest == version.bundle_digest:
        return "no challenger: it is the champion"
    tracking.set_alias(version.model, "challenger", version.version)
    return "challenger"


def gate_result(gate: GateResult) -> dg.AssetCheckResult:
    """A gate as an asset check: only a pass passes."""
    facts = {
        "verdict": gate.verdict,
        "observed": gate.observed,
        "low": gate.low,
        "high": gate.high,
        "limit": gate.limit,
    }
    return dg.AssetCheckResult(
        check_name=gate_check(gate.gate),
        passed=gate.verdict == "pass",
        description=gate.reason,
        metadata={name: value for name, value in facts.items() if value is not None},
    )


def flat_metrics(report: EvaluationReport) -> Mapping[str, float]:
    """Metrics and their bounds by name, those that could not be computed left out."""
    flat = {"rows": float(report.n_rows), "unlabelled": float(report.n_unlabelled)}
    for measured in report.metrics:
        if measured.value is not None:
            flat[measured.metric] = measured.value
        if measured.interval is not None:
            flat |= {
                f"{measured.metric}_low": measured.interval.low,
                f"{measured.metric}_high": measured.interval.high,
            }
    return flat


def evaluation_tags(spec: ModelSpec) -> Mapping[str, str]:
    """What the verdict was reached by."""
    return {"flywheel.evaluation_spec": stage_fingerprints(spec)[EVALUATION]}


def report_metadata(
    version: ModelVersion, report: EvaluationReport, pictures: Mapping[str, bytes], role: str, evidence: str
) -> Mapping[str, dg.MetadataValue]:
    """What the UI shows of an evaluation."""
    shown: dict[str, dg.MetadataValue] = {
        "verdict": dg.MetadataValue.text(report.verdict),
        "role": dg.MetadataValue.text(role),
        "version": dg.MetadataValue.text(shown_version(version)),
        "rows": dg.MetadataValue.int(report.n_rows),
        "rows_without_label": dg.MetadataValue.int(report.n_unlabelled),
        "metrics": markdown_table(["metric", "value", "low", "high", "better"], metric_rows(report)),
        **{f"picture_{name}": picture(png, name) for name, png in pictures.items()},
        "evidently_report": dg.MetadataValue.path(f"{evidence}/{EVIDENTLY_FILE}"),
    }
    if "auc" in (numbers := flat_metrics(report)):
        shown["auc"] = dg.MetadataValue.float(numbers["auc"])
    return {**shown, **mlflow_links(version)}


def metric_rows(report: EvaluationReport) -> list[tuple[str, str, str, str, str]]:
    """Name, value, bounds and direction of each metric, as people read them."""

    def shown(value: float | None) -> str:
        return "unknown" if value is None else f"{value:.4f}"

    rows: list[tuple[str, str, str, str, str]] = []
    for measured in report.metrics:
        low, high = (measured.interval.low, measured.interval.high) if measured.interval else (None, None)
        rows.append((measured.metric, shown(measured.value), shown(low), shown(high), measured.better))
    return rows


def _trained_on(spec: ModelSpec, warehouse: Warehouse, partition: str, digest: str) -> TableRef:
    table = warehouse.published(spec.name, FEATURES, partition)
    if table is None or table.content_hash != digest:
        raise LifecycleError(
            f"{spec.name}/{FEATURES} {partition} is not what the version was trained on: "
            f"materialize {spec.name}/{MODEL} again, then evaluate it"
        )
    return table


def _concat(warehouse: Warehouse, tables: Sequence[TableRef]) -> "pa.Table":
    import pyarrow as pa

    return pa.concat_tables([warehouse.read(table) for table in tables])
