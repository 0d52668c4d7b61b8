"""`performance` as Dagster runs it: before a version, after one, over a range, and what its checks say."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import dagster as dg
import pytest

from assets.keys import (
    DATA,
    DECAY_CHECK,
    ENDPOINT,
    EVALUATION,
    FEATURES,
    FLOOR_CHECK,
    MODEL,
    PERFORMANCE,
    stage_key,
)
from assets.performance_watch import PERFORMANCE_FILE
from lifecycle.monitoring.performance_report import read_performance_report
from tests.fakes.life import Life, new_life

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")
RULES = (
    "evaluation:",
    "monitoring: {performance: {floor: 0.9, decay: 0.5, business: "
    "{unit: EUR, column: distance, true_positive: 1, false_positive: -1}}}\nevaluation:",
)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """A version as of January that answers, and February, which it has not seen, measured twice."""
    with dg.DagsterInstance.ephemeral() as instance:
        life = new_life(tmp_path_factory.mktemp("performance") / "parcels", instance)
        # Of January's days the last nine judge, so that the gate has an interval to decide on.
        life.edit(RULES, ("training: {", "training: {holdout: 0.3, "))
        life.run(DATA, FEATURES, partition="2024-01", last="2024-02")
        life.run(MODEL, EVALUATION, ENDPOINT, partition="2024-01")
        life.run(PERFORMANCE, partition="2024-01", last="2024-02")
        life.run(PERFORMANCE, partition="2024-02")
        yield life


def shown(life: Life, month: str) -> Mapping[str, object]:
    wanted = dg.AssetRecordsFilter(stage_key("parcels", PERFORMANCE), asset_partitions=[month])
    made = life.instance.fetch_materializations(wanted, limit=1).records[0].asset_materialization
    assert made is not None
    return {name: value.value for name, value in made.metadata.items()}


def test_the_event_of_a_partition_tells_sensors_the_metric_its_estimate_and_what_it_was(
    watched: Life,
) -> None:
    seen = shown(watched, "2024-02")
    assert (seen["metric"], seen["version"], seen["mature"], seen["partition"]) == (
        "log_loss",
        "1",
        True,
        "2024-02",
    )
    assert seen["coverage"] == 1.0
    assert seen["labelled_rows"] == seen["rows"]
    for name in ("realised", "estimated"):
        low, value, high = (seen[key] for key in (f"{name}_low", name, f"{name}_high"))
        assert isinstance(low, float) and isinstance(value, float) and isinstance(high, float)
        assert 0 < low < value < high < 1
    assert seen["estimated_low"] < seen["realised"] < seen["estimated_high"]  # type: ignore[operator]
    assert seen["baseline"] == watched.tracking.metrics("parcels", "1")["log_loss"]
    assert isinstance(seen["business_realised"], float)


def test_the_report_lies_beside_the_feature_table(watched: Life) -> None:
    table = watched.warehouse.published("parcels", FEATURES, "2024-02")
    assert table is not None
    content = watched.warehouse.attached(table, PERFORMANCE_FILE)
    assert content is not None
    report = read_performance_report(content)
    assert report.judged is not None and report.judged.realised is not None
    assert report.judged.realised.value == shown(watched, "2024-02")["realised"]
    assert Path(str(shown(watched, "2024-02")["report"])).read_bytes() == content


def test_a_partition_that_the_version_was_made_from_is_not_measured_by_it(watched: Life) -> None:
    seen = shown(watched, "2024-01")
    assert (seen["version"], seen["labelled_rows"]) == ("none", 0)
    assert seen["message"] == "no version that passed its gates was made from earlier partitions alone"
    assert "realised" not in seen


def test_the_checks_warn_of_what_is_not_known_and_pass_what_is_kept(watched: Life) -> None:
    by_run = [
        {
            found.check_name: (found.passed, found.severity)
            for record in watched.instance.all_logs(
                run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
            )
            if record.dagster_event and (found := record.dagster_event.asset_check_evaluation_data)
            if found.check_name in (FLOOR_CHECK, DECAY_CHECK)
        }
        for run in watched.instance.get_runs()
    ]
    warned, kept = (False, dg.AssetCheckSeverity.WARN), (True, dg.AssetCheckSeverity.WARN)
    # January has no version to measure, so the range warns; February alone keeps both limits.
    assert [found for found in by_run if found] == [
        dict.fromkeys((FLOOR_CHECK, DECAY_CHECK), kept),
        dict.fromkeys((FLOOR_CHECK, DECAY_CHECK), warned),
    ]
