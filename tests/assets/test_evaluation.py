"""Who becomes challenger, and how a report is shown."""

from dataclasses import replace
from pathlib import Path

import dagster as dg
import numpy as np
import pytest

from assets.challenger import appoint_challenger
from assets.evaluation import version_as_of
from assets.evaluation_metadata import flat_metrics, metric_rows
from assets.gates import gate_result
from assets.keys import EVALUATION, FEATURES, gate_check, stage_key
from lifecycle.errors import LifecycleError
from lifecycle.evaluation.gates.absolute import AbsoluteGate
from lifecycle.evaluation.gates.verdict import GateResult, Verdict
from lifecycle.evaluation.report import EvaluationReport, evaluate
from tests.fakes.life import FACTORIES
from tests.fakes.orders import orders_spec
from tests.fakes.versions import CHALLENGER, CHAMPION, Line, registry


@pytest.mark.parametrize(
    ("lines", "judged", "said", "holds"),
    [
        pytest.param([("03", "a", "pass", ())], "1", "challenger", "1", id="the first that passes"),
        pytest.param([("03", "a", "fail", ())], "1", "no challenger: its gates did not pass", None,
                     id="one that fails is none"),
        pytest.param([("03", "a", "inconclusive", ())], "1", "no challenger: its gates did not pass", None,
                     id="nor one in doubt"),
        pytest.param([("03", "a", "fail", CHALLENGER)], "1", "no challenger: its gates did not pass", None,
                     id="one that fails now loses the alias"),
        pytest.param([("03", "a", "pass", CHALLENGER), ("04", "b", "fail", ())], "2",
                     "no challenger: its gates did not pass", "1", id="a failure takes no other's alias"),
        pytest.param([("03", "a", "pass", CHALLENGER), ("04", "b", "pass", ())], "2", "challenger", "2",
                     id="a newer one takes the alias over"),
        pytest.param([("04", "a", "pass", CHALLENGER), ("03", "b", "pass", ())], "2",
                     "no challenger: version 1 as of 04 is newer", "1", id="a backfill of the past"),
        pytest.param([("04", "a", "fail", ()), ("03", "b", "pass", ())], "2", "challenger", "2",
                     id="a newer one that failed is no rival"),
        pytest.param([("03", "a", "pass", CHALLENGER), ("03", "b", "pass", ())], "2", "challenger", "2",
                     id="of one partition the later version counts"),
        pytest.param([("03", "a", "pass", ())] * 9 + [("03", "b", "pass", ())], "10", "challenger", "10",
                     id="version 10 is later than version 9"),
        pytest.param([("03", "a", "pass", CHAMPION)], "1", "no challenger: it is the champion", None,
                     id="the champion does not challenge itself"),
        pytest.param([("03", "a", "pass", CHAMPION), ("04", "a", "pass", ())], "2",
                     "no challenger: it is the champion", None, id="nor does its twin, the same bundle"),
        pytest.param([("03", "a", "pass", CHAMPION), ("04", "b", "pass", ())], "2", "challenger", "2",
                     id="beside a champion"),
        pytest.param([("03", "a", "pass", CHALLENGER)], "1", "challenger", "1", id="judged again, it stays"),
    ],
)  # fmt: skip  # one case a line or two
def test_appoint_challenger(
    lines: list[Line], judged: str, said: str, holds: str | None, tmp_path: Path
) -> None:
    tracking = registry(tmp_path, lines)
    champion = tracking.holder("orders", "champion")
    assert appoint_challenger(tracking, tracking.version("orders", judged)) == said
    holder = tracking.holder("orders", "challenger")
    assert (holder.version if holder else None) == holds
    assert tracking.holder("orders", "champion") == champion


def test_the_version_made_last_as_of_a_partition_is_judged(tmp_path: Path) -> None:
    tracking = registry(tmp_path, [("03", "a", "pass", ()), ("03", "b", None, ()), ("04", "c", None, ())])
    assert version_as_of(tracking, "orders", "03").version == "2"
    with pytest.raises(LifecycleError, match="no version as of 05: materialize orders/model 05 first"):
        version_as_of(tracking, "orders", "05")


def gate(verdict: Verdict, observed: float | None) -> GateResult:
    return GateResult(
        gate="auc_min", metric="auc", verdict=verdict, observed=observed, low=None, high=None, limit=0.6,
        side="min", reason="why",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("verdict", "passed"),
    [("pass", True), ("fail", False), ("inconclusive", False), ("not_enough_data", False)],
)
def test_only_a_pass_passes_a_gate(verdict: Verdict, passed: bool) -> None:
    result = gate_result(gate(verdict, 0.7))
    assert (result.passed, result.check_name, result.description) == (passed, "gate_auc_min", "why")
    values = {name: value.value for name, value in (result.metadata or {}).items()}
    assert values == {"verdict": verdict, "observed": 0.7, "limit": 0.6}


def test_a_metric_that_could_not_be_computed_is_left_out_not_zero() -> None:
    assert "observed" not in (gate_result(gate("inconclusive", None)).metadata or {})


@pytest.fixture(scope="module")
def report() -> EvaluationReport:
    """Scores that say nothing of 400 labels on 20 days, and one metric that has no value."""
    rng = np.random.default_rng(1)
    labels, days = rng.integers(0, 2, 400).astype(float), np.repeat(np.arange(20), 20)
    found = evaluate(
        "binary", labels, rng.random(400), blocks=days, metrics=["auc"], n_unlabelled=7, n_resamples=100,
        gates=[AbsoluteGate(metric="auc", min=0.1, min_rows=1)],
    )  # fmt: skip
    unknown = replace(found.metrics[0], metric="ece", value=None, interval=None, better="lower")
    return replace(found, metrics=(*found.metrics, unknown))


def test_a_report_is_flat_numbers_for_the_registry(report: EvaluationReport) -> None:
    auc = report.metric("auc")
    assert auc is not None and auc.value is not None and auc.interval is not None
    assert flat_metrics(report) == {
        "rows": 400.0,
        "unlabelled": 7.0,
        "auc": auc.value,
        "auc_low": auc.interval.low,
        "auc_high": auc.interval.high,
    }


def test_a_report_is_lines_for_people(report: EvaluationReport) -> None:
    auc = report.metric("auc")
    assert auc is not None and auc.interval is not None
    assert metric_rows(report) == [
        ("auc", f"{auc.value:.4f}", f"{auc.interval.low:.4f}", f"{auc.interval.high:.4f}", "higher"),
        ("ece", "unknown", "unknown", "unknown", "lower"),
    ]


@pytest.mark.filterwarnings("ignore::dagster.BetaWarning")
def test_every_gate_is_a_blocking_check() -> None:
    all_kinds = """[{metric: auc, min: 0.6}, {metric: ece, max: 0.1}, {data: fit_rows, min: 9}]
  behaviour: [{name: rule, invariance: {column: shop, values: [north]}}]
  budgets: {latency_p99_ms: 5, memory_mib: 5, bundle_mib: 5}"""
    asset = FACTORIES[EVALUATION](orders_spec(("[{metric: auc, min: 0.6}]", all_kinds)))
    key = stage_key("orders", EVALUATION)
    checks = {spec.name: (spec.asset_key, spec.blocking) for spec in asset.check_specs}
    names = ("auc_min", "ece_max", "data_fit_rows_min", "behaviour_rule", "latency", "memory", "bundle_size")
    assert checks == {gate_check(name): (key, True) for name in names}
    assert stage_key("orders", FEATURES) in asset.asset_deps[key]
    assert isinstance(asset.partitions_def, dg.TimeWindowPartitionsDefinition)
