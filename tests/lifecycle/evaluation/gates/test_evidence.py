"""Gates beyond the metrics: behaviour, budgets, data; unknown is never a pass."""

from dataclasses import replace

import pytest

from lifecycle.evaluation.behaviour import BehaviourResult
from lifecycle.evaluation.calibration import wilson_interval
from lifecycle.evaluation.footprint import Footprint, Latency
from lifecycle.evaluation.gates.behaviour import decide_behaviour
from lifecycle.evaluation.gates.budget import budget_gate_names, decide_budgets
from lifecycle.evaluation.gates.data import DataFacts, decide_data
from lifecycle.evaluation.gates.evidence import evidence_gates, with_evidence
from lifecycle.evaluation.gates.verdict import Verdict
from lifecycle.evaluation.report import EvaluationReport, evaluate
from lifecycle.evaluation.trials import Trials
from lifecycle.spec.evaluation import Budgets, EvaluationSection
from lifecycle.spec.gates import DataGate


def behaviour(kept: int, n: int, *, wanted: float = 0.95, sampled: bool = True) -> BehaviourResult:
    low, high = wilson_interval(kept, n) if n and sampled else (None, None)
    return BehaviourResult(
        test="rule", gate="behaviour_rule", rule="invariance", rule_text="x does not matter", n=n, kept=kept,
        low=low, high=high, wanted=wanted, broken=(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("result", "verdict"),
    [
        pytest.param(behaviour(1000, 1000), "pass", id="all keep it"),
        pytest.param(behaviour(980, 1000), "pass", id="the whole interval is above the share"),
        pytest.param(behaviour(955, 1000), "inconclusive", id="the interval holds the share"),
        pytest.param(behaviour(20, 20), "inconclusive", id="too few rows to be sure"),
        pytest.param(behaviour(800, 1000), "fail", id="the whole interval is below"),
        pytest.param(behaviour(0, 0), "not_enough_data", id="no row"),
        pytest.param(behaviour(1000, 1000, wanted=1), "pass", id="no exception, and none found"),
        pytest.param(behaviour(999, 1000, wanted=1), "fail", id="no exception, and one found"),
        pytest.param(behaviour(3, 3, wanted=1, sampled=False), "pass", id="given rows, all right"),
        pytest.param(behaviour(2, 3, wanted=1, sampled=False), "fail", id="given rows, one wrong"),
    ],
)
def test_decide_behaviour(result: BehaviourResult, verdict: Verdict) -> None:
    gate = decide_behaviour(result)
    assert (gate.verdict, gate.gate, gate.observed) == (verdict, "behaviour_rule", result.share)
    assert "x does not matter" in gate.reason


def footprint(
    p99: float = 5, low: float | None = 4, high: float | None = 6, memory: float = 300
) -> Footprint:
    single = Latency(rows=1, calls=1000, p50_ms=1, p99_ms=p99, p99_low=low, p99_high=high)
    return Footprint(
        single=single,
        batch=replace(single, rows=100),
        cpu_p99_ms=3.5,
        memory_mib=memory,
        added_mib=20,
        bundle_mib=2,
    )


@pytest.mark.parametrize(
    ("budgets", "found", "verdict"),
    [
        pytest.param({"latency_p99_ms": 6}, footprint(), "pass", id="the whole interval is within"),
        pytest.param({"latency_p99_ms": 5.5}, footprint(), "inconclusive", id="the interval holds the limit"),
        pytest.param({"latency_p99_ms": 3}, footprint(), "fail", id="all of it is over"),
        pytest.param({"latency_p99_ms": 50}, footprint(low=None, high=None), "not_enough_data", id="few"),
        pytest.param({"latency_p99_ms": 50}, footprint(p99=float("nan")), "inconclusive", id="not a number"),
        pytest.param({"latency_p99_ms": 50}, None, "inconclusive", id="latency was not measured"),
        pytest.param({"memory_mib": 300}, footprint(), "pass", id="memory at its limit"),
        pytest.param({"memory_mib": 299}, footprint(), "fail", id="memory over it"),
        pytest.param({"memory_mib": 299}, None, "inconclusive", id="memory was not measured"),
        pytest.param({"bundle_mib": 2}, footprint(), "pass", id="size at its limit"),
        pytest.param({"bundle_mib": 1}, footprint(), "fail", id="size over it"),
    ],
)  # fmt: skip
def test_decide_budgets(budgets: dict[str, float], found: Footprint | None, verdict: Verdict) -> None:
    asked = Budgets.model_validate(budgets)
    (gate,) = decide_budgets(asked, found)
    assert (gate.verdict, (gate.gate,)) == (verdict, budget_gate_names(asked))


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        pytest.param(6, False, id="a pass needs no word"),
        pytest.param(5, True, id="in doubt, though it computes for less than the limit"),
        pytest.param(3.6, True, id="failed, though it computes for less"),
        pytest.param(3, False, id="failed, and it is the bundle that is slow"),
    ],
)
def test_a_busy_machine_is_named_as_the_cause(limit: float, told: bool) -> None:
    (gate,) = decide_budgets(Budgets(latency_p99_ms=limit), footprint())
    assert ("it computes for 3.5 ms only: the machine was busy" in gate.reason) == told


def test_no_budget_is_no_gate() -> None:
    assert (decide_budgets(Budgets(), footprint()), budget_gate_names(Budgets())) == ([], ())


FACTS = DataFacts(labelled_share=0.9, holdout_rows=1000, holdout_days=20, fit_rows=5000)
NOTHING = DataFacts(labelled_share=None, holdout_rows=0, holdout_days=0, fit_rows=None)


@pytest.mark.parametrize(
    ("what", "least", "facts", "verdict"),
    [
        pytest.param("labelled_share", 0.9, FACTS, "pass", id="enough labels"),
        pytest.param("labelled_share", 0.91, FACTS, "not_enough_data", id="too few labels"),
        pytest.param("labelled_share", 0.1, NOTHING, "inconclusive", id="no row has no share"),
        pytest.param("holdout_rows", 1000, FACTS, "pass", id="enough rows"),
        pytest.param("holdout_rows", 1, NOTHING, "not_enough_data", id="no row"),
        pytest.param("holdout_days", 21, FACTS, "not_enough_data", id="too few days"),
        pytest.param("fit_rows", 5000, FACTS, "pass", id="enough rows that fit"),
        pytest.param("fit_rows", 1, NOTHING, "inconclusive", id="an old bundle does not tell"),
    ],
)
def test_decide_data(what: str, least: float, facts: DataFacts, verdict: Verdict) -> None:
    gate = DataGate.model_validate({"data": what, "min": least})
    result = decide_data(gate, facts)
    assert (result.verdict, result.gate, result.limit) == (verdict, f"data_{what}_min", least)


SECTION = EvaluationSection.model_validate({
    "gates": [{"metric": "auc", "min": 0.4}, {"data": "holdout_rows", "min": 100}],
    "behaviour": [{"name": "rule", "invariance": {"column": "x", "values": [1]}}],
    "budgets": {"memory_mib": 500},
})  # fmt: skip


def trials(**changes: object) -> Trials:
    nothing = Trials(
        n_rows=100, metric="auc", value=0.7, behaviour=(behaviour(1000, 1000),), permuted=(),
        features_missing=(), lookups_missing=(), noise=(), footprint=footprint(),
    )  # fmt: skip
    return replace(nothing, **changes)  # type: ignore[arg-type]  # fields by name


@pytest.fixture(scope="module")
def report() -> EvaluationReport:
    y, scores = [0, 1] * 200, [0.3, 0.7] * 200
    return evaluate(
        "binary", y, scores, blocks=[i // 40 for i in range(400)], metrics=["auc"], gates=[],
        threshold=0.5, n_resamples=100, n_unlabelled=100,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        pytest.param({}, "pass", id="all pass"),
        pytest.param({"footprint": None}, "inconclusive", id="nothing was measured"),
        pytest.param({"footprint": footprint(memory=501)}, "fail", id="too heavy"),
        pytest.param({"behaviour": (behaviour(0, 1000),)}, "fail", id="a rule is broken"),
        pytest.param({"behaviour": (behaviour(0, 0),)}, "not_enough_data", id="a rule was not tried"),
    ],
)
def test_the_verdict_is_that_of_all_gates(
    report: EvaluationReport, changes: dict[str, object], verdict: Verdict
) -> None:
    found = with_evidence(report, SECTION, trials=trials(**changes), fit_rows=7)
    assert [gate.gate for gate in found.gates] == list(evidence_gates(SECTION))
    assert found.verdict == verdict
    assert found.data == DataFacts(labelled_share=0.8, holdout_rows=400, holdout_days=10, fit_rows=7)


def test_a_report_with_evidence_is_read_as_it_was_written(report: EvaluationReport) -> None:
    found = with_evidence(report, SECTION, trials=trials(), fit_rows=7)
    assert EvaluationReport.from_json(found.to_json()) == found
