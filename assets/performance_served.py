"""What `performance` shows of what was really answered, by version: how it was served, how right it was."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import dagster as dg

from assets.keys import LABELS, TRAFFIC
from assets.labels import labels_metadata
from assets.metadata import Metadata, markdown_table
from assets.traffic import covered_s, traffic_metadata
from lifecycle.endpoint.log.realised import realised
from lifecycle.endpoint.log.summary import summarize
from lifecycle.evaluation.intervals import MetricValue
from lifecycle.evaluation.metrics.registry import metric_names
from lifecycle.monitoring.performance import judged_metric
from lifecycle.monitoring.performance_report import PerformanceReport
from lifecycle.monitoring.served import served_metrics
from lifecycle.spec.model_spec import ModelSpec
from resources.warehouse.base import Warehouse


def served_metadata(
    spec: ModelSpec, warehouse: Warehouse, report: PerformanceReport, *, as_of: datetime
) -> Metadata:
    """Service metrics from the table of `traffic`, and realised ones from that of `labels`.

    The tables are those that these assets made last; the request log is not read again. What was not made
    yet is left out. They are summarised anew: events of those assets tell of no interval.

    Args:
        report: of the partition; `served_realised` is of its version, or of the one that answered most.
    """
    shown: Metadata = {}
    traffic = warehouse.published(spec.name, TRAFFIC, report.partition)
    if traffic is not None:
        found = summarize(warehouse.read(traffic), window_s=covered_s(traffic.window, as_of))
        shown = {f"served_{name}": value for name, value in traffic_metadata(found).items()}
    labels = warehouse.published(spec.name, LABELS, report.partition)
    if labels is None or not labels.rows:
        return shown
    rows = warehouse.read(labels)
    right = realised(rows, task=spec.model.task, positive=spec.model.positive)
    told = labels_metadata(right, known_by=as_of)
    names = dict.fromkeys([judged_metric(spec), *(spec.evaluation.metrics or metric_names(spec.model.task))])
    measured = served_metrics(
        rows,
        [*names],
        task=spec.model.task,
        positive=spec.model.positive,
        seed=spec.training.seed,
        n_resamples=spec.evaluation.resamples,
        level=spec.evaluation.level,
    )
    most = max(right, key=lambda one: one.labelled).version if right else None
    return {
        **shown,
        **{f"served_{name}": told[name] for name in ("labelled", "coverage", "versions") if name in told},
        **_right(measured, version=report.version if report.version in measured else most),
    }


def _right(measured: Mapping[str, Sequence[MetricValue]], *, version: str | None) -> Metadata:
    if version is None or version not in measured:
        return {}
    lines = [
        (name, one.metric, "-" if one.value is None else f"{one.value:.4g}", _bounds(one))
        for name, values in measured.items()
        for one in values
    ]
    judged = measured[version][0]
    ends = {"": judged.value}
    if judged.interval is not None:
        ends |= {"_low": judged.interval.low, "_high": judged.interval.high}
    return {
        "served_metrics": markdown_table(["version", "metric", "realised", "interval"], lines),
        "served_version": dg.MetadataValue.text(version),
        **{
            f"served_realised{end}": dg.MetadataValue.float(value)
            for end, value in ends.items()
            if value is not None
        },
    }


def _bounds(one: MetricValue) -> str:
    return "-" if one.interval is None else f"{one.interval.low:.4g} to {one.interval.high:.4g}"
