"""The evaluation of one version on rows it never saw: computed once, stored as JSON, drawn from there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import TypeAdapter, ValidationError

from lifecycle.errors import LifecycleError
from lifecycle.evaluation.brier_parts import BrierParts, brier_parts
from lifecycle.evaluation.calibration import CalibrationBin, expected_ece, reliability_curve
from lifecycle.evaluation.comparison import Comparison
from lifecycle.evaluation.curves import RocPoint, ScoreBin, roc_curve, score_histogram
from lifecycle.evaluation.deciles import Decile, deciles
from lifecycle.evaluation.fairness import AttributeFairness
from lifecycle.evaluation.gates.absolute import AbsoluteGate, decide_absolute
from lifecycle.evaluation.gates.data import DataFacts
from lifecycle.evaluation.gates.verdict import GateResult, Verdict, decide_verdict
from lifecycle.evaluation.intervals import MetricValue, measure
from lifecycle.evaluation.metrics.registry import metric
from lifecycle.evaluation.sample import Sample, Task, build_sample
from lifecycle.evaluation.slices.discover import DiscoveryResult
from lifecycle.evaluation.slices.measure import SliceResult
from lifecycle.evaluation.thresholds import ThresholdRow, threshold_table
from lifecycle.evaluation.trials import Trials
from lifecycle.spec.evaluation import Costs


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationReport:
    """Everything known about a version's quality on one set of rows.

    Attributes:
        n_rows: labelled rows, the ones evaluated.
        n_unlabelled: rows of the same period whose label never came or is not known yet.
        n_positives: rows of class 1; None when the task is not binary.
        confusion: rows per true class (outer) and decided class (inner); empty for regression, and for a
            binary task without a threshold.
        calibration: of the positive class; multiclass: of the class that the model says; regression: none.
        roc: empty, like histogram, when the task is not binary.
        ece_if_calibrated: ECE that would be mere noise on these rows; None, like brier_parts: not binary.
        thresholds: what other operating points would give; empty when the task is not binary.
        deciles: regression only.
        data: what the data gates are decided on; None, like trials: a report of format 1, or of scores alone.
        trials: what the bundle itself went through.
        slices: of the spec; empty: it names none.
        discovered: None: no search for slices was asked for.
        comparison: None: nobody looked for a champion, as before format 2.
    """

    format_version: Literal[1, 2] = 2
    task: Task
    n_rows: int
    n_unlabelled: int
    n_positives: int | None
    n_blocks: int
    threshold: float | None
    seed: int
    metrics: tuple[MetricValue, ...]
    confusion: tuple[tuple[int, ...], ...]
    calibration: tuple[CalibrationBin, ...]
    roc: tuple[RocPoint, ...]
    histogram: tuple[ScoreBin, ...]
    gates: tuple[GateResult, ...]
    verdict: Verdict
    # Since format 2; a file of format 1 has none of these.
    ece_if_calibrated: float | None = None
    brier_parts: BrierParts | None = None
    thresholds: tuple[ThresholdRow, ...] = ()
    deciles: tuple[Decile, ...] = ()
    data: DataFacts | None = None
    trials: Trials | None = None
    slices: tuple[SliceResult, ...] = ()
    discovered: DiscoveryResult | None = None
    fairness: tuple[AttributeFairness, ...] = ()
    comparison: Comparison | None = None

    def metric(self, name: str) -> MetricValue | None:
        """The metric of that name; None when the report does not hold it."""
        return next((m for m in self.metrics if m.metric == name), None)

    def to_json(self) -> str:
        """Indented JSON, format version 2."""
        return _ADAPTER.dump_json(self, indent=2).decode()

    @staticmethod
    def from_json(text: str | bytes) -> "EvaluationReport":
        """The report that `to_json` wrote, in this format or format 1.

        Raises:
            LifecycleError: not a report, or of a format this release does not read.
        """
        try:
            return _ADAPTER.validate_json(text, strict=True)
        except ValidationError as exc:
            first = exc.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"])) or "the whole text"
            raise LifecycleError(
                f"not an evaluation report of format 1 or 2: {exc.error_count()} problem(s), "
                f"first at {where}: {first['msg']}; evaluate the version again"
            ) from exc


_ADAPTER = TypeAdapter(EvaluationReport)


def evaluate(
    task: Task,
    y: ArrayLike,
    scores: ArrayLike,
    *,
    blocks: ArrayLike | None,
    metrics: Sequence[str],
    gates: Sequence[AbsoluteGate],
    threshold: float | None = None,
    seed: int = 0,
    n_resamples: int = 1000,
    level: float = 0.95,
    n_unlabelled: int = 0,
    costs: Costs | None = None,
) -> EvaluationReport:
    """Measure a version on labelled rows and put it to its gates.

    Metrics that only a gate names are computed as well. No rows is an answer, not an error: nothing can be
    computed and no gate passes. The arrays are those of `build_sample`.

    Raises:
        LifecycleError: rows that `build_sample` refuses, an unknown metric, two gates of one name.
    """
    sample = build_sample(task, y, scores, blocks=blocks, threshold=threshold)
    names = [g.name for g in gates]
    if doubled := sorted({n for n in names if names.count(n) > 1}):
        raise LifecycleError(f"more than one gate named {', '.join(doubled)}; keep the stricter one")
    wanted = [metric(name, task) for name in dict.fromkeys([*metrics, *(g.metric for g in gates)])]
    measured = measure(wanted, sample, seed=seed, n_resamples=n_resamples, level=level)
    by_name = {m.metric: m for m in measured}
    results = tuple(decide_absolute(g, by_name.get(g.metric), n_rows=sample.n_rows) for g in gates)
    binary = task == "binary"
    return EvaluationReport(
        task=task,
        n_rows=sample.n_rows,
        n_unlabelled=n_unlabelled,
        n_positives=int(sample.y.sum()) if binary else None,
        n_blocks=sample.n_blocks,
        threshold=threshold,
        seed=seed,
        metrics=measured,
        confusion=_confusion(sample),
        calibration=_calibration(sample, level),
        roc=roc_curve(sample.y, sample.scores) if binary else (),
        histogram=score_histogram(sample.y, sample.scores) if binary else (),
        gates=results,
        verdict=decide_verdict(results),
        ece_if_calibrated=expected_ece(sample.scores) if binary else None,
        brier_parts=brier_parts(sample.y, sample.scores) if binary else None,
        thresholds=threshold_table(sample.y, sample.scores, chosen=threshold, costs=costs) if binary else (),
        deciles=deciles(sample.y, sample.scores) if task == "regression" else (),
    )


def _calibration(sample: Sample, level: float) -> tuple[CalibrationBin, ...]:
    if sample.task == "binary":
        return reliability_curve(sample.y, sample.scores, level=level)
    if sample.task == "regression" or not sample.n_rows:
        return ()
    said = sample.scores.argmax(axis=1)
    right = (said == sample.y).astype(np.float64)
    return reliability_curve(right, sample.scores.max(axis=1), level=level)


def _confusion(sample: Sample) -> tuple[tuple[int, ...], ...]:
    if sample.task == "multiclass":
        said, n_classes = sample.scores.argmax(axis=1), sample.scores.shape[1]
    elif sample.task == "binary" and sample.threshold is not None:
        said, n_classes = sample.decisions.astype(np.int64), 2
    else:
        return ()
    cells = np.bincount(sample.y.astype(np.int64) * n_classes + said, minlength=n_classes**2)
    return tuple(tuple(int(n) for n in row) for row in cells.reshape(n_classes, n_classes))
