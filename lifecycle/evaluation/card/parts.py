"""The sections of a card on parts of the rows, on groups of people or things, and on the champion."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from lifecycle.evaluation.card.blocks import Block, Picture, Section, Table, Text
from lifecycle.evaluation.card.numbers import number, span
from lifecycle.evaluation.comparison import Comparison, MetricDifference
from lifecycle.evaluation.fairness import AttributeFairness
from lifecycle.evaluation.intervals import Interval
from lifecycle.evaluation.report import EvaluationReport
from lifecycle.evaluation.slices.discover import DiscoveryResult
from lifecycle.evaluation.slices.measure import SliceResult

N_METRICS = 3
"""Metrics of each slice on the card, those that the report begins with; `report.json` holds all."""


def part_sections(report: EvaluationReport, pictures: Mapping[str, bytes]) -> list[Section]:
    """Champion, slices and fairness; a section without blocks is left to the caller to drop.

    Args:
        pictures: name -> PNG; `comparison` and `slices` are taken.
    """
    metrics = [m.metric for m in report.metrics[:N_METRICS]]
    return [
        Section(title="Beside the champion", blocks=list(_comparison(report.comparison, pictures))),
        Section(title="Slices", blocks=list(_slices(report.slices, metrics, pictures))),
        Section(title="Slices that nobody named", blocks=list(_discovered(report.discovered))),
        Section(title="Fairness", blocks=list(_fairness(report.fairness))),
    ]


def _comparison(comparison: Comparison | None, pictures: Mapping[str, bytes]) -> Iterator[Block]:
    if comparison is None:
        return
    yield Text(text=f"{comparison.reason[:1].upper()}{comparison.reason[1:]}.")
    if comparison.state != "compared":
        return
    yield Table(
        head=("metric", "this version", "champion", "difference", "interval", "better"),
        rows=[_difference(m.metric, m) for m in comparison.metrics],
        numbers=(1, 2, 3),
    )
    if comparison.metrics and comparison.slices:
        metric = comparison.metrics[0].metric
        found = [(s.name, s.metric(metric)) for s in comparison.slices]
        yield Table(
            title=f"{metric} by slice",
            head=("slice", "this version", "champion", "difference", "interval", "better"),
            rows=[_difference(name, difference) for name, difference in found if difference],
            numbers=(1, 2, 3),
        )
    if (test := comparison.mcnemar) is not None:
        yield Text(
            text=f"Decisions differ on {test.only_first_right + test.only_second_right:,} rows: this version "
            f"alone is right on {test.only_first_right:,}, the champion alone on {test.only_second_right:,} "
            f"(McNemar, {test.method}: p = {number(test.p_value)}; it takes rows for independent, and "
            "decides nothing)."
        )
    yield from _drawn(pictures, "comparison", "Differences from the champion with intervals")


def _difference(name: str, m: MetricDifference) -> tuple[str, ...]:
    return name, number(m.version), number(m.champion), number(m.difference), _ends(m.interval), m.better


def _slices(
    slices: Sequence[SliceResult], metrics: Sequence[str], pictures: Mapping[str, bytes]
) -> Iterator[Block]:
    for family, members in groupby(slices, key=lambda s: s.family):
        held = list(members)
        judged = [s for s in held if s.judged]
        few = [f"{s.name} ({s.n_rows:,})" for s in held if not s.judged]
        yield Table(
            title=family.replace("_", " "),
            head=("slice", "rows", *(column for name in metrics for column in (name, "interval"))),
            rows=[(s.name, number(s.n_rows), *_measured(s, metrics)) for s in judged],
            numbers=(1, *range(2, 2 + 2 * len(metrics), 2)),
        )
        if few:
            yield Text(text=f"Not judged, fewer than {held[0].min_rows:,} rows: {', '.join(few)}.")
    if slices:
        yield from _drawn(pictures, "slices", "Each slice with its interval, beside all rows")


def _measured(part: SliceResult, metrics: Sequence[str]) -> Iterator[str]:
    for name in metrics:
        found = part.metric(name)
        yield number(found.measured.value if found else None)
        yield _ends(found.measured.interval if found else None)


def _discovered(result: DiscoveryResult | None) -> Iterator[Block]:
    if result is None:
        return
    if result.reason:
        yield Text(text=f"Not searched: {result.reason}.")
        return
    found = [s for s in result.slices if s.found]
    outcome = (
        f"Of those below, {result.false_discovery_rate:.0%} are expected to be false."
        if found
        else f"None of {len(result.slices)} candidates was worse than the rest on the other half."
    )
    yield Text(
        text=f"Searched for on {result.n_searched:,} rows, by {result.loss}, and tested on "
        f"{result.n_tested:,} others. {outcome}"
    )
    yield Table(
        head=("slice", "rows", "loss", "elsewhere", "worse by", "interval", "q"),
        rows=[
            (
                s.words,
                number(s.n_rows),
                number(s.loss),
                number(s.rest),
                number(s.effect),
                _ends(s.interval),
                number(s.q_value),
            )
            for s in found
        ],
        numbers=(1, 2, 3, 4, 6),
        prose=(0,),
    )


def _fairness(attributes: Sequence[AttributeFairness]) -> Iterator[Block]:
    if not attributes:
        return
    yield Text(text="The largest difference between any two groups that have rows enough.")
    yield Table(
        head=("attribute", "measure", "difference", "interval", "groups"),
        rows=[
            (
                held.attribute,
                disparity.measure.replace("_", " "),
                number(disparity.value),
                _ends(disparity.interval),
                number(sum(group.judged for group in held.groups)),
            )
            for held in attributes
            for disparity in held.disparities
        ],
        numbers=(2, 4),
    )
    for held in attributes:
        judged = ", ".join(f"{g.name} ({g.n_rows:,})" for g in held.groups if g.judged) or "no group"
        few = ", ".join(f"{g.name} ({g.n_rows:,})" for g in held.groups if not g.judged)
        left_out = f" Too few rows: {few}." if few else ""
        yield Text(text=f"Groups of {held.attribute}: {judged}.{left_out}")


def _ends(interval: Interval | None) -> str:
    return span(interval.low, interval.high) if interval else "none"


def _drawn(pictures: Mapping[str, bytes], name: str, alt: str) -> Iterator[Picture]:
    if name in pictures:
        yield Picture(png=pictures[name], alt=alt)
