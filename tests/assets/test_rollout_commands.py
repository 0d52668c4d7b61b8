"""What a person may say to a rollout, and what is refused at once."""

import pytest

from assets.rollout_commands import give
from lifecycle.errors import LifecycleError
from lifecycle.rollout.commands import CommandKind
from lifecycle.rollout.telling import rollout_lines
from tests.fakes.rollout_world import MODEL, NEW, OLD, START, MemoryRollouts, World, plan_with

PASSED = {"1": OLD, "2": NEW}


def say(store: MemoryRollouts, kind: CommandKind, version: str | None = None) -> None:
    give(store, MODEL, kind, version=version, actor="ann", reason="because", at=START, passed=PASSED)


def opened(*, turns: int = 1) -> World:
    world = World(plan=plan_with())
    world.open()
    for _ in range(turns):
        world.turn()
    return world


@pytest.mark.parametrize(
    ("kind", "version", "told"),
    [
        pytest.param("approve", "1", "version 2 is on trial now", id="approval of another version"),
        pytest.param("abort", "7", "version 2 is on trial now", id="abort of another version"),
        pytest.param("undo", "7", "did not pass its gates; those that did: 1, 2", id="undo to what failed"),
    ],
)
def test_what_nobody_could_obey_is_refused_at_once(kind: CommandKind, version: str, told: str) -> None:
    world = opened()
    with pytest.raises(LifecycleError, match=told):
        say(world.store, kind, version)
    assert list(world.store.commands(MODEL)) == []


def test_nobody_waves_a_smoke_test_through() -> None:
    with pytest.raises(LifecycleError, match="the smoke test comes first"):
        say(opened(turns=0).store, "promote")


def test_without_a_rollout_there_is_nothing_to_abort() -> None:
    with pytest.raises(LifecycleError, match="has no rollout to abort"):
        say(MemoryRollouts(), "abort")


def test_a_rollout_that_is_over_cannot_be_aborted_but_tried_again() -> None:
    world = opened()
    world.answers["error_rate_max"] = "bad"
    world.run()
    with pytest.raises(LifecycleError, match="is over"):
        say(world.store, "abort")
    say(world.store, "retry")
    assert [command.kind for command in world.store.commands(MODEL)] == ["retry"]


def test_a_command_is_obeyed_once_however_often_it_is_given() -> None:
    world = opened()
    for _ in range(2):
        say(world.store, "abort")
    assert len(world.store.commands(MODEL)) == 1
    world.turn()
    assert world.weights == {"1": 100}
    assert list(rollout_lines(world.record))[-1] == ("  ended      aborted: abort by ann: because")


def test_a_rollout_tells_where_it_is_and_why() -> None:
    world = opened()
    told = list(rollout_lines(world.record))
    assert told[0] == "version 2 against champion 1, since 2026-03-01 00:00 UTC"
    assert told[1].startswith("  stage      smoke > [shadow] > canary 5 % >")
    assert "error_rate_max: pass, error_rate 0.01 (0.0075 to 0.0125), at most 0.02" in "\n".join(told)
    assert told[-1] == "  waits for  the end of 600 s since 2026-03-01 00:00:00 UTC"
