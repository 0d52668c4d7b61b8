"""How right each version was in what it really answered: metrics of the log's own scores, with intervals."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lifecycle.endpoint.service_metrics import NOT_JUDGED
from lifecycle.evaluation.holdout import DAY_US
from lifecycle.evaluation.intervals import MetricValue, measure
from lifecycle.evaluation.metrics.registry import metric
from lifecycle.evaluation.sample import Floats, Sample, build_sample
from lifecycle.spec.kinds import Scalar
from lifecycle.spec.model import Task

if TYPE_CHECKING:
    import pyarrow as pa


def served_metrics(
    labelled: "pa.Table",
    names: Sequence[str],
    *,
    task: Task,
    positive: Scalar,
    seed: int,
    n_resamples: int,
    level: float,
) -> Mapping[str, tuple[MetricValue, ...]]:
    """Metrics of each version over rows that it scored and whose label is known; one without any is left out.

    Blocks of the bootstrap are days of answers (UTC), as those of the feature table are days of events.
    Requests that were sent to a version on purpose do not count.

    Args:
        labelled: a table of `labels`: `at`, `assignment`, `version`, `value`, `probability`, `probabilities`,
            `label`.
        names: of the task's metrics.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    there = [pc.is_valid(labelled[name]) for name in ("version", "value", "label")]
    on_purpose = pc.is_in(labelled["assignment"], pa.array(sorted(NOT_JUDGED)))
    rows = labelled.filter(pc.and_(pc.and_(*there[:2]), pc.and_(there[2], pc.invert(on_purpose))))
    metrics, found = [metric(name, task) for name in names], dict[str, tuple[MetricValue, ...]]()
    for version in sorted(rows["version"].unique().to_pylist()):
        sample = _sample(rows.filter(pc.equal(rows["version"], version)), task, positive)
        if sample is not None:
            found[version] = measure(metrics, sample, seed=seed, n_resamples=n_resamples, level=level)
    return found


def _sample(rows: "pa.Table", task: Task, positive: Scalar) -> Sample | None:
    """None: rows without the scores that metrics need, such as answers of a constant."""
    days = np.asarray(rows["at"].cast("int64")) // DAY_US
    labels = _read(rows, "label")
    if task == "regression":
        truth, told = np.array(labels, np.float64), np.array(_read(rows, "value"), np.float64)
        known = np.isfinite(truth) & np.isfinite(told)
        return build_sample(task, truth[known], told[known], blocks=days[known]) if known.any() else None
    if task == "binary":
        known = rows["probability"].is_valid().to_numpy()
        if not known.any():
            return None
        scores = np.asarray(rows["probability"], np.float64)[known]
        hits = np.array([label == positive for label in labels], np.float64)[known]
        said = np.array([value == positive for value in _read(rows, "value")], np.bool_)[known]
        return build_sample(task, hits, scores, blocks=days[known], threshold=_threshold(scores, said))
    return _of_classes(rows, labels, days)


def _threshold(scores: Floats, said: "np.typing.NDArray[np.bool_]") -> float:
    """The lowest score that was answered as positive: what was decided, whatever the bundle says today."""
    return float(scores[said].min()) if said.any() else float(np.nextafter(scores.max(), np.inf))


def _of_classes(
    rows: "pa.Table", labels: Sequence[Any], days: "np.typing.NDArray[np.int64]"
) -> Sample | None:
    told = [json.loads(text) if text else None for text in rows["probabilities"].to_pylist()]
    classes = sorted({name for one in told if one for name in one})
    place = {name: float(number) for number, name in enumerate(classes)}
    # A class that the version does not know is no label of it, as in the metrics of the feature table.
    kept = [i for i, one in enumerate(told) if one and str(labels[i]) in place]
    if not kept or len(classes) < 2:
        return None
    scores = np.array([[(told[i] or {}).get(name, 0.0) for name in classes] for i in kept], np.float64)
    truth = np.array([place[str(labels[i])] for i in kept])
    return build_sample("multiclass", truth, scores, blocks=days[kept])


def _read(rows: "pa.Table", column: str) -> list[Any]:
    texts = rows[column].to_pylist()
    # Few different texts: each is read once.
    read = {text: json.loads(text) for text in set(texts)}
    return [read[text] for text in texts]
