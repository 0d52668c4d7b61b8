import pytest

from lifecycle.evaluation.fairness import AttributeFairness, Disparity, GroupFacts
from lifecycle.evaluation.gates.fairness import decide_fairness
from lifecycle.evaluation.gates.verdict import GateResult, Verdict
from lifecycle.evaluation.intervals import Interval
from lifecycle.spec.gates import FairnessGate

GATE = FairnessGate(fairness="accuracy_gap", attribute="carrier", max=0.2)


def measured(
    value: float | None, ends: tuple[float, float] | None = None, *, judged: tuple[bool, ...] = (True, True)
) -> list[AttributeFairness]:
    interval = None
    if ends is not None:
        interval = Interval(
            low=ends[0], high=ends[1], level=0.95, n_resamples=1000, method="bounds of all pairs", n_blocks=30
        )
    groups = tuple(GroupFacts(name=f"g{i}", n_rows=500, judged=j) for i, j in enumerate(judged))
    disparity = Disparity(measure="accuracy_gap", value=value, interval=interval)
    return [AttributeFairness(attribute="carrier", groups=groups, disparities=(disparity,))]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param(measured(0.1, (0.05, 0.2)), "pass", id="high end on the limit"),
        pytest.param(measured(0.1, (0.05, 0.21)), "inconclusive", id="high end above"),
        pytest.param(measured(0.3, (0.2, 0.4)), "inconclusive", id="low end on the limit"),
        pytest.param(measured(0.3, (0.21, 0.4)), "fail", id="all above"),
        pytest.param(measured(0.1), "not_enough_data", id="no interval"),
        pytest.param(measured(None), "inconclusive", id="a rate that a group lacks"),
        pytest.param(measured(None, judged=(True, False)), "not_enough_data", id="one group only"),
        pytest.param([], "inconclusive", id="the attribute was not measured"),
        pytest.param(
            [AttributeFairness(attribute="carrier", groups=(), disparities=())],
            "inconclusive",
            id="nor the measure",
        ),
    ],
)
def test_decide_fairness(found: list[AttributeFairness], expected: Verdict) -> None:
    assert decide_fairness(GATE, found).verdict == expected


def test_a_result_names_the_groups_left_aside() -> None:
    found = measured(0.1, (0.05, 0.15), judged=(True, True, False))
    assert decide_fairness(GATE, found) == GateResult(
        gate="fairness_carrier_accuracy_gap_max",
        metric="accuracy_gap",
        verdict="pass",
        observed=0.1,
        low=0.05,
        high=0.15,
        limit=0.2,
        side="max",
        reason="accuracy_gap of carrier 0.1 (0.05 to 0.15) over 2 groups is at most 0.2; 1 of 3 groups have "
        "too few rows to be judged",
    )
