"""A table of answers: those of the endpoint, for every row, of the version that was asked."""

import dagster as dg
import pytest

from assets.endpoint import approved_bundle
from assets.keys import EVERY_ROW_CHECK, FEATURES, PREDICTIONS, SCORES_CHECK
from assets.predictions import predictions_asset, version_to_ask
from lifecycle.endpoint.batch.scorer import FeatureScorer
from lifecycle.errors import LifecycleError
from tests.fakes.life import Life
from tests.fakes.tracking import FakeTracking

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")
MONTH = "2024-02"


def checks(done: dg.ExecuteInProcessResult) -> dict[str, bool]:
    return {one.check_name: one.passed for one in done.get_asset_check_evaluations()}


def test_every_row_of_a_partition_has_the_answer_of_the_champion(life: Life) -> None:
    done = life.run(PREDICTIONS, partition=MONTH)
    table = life.warehouse.published("parcels", PREDICTIONS, MONTH)
    features = life.warehouse.published("parcels", FEATURES, MONTH)
    champion = life.tracking.holder("parcels", "champion")
    assert table is not None and features is not None and champion is not None
    rows, asked = life.warehouse.read(table), life.warehouse.read(features)
    bundle = approved_bundle(life.tracking, champion, life.folder / "fetched")
    expected = FeatureScorer(bundle).table(asked)
    assert rows.column_names == ["parcel", "sent_at", "version", "value", "probability"]
    assert rows["parcel"].to_pylist() == asked["parcel"].to_pylist()
    assert rows["probability"].to_pylist() == [one.probability for one in expected]
    assert rows["value"].to_pylist() == [one.value for one in expected]
    assert set(rows["version"].to_pylist()) == {champion.version}
    assert checks(done) == {EVERY_ROW_CHECK: True, SCORES_CHECK: True}
    (event,) = done.asset_materializations_for_node("parcels__predictions")
    assert event.metadata["version"].value == champion.version
    assert event.metadata["dagster/row_count"].value == features.rows


def test_several_partitions_are_scored_in_one_run_and_again_give_the_same_tables(life: Life) -> None:
    def published() -> list[str]:
        found = [life.warehouse.published("parcels", PREDICTIONS, p) for p in ("2024-01", "2024-02")]
        return [table.content_hash for table in found if table is not None]

    life.run(PREDICTIONS, partition="2024-01", last="2024-02")
    first = published()
    life.run(PREDICTIONS, partition="2024-02")
    assert (len(first), published()) == (2, first)


def test_a_plan_that_the_version_does_not_know_is_refused_and_nothing_is_published(life: Life) -> None:
    life.edit(("hour: hour(sent_at)", "hour: hour(sent_at) + 1"))
    done = life.run(PREDICTIONS, partition=MONTH, good=False)
    (failed,) = [event for event in done.all_events if event.is_step_failure]
    assert "sees features that the spec computes otherwise" in str(failed.step_failure_data)
    assert life.warehouse.published("parcels", PREDICTIONS, MONTH) is None


def test_without_a_champion_the_way_to_one_is_told() -> None:
    with pytest.raises(LifecycleError, match="m has no champion: dg launch --assets"):
        version_to_ask(FakeTracking(), "m", None)


def test_a_version_is_asked_by_its_number(life: Life) -> None:
    champion = life.tracking.holder("parcels", "champion")
    assert champion is not None
    assert version_to_ask(life.tracking, "parcels", champion.version) == champion
    with pytest.raises(LifecycleError, match="parcels has no version 77; there are 1"):
        version_to_ask(life.tracking, "parcels", "77")


def test_the_row_check_blocks_what_stands_on_the_table(life: Life) -> None:
    (check,) = [c for c in predictions_asset(life.spec).check_specs if c.name == EVERY_ROW_CHECK]
    assert check.blocking
