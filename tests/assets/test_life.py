"""The assets of a model as Dagster runs them, from data to endpoint, and what each of them refuses."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import dagster as dg
import pytest

from assets.endpoint import health_result
from assets.keys import DATA, ENDPOINT, EVALUATION, FEATURES, MODEL, stage_key
from assets.metadata import DATA_VERSION_TAG, INPUT_DATA_VERSION_TAG
from lifecycle.registry.bundle import open_bundle
from lifecycle.spec.making import making_of
from lifecycle.spec.model_spec import ModelSpec
from resources.tracking.base import EvaluationRecord, Verdict
from tests.fakes.life import Life

MONTHS = ("2024-01", "2024-02")
pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")


def last_tags(life: Life, stage: str, partition: str) -> dict[str, str]:
    """Tags of the partition's newest materialization, which say what Dagster takes it for."""
    wanted = dg.AssetRecordsFilter(stage_key("parcels", stage), asset_partitions=[partition])
    made = life.instance.fetch_materializations(wanted, limit=1).records[0].asset_materialization
    assert made is not None
    return dict(made.tags or {})


def why(life: Life, *stages: str, partition: str | None = None) -> str:
    """The message of a run that must fail and leave the endpoint as it was."""
    deployed = list(life.serving.deployments)
    failed = life.run(*stages, partition=partition, good=False)
    error = failed.all_node_events[-1].step_failure_data.error
    assert life.serving.deployments == deployed
    assert error is not None and error.cause is not None
    return error.cause.message.strip().partition(": ")[2]


def judged(life: Life, verdict: Verdict) -> None:
    """Put another verdict on the version."""
    life.tracking.record_evaluation(
        "parcels", "1", EvaluationRecord(verdict=verdict, metrics={}, artifacts=[], tags={})
    )


def test_a_life_ends_in_an_endpoint_that_serves_the_champion(lived: Life) -> None:
    (version,) = lived.tracking.versions("parcels")
    state = lived.serving.state("parcels")
    assert state is not None and state.healthy
    assert (version.as_of, version.verdict, version.aliases) == ("2024-02", "pass", ("champion",))
    assert state.bundle_digest == version.bundle_digest


def test_every_check_of_a_life_ran_and_passed_but_the_one_without_a_past(lived: Life) -> None:
    passed = {
        evaluation.check_name: evaluation.passed
        for run in lived.instance.get_runs()
        for record in lived.instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
        if record.dagster_event and (evaluation := record.dagster_event.asset_check_evaluation_data)
    }
    names = ("contract", "expectations", "no_value_from_the_future", "parity", "smoke", "gate_log_loss_max")
    names = (*names, "healthy")
    # The first of two months has no past that it could be compared with: that is no pass.
    assert passed == {**dict.fromkeys(names, True), "shift": False}


def test_each_partition_of_a_range_run_has_its_own_data_version(lived: Life) -> None:
    for month in MONTHS:
        data, features = (lived.warehouse.published("parcels", stage, month) for stage in (DATA, FEATURES))
        assert data is not None and features is not None
        assert last_tags(lived, DATA, month)[DATA_VERSION_TAG] == data.content_hash
        tags = last_tags(lived, FEATURES, month)
        assert tags[DATA_VERSION_TAG] == features.content_hash
        assert tags[f"{INPUT_DATA_VERSION_TAG}/parcels/data"] == data.content_hash


def test_a_version_is_on_record_with_all_that_made_it(lived: Life) -> None:
    (version,) = lived.tracking.versions("parcels")
    tables = {
        (stage, month): lived.warehouse.published("parcels", stage, month)
        for stage in (DATA, FEATURES)
        for month in MONTHS
    }
    hashes = {key: table.content_hash for key, table in tables.items() if table}
    record = lived.tracking.records["parcels", "1"]
    datasets = {fact.name: (fact.role, fact.digest) for fact in record.datasets}
    assert {name: fact for name, fact in datasets.items() if "lookup" not in name} == {
        f"parcels/{stage} {month}": ("training" if stage == FEATURES else "source", digest)
        for (stage, month), digest in hashes.items()
    }
    with TemporaryDirectory() as folder:
        manifest = open_bundle(lived.tracking.fetch_bundle("parcels", "1", Path(folder))).manifest
    made = manifest.made_from
    assert made is not None
    assert made.features == {month: {f"data/{month}": hashes[DATA, month]} for month in MONTHS}
    assert manifest.data_versions == {month: hashes[FEATURES, month] for month in MONTHS}
    assert datasets["parcels/lookup wind"] == ("source", made.beside["lookups/wind.parquet"])
    assert made.making == making_of(lived.spec)
    assert ModelSpec.model_validate_json(record.spec).with_folder(lived.spec.folder) == lived.spec
    assert {name for name in version.tags if name.startswith("flywheel.")} == {
        *("flywheel.commit", "flywheel.tree", "flywheel.version", "flywheel.code", "flywheel.libraries"),
        *("flywheel.spec", "flywheel.plan", "flywheel.seed", "flywheel.cut_off", "flywheel.trigger"),
        *("flywheel.dagster_run", "flywheel.evaluation_spec"),
        *("flywheel.data", "flywheel.makings", "flywheel.semantic_version", "flywheel.semantic_reason"),
        *("flywheel.gates", "flywheel.judged_digest", "flywheel.champion_since"),
    }
    wanted = dg.AssetRecordsFilter(stage_key("parcels", MODEL), asset_partitions=["2024-02"])
    made_now = lived.instance.fetch_materializations(wanted, limit=1).records[0].asset_materialization
    assert made_now is not None
    shown = str(made_now.metadata["lineage"].value)
    assert all(digest in shown for digest in hashes.values())
    assert made_now.metadata["spec"].value == made.making


def test_the_labels_of_a_life_are_counted_where_people_look(lived: Life) -> None:
    def shown(stage: str, month: str) -> Mapping[str, dg.MetadataValue]:
        wanted = dg.AssetRecordsFilter(stage_key("parcels", stage), asset_partitions=[month])
        made = lived.instance.fetch_materializations(wanted, limit=1).records[0].asset_materialization
        assert made is not None
        return made.metadata

    january = shown(DATA, "2024-01")
    assert str(january["labels_by_cohort"].value).count("\n| 2024-01-") == 31
    assert str(january["labels_picture"].value).startswith("![labels by cohort](data:image/png")
    for stage in (MODEL, EVALUATION):
        metadata = shown(stage, "2024-02")
        # Every parcel is told of a day after it was sent: those of the last day are not known at the cut-off.
        assert metadata["never_labelled"].value == 0
        head, *_ = str(metadata["labels"].value).splitlines()
        assert head == "| rows of | rows | known | later |"


def test_a_partition_made_again_by_itself_has_the_version_that_the_range_run_gave_it(
    lived: Life, life: Life
) -> None:
    life.run(FEATURES, partition="2024-01")
    again, before = (last_tags(one, FEATURES, "2024-01") for one in (life, lived))
    assert again[DATA_VERSION_TAG] == before[DATA_VERSION_TAG]
    assert again["dagster/code_version"] == before["dagster/code_version"]


def test_the_same_inputs_are_not_trained_on_twice(life: Life) -> None:
    before = life.tracking.versions("parcels")
    life.run(MODEL, partition="2024-02")
    assert life.tracking.versions("parcels") == before


def test_a_finished_job_whose_run_was_killed_is_taken_up(life: Life) -> None:
    written = []
    for _ in range(2):
        life.tracking.forget("parcels")  # a run that was killed between training and registration
        life.run(MODEL, partition="2024-02")
        written.append({path: path.stat().st_mtime_ns for path in life.folder.rglob("result.json")})
    assert written[0] == written[1]
    assert [version.as_of for version in life.tracking.versions("parcels")] == ["2024-02"]


def test_a_broken_contract_stops_the_life_and_says_why(young: Life) -> None:
    young.edit(("max: 1000", "max: 10"))
    failed = young.run(DATA, FEATURES, partition="2024-01", good=False)
    results = {e.check_name: e for e in failed.get_asset_check_evaluations()}
    assert results["contract"].passed is False
    assert "distance" in (results["contract"].description or "")
    assert young.warehouse.published("parcels", FEATURES, "2024-01") is None


def test_features_refuse_a_snapshot_that_breaks_its_contract_whoever_launches_them(life: Life) -> None:
    life.edit(("max: 1000", "max: 10"))
    before = life.warehouse.published("parcels", FEATURES, "2024-01")
    assert why(life, FEATURES, partition="2024-01").startswith(
        "parcels/data 2024-01 breaks its contract: distance"
    )
    assert life.warehouse.published("parcels", FEATURES, "2024-01") == before


def test_features_need_data(young: Life) -> None:
    told = why(young, FEATURES, partition="2024-01")
    assert told == "parcels/data has no partition 2024-01: materialize it first"


def test_a_hole_in_the_window_is_no_smaller_window(life: Life) -> None:
    told = why(life, MODEL, partition="2024-03")
    assert told == (
        "parcels/features lacks 2024-03, which the training window 2024-01 to 2024-03 needs: "
        "materialize them first"
    )
    assert len(life.tracking.versions("parcels")) == 1


def test_there_is_no_evaluation_without_a_version(life: Life) -> None:
    told = why(life, EVALUATION, partition="2024-01")
    assert told == "parcels has no version as of 2024-01: materialize parcels/model 2024-01 first"


def test_a_version_is_not_judged_on_features_that_it_was_not_trained_on(life: Life) -> None:
    life.edit(("distance: distance,", "distance: distance / 2,"))
    life.run(FEATURES, partition="2024-01")
    assert why(life, EVALUATION, partition="2024-02") == (
        "parcels/features 2024-01 is not what the version was trained on: "
        "materialize parcels/model again, then evaluate it"
    )


@pytest.mark.parametrize("verdict", ["fail", "inconclusive", "not_enough_data"])
def test_an_endpoint_launched_alone_refuses_what_did_not_pass(life: Life, verdict: Verdict) -> None:
    judged(life, verdict)
    assert why(life, ENDPOINT) == (
        f"version 1 of parcels may not be deployed: its gates say {verdict!r}; "
        "evaluate it again, or take its alias away"
    )


def test_an_endpoint_without_any_version_says_what_to_do(young: Life) -> None:
    assert why(young, ENDPOINT) == (
        "no version of parcels passed its gates: materialize parcels/evaluation and see its checks"
    )


def test_a_bundle_that_was_changed_since_its_gates_is_not_deployed(life: Life) -> None:
    held = life.tracking._bundles["parcels", "1"]
    life.tracking._bundles["parcels", "1"] = {name: content + b" " for name, content in held.items()}
    assert "which was approved: it was changed" in why(life, ENDPOINT)


def test_deploying_what_is_served_changes_nothing(life: Life) -> None:
    before = [*life.serving.deployments], life.tracking.versions("parcels")
    life.run(ENDPOINT)
    assert ([*life.serving.deployments], life.tracking.versions("parcels")) == before


def test_an_endpoint_that_serves_another_version_is_not_healthy(lived: Life) -> None:
    state = lived.serving.state("parcels")
    (version,) = lived.tracking.versions("parcels")
    assert state is not None
    assert health_result(version, state).passed
    assert not health_result(version, replace(state, bundle_digest="other")).passed
    assert not health_result(version, replace(state, healthy=False)).passed
