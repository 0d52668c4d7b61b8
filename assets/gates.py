"""The gates of a model as asset checks."""

from collections.abc import Mapping

import dagster as dg

from assets.breakdown import part_gates
from assets.keys import gate_check
from lifecycle.evaluation.gates.evidence import evidence_gates
from lifecycle.evaluation.gates.verdict import GateResult
from lifecycle.spec.model_spec import ModelSpec


def gates_of(spec: ModelSpec) -> Mapping[str, str]:
    """Name -> what it looks at, of every gate of a model; each is a blocking check."""
    metrics = {gate.name: f"{gate.metric}, decided on the {gate.on}" for gate in spec.evaluation.metric_gates}
    return {**metrics, **part_gates(spec.evaluation), **evidence_gates(spec.evaluation)}


def gate_result(gate: GateResult) -> dg.AssetCheckResult:
    """A gate as an asset check: only a pass passes."""
    facts = {
        "verdict": gate.verdict,
        "observed": gate.observed,
        "low": gate.low,
        "high": gate.high,
        "limit": gate.limit,
    }
    return dg.AssetCheckResult(
        check_name=gate_check(gate.gate),
        passed=gate.verdict == "pass",
        description=gate.reason,
        metadata={name: value for name, value in facts.items() if value is not None},
    )
