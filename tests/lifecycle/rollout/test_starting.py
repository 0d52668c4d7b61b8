"""Whether a rollout begins, as a table of named cases."""

from datetime import timedelta

import pytest

from lifecycle.rollout.commands import Command
from lifecycle.rollout.record import RolloutRecord
from lifecycle.rollout.starting import Registry, decide_start
from tests.fakes.rollout_world import NEW, NEWER, OLD, START, Answer, World, plan_with


def ended(answer: Answer = "good") -> RolloutRecord:
    """A rollout of version 2 that is over."""
    world = World(plan=plan_with(strategy="blue_green"))
    world.open()
    world.answers["error_rate_max"] = answer
    return world.run(looks=200, every=timedelta(hours=2))


def superseded() -> RolloutRecord:
    world = World(plan=plan_with())
    world.open()
    world.plan = plan_with(hold="2h")
    return world.run()


def undone() -> RolloutRecord:
    world = World(plan=plan_with())
    world.open()
    world.say("undo", version="1")
    return world.run()


def still_open() -> RolloutRecord:
    world = World(plan=plan_with())
    return world.open()


def registry(champion: object = OLD, challenger: object = None) -> Registry:
    passed = {version.version: version for version in (OLD, NEW, NEWER)}
    return Registry(champion=champion, challenger=challenger, passed=passed)  # type: ignore[arg-type]


def say(kind: str, version: str) -> Command:
    return Command.model_validate(
        {"id": kind, "kind": kind, "version": version, "actor": "ann", "reason": "because", "at": START}
    )


@pytest.mark.parametrize(
    ("last", "known", "commands", "expected"),
    [
        pytest.param(None, registry(None, NEW), [], ("first", "2", 1), id="the first version"),
        pytest.param(None, registry(OLD, NEW), [], ("rollout", "2", 1), id="a champion from before"),
        pytest.param(None, registry(OLD), [], None, id="no challenger"),
        pytest.param(None, registry(OLD, OLD), [], None, id="the champion itself"),
        pytest.param(
            None,
            registry(OLD, NEW.model_copy(update={"digest": OLD.digest})),
            [],
            None,
            id="the same bundle as the champion",
        ),
        pytest.param(still_open(), registry(OLD, NEWER), [], None, id="one is open"),
        pytest.param(ended(), registry(NEW, NEWER), [], ("rollout", "3", 2), id="the next version"),
        pytest.param(ended("bad"), registry(OLD, NEW), [], None, id="taken back: not again by itself"),
        pytest.param(ended("bad"), registry(OLD, NEWER), [], ("rollout", "3", 2), id="a newer one"),
        pytest.param(
            ended("bad"), registry(OLD), [say("retry", "2")], ("rollout", "2", 2), id="again, for a person"
        ),
        pytest.param(ended("bad"), registry(OLD), [say("retry", "1")], None, id="retry of another version"),
        pytest.param(superseded(), registry(OLD, NEW), [], ("rollout", "2", 2), id="under the new plan"),
        pytest.param(ended(), registry(NEW), [say("undo", "1")], ("undo", "1", 2), id="undo"),
        pytest.param(ended(), registry(NEW), [say("undo", "7")], None, id="undo to what never passed"),
        pytest.param(
            ended(), registry(NEW, NEWER), [say("undo", "1")], ("undo", "1", 2), id="a person comes first"
        ),
        pytest.param(ended(), registry(NEW), [say("abort", "2")], None, id="nothing to abort"),
        pytest.param(undone(), registry(NEW, NEWER), [], ("undo", "1", 2), id="undo of an open rollout"),
    ],
)
def test_what_begins(
    last: RolloutRecord | None,
    known: Registry,
    commands: list[Command],
    expected: tuple[str, str, int] | None,
) -> None:
    found = decide_start(last, known, commands)
    assert (found and (found.occasion, found.challenger.version, found.number)) == expected
    if found is not None:
        assert {command.id for command in commands} <= set(found.seen)
