"""`<model>/evaluation`: what a version is worth on rows it never saw, and whether it may be challenger."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import dagster as dg
import numpy as np
from numpy.typing import NDArray

from assets.keys import EVALUATION, FEATURES, MODEL, gate_check, stage_key
from assets.metadata import markdown_table, picture
from assets.partitions import partitions_of, training_mapping
from assets.provenance import code_version
from lifecycle.errors import LifecycleError
from lifecycle.evaluation.gates.absolute import AbsoluteGate
from lifecycle.evaluation.gates.verdict import GateResult
from lifecycle.evaluation.holdout import Rows, labelled_rows
from lifecycle.evaluation.metrics.registry import metric_names
from lifecycle.evaluation.report import EvaluationReport, evaluate
from lifecycle.features.encoding import Encoding, encode_table
from lifecycle.features.offline import LABEL_KNOWN_AT
from lifecycle.registry.bundle import ENCODING_FILE, Bundle, open_bundle
from lifecycle.registry.predictor import load_predictor
from lifecycle.spec.fingerprint import stage_fingerprints
from lifecycle.spec.records import ModelSpec
from lifecycle.training.labels import class_index
from resources.tracking.base import EvaluationRecord, ModelVersion, Tracking
from resources.warehouse.base import TableRef, TimeWindow, Warehouse

if TYPE_CHECKING:
    import pyarrow as pa

REPORT_FILE, EVIDENTLY_FILE = "report.json", "evidently.html"


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
                tags=evaluation_tags(spec),
            )
            version = tracking.record_evaluation(spec.name, version.version, record)
            evidence = tracking.evidence_uri(spec.name, version.version)
        role = appoint_challenger(tracking, version)
        context.log.info(f"version {version.version}: {report.verdict}; {role}")
        yield dg.MaterializeResult(metadata=report_metadata(version, report, pictures, role, evidence))
        yield from map(gate_result, report.gates)

    return evaluation


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One part of the window with its labels as numbers and its scores."""

    rows: Rows
    labels: NDArray[np.float64]
    scores: NDArray[np.float64]
    """Shape (n,), or (n, n_classes) for multiclass."""


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
    validation = TimeWindow(start=manifest.validation_start, end=manifest.holdout_start)
    holdout = TimeWindow(start=manifest.holdout_start, end=manifest.cut_off)
    return {
        "validation": score_rows(spec, bundle, table, validation, cut_off=manifest.cut_off),
        "holdout": score_rows(spec, bundle, table, holdout, cut_off=manifest.cut_off),
    }


def score_rows(
    spec: ModelSpec, bundle: Bundle, table: "pa.Table", window: TimeWindow, *, cut_off: datetime
) -> Scored:
    """The rows of a feature table inside a window whose label was known at the cut-off, with their scores."""
    manifest = bundle.manifest
    rows = labelled_rows(
        table,
        event_time=manifest.event_time,
        label=spec.data.label.column,
        label_known_at=LABEL_KNOWN_AT,
        start=window.start,
        end=window.end,
        cut_off=cut_off,
    )
    encoding = Encoding.from_json(bundle.read_json(ENCODING_FILE))
    scores = load_predictor(bundle).predict(encode_table(encoding, rows.table))
    return Scored(
        rows=rows,
        labels=class_index(rows.table[spec.data.label.column], manifest.classes),
        scores=scores if manifest.task == "multiclass" else scores[:, 0],
    )


def judge(spec: ModelSpec, bundle: Bundle, scored: Scored) -> EvaluationReport:
    """Measure scored rows and put the version to its gates."""
    section = spec.evaluation
    return evaluate(
        spec.model.task,
        scored.labels,
        scored.scores,
        blocks=scored.rows.days,
        metrics=section.metrics or metric_names(spec.model.task),
        gates=absolute_gates(spec),
        threshold=bundle.manifest.threshold,
        seed=spec.training.seed,
        n_resamples=section.resamples,
        level=section.level,
        n_unlabelled=scored.rows.unlabelled,
    )


def absolute_gates(spec: ModelSpec) -> list[AbsoluteGate]:
    """The gates of a spec."""
    return [
        AbsoluteGate(metric=gate.metric, min=gate.min, max=gate.max, on=gate.on, min_rows=gate.min_rows)
        for gate in spec.evaluation.gates
    ]


def appoint_challenger(tracking: Tracking, version: ModelVersion) -> str:
    """Make a version challenger where it passed and nothing newer did; say what it is now."""
    champion = tracking.holder(version.model, "champion")
    if version.verdict != "pass":
        if "challenger" in version.aliases:
            tracking.drop_alias(version.model, "challenger")
        return "no challenger: its gates did not pass"
    passed = [other for other in tracking.versions(version.model) if other.verdict == "pass"]
    newest = max(passed, key=lambda other: (other.as_of, int(other.version)))
    if newest.version != version.version:
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


def draw(report: EvaluationReport) -> Mapping[str, bytes]:
    """Pictures of a binary report; none for other tasks."""
    from lifecycle.evaluation.pictures import calibration_png, roc_png, score_histogram_png

    if report.task != "binary" or not report.n_rows:
        return {}
    return {
        "calibration": calibration_png(report),
        "roc": roc_png(report),
        "scores": score_histogram_png(report),
    }


def write_artifacts(
    spec: ModelSpec,
    bundle: Bundle,
    folder: Path,
    report: EvaluationReport,
    pictures: Mapping[str, bytes],
    scored: Mapping[str, Scored],
) -> Sequence[Path]:
    """The report, its pictures and Evidently's page as files."""
    files = {
        REPORT_FILE: report.to_json().encode(),
        EVIDENTLY_FILE: _evidently_page(spec, bundle, scored).encode(),
        **{f"{name}.png": content for name, content in pictures.items()},
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in files]


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
        "version": dg.MetadataValue.text(version.version),
        "rows": dg.MetadataValue.int(report.n_rows),
        "rows_without_label": dg.MetadataValue.int(report.n_unlabelled),
        "metrics": markdown_table(["metric", "value", "low", "high", "better"], metric_rows(report)),
        **{f"picture_{name}": picture(png, name) for name, png in pictures.items()},
        "evidently_report": dg.MetadataValue.path(f"{evidence}/{EVIDENTLY_FILE}"),
    }
    if "auc" in (numbers := flat_metrics(report)):
        shown["auc"] = dg.MetadataValue.float(numbers["auc"])
    return {**shown, "mlflow": dg.MetadataValue.url(version.url)} if version.url else shown


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


def _evidently_page(spec: ModelSpec, bundle: Bundle, scored: Mapping[str, Scored]) -> str:
    from lifecycle.evaluation.evidently_report import evidently_html

    encoding = Encoding.from_json(bundle.read_json(ENCODING_FILE))
    kinds = {feature.name: feature.kind for feature in encoding.features}
    frames = {}
    for name, part in scored.items():
        frame = part.rows.table.select(encoding.names).to_pandas()
        said = part.scores.argmax(axis=1).astype(float) if part.scores.ndim == 2 else part.scores
        frames[name] = frame.assign(label=part.labels, prediction=said)
    return evidently_html(
        frames["validation"],
        frames["holdout"],
        task=spec.model.task,
        numeric=[name for name, kind in kinds.items() if kind == "number"],
        categorical=[name for name, kind in kinds.items() if kind == "category"],
        target="label",
        prediction="prediction",
        threshold=bundle.manifest.threshold or 0.5,
        seed=spec.training.seed,
    )
