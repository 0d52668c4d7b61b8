"""The trials of a real bundle, with requests from real snapshots; and the card that comes of them."""

from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from assets import trials as module
from assets.card import CARD_HTML, CARD_MARKDOWN
from assets.evaluation import judged
from assets.gates import gates_of
from assets.keys import EVALUATION, MODEL, stage_key
from assets.scoring import score_parts, trained_on
from assets.trials import leading_metric, measure_footprint, run_trials, trial_rows
from lifecycle.endpoint.probe import Probe
from lifecycle.endpoint.scorer import Scorer
from lifecycle.errors import LifecycleError
from lifecycle.evaluation.footprint import Latency
from lifecycle.evaluation.report import EvaluationReport
from lifecycle.features.online_tables import OnlineTables
from lifecycle.registry.bundle import Bundle, open_bundle
from lifecycle.registry.judging import REPORT_FILE, holdout_of, score_rows
from lifecycle.spec.model import Task
from resources.warehouse.base import TableRef
from resources.warehouse.duckdb import DuckDBWarehouse
from tests.fakes.bundles import make_bundle, parcels
from tests.fakes.life import Life
from tests.fakes.orders import orders_spec

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")

ASKED = (
    "evaluation: {",
    """evaluation: {
  behaviour: [
    {name: far_is_late, direction: {column: distance, add: 300, expect: up}, tolerance: 0.05, share: 0.9},
    {name: wind_blind, invariance: {column: carrier, values: [swift]}, tolerance: 0.01},
    {name: sure, minimum_function: {rows: [{distance: 990, carrier: snail, sent_at: "2024-02-25T00:00:00Z"}],
      expect: {value: true, min: 0.6}}}],
  budgets: {latency_p99_ms: 10000, memory_mib: 100000, bundle_mib: 100},
  costs: {false_positive: 1, false_negative: 3},
  learning_curve: [0.5],
  """,
)  # fmt: skip
GATE = ("{metric: log_loss, max: 1}", "{metric: log_loss, max: 1}, {data: holdout_rows, min: 10}")
PROBE = Probe(
    single_s=[0.001] * 500,
    single_cpu_s=[0.0005] * 500,
    batch_s=[0.01] * 20,
    base_bytes=10 * 2**20,
    bytes=30 * 2**20,
)


@pytest.fixture
def bundle(lived: Life, tmp_path: Path) -> Bundle:
    return open_bundle(lived.tracking.fetch_bundle("parcels", "1", tmp_path))


def tables_of(life: Life, bundle: Bundle) -> list[TableRef]:
    return trained_on(life.spec, life.warehouse, bundle.manifest.data_versions)


@pytest.fixture
def probed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The probe has tests of its own; here it answers at once."""
    monkeypatch.setattr(module, "run_probe", lambda folder: PROBE)


def test_the_rows_that_are_tried_are_those_of_the_holdout_in_time(lived: Life, bundle: Bundle) -> None:
    holdout, _ = score_parts(lived.spec, lived.warehouse, bundle)
    rows = trial_rows(lived.spec, lived.warehouse, Scorer.load(bundle), holdout, tables_of(lived, bundle))
    assert len(rows.requests) == len(rows.labels) == len(rows.blocks) == rows.features.num_rows
    assert rows.features["parcel"].to_pylist() == [request["parcel"] for request in rows.requests]
    sent = [request["sent_at"] for request in rows.requests]
    assert sent == sorted(sent)
    assert set(rows.features["parcel"].to_pylist()) <= set(holdout.kept.table["parcel"].to_pylist())
    assert "outcome" not in rows.requests[0], "no label is sent"


def test_the_sample_is_bounded_and_spread(
    lived: Life, bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_ROWS", 7)
    holdout, _ = score_parts(lived.spec, lived.warehouse, bundle)
    rows = trial_rows(lived.spec, lived.warehouse, Scorer.load(bundle), holdout, tables_of(lived, bundle))
    times = sorted(holdout.kept.table["sent_at"].to_pylist())
    assert rows.features.num_rows == 7
    assert rows.features["sent_at"].to_pylist()[::6] == [times[0], times[-1]]


@pytest.mark.usefixtures("probed")
def test_a_bundle_goes_through_everything_that_is_asked(life: Life, bundle: Bundle) -> None:
    life.edit(ASKED, GATE)
    holdout, _ = score_parts(life.spec, life.warehouse, bundle)
    tables = tables_of(life, bundle)
    trials = run_trials(life.spec, life.warehouse, bundle, holdout, tables=tables, tell=pytest.fail)
    assert {b.test: b.kept == b.n for b in trials.behaviour} == {
        "far_is_late": True, "wind_blind": False, "sure": True,
    }  # fmt: skip
    names = {"distance", "carrier", "hour", "wind"}
    assert {h.what for h in trials.permuted} == {h.what for h in trials.features_missing} == names
    assert trials.permuted[0].what == "distance"
    assert [h.what for h in trials.lookups_missing] == ["wind"]
    assert {h.what for h in trials.noise} <= {"distance", "hour", "wind"}, "a category knows no noise"
    assert trials.footprint is not None
    assert (trials.footprint.memory_mib, trials.footprint.added_mib) == (30, 20)

    report = judged(life.spec, life.warehouse, life.tracking, bundle, holdout, tell=pytest.fail)
    verdicts = {gate.gate: gate.verdict for gate in report.gates}
    assert list(verdicts) == list(gates_of(life.spec))
    assert verdicts["behaviour_wind_blind"] == report.verdict == "fail"
    others = {verdict for gate, verdict in verdicts.items() if gate != "behaviour_wind_blind"}
    assert others == {"pass"}


@pytest.mark.usefixtures("probed")
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_online_and_matrix_scores_meet_in_every_task(
    task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, bundle = parcels(task), make_bundle(tmp_path, task)
    holdout = score_rows(made.spec, bundle, made.features.to_batches(), holdout_of(bundle.manifest))
    monkeypatch.setattr(module, "snapshot_rows", lambda *asked: {row["parcel"]: row for row in made.rows})
    # No lookup is taken away: what is left is the difference between the two ways to a score.
    monkeypatch.setattr(OnlineTables, "without", lambda tables, lookup: tables)
    warehouse = DuckDBWarehouse(root="", home="", threads=1)
    trials = run_trials(made.spec, warehouse, bundle, holdout, tables=[], tell=pytest.fail)
    (wind,) = trials.lookups_missing
    assert wind.harm == pytest.approx(0, abs=1e-6)
    assert trials.value is not None and trials.permuted[0].harm is not None and trials.permuted[0].harm > 0


@pytest.mark.usefixtures("probed")
def test_the_same_bundle_is_judged_the_same_twice(lived: Life, bundle: Bundle) -> None:
    holdout, _ = score_parts(lived.spec, lived.warehouse, bundle)
    one, two = (
        judged(lived.spec, lived.warehouse, lived.tracking, bundle, holdout, tell=pytest.fail)
        for _ in range(2)
    )
    assert one == two


def test_a_bundle_that_cannot_be_measured_is_told_and_has_no_footprint(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(folder: Path) -> Probe:
        raise LifecycleError("the probe was killed")

    monkeypatch.setattr(module, "run_probe", fail)
    said: list[str] = []
    assert measure_footprint(bundle, tell=said.append) is None
    assert said == ["the probe was killed"]
    monkeypatch.setattr(module, "run_probe", lambda folder: replace(PROBE, single_s=[]))
    assert measure_footprint(bundle, tell=said.append) is None
    assert "no call was timed" in said[1]


@pytest.mark.usefixtures("probed")
def test_latencies_are_of_the_calls_that_were_timed(bundle: Bundle) -> None:
    footprint = measure_footprint(bundle, tell=pytest.fail)
    assert footprint is not None
    assert footprint.batch == Latency(rows=100, calls=20, p50_ms=10, p99_ms=10, p99_low=None, p99_high=None)
    assert 0 < footprint.bundle_mib < 1


@pytest.mark.parametrize(
    ("gates", "leading"),
    [
        pytest.param("[{metric: brier, max: 1}]", "brier", id="the first gate's"),
        pytest.param(
            "[{metric: positive_rate, max: 1}, {metric: ece, max: 1}]", "ece", id="that ranks models"
        ),
        pytest.param("[{metric: positive_rate, max: 1}]", "auc", id="else the task's first"),
    ],
)
def test_harm_is_counted_in_what_the_model_is_judged_by(gates: str, leading: str) -> None:
    assert leading_metric(orders_spec(("[{metric: auc, min: 0.6}]", gates))) == leading


def test_an_evaluation_leaves_a_card_and_shows_it(life: Life) -> None:
    life.edit(ASKED, ("task: binary}", "task: binary, limitations: '<script>no</script>'}"))
    life.run(MODEL, partition="2024-02")
    life.run(EVALUATION, partition="2024-02", good=False)
    (_, version) = life.tracking.versions("parcels")
    assert version.verdict == "fail", "the costs and the curve made another version, and a rule is broken"
    report = EvaluationReport.from_json(life.tracking.evidence_file("parcels", "2", REPORT_FILE))
    page = life.tracking.evidence_file("parcels", "2", CARD_HTML).decode()
    text = life.tracking.evidence_file("parcels", "2", CARD_MARKDOWN).decode()
    assert report.trials is not None and report.trials.footprint is not None
    for shown in (
        "parcels, version 2",
        "behaviour_wind_blind",
        "Learning curve",
        "Cost to serve",
        "cost a row",
    ):
        assert shown in page, shown
    assert "<script" not in page and "&lt;script&gt;no" in page and "<script" not in text
    wanted = dg.AssetRecordsFilter(stage_key("parcels", EVALUATION))
    made = life.instance.fetch_materializations(wanted, limit=1).records[0].asset_materialization
    assert made is not None
    assert made.metadata["card"].value == text
    assert str(made.metadata["model_card"].value).endswith("/card.html")
    assert "picture_learning_curve" in made.metadata
