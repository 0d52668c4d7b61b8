"""Gate of the evidence itself: how many rows, labels and days the verdict stands on."""

from dataclasses import dataclass

from lifecycle.evaluation.gates.verdict import GateResult
from lifecycle.spec.gates import DataGate


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFacts:
    """What the evaluation had to go by.

    Attributes:
        labelled_share: labelled rows among all rows of the holdout's period; None: it has no row.
        fit_rows: rows that fitted the model; None: the bundle does not tell.
    """

    labelled_share: float | None
    holdout_rows: int
    holdout_days: int
    fit_rows: int | None


def decide_data(gate: DataGate, facts: DataFacts) -> GateResult:
    """The gate's answer; too little is `not_enough_data`, never a fail: it says nothing about the model.

    A fact that is not known never passes.
    """
    value: float | None = {
        "labelled_share": facts.labelled_share,
        "holdout_rows": facts.holdout_rows,
        "holdout_days": facts.holdout_days,
        "fit_rows": facts.fit_rows,
    }[gate.data]
    name = gate.data.replace("_", " ")
    if value is None:
        reason = f"{name} is not known"
    else:
        reason = f"{name} {value:,.6g}, at least {gate.min:,.6g} is wanted"
    enough = value is not None and value >= gate.min
    return GateResult(
        gate=gate.name,
        metric=name,
        verdict="pass" if enough else "not_enough_data" if value is not None else "inconclusive",
        observed=None if value is None else float(value),
        low=None,
        high=None,
        limit=gate.min,
        side="min",
        reason=reason,
    )
