import pytest

from lifecycle.evaluation.gates.slices import decide_slices
from lifecycle.evaluation.gates.verdict import Verdict
from lifecycle.evaluation.intervals import Interval, MetricValue
from lifecycle.evaluation.slices.measure import SliceMetric, SliceResult
from lifecycle.spec.gates import SliceGate

INTERVAL = Interval(
    low=0.6, high=0.8, level=0.95, n_resamples=1000, method="studentised maximum", n_blocks=30
)


def part(name: str, *, family: str = "origin", judged: bool = True) -> SliceResult:
    value = MetricValue(metric="auc", better="higher", value=0.7, interval=INTERVAL)
    metrics = (SliceMetric(measured=value, together=INTERVAL),) if judged else ()
    return SliceResult(
        family=family, name=name, n_rows=900, n_blocks=30, min_rows=200, judged=judged, metrics=metrics
    )


@pytest.mark.parametrize(
    ("gate", "slices", "expected"),
    [
        pytest.param(SliceGate(slice="origin", metric="auc", min=0.6), [part("a")], "pass", id="kept"),
        pytest.param(SliceGate(slice="origin", metric="auc", max=0.5), [part("a")], "fail", id="broken"),
        pytest.param(
            SliceGate(slice="origin", metric="auc", min=0.7), [part("a")], "inconclusive", id="doubt"
        ),
        pytest.param(
            SliceGate(slice="origin", metric="auc", min=0.0), [part("a")], "pass", id="a limit of zero"
        ),
        pytest.param(
            SliceGate(slice="origin", metric="ece", max=1), [part("a")], "inconclusive", id="no such metric"
        ),
        pytest.param(
            SliceGate(slice="origin", metric="auc", min=0.6),
            [part("a", judged=False)],
            "not_enough_data",
            id="small",
        ),
        pytest.param(
            SliceGate(slice="dest", metric="auc", min=0.6),
            [part("a")],
            "not_enough_data",
            id="another family",
        ),
    ],
)
def test_decide_slices(gate: SliceGate, slices: list[SliceResult], expected: Verdict) -> None:
    result = decide_slices(gate, slices)
    assert (result.verdict, result.gate) == (expected, gate.name)
