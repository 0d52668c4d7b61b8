"""A version before its judges: rows scored by the very bundle, measured, put to the gates, written down."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lifecycle.evaluation.gates.absolute import AbsoluteGate
from lifecycle.evaluation.holdout import Rows, labelled_rows
from lifecycle.evaluation.metrics.registry import metric_names
from lifecycle.evaluation.report import EvaluationReport, evaluate
from lifecycle.features.encoding import Encoding, encode_table
from lifecycle.features.offline import LABEL_KNOWN_AT
from lifecycle.registry.bundle import ENCODING_FILE, Bundle
from lifecycle.registry.predictor import load_predictor
from lifecycle.spec.records import ModelSpec
from lifecycle.training.labels import class_index

if TYPE_CHECKING:
    import pyarrow as pa

REPORT_FILE, EVIDENTLY_FILE = "report.json", "evidently.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One part of the window with its labels as numbers and its scores."""

    rows: Rows
    labels: NDArray[np.float64]
    scores: NDArray[np.float64]
    """Shape (n,), or (n, n_classes) for multiclass."""


def score_rows(
    spec: ModelSpec, bundle: Bundle, table: "pa.Table", *, start: datetime, end: datetime, cut_off: datetime
) -> Scored:
    """Rows with start <= event time < end whose label was known at the cut-off, scored by the bundle."""
    manifest = bundle.manifest
    rows = labelled_rows(
        table,
        event_time=manifest.event_time,
        label=spec.data.label.column,
        label_known_at=LABEL_KNOWN_AT,
        start=start,
        end=end,
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
