import math
from typing import Literal

import pytest

from lifecycle.errors import LifecycleError
from lifecycle.evaluation.gates.absolute import AbsoluteGate, decide_absolute
from lifecycle.evaluation.gates.verdict import GateResult, Verdict
from lifecycle.evaluation.intervals import Interval, MetricValue


def measured(value: float | None, low: float | None = None, high: float | None = None) -> MetricValue:
    interval = None
    if low is not None and high is not None:
        interval = Interval(
            low=low, high=high, level=0.95, n_resamples=1000, method="reflected block bootstrap", n_blocks=30
        )
    return MetricValue(metric="m", better="higher", value=value, interval=interval)


MIN, MAX = AbsoluteGate(metric="m", min=0.6, min_rows=100), AbsoluteGate(metric="m", max=0.6, min_rows=100)
MIN_POINT = AbsoluteGate(metric="m", min=0.6, on="point", min_rows=100)
MAX_POINT = AbsoluteGate(metric="m", max=0.6, on="point", min_rows=100)


@pytest.mark.parametrize(
    ("gate", "metric_value", "n_rows", "expected"),
    [
        pytest.param(MIN, measured(0.7, 0.65, 0.75), 500, "pass", id="min: all above"),
        pytest.param(MIN, measured(0.7, 0.60, 0.75), 500, "pass", id="min: low end on the limit"),
        pytest.param(MIN, measured(0.7, 0.59, 0.75), 500, "inconclusive", id="min: low end below the limit"),
        pytest.param(MIN, measured(0.5, 0.45, 0.60), 500, "inconclusive", id="min: high end on the limit"),
        pytest.param(MIN, measured(0.5, 0.45, 0.59), 500, "fail", id="min: all below"),
        pytest.param(MAX, measured(0.5, 0.45, 0.59), 500, "pass", id="max: all below"),
        pytest.param(MAX, measured(0.5, 0.45, 0.60), 500, "pass", id="max: high end on the limit"),
        pytest.param(MAX, measured(0.5, 0.45, 0.61), 500, "inconclusive", id="max: high end above the limit"),
        pytest.param(MAX, measured(0.7, 0.60, 0.75), 500, "inconclusive", id="max: low end on the limit"),
        pytest.param(MAX, measured(0.7, 0.61, 0.75), 500, "fail", id="max: all above"),
        pytest.param(MIN_POINT, measured(0.6, 0.1, 0.9), 500, "pass", id="point min: on the limit"),
        pytest.param(
            MIN_POINT, measured(0.59, 0.1, 0.9), 500, "fail", id="point min: below, never inconclusive"
        ),
        pytest.param(MIN_POINT, measured(0.7), 500, "pass", id="point min: needs no interval"),
        pytest.param(MAX_POINT, measured(0.6), 500, "pass", id="point max: on the limit"),
        pytest.param(MAX_POINT, measured(0.61), 500, "fail", id="point max: above"),
        pytest.param(MIN, measured(0.7), 500, "not_enough_data", id="no interval is not enough data"),
        pytest.param(MIN, measured(0.7, 0.65, 0.75), 99, "not_enough_data", id="one row short"),
        pytest.param(MIN, measured(0.7, 0.65, 0.75), 100, "pass", id="just enough rows"),
        pytest.param(MIN_POINT, measured(None), 0, "not_enough_data", id="no rows"),
        pytest.param(MIN, None, 500, "inconclusive", id="a missing metric never passes"),
        pytest.param(
            MAX_POINT, measured(None), 500, "inconclusive", id="a metric without a value never passes"
        ),
        pytest.param(MAX_POINT, measured(math.nan), 500, "inconclusive", id="nan never passes"),
        pytest.param(MAX_POINT, measured(-math.inf), 500, "inconclusive", id="infinity never passes"),
        pytest.param(
            MIN, measured(0.7, math.nan, 0.8), 500, "not_enough_data", id="an end of nan never passes"
        ),
    ],
)
def test_decide_absolute(
    gate: AbsoluteGate, metric_value: MetricValue | None, n_rows: int, expected: Verdict
) -> None:
    assert decide_absolute(gate, metric_value, n_rows=n_rows).verdict == expected


@pytest.mark.parametrize(
    ("gate", "metric_value", "expected"),
    [
        pytest.param(
            AbsoluteGate(metric="auc", min=0.63),
            measured(0.684, 0.661, 0.707),
            GateResult(
                gate="auc_min",
                metric="auc",
                verdict="pass",
                observed=0.684,
                low=0.661,
                high=0.707,
                limit=0.63,
                side="min",
                reason="auc 0.684 (0.661 to 0.707) is at least 0.63",
            ),
            id="a pass",
        ),
        pytest.param(
            AbsoluteGate(metric="ece", max=0.05),
            None,
            GateResult(
                gate="ece_max",
                metric="ece",
                verdict="inconclusive",
                observed=None,
                low=None,
                high=None,
                limit=0.05,
                side="max",
                reason="ece could not be computed on these 500 rows",
            ),
            id="nothing observed",
        ),
    ],
)
def test_a_result_carries_its_evidence(
    gate: AbsoluteGate, metric_value: MetricValue | None, expected: GateResult
) -> None:
    assert decide_absolute(gate, metric_value, n_rows=500) == expected


@pytest.mark.parametrize("limits", [{}, {"min": 0.1, "max": 0.2}])
def test_a_gate_has_exactly_one_limit(limits: dict[Literal["min", "max"], float]) -> None:
    with pytest.raises(LifecycleError, match="either min or max"):
        AbsoluteGate(metric="auc", **limits)


def test_a_limit_of_zero_is_a_limit() -> None:
    gate = AbsoluteGate(metric="r2", min=0.0)
    assert (gate.name, gate.side, gate.limit) == ("r2_min", "min", 0.0)
