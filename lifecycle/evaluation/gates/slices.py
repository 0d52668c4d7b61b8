"""Gate of one metric on every slice of a family against a fixed limit."""

from collections.abc import Sequence

from lifecycle.evaluation.gates.family import SliceEvidence, decide_family
from lifecycle.evaluation.gates.verdict import GateResult, Side
from lifecycle.evaluation.slices.measure import SliceResult
from lifecycle.spec.gates import SliceGate


def decide_slices(gate: SliceGate, slices: Sequence[SliceResult]) -> GateResult:
    """The gate's answer from all measured slices; those of other families are left aside."""
    limit = gate.min if gate.max is None else gate.max
    evidence = []
    for s in slices:
        if s.family != gate.slice:
            continue
        found = s.metric(gate.metric)
        evidence.append(
            SliceEvidence(
                name=s.name,
                judged=s.judged,
                value=found.measured.value if found else None,
                own=found.measured.interval if found else None,
                together=found.together if found else None,
                limit=limit,
            )
        )
    side: Side = "min" if gate.max is None else "max"
    return decide_family(gate.name, gate.metric, gate.slice, evidence, side=side, what=gate.metric)
