"""What people say to rollouts by the command line and the UI, and the tick without a daemon."""

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from lifecycle.errors import LifecycleError
from lifecycle.rollout.commands import CommandKind
from orchestration import cli, rollout_cli, version_cli
from orchestration.environments import Environment
from orchestration.rollout_job import command_rollout
from tests.fakes.rollout_world import NEW, OLD, MemoryRollouts, World, plan_with
from tests.fakes.tracking import FakeTracking
from tests.fakes.versions import CHALLENGER, CHAMPION, MODEL, registry
from tests.orchestration.conftest import AddModel

ROLLED_OUT = ("evaluation:\n", "deployment: {rollout: {}}\nevaluation:\n")
Flywheel = Callable[..., tuple[int, str, str]]


@pytest.fixture
def world() -> World:
    """A rollout of version 2 against champion 1, in its first stage with requests."""
    world = World(plan=plan_with())
    world.open()
    world.turn()
    return world


@pytest.fixture
def tracking(tmp_path: Path) -> FakeTracking:
    lines = [("03", OLD.digest, "pass", CHAMPION), ("04", NEW.digest, "pass", CHALLENGER)]
    return registry(tmp_path, lines)  # type: ignore[arg-type]  # literals of a list


@pytest.fixture
def flywheel(
    environment: Environment,
    world: World,
    tracking: FakeTracking,
    add_model: AddModel,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Flywheel:
    add_model(MODEL, ROLLED_OUT)
    where = replace(environment, rollouts=world.store, tracking=tracking)

    def run(*arguments: str) -> tuple[int, str, str]:
        for module in (cli, rollout_cli, version_cli):
            monkeypatch.setattr(module, "load_environment", lambda: where)
        monkeypatch.setattr(sys, "argv", ["flywheel", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        told = capsys.readouterr()
        return int(ended.value.code or 0), told.out, told.err

    return run


@pytest.mark.parametrize(
    ("said", "kind", "version"),
    [
        (["promote"], "promote", "2"),
        (["promote-full"], "promote_full", "2"),
        (["abort", "--version", "2"], "abort", "2"),
        (["retry"], "retry", "2"),
        (["undo"], "undo", "1"),
        (["undo", "--version", "2"], "undo", "2"),
    ],
)
def test_a_command_is_kept_for_the_next_tick(
    flywheel: Flywheel, world: World, said: list[str], kind: CommandKind, version: str
) -> None:
    name, *rest = said
    code, out, err = flywheel(name, MODEL, *rest, "--reason", "because", "--actor", "ann")
    assert (code, err) == (0, "")
    assert out == f"orders: {kind} of version {version} is kept; the next tick obeys: flywheel tick orders\n"
    (kept,) = world.store.commands(MODEL)
    assert (kept.kind, kept.version, kept.actor, kept.reason) == (kind, version, "ann", "because")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        pytest.param(["abort", "--version", "7", "--reason", "x"], "version 2 is on trial now", id="another"),
        pytest.param(["undo", "--version", "7", "--reason", "x"], "did not pass its gates", id="not passed"),
        pytest.param(["promote", "--reason", " "], "reason of promote", id="no reason"),
    ],
)
def test_what_nobody_could_obey_is_one_message(
    flywheel: Flywheel, world: World, said: list[str], why: str
) -> None:
    name, *rest = said
    code, out, err = flywheel(name, MODEL, *rest)
    assert (code, out) == (1, "")
    assert err.startswith("error: ")
    assert why in err
    assert list(world.store.commands(MODEL)) == []


def test_the_job_of_the_ui_gives_the_same_command(world: World, tracking: FakeTracking) -> None:
    config = {"model": MODEL, "command": "abort", "reason": "complaints", "actor": "ann"}
    resources = {"rollouts": world.store, "tracking": tracking}
    with dg.DagsterInstance.ephemeral() as instance:
        done = command_rollout.execute_in_process(
            run_config={"ops": {"command": {"config": config}}}, resources=resources, instance=instance
        )
    assert done.success
    (kept,) = world.store.commands(MODEL)
    assert (kept.kind, kept.version, kept.reason) == ("abort", "2", "complaints")
    world.run()
    assert world.record.state.outcome is not None
    assert world.record.state.outcome.reason == "abort by ann: complaints"


def test_the_job_refuses_what_is_no_name_of_a_model(tracking: FakeTracking) -> None:
    config = {"model": "../etc", "command": "abort", "reason": "x", "actor": "ann"}
    resources = {"rollouts": MemoryRollouts(), "tracking": tracking}
    with (
        dg.DagsterInstance.ephemeral() as instance,
        pytest.raises(LifecycleError, match="no name of a model"),
    ):
        command_rollout.execute_in_process(
            run_config={"ops": {"command": {"config": config}}}, resources=resources, instance=instance
        )


def test_status_shows_the_rollout(flywheel: Flywheel, world: World) -> None:
    _, out, _ = flywheel("status")
    lines = out.splitlines()
    assert any(
        line.startswith("  rollout    version 2 against champion 1, since 2026-03-01") for line in lines
    )
    assert "[shadow]" in out
    assert lines[-1].startswith("  next       the rollout of version 2 goes on: it waits for ")
    (told,) = json.loads(flywheel("status", "--json")[1])
    assert told["rollout"]["challenger"] == "2"
    assert (told["rollout"]["stage"], told["rollout"]["open"], told["rollout"]["outcome"]) == (
        "shadow",
        True,
        None,
    )


def test_a_tick_tells_what_happened(flywheel: Flywheel, world: World) -> None:
    flywheel("abort", MODEL, "--reason", "complaints", "--actor", "ann")
    code, out, err = flywheel("tick", MODEL)
    assert "orders: aborted: abort by ann: complaints (0 % for version 2)\n" in out
    # The endpoint of this test is empty and its bundles are none: what was decided stays, and is told.
    assert (code, world.record.state.outcome is not None) == (1, True)
    assert err.startswith("error: orders: ")


def test_a_tick_of_a_model_without_rollouts_is_refused(flywheel: Flywheel, add_model: AddModel) -> None:
    add_model("pears")
    code, _, err = flywheel("tick", "pears")
    assert (code, err) == (
        1,
        "error: pears has no `deployment.rollout`: materialize its endpoint to deploy it\n",
    )
