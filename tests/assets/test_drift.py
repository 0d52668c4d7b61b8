"""`drift` on real feature tables: what its events say, and what a backfill of it changes."""

from pathlib import Path

import dagster as dg
import pytest

from assets.drift_watch import DRIFT_FILE, drift_watch
from assets.keys import DATA, DRIFT, FEATURES, stage_key
from lifecycle.monitoring.drift_report import PREDICTION, DriftReport, read_drift_report
from tests.fakes.life import Life

pytestmark = [
    pytest.mark.filterwarnings("ignore::dagster.BetaWarning"),
    pytest.mark.filterwarnings("ignore::dagster.PreviewWarning"),
]
NO_PAGE = ("evaluation:", "monitoring: {drift: {page: false}}\nevaluation:")
STRICT = ("evaluation:", "monitoring: {drift: {page: false, columns: {wind: {statistics: []}}}}\nevaluation:")
READ_BY_SENSORS = {"partition", "drifted", "drift_score", "drifted_columns"}


def kept(life: Life, partition: str) -> DriftReport:
    table = life.warehouse.published(life.spec.name, FEATURES, partition)
    assert table is not None
    text = life.warehouse.attached(table, DRIFT_FILE)
    assert text is not None
    return read_drift_report(text)


def events(life: Life, done: dg.ExecuteInProcessResult) -> dict[str, dict[str, object]]:
    """The event of each partition that counts: the last one."""
    materialized = done.asset_materializations_for_node(
        stage_key(life.spec.name, DRIFT).to_python_identifier()
    )
    return {
        str(event.partition): {name: value.value for name, value in event.metadata.items()}
        for event in materialized
    }


def test_a_partition_is_compared_with_what_the_champion_learned_from(life: Life) -> None:
    life.edit(NO_PAGE)
    done = life.run(DRIFT, partition="2024-02")
    report, shown = kept(life, "2024-02"), events(life, done)["2024-02"]
    assert (report.reference.kind, report.reference.partitions) == ("training", ("2024-01",))
    assert {test.family for test in report.columns} == {"input", "prediction", "label"}
    assert PREDICTION in {test.column for test in report.columns}
    drifted = {test.column for test in report.columns if test.drifted and test.family == "input"}
    assert {test.column for test in report.columns if test.effect is not None} == drifted
    assert shown.keys() >= READ_BY_SENSORS | {"heat_map", "histograms", "columns", "separable"}
    assert (shown["partition"], shown["drifted"], shown["drift_score"]) == (
        "2024-02",
        report.drifted,
        report.score,
    )
    (check,) = done.get_asset_check_evaluations()
    assert check.severity == dg.AssetCheckSeverity.WARN


def test_the_parcels_of_february_are_as_those_of_january(life: Life) -> None:
    life.edit(NO_PAGE)
    life.run(DRIFT, partition="2024-02")
    assert not {"distance", "carrier", "hour"} & set(kept(life, "2024-02").drifted_columns)


def test_without_a_champion_the_partitions_before_are_the_reference(young: Life) -> None:
    young.edit(NO_PAGE)
    young.run(DATA, FEATURES, partition="2024-01", last="2024-02")
    done = young.run(DRIFT, partition="2024-01", last="2024-02")
    first, second = kept(young, "2024-01"), kept(young, "2024-02")
    assert (first.status, second.status) == ("not_enough_history", "judged")
    assert second.reference.kind == "rolling"
    assert {test.family for test in second.columns} == {"input", "label"}
    told = events(young, done)
    assert told.keys() == {"2024-01", "2024-02"}
    assert all(shown.keys() >= READ_BY_SENSORS and shown["partition"] == name for name, shown in told.items())


def test_changed_rules_judge_the_past_anew_without_its_rows(
    life: Life, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    life.edit(NO_PAGE)
    life.run(DRIFT, partition="2024-02")
    before = kept(life, "2024-02")
    life.edit(STRICT)
    watch = drift_watch(life.spec, life.warehouse, life.tracking, tmp_path, tell=print)
    # What the champion is asked about is a sample of rows; profiles of all of them are kept.
    monkeypatch.setattr(
        "lifecycle.data.block_profile.profile_blocks", lambda *_, **__: pytest.fail("rows were read again")
    )
    _, after = watch.judge("2024-02")
    assert {test.column for test in before.columns} - {test.column for test in after.columns} == {"wind"}


def test_a_partition_without_features_says_what_to_do(life: Life) -> None:
    life.edit(NO_PAGE)
    done = life.run(DRIFT, partition="2024-03", good=False)
    failures = [event for event in done.all_events if event.is_step_failure]
    assert "has no partition 2024-03: dg launch" in str(failures[0].step_failure_data.error)


def test_evidently_draws_a_page_of_one_partition(life: Life) -> None:
    done = life.run(DRIFT, partition="2024-02")
    page = Path(str(events(life, done)["2024-02"]["evidently"])).read_text(encoding="utf-8")
    assert "<html" in page
    assert "wind" in page
