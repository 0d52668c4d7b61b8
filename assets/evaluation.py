"""`<model>/evaluation`: what a version is worth on rows it never saw, and whether it may be challenger."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import dagster as dg

from assets.approval import is_rejected, newest_passed
from assets.breakdown import judged_parts, part_gates
from assets.card import CARD_HTML, CARD_MARKDOWN, learning_curve_of, write_card
from assets.coverage import window_metadata
from assets.keys import DATA, EVALUATION, FEATURES, MODEL, gate_check, stage_key
from assets.links import mlflow_links
from assets.metadata import markdown_table, picture
from assets.part_metadata import part_metadata
from assets.partitions import partitions_of, training_mapping
from assets.provenance import code_version
from assets.semantic import shown as shown_version
from assets.trials import run_trials
from assets.verdicts import verdict_tags
from lifecycle.errors import LifecycleError
from lifecycle.evaluation.gates.evidence import evidence_gates, with_evidence
from lifecycle.evaluation.gates.verdict import GateResult
from lifecycle.evaluation.holdout import Part
from lifecycle.evaluation.report import EvaluationReport
from lifecycle.registry.bundle import TRAINING_FILE, Bundle, open_bundle
from lifecycle.registry.judging import (
    EVIDENTLY_FILE,
    Scored,
    columns_read,
    draw,
    holdout_of,
    sample_rows,
    score_rows,
    validation_of,
    write_artifacts,
)
from lifecycle.registry.judging_parts import draw_parts
from lifecycle.spec.fingerprint import fingerprint, stage_fingerprints
from lifecycle.spec.model_spec import ModelSpec
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
            # Dagster passes staleness on from step to step only: a new snapshot shows here at once.
            dg.AssetDep(stage_key(spec.name, DATA), partition_mapping=training_mapping(spec, partitions)),
            dg.AssetDep(stage_key(spec.name, FEATURES), partition_mapping=training_mapping(spec, partitions)),
        ],
        partitions_def=partitions,
        code_version=code_version(spec, EVALUATION),
        check_specs=[
            dg.AssetCheckSpec(gate_check(name), asset=key, blocking=True, description=what)
            for name, what in gates_of(spec).items()
        ],
        kinds={"mlflow", *(["evidently"] if spec.evaluation.page else [])},
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
            scored, reference = score_parts(spec, warehouse, bundle)
            report = judged(spec, warehouse, tracking, bundle, scored, tell=context.log.warning)
            metric = spec.evaluation.metric_gates[0].metric
            pictures = {**draw(report, learning_curve_of(bundle)), **draw_parts(report, metric)}
            artifacts = [
                *write_artifacts(
                    spec, bundle, Path(folder), report, pictures, reference=reference, current=scored.shown
                ),
                *write_card(spec, bundle, version, report, pictures, Path(folder)),
            ]
            card = (Path(folder) / CARD_MARKDOWN).read_text(encoding="utf-8")
            record = EvaluationRecord(
                verdict=report.verdict,
                metrics=flat_metrics(report),
                artifacts=artifacts,
                tags={
                    **evaluation_tags(spec),
                    **compared_with(report),
                    **verdict_tags(bundle.digest, report.gates),
                },
            )
            version = tracking.record_evaluation(spec.name, version.version, record)
            manifest = bundle.manifest
            evidence = tracking.evidence_uri(spec.name, version.version)
        role = appoint_challenger(tracking, version)
        context.log.info(f"version {version.version}: {report.verdict}; {role}")
        yield dg.MaterializeResult(
            metadata={
                **report_metadata(version, report, pictures, role, evidence),
                **page_metadata(spec, evidence),
                **part_metadata(report, metric),
                "card": dg.MetadataValue.md(card),
                **window_metadata(
                    spec,
                    warehouse,
                    trained_on(spec, warehouse, manifest.data_versions),
                    as_of=manifest.cut_off,
                    since=manifest.holdout_start,
                ),
            },
            # Without what changes around it: the same rows judged again are the same evaluation.
            data_version=dg.DataVersion(
                fingerprint(version.bundle_digest, report.verdict, lasting(spec, report).to_json())
            ),
        )
        yield from map(gate_result, report.gates)

    return evaluation


def lasting(spec: ModelSpec, report: EvaluationReport) -> EvaluationReport:
    """The report without what a clock, a machine or the champion of the day said.

    Those differ from one evaluation of a version to the next; the verdict that they led to is left in.
    """
    passing = {"latency", "memory", *(gate.name for gate in spec.evaluation.relative_gates)}
    trials = replace(report.trials, footprint=None) if report.trials else None
    gates = tuple(gate for gate in report.gates if gate.gate not in passing)
    return replace(report, trials=trials, comparison=None, gates=gates)


def gates_of(spec: ModelSpec) -> Mapping[str, str]:
    """Name -> what it looks at, of every gate of a model; each is a blocking check."""
    metrics = {gate.name: f"{gate.metric}, decided on the {gate.on}" for gate in spec.evaluation.metric_gates}
    return {**metrics, **part_gates(spec.evaluation), **evidence_gates(spec.evaluation)}


def judged(
    spec: ModelSpec,
    warehouse: Warehouse,
    tracking: Tracking,
    bundle: Bundle,
    holdout: Scored,
    *,
    tell: Callable[[str], object],
) -> EvaluationReport:
    """The report of a version with its parts and its trials, put to all of its gates."""
    tables = trained_on(spec, warehouse, bundle.manifest.data_versions)
    trials = run_trials(spec, warehouse, bundle, holdout, tables=tables, tell=tell)
    fit_rows = bundle.read_json(TRAINING_FILE)["split"]["fit"]
    report = judged_parts(spec, warehouse, tracking, bundle, holdout)
    return with_evidence(report, spec.evaluation, trials=trials, fit_rows=fit_rows)


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


def score_parts(spec: ModelSpec, warehouse: Warehouse, bundle: Bundle) -> tuple[Scored, "pa.Table | None"]:
    """The holdout scored by the very bundle, and a sample of the validation rows to hold it against.

    Both come batch by batch from the tables that the manifest names; those of other times are not read. The
    sample is for the page only: None where the spec asks for none.

    Raises:
        LifecycleError: a table has changed since the version was trained.
    """
    manifest = bundle.manifest
    tables = trained_on(spec, warehouse, manifest.data_versions)
    holdout, validation = holdout_of(manifest), validation_of(manifest)
    scored = score_rows(spec, bundle, _batches(spec, warehouse, bundle, tables, holdout), holdout)
    if not spec.evaluation.page:
        return scored, None
    reference = sample_rows(spec, bundle, _batches(spec, warehouse, bundle, tables, validation), validation)
    return scored, reference


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
    """Metrics, their bounds, and what a call costs, by name; what is not known is left out."""
    flat = {"rows": float(report.n_rows), "unlabelled": float(report.n_unlabelled)}
    for measured in report.metrics:
        if measured.value is not None:
            flat[measured.metric] = measured.value
        if measured.interval is not None:
            flat |= {
                f"{measured.metric}_low": measured.interval.low,
                f"{measured.metric}_high": measured.interval.high,
            }
    footprint = report.trials.footprint if report.trials else None
    if footprint is not None:
        flat |= {"latency_p50_ms": footprint.single.p50_ms, "latency_p99_ms": footprint.single.p99_ms}
        flat |= {"memory_mib": footprint.memory_mib, "bundle_mib": footprint.bundle_mib}
    return flat


def evaluation_tags(spec: ModelSpec) -> Mapping[str, str]:
    """What the verdict was reached by."""
    return {"flywheel.evaluation_spec": stage_fingerprints(spec)[EVALUATION]}


def compared_with(report: EvaluationReport) -> Mapping[str, str]:
    """The champion that the verdict was reached beside: another one may hold the alias by now."""
    champion = report.comparison.champion if report.comparison else None
    return {} if champion is None else {"flywheel.compared_with": champion}


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
        "model_card": dg.MetadataValue.path(f"{evidence}/{CARD_HTML}"),
    }
    if "auc" in (numbers := flat_metrics(report)):
        shown["auc"] = dg.MetadataValue.float(numbers["auc"])
    return {**shown, **mlflow_links(version)}


def page_metadata(spec: ModelSpec, evidence: str) -> Mapping[str, dg.MetadataValue]:
    """Where Evidently's page lies, if the spec asks for one."""
    if not spec.evaluation.page:
        return {}
    return {"evidently_report": dg.MetadataValue.path(f"{evidence}/{EVIDENTLY_FILE}")}


def metric_rows(report: EvaluationReport) -> list[tuple[str, str, str, str, str]]:
    """Name, value, bounds and direction of each metric, as people read them."""

    def shown(value: float | None) -> str:
        return "unknown" if value is None else f"{value:.4f}"

    rows: list[tuple[str, str, str, str, str]] = []
    for measured in report.metrics:
        low, high = (measured.interval.low, measured.interval.high) if measured.interval else (None, None)
        rows.append((measured.metric, shown(measured.value), shown(low), shown(high), measured.better))
    return rows


def trained_on(spec: ModelSpec, warehouse: Warehouse, read: Mapping[str, str]) -> list[TableRef]:
    """The feature tables that a manifest names, by partition and content.

    Raises:
        LifecycleError: a table has changed since the version was trained.
    """
    return [_trained_on(spec, warehouse, partition, digest) for partition, digest in read.items()]


def _trained_on(spec: ModelSpec, warehouse: Warehouse, partition: str, digest: str) -> TableRef:
    table = warehouse.published(spec.name, FEATURES, partition)
    if table is None or table.content_hash != digest:
        raise LifecycleError(
            f"{spec.name}/{FEATURES} {partition} is not what the version was trained on: "
            f"materialize {spec.name}/{MODEL} again, then evaluate it"
        )
    return table


def _batches(
    spec: ModelSpec, warehouse: Warehouse, bundle: Bundle, tables: Sequence[TableRef], part: Part
) -> Iterator["pa.RecordBatch"]:
    """The rows of the tables that may hold some of a part."""
    columns = columns_read(spec, bundle)
    for table in tables:
        if part.overlaps(table.window.start, table.window.end):
            yield from warehouse.batches(table, columns)
