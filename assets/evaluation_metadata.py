"""What the UI and the registry show of an evaluation."""

from collections.abc import Mapping

import dagster as dg

from assets.card import CARD_HTML
from assets.keys import EVALUATION
from assets.links import mlflow_links
from assets.metadata import markdown_table, picture
from assets.semantic import shown as shown_version
from lifecycle.evaluation.report import EvaluationReport
from lifecycle.registry.judging import EVIDENTLY_FILE
from lifecycle.spec.fingerprint import stage_fingerprints
from lifecycle.spec.model_spec import ModelSpec
from resources.tracking.base import ModelVersion


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
