"""What the UI shows of labels: how many are known when, and what became of the rest."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import dagster as dg

from assets.metadata import Metadata, markdown_table, picture
from lifecycle.data.maturity import MEANINGS, STATES, LabelCoverage, duration, total_states
from lifecycle.evaluation.pictures import coverage_png
from lifecycle.spec.model_spec import ModelSpec
from resources.warehouse.base import TableRef, Warehouse

SHOWN = 62
"""Cohorts in a table: two months of days. The picture has them all."""
DRAWN = 31
"""A run of more partitions draws no pictures: each lies in the event log."""


def coverage_metadata(
    spec: ModelSpec, warehouse: Warehouse, tables: Mapping[str, TableRef]
) -> Mapping[str, Metadata]:
    """For each partition of a run: its labels by cohort, with the partition's end as cut-off."""
    measured = {
        partition: warehouse.label_coverage(spec, table, as_of=table.window.end)
        for partition, table in tables.items()
    }
    return {partition: cohort_metadata(one, draw=len(tables) <= DRAWN) for partition, one in measured.items()}


def cohort_metadata(coverage: LabelCoverage, *, draw: bool) -> Metadata:
    """Coverage of one partition: a table by cohort, a picture, and how a missing label was judged."""
    if not coverage.cohorts:
        return {}
    head = ["cohort", "rows", *STATES, "mature", "median delay", "90 %", "99 %"]
    rows: list[tuple[object, ...]] = []
    for cohort in coverage.cohorts[-SHOWN:]:
        delays = [duration(delay) for delay in cohort.delays_s] if cohort.delays_s else ["-", "-", "-"]
        counts = [f"{n:,}" for n in coverage.states([cohort]).values()]
        rows.append((cohort.name, f"{cohort.rows:,}", *counts, f"{cohort.mature:.1%}", *delays))
    shown: dict[str, dg.MetadataValue] = {
        "labels": states_table({"all": coverage}),
        "labels_by_cohort": markdown_table(head, rows),
        "labels_missing": dg.MetadataValue.text(coverage.rule),
    }
    if draw:
        shown["labels_picture"] = picture(coverage_png(coverage), "labels by cohort")
    return shown


def window_metadata(
    spec: ModelSpec,
    warehouse: Warehouse,
    tables: Sequence[TableRef],
    *,
    as_of: datetime,
    since: datetime | None = None,
) -> Metadata:
    """Coverage of a model's feature tables: rows by state and partition at the model's cut-off.

    Args:
        since: rows of earlier events are left out, and partitions that hold no others.
    """
    coverages = {
        table.partition: warehouse.label_coverage(spec, table, as_of=as_of, since=since)
        for table in tables
        if since is None or table.window.end > since
    }
    total = total_states(list(coverages.values()))
    return {
        "labels": states_table(coverages),
        "never_labelled": dg.MetadataValue.int(total["overdue"]),
        "labels_missing": markdown_table(
            ["partition", "how a missing label was judged"],
            [(name, coverage.rule) for name, coverage in coverages.items()],
        ),
    }


def states_table(coverages: Mapping[str, LabelCoverage]) -> dg.MarkdownMetadataValue:
    """Rows by state, a column a state that occurs; the last line says what the states mean."""
    total = total_states(list(coverages.values()))
    used = [state for state in STATES if total[state] or state == "known"]
    lines: list[tuple[object, ...]] = [
        (name, f"{coverage.rows:,}", *(f"{coverage.states()[state]:,}" for state in used))
        for name, coverage in coverages.items()
    ]
    if len(lines) > 1:
        lines.append(("sum", f"{sum(total.values()):,}", *(f"{total[state]:,}" for state in used)))
    lines.append(("", "", *(MEANINGS[state] for state in used)))
    return markdown_table(["rows of", "rows", *used], lines)
