"""A report with the gates that look beyond the metrics: on data, behaviour and budgets."""

from collections.abc import Sequence
from dataclasses import replace

from lifecycle.evaluation.gates.behaviour import decide_behaviour
from lifecycle.evaluation.gates.budget import budget_gate_names, decide_budgets
from lifecycle.evaluation.gates.data import DataFacts, decide_data
from lifecycle.evaluation.gates.verdict import GateResult, decide_verdict
from lifecycle.evaluation.report import EvaluationReport
from lifecycle.evaluation.trials import Trials
from lifecycle.spec.evaluation import EvaluationSection


def evidence_gates(section: EvaluationSection) -> dict[str, str]:
    """Name -> what it looks at, of every gate that `with_evidence` decides, in its order."""
    return {
        **{gate.name: f"{gate.data.replace('_', ' ')} of the evaluation" for gate in section.data_gates},
        **{test.gate: f"behavioural test {test.name} on the served bundle" for test in section.behaviour},
        **{
            name: f"{name.replace('_', ' ')} of the served bundle"
            for name in budget_gate_names(section.budgets)
        },
    }


def with_evidence(
    report: EvaluationReport, section: EvaluationSection, *, trials: Trials, fit_rows: int | None
) -> EvaluationReport:
    """The report with the trials in it, their gates behind its own, and the verdict of all of them."""
    rows = report.n_rows + report.n_unlabelled
    data = DataFacts(
        labelled_share=report.n_rows / rows if rows else None,
        holdout_rows=report.n_rows,
        holdout_days=report.n_blocks,
        fit_rows=fit_rows,
    )
    results: Sequence[GateResult] = (
        *report.gates,
        *(decide_data(gate, data) for gate in section.data_gates),
        *map(decide_behaviour, trials.behaviour),
        *decide_budgets(section.budgets, trials.footprint),
    )
    return replace(report, gates=tuple(results), verdict=decide_verdict(results), data=data, trials=trials)
