"""Gate of one metric against a fixed limit."""

import math
from dataclasses import dataclass
from typing import Literal

from lifecycle.errors import LifecycleError
from lifecycle.evaluation.gates.verdict import GateResult, Side, Verdict, decide_on_interval
from lifecycle.evaluation.intervals import MIN_BLOCKS, MetricValue

DecidedOn = Literal["interval", "point"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsoluteGate:
    """Keeps a metric at or above `min`, or at or below `max`: exactly one of the two.

    Attributes:
        on: "interval": pass when the whole interval keeps the limit, fail when none of it does; "point": the
            value alone decides.
        min_rows: with fewer labelled rows the gate does not decide.
    """

    metric: str
    min: float | None = None
    max: float | None = None
    on: DecidedOn = "interval"
    min_rows: int = 1

    def __post_init__(self) -> None:
        if (self.min is None) == (self.max is None):
            raise LifecycleError(f"gate on {self.metric}: give either min or max; two limits are two gates")

    @property
    def side(self) -> Side:
        return "max" if self.min is None else "min"

    @property
    def name(self) -> str:
        return f"{self.metric}_{self.side}"

    @property
    def limit(self) -> float:
        limit = self.max if self.min is None else self.min
        assert limit is not None  # held by __post_init__
        return limit


def decide_absolute(gate: AbsoluteGate, measured: MetricValue | None, *, n_rows: int) -> GateResult:
    """The gate's answer; a metric that is missing, or is not a number, never passes.

    Args:
        measured: the gate's metric; None: it was not computed.
        n_rows: labelled rows behind it.
    """
    value = _finite(measured.value if measured else None)
    interval = measured.interval if measured else None
    low, high = (_finite(interval.low), _finite(interval.high)) if interval else (None, None)
    verdict, reason = _judge(gate, value, low, high, n_rows)
    return GateResult(
        gate=gate.name,
        metric=gate.metric,
        verdict=verdict,
        observed=value,
        low=low,
        high=high,
        limit=gate.limit,
        side=gate.side,
        reason=reason,
    )


def _judge(
    gate: AbsoluteGate, value: float | None, low: float | None, high: float | None, n_rows: int
) -> tuple[Verdict, str]:
    if n_rows < gate.min_rows:
        return "not_enough_data", f"{n_rows} labelled rows, the gate wants {gate.min_rows}"
    if value is None:
        return "inconclusive", f"{gate.metric} could not be computed on these {n_rows} rows"
    if gate.on == "point":
        low, high, seen = value, value, f"{gate.metric} {value:.4g}"
    elif low is None or high is None:
        needed = f"it takes {MIN_BLOCKS} blocks (days, or rows without time) on which it can be computed"
        return "not_enough_data", f"{gate.metric} {value:.4g} has no interval: {needed}"
    else:
        seen = f"{gate.metric} {value:.4g} ({low:.4g} to {high:.4g})"
    limit = gate.limit
    verdict = decide_on_interval(low, high, limit=limit, side=gate.side)
    wanted = f"{'at least' if gate.side == 'min' else 'at most'} {limit:.4g}"
    said = {"pass": f"is {wanted}", "fail": f"is not {wanted}"}
    return verdict, f"{seen} {said.get(verdict, f'may or may not be {wanted}: the interval holds the limit')}"


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
