"""The command `flywheel`: what it prints, and that an error is one message and changes nothing."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from assets.card import CARD_HTML
from assets.keys import ENDPOINT, stage_key
from lifecycle.errors import LifecycleError
from lifecycle.spec.model_spec import ModelSpec
from orchestration import cli, rollout_cli, version_cli
from orchestration.cli import PARTITIONED, check_range
from orchestration.environments import Environment
from resources.serving.base import EndpointState
from resources.tracking.base import EvaluationRecord
from tests.fakes.orders import orders_spec
from tests.fakes.serving import FakeServing
from tests.fakes.versions import CHALLENGER, CHAMPION, registry
from tests.orchestration.conftest import AddModel


@dataclass(frozen=True, kw_only=True)
class Said:
    code: int
    out: str
    err: str


Flywheel = Callable[..., Said]


@pytest.fixture
def flywheel(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Flywheel:
    """Runs the command as a shell does, but in this process and in an environment of fakes."""

    def run(*arguments: str, where: Environment = environment) -> Said:
        for module in (cli, rollout_cli, version_cli):
            monkeypatch.setattr(module, "load_environment", lambda: where)
        monkeypatch.setattr(sys, "argv", ["flywheel", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        told = capsys.readouterr()
        code = ended.value.code
        return Said(code=code if isinstance(code, int) else int(code is not None), out=told.out, err=told.err)

    return run


def test_a_good_spec_is_told_in_a_line(flywheel: Flywheel, add_model: AddModel) -> None:
    add_model("apples")
    assert flywheel("check") == Said(code=0, out="apples: good (7 columns, 2 features, 1 gates)\n", err="")


def test_check_reports_each_broken_spec_and_goes_on(flywheel: Flywheel, add_model: AddModel) -> None:
    bad = add_model("apples", ("metric: auc", "metric: auk"))
    add_model("pears")
    said = flywheel("check")
    assert (said.code, said.out) == (1, "pears: good (7 columns, 2 features, 1 gates)\n")
    assert said.err.startswith(
        f"{bad}: 1 problem; nothing was changed:\n  evaluation.gates.0.metric: found 'auk'"
    )
    assert "Traceback" not in said.err


def test_check_of_one_model_leaves_the_others_alone(flywheel: Flywheel, add_model: AddModel) -> None:
    add_model("apples", ("metric: auc", "metric: auk"))
    add_model("pears")
    assert flywheel("check", "pears").code == 0
    assert flywheel("check", "apples").code == 1


@pytest.mark.parametrize("command", [["check"], ["status"], ["stop"], ["walk-forward"], ["card"]])
def test_an_unknown_model_is_one_message(flywheel: Flywheel, add_model: AddModel, command: list[str]) -> None:
    models = add_model("pears").parents[1]
    assert flywheel(*command, "apples") == Said(
        code=1, out="", err=f"error: no model 'apples' in {models}; there: pears\n"
    )


def test_check_without_any_model_says_where_it_looked(flywheel: Flywheel, models: Path) -> None:
    assert flywheel("check").err == f"error: no model '' in {models}; there: none\n"


def test_status_before_anything_was_made(flywheel: Flywheel, add_model: AddModel) -> None:
    add_model("orders")
    assert flywheel("status").out.splitlines() == [
        "orders",
        "  champion   none",
        "  challenger none",
        "  endpoint   none",
        "  next       nothing was trained: materialize data and features, then model, evaluation: dg launch "
        '--assets \'key:"orders/model" or key:"orders/evaluation"\' --partition ...',
    ]


@pytest.mark.parametrize(("healthy", "shown"), [(True, "healthy"), (False, "NOT HEALTHY")])
def test_status_shows_who_serves_and_who_waits(
    flywheel: Flywheel,
    environment: Environment,
    add_model: AddModel,
    tmp_path: Path,
    healthy: bool,
    shown: str,
) -> None:
    add_model("orders")
    serving = FakeServing()
    serving._states["orders"] = EndpointState(
        model="orders",
        url="http://127.0.0.1:9",
        healthy=healthy,
        version="1",
        bundle_digest="a",
        known_by=None,
        detail="pid 7",
    )
    tracking = registry(
        tmp_path, [("2024-03-01", "a", "pass", CHAMPION), ("2024-03-02", "b", "pass", CHALLENGER)]
    )
    said = flywheel("status", where=replace(environment, tracking=tracking, serving=serving))
    assert said.out.splitlines() == [
        "orders",
        "  champion   version 1 as of 2024-03-01, gates: pass",
        "             trigger: unknown",
        "  challenger version 2 as of 2024-03-02, gates: pass",
        "             since 2023-11-14T22:13:20+00:00, trigger: unknown",
        f"  endpoint   http://127.0.0.1:9 {shown} (pid 7)",
        f"  next       {'challenger 2 would be deployed' if healthy else 'the endpoint does not answer'}: "
        "dg launch --assets 'key:\"orders/endpoint\"'",
    ]


def test_status_for_programs_is_json(
    flywheel: Flywheel, environment: Environment, add_model: AddModel, tmp_path: Path
) -> None:
    add_model("orders")
    tracking = registry(tmp_path, [("2024-03-01", "a", "pass", CHALLENGER)])
    (told,) = json.loads(flywheel("status", "--json", where=replace(environment, tracking=tracking)).out)
    assert (told["model"], told["champion"], told["endpoint"]) == ("orders", None, None)
    assert told["challenger"] == {
        "version": "1",
        "semantic_version": None,
        "as_of": "2024-03-01",
        "since": "2023-11-14T22:13:20+00:00",
        "trigger": "unknown",
        "verdict": "pass",
        "gates": [],
        "approval": None,
        "url": None,
    }
    assert told["next_step"] == {
        "kind": "deploy",
        "text": "challenger 1 would be deployed",
        "command": "dg launch --assets 'key:\"orders/endpoint\"'",
    }


def test_the_json_of_a_running_endpoint_holds_its_times(
    flywheel: Flywheel, environment: Environment, add_model: AddModel, tmp_path: Path
) -> None:
    add_model("orders")
    serving = FakeServing()
    serving._states["orders"] = EndpointState(
        model="orders",
        url="http://127.0.0.1:9",
        healthy=True,
        version="1",
        bundle_digest="a",
        known_by=datetime(2024, 3, 2, tzinfo=UTC),
        detail="pid 7",
    )
    tracking = registry(tmp_path, [("2024-03-01", "a", "pass", CHAMPION)])
    where = replace(environment, tracking=tracking, serving=serving)
    (told,) = json.loads(flywheel("status", "--json", where=where).out)
    assert told["endpoint"] == {
        "model": "orders",
        "url": "http://127.0.0.1:9",
        "healthy": True,
        "version": "1",
        "bundle_digest": "a",
        "known_by": "2024-03-02T00:00:00+00:00",
        "detail": "pid 7",
        "variants": [],
        "salt": "",
        "can_mirror": True,
        "gone": False,
    }


REQUIRED = ("evaluation:\n", "deployment: {approval: required}\nevaluation:\n")


def test_a_version_is_approved_and_the_ui_hears_of_it(
    flywheel: Flywheel,
    environment: Environment,
    add_model: AddModel,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    add_model("orders", REQUIRED)
    tracking = registry(tmp_path, [("2024-03-01", "a" * 64, "pass", CHALLENGER)])
    where = replace(environment, tracking=tracking)
    assert flywheel("status", where=where).out.splitlines()[-1] == (
        "  next       challenger 1 waits for approval: flywheel approve orders 1 --reason ..."
    )
    said = flywheel(
        "approve", "orders", "1", "--reason", "good on every slice", "--actor", "ann", where=where
    )
    deploy = "dg launch --assets 'key:\"orders/endpoint\"'"
    assert said == Said(code=0, out=f"orders: version 1 approved\ndeploy it: {deploy}\n", err="")
    assert flywheel("status", where=where).out.splitlines()[-1].endswith(f"would be deployed: {deploy}")
    with dg.DagsterInstance.from_config(str(tmp_path / "dagster")) as instance:
        (event,) = instance.fetch_observations(stage_key("orders", ENDPOINT), limit=5).records
        observed = event.asset_observation
    assert observed is not None
    told = {name: value.value for name, value in observed.metadata.items() if name != "decided_at"}
    assert told == {
        "decision": "approved",
        "version": "1",
        "as_of": "2024-03-01",
        "actor": "ann",
        "reason": "good on every slice",
        "bundle_digest": "a" * 64,
    }


def test_a_decision_that_is_refused_is_one_message(
    flywheel: Flywheel, environment: Environment, add_model: AddModel, tmp_path: Path
) -> None:
    add_model("orders", REQUIRED)
    tracking = registry(tmp_path, [("2024-03-01", "a" * 64, "fail", ())])
    said = flywheel("approve", "orders", "1", "--reason", "x", where=replace(environment, tracking=tracking))
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("error: orders: version 1 cannot be approved: its gates say 'fail'")
    assert not environment.home.exists()


def test_a_rejection_names_who_decided(
    flywheel: Flywheel,
    environment: Environment,
    add_model: AddModel,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    monkeypatch.setattr("getpass.getuser", lambda: "bob")
    add_model("orders", REQUIRED)
    tracking = registry(tmp_path, [("2024-03-01", "a" * 64, "pass", CHALLENGER)])
    where = replace(environment, tracking=tracking)
    assert flywheel("reject", "orders", "1", "--reason", "leaks", where=where).out == (
        "orders: version 1 rejected\n"
    )
    assert flywheel("status", where=where).out.splitlines()[-1] == (
        "  next       nothing: version 1 as of 2024-03-01 was rejected by bob: leaks"
    )


def test_stop_ends_the_endpoint_and_keeps_the_versions(
    flywheel: Flywheel, environment: Environment, add_model: AddModel, tmp_path: Path
) -> None:
    add_model("orders")
    tracking = registry(tmp_path, [("2024-03-01", "a", "pass", CHAMPION)])
    before = tracking.versions("orders")
    assert flywheel("stop", where=replace(environment, tracking=tracking)).out == "orders: endpoint ended\n"
    assert tracking.versions("orders") == before


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        pytest.param(["--from", "2024-02-30", "--to", "2024-03-02"], "orders has no partition '2024-02-30'; ",
                     id="no such day"),
        pytest.param(["--from", "2024-03-02", "--to", "2024-03-01"], "the range 2024-03-02 to 2024-03-01",
                     id="backwards"),
        pytest.param(["--from", "2024-03-01", "--to", "2024-03-02", "--stage", "endpoint"],
                     "unknown stage 'endpoint'; allowed: data, features, model, "
                     "evaluation, predictions, drift, performance, traffic, labels", id="a stage"),
    ],
)  # fmt: skip  # one case a line or two
def test_a_backfill_of_nothing_is_refused_before_anything_starts(
    flywheel: Flywheel, environment: Environment, add_model: AddModel, arguments: list[str], why: str
) -> None:
    add_model("orders")
    said = flywheel("backfill", "orders", *arguments)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(f"error: {why}")
    assert not environment.home.exists()


THREE_DAYS = "allowed: 2024-03-01 to 2024-03-03"
NO_DAY = "allowed: none: `data.partition.start` is in the future"
ENDED = ("start: 2024-03-01}", "start: 2024-03-01, end: 2024-03-04}")
FUTURE = ("start: 2024-03-01}", "start: 2099-01-01}")


@pytest.mark.parametrize(
    ("stages", "first", "last"),
    [
        pytest.param(PARTITIONED, "2024-03-01", "2024-03-03", id="all of it"),
        pytest.param(["model"], "2024-03-02", "2024-03-02", id="one stage, one partition"),
        pytest.param(["drift", "performance"], "2024-03-01", "2024-03-03", id="what watches a model"),
    ],
)
def test_a_range_that_is_there(stages: list[str], first: str, last: str) -> None:
    check_range(orders_spec(ENDED), stages, first, last)


@pytest.mark.parametrize(
    ("spec", "stages", "first", "last", "why"),
    [
        pytest.param(orders_spec(ENDED), ["model"], "2024-03-01", "2024-03-04",
                     f"orders has no partition '2024-03-04'; {THREE_DAYS}", id="beyond the end"),
        pytest.param(orders_spec(ENDED), ["model"], "2024-03", "2024-03-02",
                     f"orders has no partition '2024-03'; {THREE_DAYS}", id="another format"),
        pytest.param(orders_spec(ENDED), ["model"], "2024-03-03", "2024-03-01",
                     "the range 2024-03-03 to 2024-03-01 runs backwards", id="backwards"),
        pytest.param(orders_spec(ENDED), ["train"], "2024-03-01", "2024-03-01",
                     "unknown stage 'train'; allowed: data, features, model, "
                     "evaluation, predictions, drift, performance, traffic, labels", id="no stage"),
        pytest.param(orders_spec(FUTURE), ["model"], "2099-01-01", "2099-01-01",
                     f"orders has no partition '2099-01-01'; {NO_DAY}", id="the future"),
    ],
)  # fmt: skip  # one case a line or two
def test_a_range_that_is_not_there(
    spec: ModelSpec, stages: list[str], first: str, last: str, why: str
) -> None:
    with pytest.raises(LifecycleError) as caught:
        check_range(spec, stages, first, last)
    assert str(caught.value) == why


def test_quarantine_needs_a_partition_that_the_model_has(flywheel: Flywheel, add_model: AddModel) -> None:
    add_model("apples")
    said = flywheel("quarantine", "apples", "2023-01-01")
    assert said.code == 1 and "apples has no partition '2023-01-01'; allowed: 2024-03-01 to " in said.err
    said = flywheel("quarantine", "apples", "2024-03-01")
    assert said.err == "error: apples/data has no partition 2024-03-01: materialize it first\n"
    assert flywheel("quarantine", "apples").out == "apples: no rows in quarantine (0 partitions looked at)\n"


def with_cards(tmp_path: Path, environment: Environment) -> Environment:
    """Two versions, the first of them champion; both were evaluated."""
    tracking = registry(tmp_path, [("03", "a", "pass", CHAMPION), ("04", "b", "fail", ())])
    for version in ("1", "2"):
        page = tmp_path / CARD_HTML
        page.write_text(f"card of {version}")
        record = EvaluationRecord(verdict="pass", metrics={}, artifacts=[page], tags={})
        tracking.record_evaluation("orders", version, record)
    return replace(environment, tracking=tracking)


@pytest.mark.parametrize(
    ("arguments", "file", "version"),
    [
        pytest.param([], "orders-1-card.html", "1", id="the champion's by default"),
        pytest.param(["2"], "orders-2-card.html", "2", id="a version's"),
        pytest.param(["2", "--to", "here.html"], "here.html", "2", id="into a file of one's own"),
    ],
)
def test_a_card_is_written_to_a_file(
    flywheel: Flywheel,
    environment: Environment,
    add_model: AddModel,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    file: str,
    version: str,
) -> None:
    add_model("orders")
    monkeypatch.chdir(tmp_path)
    said = flywheel("card", "orders", *arguments, where=with_cards(tmp_path, environment))
    assert said == Said(code=0, out=f"{file}: card of version {version}\n", err="")
    assert (tmp_path / file).read_text() == f"card of {version}"


def test_a_card_that_is_not_there_is_one_message(
    flywheel: Flywheel, environment: Environment, add_model: AddModel, tmp_path: Path
) -> None:
    add_model("orders")
    none = flywheel("card", "orders")
    assert none == Said(
        code=1, out="", err="error: orders has no version yet: materialize orders/model first\n"
    )
    where = with_cards(tmp_path, environment)
    assert flywheel("card", "orders", "7", where=where).err == "error: orders has no version 7\n"
    nowhere = flywheel("card", "orders", "--to", str(tmp_path / "no" / "x.html"), where=where)
    assert (nowhere.code, nowhere.err.partition("cannot be written: ")[2]) == (
        1, "No such file or directory; name another file with --to\n",
    )  # fmt: skip
