"""From a report and the facts beside it to a card: which sections there are, and what each of them says."""

from collections.abc import Iterator, Mapping, Sequence

from lifecycle.evaluation.calibration import N_BINS
from lifecycle.evaluation.card.blocks import Badge, Block, Card, Facts, Picture, Section, Table, Text
from lifecycle.evaluation.card.facts import CardFacts
from lifecycle.evaluation.card.making import making_sections
from lifecycle.evaluation.card.numbers import limit, number, share, span
from lifecycle.evaluation.card.parts import part_sections
from lifecycle.evaluation.card.trying import trial_sections
from lifecycle.evaluation.report import EvaluationReport

N_HEADLINE, N_THRESHOLDS = 3, 10


def build_card(facts: CardFacts, report: EvaluationReport, pictures: Mapping[str, bytes]) -> Card:
    """The card of one version.

    Args:
        pictures: name -> PNG, as `lifecycle.registry.judging.draw` and `draw_parts` give them.
    """
    sections = [
        Section(title="Use", blocks=list(_use(facts))),
        Section(title="Gates", blocks=[_gates(report)]),
        Section(title="Quality", blocks=list(_quality(facts, report, pictures))),
        Section(title="Calibration", blocks=list(_calibration(report, pictures))),
        Section(title="Decisions", blocks=list(_decisions(report, pictures))),
        *part_sections(report, pictures),
        *trial_sections(report, pictures),
        *making_sections(facts, report, pictures),
    ]
    return Card(
        title=f"{facts.model}, version {facts.version}",
        subtitle=f"{facts.task} model as of {facts.as_of}, {number(report.n_rows)} rows evaluated",
        description=facts.description,
        verdict=report.verdict,
        headline=list(_headline(report)),
        sections=[section for section in sections if section.blocks],
    )


def _headline(report: EvaluationReport) -> Iterator[tuple[str, str, str]]:
    for measured in report.metrics[:N_HEADLINE]:
        interval = measured.interval
        told = f"{interval.level:.0%}: {span(interval.low, interval.high)}" if interval else "no interval"
        yield measured.metric.replace("_", " "), number(measured.value), told
    passed = sum(gate.verdict == "pass" for gate in report.gates)
    yield "gates", f"{passed} of {len(report.gates)}", "passed"


def _use(facts: CardFacts) -> Iterator[Block]:
    yield Facts(
        facts=[
            ("intended use", facts.intended_use or "not stated"),
            ("limitations", facts.limitations or "not stated"),
            ("owners", ", ".join(facts.owners) or "nobody"),
            ("predicts", facts.label),
        ]
    )


def _gates(report: EvaluationReport) -> Table:
    rows = [
        (
            gate.gate,
            Badge(verdict=gate.verdict),
            number(gate.observed),
            span(gate.low, gate.high),
            limit(gate.side, gate.limit),
            gate.reason,
        )
        for gate in report.gates
    ]
    return Table(
        head=("gate", "verdict", "value", "interval", "limit", "why"), rows=rows, numbers=(2,), prose=(5,)
    )


def _quality(facts: CardFacts, report: EvaluationReport, pictures: Mapping[str, bytes]) -> Iterator[Block]:
    rows = [
        (
            measured.metric,
            number(measured.value),
            span(measured.interval.low, measured.interval.high) if measured.interval else "none",
            measured.better,
        )
        for measured in report.metrics
    ]
    how = f"Intervals resample whole {facts.blocks} and need seven of them."
    counted = f"{number(report.n_rows)} labelled rows of {report.n_blocks:,} {facts.blocks}"
    yield Text(text=f"On {counted} that the model never saw. {how}")
    yield Table(head=("metric", "value", "interval", "better"), rows=rows, numbers=(1,))
    yield from _drawn(
        pictures,
        roc="ROC curve with the operating point",
        scores="Histogram of the scores of either class",
        residuals="Residuals by decile of the prediction",
    )


def _calibration(report: EvaluationReport, pictures: Mapping[str, bytes]) -> Iterator[Block]:
    if report.ece_if_calibrated is not None:
        yield Text(
            text=f"ECE: {N_BINS} bins of equal mass, gaps weighted by rows, not debiased. A perfectly "
            f"calibrated model with these scores would show {number(report.ece_if_calibrated)} by chance. "
            "Slope 1 and intercept 0 are perfect; a slope below 1 means that the scores are too extreme."
        )
    if (parts := report.brier_parts) is not None:
        yield Facts(
            facts=[
                ("Brier score", number(parts.brier)),
                ("reliability (0 is perfect)", number(parts.reliability)),
                ("resolution (more is better)", number(parts.resolution)),
                ("uncertainty (of the label)", number(parts.uncertainty)),
            ]
        )
    yield from _drawn(
        pictures,
        calibration="Observed rate against mean score, with intervals",
        deciles="Observed against predicted, by decile of the prediction",
    )


def _decisions(report: EvaluationReport, pictures: Mapping[str, bytes]) -> Iterator[Block]:
    chosen = next((row for row in report.thresholds if row.chosen), None)
    if chosen is not None:
        yield Text(
            text=f"A score of {number(chosen.threshold)} or more is a positive answer. The threshold was "
            "chosen on validation rows, which judge nothing; the table says what others would give here."
        )
    if report.thresholds:
        step = max(1, len(report.thresholds) // N_THRESHOLDS)
        shown = [row for i, row in enumerate(report.thresholds) if i % step == 0 or row.chosen]
        priced = any(row.cost is not None for row in shown)
        yield Table(
            head=("threshold", "flagged", "precision", "recall", "F1", *(["cost a row"] if priced else [])),
            rows=[
                (
                    f"{number(row.threshold)}{' (chosen)' if row.chosen else ''}",
                    *map(share, (row.flagged, row.precision, row.recall, row.f1)),
                    *([number(row.cost)] if priced else []),
                )
                for row in shown
            ],
            numbers=(1, 2, 3, 4, 5) if priced else (1, 2, 3, 4),
        )
    if report.confusion:
        yield _confusion(report.confusion)
    yield from _drawn(pictures, thresholds="Precision, recall and F1 by threshold")


def _confusion(cells: Sequence[Sequence[int]]) -> Table:
    names = ("negative", "positive") if len(cells) == 2 else tuple(f"class {i}" for i in range(len(cells)))
    rows = [(name, *(f"{n:,}" for n in row)) for name, row in zip(names, cells, strict=True)]
    head = ("in truth", *(f"said {name}" for name in names))
    return Table(title="Confusion", head=head, rows=rows, numbers=tuple(range(1, len(head))))


def _drawn(pictures: Mapping[str, bytes], **alts: str) -> Iterator[Picture]:
    return (Picture(png=pictures[name], alt=alt) for name, alt in alts.items() if name in pictures)
