"""Gate against the champion: no worse by more than a margin, or better, on the rows of both."""

from typing import Literal

from lifecycle.evaluation.comparison import Comparison, ComparisonState, MetricDifference
from lifecycle.evaluation.gates.family import SliceEvidence, decide_family
from lifecycle.evaluation.gates.verdict import GateResult, Side, Verdict, decide_on_interval
from lifecycle.evaluation.intervals import MIN_BLOCKS
from lifecycle.spec.gates import RelativeGate

# Nothing to compare with is a pass that says so: else no first version could ever be deployed.
_WITHOUT: dict[ComparisonState, Verdict] = {
    "first_version": "pass",
    "is_champion": "pass",
    "contaminated": "not_enough_data",
    "not_comparable": "inconclusive",
}


def decide_relative(
    gate: RelativeGate, comparison: Comparison, *, better: Literal["higher", "lower"]
) -> GateResult:
    """The gate's answer; a champion that cannot be compared with never lets a version pass.

    The observed value is the difference, version - champion, in the metric's unit; the limit is the margin
    with the sign that makes the version worse. A margin that is a share is one of the champion's value on
    the same rows (and slice), taken without its sign. That value's own uncertainty is left out: it moves the
    limit by the margin times its standard error, a hundredth of the interval's length at the usual margin.

    Superiority wants the whole interval on the better side of zero, zero itself excluded.
    """
    side: Side = "min" if better == "higher" else "max"
    if comparison.state != "compared":
        return _answer(gate, _WITHOUT[comparison.state], None, None, side, comparison.reason)
    if gate.slice is not None:
        evidence = [
            _evidence(gate, s.name, s.judged, s.metric(gate.relative), side)
            for s in comparison.slices
            if s.family == gate.slice
        ]
        return decide_family(
            gate.name,
            gate.relative,
            gate.slice,
            evidence,
            side=side,
            what=f"difference of {gate.relative}",
            strictly=gate.superiority,
        )
    return _on_all_rows(gate, comparison, side)


def limit_of(gate: RelativeGate, champion: float | None, side: Side) -> float | None:
    """The difference that is just accepted; None: it is a share of a value that there is not."""
    if gate.superiority:
        return 0.0
    if gate.margin_is == "relative" and champion is None:
        return None
    margin = gate.margin * (abs(champion or 0.0) if gate.margin_is == "relative" else 1.0)
    return -margin if side == "min" else margin


def _on_all_rows(gate: RelativeGate, comparison: Comparison, side: Side) -> GateResult:
    n_rows, found = comparison.n_rows, comparison.metric(gate.relative)
    limit = limit_of(gate, found.champion if found else None, side)
    if n_rows < gate.min_rows:
        reason = f"{n_rows} rows that the champion never saw, the gate wants {gate.min_rows}"
        return _answer(gate, "not_enough_data", found, limit, side, reason)
    if found is None or found.difference is None or limit is None:
        reason = f"the difference of {gate.relative} could not be computed on these {n_rows} rows"
        return _answer(gate, "inconclusive", None, limit, side, reason)
    seen = (
        f"{gate.relative} {found.version:.4g} against {found.champion:.4g} of version {comparison.champion}: "
        f"difference {found.difference:.4g}"
    )
    interval = found.interval
    if interval is None:
        reason = f"{seen} has no interval: it takes {MIN_BLOCKS} blocks (days) on which it can be computed"
        return _answer(gate, "not_enough_data", found, limit, side, reason)
    verdict = decide_on_interval(
        interval.low, interval.high, limit=limit, side=side, strictly=gate.superiority
    )
    wanted = "better" if gate.superiority else f"{'at least' if side == 'min' else 'at most'} {limit:.4g}"
    said = {"pass": f"is {wanted}", "fail": f"is not {wanted}"}.get(verdict, f"may or may not be {wanted}")
    reason = f"{seen} ({interval.low:.4g} to {interval.high:.4g}) {said}"
    if comparison.n_contaminated:
        reason += f"; contaminated: {comparison.n_contaminated} rows that the champion saw are left out"
    return _answer(gate, verdict, found, limit, side, reason)


def _evidence(
    gate: RelativeGate, name: str, judged: bool, found: MetricDifference | None, side: Side
) -> SliceEvidence:
    return SliceEvidence(
        name=name,
        judged=judged,
        value=found.difference if found else None,
        own=found.interval if found else None,
        together=found.together if found else None,
        limit=limit_of(gate, found.champion if found else None, side),
    )


def _answer(
    gate: RelativeGate,
    verdict: Verdict,
    found: MetricDifference | None,
    limit: float | None,
    side: Side,
    reason: str,
) -> GateResult:
    interval = found.interval if found else None
    return GateResult(
        gate=gate.name,
        metric=gate.relative,
        verdict=verdict,
        observed=found.difference if found else None,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        limit=limit,
        side=side,
        reason=reason,
    )
