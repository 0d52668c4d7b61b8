"""A version before its judges: rows scored by the very bundle, measured, put to the gates, written down."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lifecycle.evaluation.bottom_k import BottomK
from lifecycle.evaluation.gates.absolute import AbsoluteGate
from lifecycle.evaluation.holdout import Columns, Part, Rows, labelled_rows, row_blocks
from lifecycle.evaluation.metrics.registry import metric_names
from lifecycle.evaluation.report import EvaluationReport, evaluate
from lifecycle.features.encoding import Encoding, encode_table
from lifecycle.features.offline import LABEL_KNOWN_AT
from lifecycle.features.position import END, positions
from lifecycle.registry.bundle import ENCODING_FILE, Bundle, BundleManifest
from lifecycle.registry.predictor import load_predictor
from lifecycle.spec.model_spec import ModelSpec
from lifecycle.training.job import LearningPoint
from lifecycle.training.labels import class_index, refuse_unseen

if TYPE_CHECKING:
    import pyarrow as pa

REPORT_FILE, EVIDENTLY_FILE = "report.json", "evidently.html"
SHOWN_ROWS = 5000
"""Rows of a part that Evidently's page is drawn from."""
KEPT_ROWS = 100_000
"""Rows of the holdout that slices, groups, the champion and trials are judged on: intervals resample days, so
that more rows would hardly make them shorter."""
_LABEL, _PREDICTION, _BLOCK = "label", "prediction", "block"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRows:
    """A sample of a part, in the order in which it came."""

    table: "pa.Table"
    """As the feature table holds them."""
    labels: NDArray[np.float64]
    scores: NDArray[np.float64]
    """Shape as in `Scored`."""
    blocks: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One part of the window with its labels as numbers and its scores; its features, but for a sample, are
    not kept."""

    labels: NDArray[np.float64]
    scores: NDArray[np.float64]
    """Shape (n,), or (n, n_classes) for multiclass."""
    blocks: NDArray[np.int64]
    """What intervals resample: the day of each row, or the row itself."""
    unlabelled: int
    """Rows of the part whose label is not known."""
    shown: "pa.Table"
    """At most `SHOWN_ROWS` of its rows: features, `label` and `prediction`."""
    kept: KeptRows
    """At most `KEPT_ROWS` of its rows."""


def holdout_of(manifest: BundleManifest) -> Part:
    """The rows that judge a version."""
    if (cut := manifest.random_split) is not None:
        return _part(manifest, cut.holdout_start, END)
    return _part(manifest, _us(manifest.holdout_start), _us(manifest.cut_off))


def validation_of(manifest: BundleManifest) -> Part:
    """The rows that a version was tuned on."""
    if (cut := manifest.random_split) is not None:
        return _part(manifest, cut.validation_start, cut.holdout_start)
    return _part(manifest, _us(manifest.validation_start), _us(manifest.holdout_start))


def period(start: datetime, end: datetime, *, cut_off: datetime) -> Part:
    """Rows of a time, whatever a version did with them."""
    return Part(start=_us(start), end=_us(end), cut_off_us=_us(cut_off), seed=None)


def columns_read(spec: ModelSpec, bundle: Bundle) -> list[str]:
    """The columns of a feature table that scoring reads."""
    return [*_columns(spec, bundle).names, *_encoding(bundle).names]


def score_rows(spec: ModelSpec, bundle: Bundle, batches: "Iterable[pa.RecordBatch]", part: Part) -> Scored:
    """The rows of a part, scored by the bundle batch by batch; see `columns_read` for what they must hold."""
    encoding, predict = _encoding(bundle), _predictor(bundle)
    sample, kept, unlabelled, done = (
        BottomK(SHOWN_ROWS),
        BottomK(KEPT_ROWS),
        0,
        list[tuple[NDArray[np.generic], ...]](),
    )
    for rows in _rows_of(spec, bundle, batches, part):
        scores = predict(rows.table)
        labels = class_index(rows.table[spec.data.label.column], bundle.manifest.classes)
        refuse_unseen(rows.table[spec.data.label.column], bundle.manifest.classes, part="holdout")
        done.append((labels, scores, rows.blocks))
        unlabelled += rows.unlabelled
        drawn = _draw(spec, bundle, rows.table)
        sample.add(_shown(rows.table, encoding, labels, scores), drawn)
        kept.add(_numbered(rows, labels, scores), drawn)
    labels, scores, blocks = (np.concatenate(parts) for parts in zip(*done, strict=True))
    return Scored(
        labels=labels,
        scores=scores if bundle.manifest.task == "multiclass" else scores[:, 0],
        blocks=_blocks(bundle, blocks),
        unlabelled=unlabelled,
        shown=_taken(sample),
        kept=_kept(bundle, _taken(kept)),
    )


def sample_rows(
    spec: ModelSpec, bundle: Bundle, batches: "Iterable[pa.RecordBatch]", part: Part
) -> "pa.Table":
    """At most `SHOWN_ROWS` rows of a part: features, `label` and `prediction`."""
    encoding, sample = _encoding(bundle), BottomK(SHOWN_ROWS)
    for rows in _rows_of(spec, bundle, batches, part):
        sample.add(rows.table, _draw(spec, bundle, rows.table))
    table = _taken(sample)
    labels = class_index(table[spec.data.label.column], bundle.manifest.classes)
    return _shown(table, encoding, labels, _predictor(bundle)(table))


def judge(spec: ModelSpec, bundle: Bundle, scored: Scored) -> EvaluationReport:
    """Measure scored rows and put the version to its gates."""
    section = spec.evaluation
    return evaluate(
        spec.model.task,
        scored.labels,
        scored.scores,
        blocks=scored.blocks,
        metrics=section.metrics or metric_names(spec.model.task),
        gates=absolute_gates(spec),
        threshold=bundle.manifest.threshold,
        seed=spec.training.seed,
        n_resamples=section.resamples,
        level=section.level,
        n_unlabelled=scored.unlabelled,
        costs=section.costs,
    )


def absolute_gates(spec: ModelSpec) -> list[AbsoluteGate]:
    """The gates of a spec on metrics of the holdout."""
    return [
        AbsoluteGate(metric=gate.metric, min=gate.min, max=gate.max, on=gate.on, min_rows=gate.min_rows)
        for gate in spec.evaluation.metric_gates
    ]


def draw(report: EvaluationReport, curve: Sequence[LearningPoint] = ()) -> Mapping[str, bytes]:
    """The pictures that a report, and the learning curve of its version, have something to show for."""
    from lifecycle.evaluation import pictures, trial_pictures

    drawn: dict[str, bytes] = {}
    if report.calibration:
        drawn["calibration"] = pictures.calibration_png(report)
    if report.roc:
        drawn["roc"] = pictures.roc_png(report)
    if report.histogram and report.n_rows:
        drawn["scores"] = pictures.score_histogram_png(report)
    if report.thresholds:
        drawn["thresholds"] = trial_pictures.thresholds_png(report.thresholds)
    if report.deciles:
        drawn["deciles"] = trial_pictures.deciles_png(report.deciles)
        drawn["residuals"] = trial_pictures.residuals_png(report.deciles)
    if report.trials is not None and report.trials.value is not None:
        trials = report.trials
        for name, title, harms in (
            ("importance", "Permutation importance", trials.permuted),
            ("missing", "A feature missing", trials.features_missing),
        ):
            drawn[name] = trial_pictures.harms_png(harms, title=title, metric=trials.metric)
    if curve:
        drawn["learning_curve"] = trial_pictures.learning_curve_png(curve)
    return drawn


def write_artifacts(
    spec: ModelSpec,
    bundle: Bundle,
    folder: Path,
    report: EvaluationReport,
    pictures: Mapping[str, bytes],
    *,
    reference: "pa.Table | None",
    current: "pa.Table",
) -> Sequence[Path]:
    """The report, its pictures and Evidently's page as files.

    Args:
        reference: a sample of the validation rows, which the page holds the holdout's against; None: no page.
        current: a sample of the holdout.
    """
    files = {
        REPORT_FILE: report.to_json().encode(),
        **{f"{name}.png": content for name, content in pictures.items()},
    }
    if reference is not None:
        files[EVIDENTLY_FILE] = _evidently_page(spec, bundle, reference, current).encode()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in files]


def _evidently_page(spec: ModelSpec, bundle: Bundle, reference: "pa.Table", current: "pa.Table") -> str:
    from lifecycle.evaluation.evidently_report import evidently_html

    kinds = {feature.name: feature.kind for feature in _encoding(bundle).features}
    return evidently_html(
        reference.to_pandas(),
        current.to_pandas(),
        task=spec.model.task,
        numeric=[name for name, kind in kinds.items() if kind == "number"],
        categorical=[name for name, kind in kinds.items() if kind == "category"],
        target=_LABEL,
        prediction=_PREDICTION,
        threshold=bundle.manifest.threshold or 0.5,
        max_rows=SHOWN_ROWS,
        seed=spec.training.seed,
    )


def _rows_of(
    spec: ModelSpec, bundle: Bundle, batches: "Iterable[pa.RecordBatch]", part: Part
) -> Iterator[Rows]:
    import pyarrow as pa

    columns = _columns(spec, bundle)
    for batch in batches:
        yield labelled_rows(pa.Table.from_batches([batch]), part, columns)


def _predictor(bundle: Bundle) -> "Callable[[pa.Table], NDArray[np.float64]]":
    """Scores of the rows of a feature table, shape (n_rows, n_outputs)."""
    encoding, predictor, manifest = _encoding(bundle), load_predictor(bundle), bundle.manifest
    outputs = len(manifest.classes) if manifest.task == "multiclass" else 1

    def predict(rows: "pa.Table") -> NDArray[np.float64]:
        # A batch may hold no row of a part, and no library scores none.
        return predictor.predict(encode_table(encoding, rows)) if len(rows) else np.empty((0, outputs))

    return predict


def _shown(
    rows: "pa.Table", encoding: Encoding, labels: NDArray[np.float64], scores: NDArray[np.float64]
) -> "pa.Table":
    import pyarrow as pa

    said = scores.argmax(axis=1).astype(float) if scores.shape[1] > 1 else scores[:, 0]
    features = {name: rows[name] for name in encoding.names}
    return pa.table({**features, _LABEL: labels, _PREDICTION: said})


def _numbered(rows: Rows, labels: NDArray[np.float64], scores: NDArray[np.float64]) -> "pa.Table":
    """Rows with label, block and scores as numbers, under names that no column of a table has."""
    import pyarrow as pa

    numbers = {_LABEL: labels, _BLOCK: rows.blocks}
    numbers |= {f"{_PREDICTION}{i}": scores[:, i] for i in range(scores.shape[1])}
    table = rows.table
    for name, values in numbers.items():
        table = table.append_column(f"@{name}", pa.array(values))
    return table


def _kept(bundle: Bundle, rows: "pa.Table") -> KeptRows:
    numbers = [name for name in rows.column_names if name.startswith("@")]
    scores = np.column_stack([rows[n].to_numpy() for n in numbers if n.startswith(f"@{_PREDICTION}")])
    return KeptRows(
        table=rows.drop_columns(numbers),
        labels=rows[f"@{_LABEL}"].to_numpy(),
        scores=scores if bundle.manifest.task == "multiclass" else scores[:, 0],
        blocks=_blocks(bundle, rows[f"@{_BLOCK}"].to_numpy()),
    )


def _blocks(bundle: Bundle, at: NDArray[np.int64]) -> NDArray[np.int64]:
    return at if bundle.manifest.event_time is not None else row_blocks(at)


def _draw(spec: ModelSpec, bundle: Bundle, rows: "pa.Table") -> NDArray[np.int64]:
    # Another seed than the split's, whose parts are ranges of positions: a sample of them would be one end.
    return positions(rows[bundle.manifest.entity], seed=spec.training.seed + 1)


def _taken(sample: BottomK) -> "pa.Table":
    if (rows := sample.rows) is None:
        raise ValueError("a table comes in one batch or more, also an empty one")
    return rows


def _columns(spec: ModelSpec, bundle: Bundle) -> Columns:
    manifest = bundle.manifest
    return Columns(
        entity=manifest.entity,
        event_time=manifest.event_time,
        label=spec.data.label.column,
        label_known_at=None if manifest.event_time is None else LABEL_KNOWN_AT,
    )


def _encoding(bundle: Bundle) -> Encoding:
    return Encoding.from_json(bundle.read_json(ENCODING_FILE))


def _part(manifest: BundleManifest, start: int, end: int) -> Part:
    seed = None if manifest.random_split is None else manifest.random_split.seed
    return Part(start=start, end=end, cut_off_us=_us(manifest.cut_off), seed=seed)


def _us(moment: datetime | None) -> int:
    if moment is None:
        raise ValueError("a bundle whose window was cut by time tells where")
    return round(moment.timestamp() * 1_000_000)
