"""Gates of what a bundle costs to serve: latency, memory, size."""

import math
from collections.abc import Sequence
from dataclasses import replace

from lifecycle.evaluation.footprint import Footprint
from lifecycle.evaluation.gates.verdict import GateResult, Verdict
from lifecycle.spec.evaluation import Budgets

LATENCY, MEMORY, BUNDLE_SIZE = "latency", "memory", "bundle_size"


def budget_gate_names(budgets: Budgets) -> tuple[str, ...]:
    """Names of the gates that the given budgets make.

    >>> budget_gate_names(Budgets(memory_mib=500))
    ('memory',)
    """
    limits = {LATENCY: budgets.latency_p99_ms, MEMORY: budgets.memory_mib, BUNDLE_SIZE: budgets.bundle_mib}
    return tuple(name for name, limit in limits.items() if limit is not None)


def decide_budgets(budgets: Budgets, footprint: Footprint | None) -> Sequence[GateResult]:
    """An answer for each given budget.

    Args:
        footprint: None: it could not be measured, which is never a pass.
    """
    results = []
    if budgets.latency_p99_ms is not None:
        low, high = (footprint.single.p99_low, footprint.single.p99_high) if footprint else (None, None)
        value = footprint.single.p99_ms if footprint else None
        result = _decide(LATENCY, "p99 of one row, ms", value, low, high, budgets.latency_p99_ms)
        results.append(_with_cause(result, footprint))
    if budgets.memory_mib is not None:
        value = footprint.memory_mib if footprint else None
        results.append(_decide(MEMORY, "resident memory, MiB", value, value, value, budgets.memory_mib))
    if budgets.bundle_mib is not None:
        value = footprint.bundle_mib if footprint else None
        results.append(
            _decide(BUNDLE_SIZE, "size of the bundle, MiB", value, value, value, budgets.bundle_mib)
        )
    return results


def _with_cause(result: GateResult, footprint: Footprint | None) -> GateResult:
    """The result, with a word where not the bundle but a busy machine broke the limit."""
    if result.verdict == "pass" or footprint is None or result.limit is None:
        return result
    if footprint.cpu_p99_ms > result.limit:
        return result
    cause = f"it computes for {footprint.cpu_p99_ms:.4g} ms only: the machine was busy, evaluate again"
    return replace(result, reason=f"{result.reason}; {cause}")


def _decide(
    gate: str, metric: str, value: float | None, low: float | None, high: float | None, limit: float
) -> GateResult:
    known = value if value is not None and math.isfinite(value) else None
    verdict, reason = _judge(metric, known, low, high, limit)
    shown_low, shown_high = (low, high) if low != high else (None, None)
    return GateResult(
        gate=gate,
        metric=metric,
        verdict=verdict,
        observed=known,
        low=shown_low,
        high=shown_high,
        limit=limit,
        side="max",
        reason=reason,
    )


def _judge(
    metric: str, value: float | None, low: float | None, high: float | None, limit: float
) -> tuple[Verdict, str]:
    if value is None:
        return "inconclusive", f"{metric} could not be measured"
    if low is None or high is None:
        return "not_enough_data", f"{metric} {value:.4g} has no interval: too few calls were timed"
    seen = f"{metric}: {value:.4g}" + (f" ({low:.4g} to {high:.4g})" if low != high else "")
    if high <= limit:
        return "pass", f"{seen}, at most {limit:.4g}"
    if low > limit:
        return "fail", f"{seen}, more than {limit:.4g}"
    return "inconclusive", f"{seen} may or may not be at most {limit:.4g}: the interval holds the limit"
