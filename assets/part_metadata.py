"""What the UI shows of a report's parts: gates, slices, groups, and the champion beside the version."""

from collections.abc import Mapping

import dagster as dg

from assets.metadata import markdown_table
from lifecycle.evaluation.intervals import Interval
from lifecycle.evaluation.report import EvaluationReport

_MOST = 100
"""Most lines of a table; the report holds all."""


def part_metadata(report: EvaluationReport, metric: str) -> Mapping[str, dg.MetadataValue]:
    """Tables of the parts that a report has.

    Args:
        metric: of which slices are shown; the report holds them all.
    """
    shown: dict[str, dg.MetadataValue] = {
        "gates": markdown_table(
            ["gate", "verdict", "why"], [(gate.gate, gate.verdict, gate.reason) for gate in report.gates]
        )
    }
    if report.slices:
        shown["slices"] = markdown_table(
            ["family", "slice", "rows", metric, "interval"], slice_rows(report, metric)[:_MOST]
        )
    if report.discovered is not None:
        shown["discovered_slices"] = _discovered(report)
    if report.fairness:
        shown["fairness"] = markdown_table(
            ["attribute", "measure", "difference", "interval"], group_rows(report)
        )
    if report.comparison is not None:
        shown["champion"] = dg.MetadataValue.text(report.comparison.reason)
        if report.comparison.metrics:
            head = ["metric", "version", "champion", "difference", "interval", "better"]
            shown["against_the_champion"] = markdown_table(head, difference_rows(report))
    return shown


def slice_rows(report: EvaluationReport, metric: str) -> list[tuple[str, str, str, str, str]]:
    """Family, slice, rows, value and interval of one metric; what is too small says so."""
    rows = []
    for part in report.slices:
        found = part.metric(metric)
        value = _number(found.measured.value) if found else "unknown"
        told = value if part.judged else f"fewer than {part.min_rows} rows"
        interval = _ends(found.measured.interval) if found else ""
        rows.append((part.family, part.name, f"{part.n_rows:,}", told, interval))
    return rows


def group_rows(report: EvaluationReport) -> list[tuple[str, str, str, str]]:
    """Attribute, measure, largest difference and its interval."""
    return [
        (one.attribute, d.measure, _number(d.value), _ends(d.interval))
        for one in report.fairness
        for d in one.disparities
    ]


def difference_rows(report: EvaluationReport) -> list[tuple[str, str, str, str, str, str]]:
    """Both values of each metric, their difference and its interval."""
    found = report.comparison.metrics if report.comparison else ()
    return [
        (
            m.metric,
            _number(m.version),
            _number(m.champion),
            _number(m.difference),
            _ends(m.interval),
            m.better,
        )
        for m in found
    ]


def _discovered(report: EvaluationReport) -> dg.MetadataValue:
    found = report.discovered
    if found is None or not found.slices:
        return dg.MetadataValue.text(found.reason if found and found.reason else "none")
    head = ["slice", "rows", "loss", "elsewhere", "interval of the difference", "q", "found"]
    rows = [
        (
            s.words,
            f"{s.n_rows:,}",
            _number(s.loss),
            _number(s.rest),
            _ends(s.interval),
            f"{s.q_value:.2g}",
            "yes" if s.found else "no",
        )
        for s in found.slices
    ]
    return markdown_table(head, rows)


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.4f}"


def _ends(interval: Interval | None) -> str:
    return "" if interval is None else f"{interval.low:.4f} to {interval.high:.4f}"
