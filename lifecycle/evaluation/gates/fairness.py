"""Gate of one fairness measure on one attribute."""

from collections.abc import Sequence

from lifecycle.evaluation.fairness import AttributeFairness
from lifecycle.evaluation.gates.verdict import GateResult, Verdict, decide_on_interval
from lifecycle.evaluation.intervals import MIN_BLOCKS, Interval
from lifecycle.spec.gates import FairnessGate


def decide_fairness(gate: FairnessGate, measured: Sequence[AttributeFairness]) -> GateResult:
    """The gate's answer; groups that are too small, or one group only, never pass."""
    found = next((a for a in measured if a.attribute == gate.attribute), None)
    disparity = found.disparity(gate.fairness) if found else None
    name = f"{gate.fairness} of {gate.attribute}"
    if found is None or disparity is None:
        return _answer(gate, "inconclusive", None, None, f"{name} could not be computed")
    judged = [group for group in found.groups if group.judged]
    small = len(found.groups) - len(judged)
    aside = f"; {small} of {len(found.groups)} groups have too few rows to be judged" if small else ""
    if len(judged) < 2:
        reason = (
            f"{len(judged)} of {len(found.groups)} groups of {gate.attribute} have rows enough, it takes two"
        )
        return _answer(gate, "not_enough_data", None, None, reason)
    if disparity.value is None:
        reason = f"{name} could not be computed: a group lacks rows of a class{aside}"
        return _answer(gate, "inconclusive", None, None, reason)
    interval = disparity.interval
    if interval is None:
        reason = f"{name} {disparity.value:.4g} has no interval: it takes {MIN_BLOCKS} blocks (days){aside}"
        return _answer(gate, "not_enough_data", disparity.value, None, reason)
    verdict = decide_on_interval(interval.low, interval.high, limit=gate.max, side="max")
    wanted = f"at most {gate.max:.4g}"
    said = {"pass": f"is {wanted}", "fail": f"is not {wanted}"}.get(verdict, f"may or may not be {wanted}")
    reason = (
        f"{name} {disparity.value:.4g} ({interval.low:.4g} to {interval.high:.4g}) over {len(judged)} groups "
        f"{said}{aside}"
    )
    return _answer(gate, verdict, disparity.value, interval, reason)


def _answer(
    gate: FairnessGate, verdict: Verdict, value: float | None, interval: Interval | None, reason: str
) -> GateResult:
    return GateResult(
        gate=gate.name,
        metric=gate.fairness,
        verdict=verdict,
        observed=value,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        limit=gate.max,
        side="max",
        reason=reason,
    )
