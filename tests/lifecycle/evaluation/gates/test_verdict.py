import pytest

from lifecycle.evaluation.gates.verdict import GateResult, Verdict, decide_verdict


def result(verdict: Verdict) -> GateResult:
    return GateResult(
        gate="auc_min",
        metric="auc",
        verdict=verdict,
        observed=0.7,
        low=0.6,
        high=0.8,
        limit=0.65,
        side="min",
        reason="",
    )


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        pytest.param([], "inconclusive", id="no gates are no pass"),
        pytest.param(["pass"], "pass", id="one pass"),
        pytest.param(["pass", "pass"], "pass", id="all pass"),
        pytest.param(["pass", "inconclusive"], "inconclusive", id="one doubt"),
        pytest.param(["pass", "not_enough_data"], "not_enough_data", id="one without data"),
        pytest.param(["inconclusive", "not_enough_data"], "not_enough_data", id="missing data before doubt"),
        pytest.param(["not_enough_data", "fail", "pass", "inconclusive"], "fail", id="a fail before all"),
    ],
)
def test_decide_verdict(verdicts: list[Verdict], expected: Verdict) -> None:
    assert decide_verdict([result(v) for v in verdicts]) == expected
