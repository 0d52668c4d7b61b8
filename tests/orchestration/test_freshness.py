"""What is left to do of a life, so that asking twice does no work twice."""

from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from assets.keys import DATA, FEATURES, stage_key
from assets.metadata import CODE_VERSION_TAG
from assets.provenance import code_version
from lifecycle.spec.fingerprint import code_fingerprint, making_fingerprint, stage_fingerprints
from lifecycle.spec.model_spec import ModelSpec
from orchestration.environments import Environment
from orchestration.freshness import LifeFacts, LifePlan, decide_life, gather_facts
from resources.tracking.base import EvaluationRecord, Verdict
from tests.fakes.orders import orders_spec
from tests.fakes.versions import CHAMPION, registry

MONTHS = ("2013-01", "2013-02", "2013-03")


@pytest.mark.parametrize(
    ("missing", "served", "by_this", "champion", "left"),
    [
        pytest.param(MONTHS, None, False, None, LifePlan(tables=MONTHS, life=True), id="nothing is there"),
        pytest.param((), None, False, None, LifePlan(life=True), id="tables alone"),
        pytest.param((), "2013-03", True, "2013-03", LifePlan(), id="everything is there"),
        pytest.param((), None, True, "2013-03", LifePlan(endpoint=True), id="the endpoint is down"),
        pytest.param((), "2013-03", False, "2013-03", LifePlan(life=True), id="another spec or code made it"),
        pytest.param((), "2013-02", True, "2013-02", LifePlan(life=True), id="an older champion"),
        pytest.param((), "2013-04", True, "2013-04", LifePlan(), id="a later champion is left alone"),
        pytest.param((), "2013-04", False, "2013-04", LifePlan(), id="also one that another spec made"),
        pytest.param((), None, False, "2013-04", LifePlan(endpoint=True), id="a later champion that is down"),
        pytest.param(("2013-02",), "2013-03", True, "2013-03", LifePlan(tables=MONTHS, life=True),
                     id="a hole is filled by the whole range"),
        pytest.param(("2013-02",), "2013-04", True, "2013-04", LifePlan(tables=MONTHS, life=True),
                     id="also below a later champion"),
    ],
)  # fmt: skip  # one case a line or two
def test_decide_life(
    missing: tuple[str, ...], served: str | None, by_this: bool, champion: str | None, left: LifePlan
) -> None:
    facts = LifeFacts(missing_tables=missing, served_as_of=served, made_by_this=by_this)
    assert decide_life(facts, MONTHS, as_of="2013-03", champion=champion) == left


DAYS = ("2024-03-01", "2024-03-02")


def made(instance: dg.DagsterInstance, spec: ModelSpec, stage: str, day: str) -> None:
    """Report a partition as made by the code that is running."""
    tags = {CODE_VERSION_TAG: code_version(spec, stage)}
    instance.report_runless_asset_event(
        dg.AssetMaterialization(stage_key(spec.name, stage), partition=day, tags=tags)
    )


def test_tables_are_there_when_this_spec_made_both_of_them(environment: Environment) -> None:
    spec = orders_spec()
    with dg.DagsterInstance.ephemeral() as instance:
        for day, stages in zip(DAYS, [(DATA, FEATURES), (DATA,)], strict=True):
            for stage in stages:
                made(instance, spec, stage, day)
        nothing = LifeFacts(missing_tables=("2024-03-02",), served_as_of=None, made_by_this=False)
        assert gather_facts(spec, environment, instance, DAYS) == (nothing, None)
        # The snapshots are those of this spec still; the features are not.
        edited = orders_spec(("amount: amount\n", "amount: amount * 2\n"))
        assert gather_facts(edited, environment, instance, DAYS)[0].missing_tables == DAYS


@pytest.mark.parametrize(
    ("change", "by_this"),
    [
        pytest.param(None, True, id="nothing was edited"),
        pytest.param(("min: 0.6}", "min: 0.7}"), False, id="a gate was edited"),
        pytest.param(("amount: amount\n", "amount: amount * 2\n"), False, id="a feature was edited"),
        pytest.param(("evaluation:", "deployment: {port: 9000}\nevaluation:"), True, id="a port was edited"),
    ],
)
def test_a_champion_is_right_while_what_made_and_judged_it_is_unchanged(
    environment: Environment, tmp_path: Path, change: tuple[str, str] | None, by_this: bool
) -> None:
    spec = orders_spec()
    tags = {
        "flywheel.spec": making_fingerprint(spec),
        "flywheel.code": code_fingerprint(),
        "flywheel.evaluation_spec": stage_fingerprints(spec)["evaluation"],
    }
    tracking = registry(tmp_path, [("2024-03-01", "a", "pass", CHAMPION)], tags=tags)
    edited = orders_spec(change) if change else spec
    with dg.DagsterInstance.ephemeral() as instance:
        facts, champion = gather_facts(edited, replace(environment, tracking=tracking), instance, [])
    assert champion == "2024-03-01"
    assert facts == LifeFacts(missing_tables=(), served_as_of=None, made_by_this=by_this)


@pytest.mark.parametrize(
    ("digest", "verdict", "by_this"),
    [
        pytest.param("a", "pass", True, id="the same bundle"),
        pytest.param("b", "pass", False, id="another bundle"),
        pytest.param("a", "fail", False, id="the same bundle that failed its gates this time"),
    ],
)
def test_a_champion_is_right_when_other_code_made_the_very_same_model_again(
    environment: Environment, tmp_path: Path, digest: str, verdict: Verdict, by_this: bool
) -> None:
    spec = orders_spec()
    day = "2024-03-01"
    tracking = registry(tmp_path, [(day, "a", "pass", CHAMPION), (day, digest, verdict, ())])
    tags = {
        "flywheel.spec": making_fingerprint(spec),
        "flywheel.code": code_fingerprint(),
        "flywheel.evaluation_spec": stage_fingerprints(spec)["evaluation"],
    }
    again = EvaluationRecord(verdict=verdict, metrics={}, artifacts=[], tags=tags)
    tracking.record_evaluation(spec.name, "2", again)
    with dg.DagsterInstance.ephemeral() as instance:
        facts, _ = gather_facts(spec, replace(environment, tracking=tracking), instance, [])
    assert facts.made_by_this is by_this
