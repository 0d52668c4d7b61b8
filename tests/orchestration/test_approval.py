"""The job that decides on a version from the UI: one for all models."""

from pathlib import Path

import dagster as dg
import pytest

from assets.approval import approval_of
from assets.keys import ENDPOINT, stage_key
from orchestration.approval import decide_on_version
from orchestration.build import build_definitions
from orchestration.environments import Environment
from tests.fakes.tracking import FakeTracking
from tests.fakes.versions import CHALLENGER, MODEL, registry
from tests.orchestration.conftest import AddModel


def run(instance: dg.DagsterInstance, tracking: FakeTracking, **config: str) -> dg.ExecuteInProcessResult:
    told = {"model": MODEL, "version": "1", "reason": "looked at it", "actor": "ann", **config}
    return decide_on_version.execute_in_process(
        run_config={"ops": {"decision": {"config": told}}},
        resources={"tracking": tracking},
        instance=instance,
        raise_on_error=False,
    )


@pytest.mark.parametrize(("decision", "kept"), [("approve", "approved"), ("reject", "rejected")])
def test_a_decision_is_kept_with_the_version_and_seen_on_the_endpoint(
    decision: str, kept: str, tmp_path: Path
) -> None:
    tracking = registry(tmp_path, [("03", "a" * 64, "pass", CHALLENGER)])
    with dg.DagsterInstance.ephemeral() as instance:
        assert run(instance, tracking, decision=decision).success
        (event,) = instance.fetch_observations(stage_key(MODEL, ENDPOINT), limit=5).records
    approval = approval_of(tracking.version(MODEL, "1"))
    assert approval is not None
    assert (approval.decision, approval.actor, approval.reason) == (kept, "ann", "looked at it")
    assert event.asset_observation is not None
    assert event.asset_observation.description == f"version 1 {kept} by ann: looked at it"


def test_a_decision_on_another_bundle_is_refused_and_nothing_is_seen(tmp_path: Path) -> None:
    tracking = registry(tmp_path, [("03", "a" * 64, "pass", CHALLENGER)])
    before = tracking.versions(MODEL)
    with dg.DagsterInstance.ephemeral() as instance:
        assert not run(instance, tracking, decision="approve", digest="b" * 64).success
        assert not instance.fetch_observations(stage_key(MODEL, ENDPOINT), limit=5).records
    assert tracking.versions(MODEL) == before


def test_there_is_one_job_for_all_models(environment: Environment, add_model: AddModel) -> None:
    add_model("apples")
    add_model("pears")
    jobs = build_definitions(environment).jobs or ()
    assert sorted(job.name for job in jobs) == [
        "command_rollout",
        "compact_request_log",
        "decide_on_version",
        "refresh_online",
    ]
