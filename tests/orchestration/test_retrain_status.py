"""What people are told of retraining: the last one and why, and what holds the next one."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from assets.keys import DATA, DRIFT, FEATURES, MODEL, TRIGGER_REASON_TAG, stage_key
from assets.metadata import CODE_VERSION_TAG, DATA_VERSION_TAG
from assets.provenance import code_version
from lifecycle.spec.model_spec import ModelSpec
from orchestration.instance import DAGSTER_HOME, prepare_instance
from orchestration.retrain_status import existing_instance, retrain_status
from sensors.retrain_facts import AT_TAG, EVIDENCE_TAG, LEARNS_TAG, RETRAIN_TAG
from tests.fakes.orders import orders_spec
from tests.fakes.rollout_world import MemoryRollouts

AT = datetime(2024, 3, 5, 12, tzinfo=UTC)
RULES = "evaluation:\n", "retrain: {drift: {windows: 1, of: 2}, cool_down: 7d}\nevaluation:\n"


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as found:
        yield found


def lines(instance: dg.DagsterInstance, spec: ModelSpec) -> list[str]:
    found = retrain_status(spec, instance, MemoryRollouts(), now=AT)
    assert found is not None
    return list(found.lines)


def drifted(instance: dg.DagsterInstance, spec: ModelSpec) -> None:
    """A model of the day before yesterday, and drift yesterday."""
    day = "2024-03-04"
    code = {CODE_VERSION_TAG: code_version(spec, MODEL)}
    metadata = {"partition": day, "drifted": True, "drift_score": 0.02, "drifted_columns": "amount"}
    for event in (
        dg.AssetMaterialization(stage_key("orders", DATA), partition=day),
        dg.AssetMaterialization(stage_key("orders", FEATURES), partition=day, tags={DATA_VERSION_TAG: "d"}),
        dg.AssetMaterialization(stage_key("orders", MODEL), partition="2024-03-03", tags=code),
        dg.AssetMaterialization(stage_key("orders", DRIFT), partition=day, metadata=metadata),
    ):
        instance.report_runless_asset_event(event)


def asked(instance: dg.DagsterInstance) -> None:
    """A retraining the day before."""
    tags = {
        RETRAIN_TAG: "orders",
        AT_TAG: "2024-03-04T09:30:00+00:00",
        LEARNS_TAG: "other data",
        EVIDENCE_TAG: '{"labels": "2024-03-03"}',
        TRIGGER_REASON_TAG: "500 labelled rows came",
    }
    instance.add_run(dg.DagsterRun(job_name="__ASSET_JOB", status=dg.DagsterRunStatus.SUCCESS, tags=tags))


def test_a_model_that_rests(instance: dg.DagsterInstance) -> None:
    assert lines(instance, orders_spec(RULES)) == ["nothing asked for one yet", "next: no reason"]


def test_a_reason_that_nothing_holds(instance: dg.DagsterInstance) -> None:
    drifted(instance, orders_spec(RULES))
    assert lines(instance, orders_spec(RULES))[1] == (
        "next: drift in amount by 2024-03-04 (1 partition since 2024-03-04); asked for by the next tick"
    )


def test_a_reason_that_is_held_after_the_last_trigger(instance: dg.DagsterInstance) -> None:
    drifted(instance, orders_spec(RULES))
    asked(instance)
    assert lines(instance, orders_spec(RULES)) == [
        "last 2024-03-04 09:30 UTC (succeeded): 500 labelled rows came",
        "next: drift in amount by 2024-03-04 (1 partition since 2024-03-04); held by: "
        "cool-down until 2024-03-11 09:30 UTC",
    ]


def test_who_names_no_reason_has_no_status(instance: dg.DagsterInstance) -> None:
    assert retrain_status(orders_spec(), instance, MemoryRollouts(), now=AT) is None


def test_asking_makes_no_instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(DAGSTER_HOME, raising=False)
    with existing_instance(tmp_path) as none:
        assert (none, list(tmp_path.iterdir())) == (None, [])
    monkeypatch.setenv(DAGSTER_HOME, str(tmp_path / "dagster"))
    prepare_instance(tmp_path)
    with existing_instance(tmp_path) as found:
        assert found is not None
        assert found.get_runs_count() == 0
