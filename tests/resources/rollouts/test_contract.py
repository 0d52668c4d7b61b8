"""What every store of rollout records keeps to."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lifecycle.errors import LifecycleError
from lifecycle.rollout.commands import Command
from lifecycle.rollout.record import RolloutRecord
from resources.rollouts.base import RolloutConflict, RolloutStore, Stored
from resources.rollouts.local import LocalRollouts
from tests.fakes.rollout_world import MODEL, START, MemoryRollouts, World, plan_with

STORES: dict[str, Callable[[Path], RolloutStore]] = {
    "memory": lambda _: MemoryRollouts(),
    "local": lambda folder: LocalRollouts(root=str(folder)),
}


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> RolloutStore:
    return STORES[request.param](tmp_path / "rollouts")


def records() -> list[RolloutRecord]:
    """A rollout as it begins, as it goes on, and the one after it."""
    world = World(plan=plan_with())
    first = world.open()
    world.turn()
    return [first, world.record, world.open(number=2)]


def command(key: str, reason: str = "because") -> Command:
    return Command(id=key, kind="abort", version="2", actor="ann", reason=reason, at=START)


def test_nothing_is_there_before_the_first_write(store: RolloutStore) -> None:
    assert (store.read(MODEL), list(store.earlier(MODEL)), list(store.commands(MODEL))) == (None, [], [])


def test_what_was_written_is_read(store: RolloutStore) -> None:
    first, later, _ = records()
    assert store.write(first, expected=0) == 1
    assert store.write(later, expected=1) == 2
    assert store.read(MODEL) == Stored(record=later, revision=2)
    assert list(store.earlier(MODEL)) == []


def test_a_writer_that_read_something_older_changes_nothing(store: RolloutStore) -> None:
    first, later, _ = records()
    store.write(first, expected=0)
    for expected in (0, 2):
        with pytest.raises(RolloutConflict):
            store.write(later, expected=expected)
    assert store.read(MODEL) == Stored(record=first, revision=1)


def test_a_rollout_outlives_the_next_one(store: RolloutStore) -> None:
    _, later, following = records()
    store.write(later, expected=0)
    store.write(following, expected=1)
    assert list(store.earlier(MODEL)) == [later]
    assert store.read(MODEL) == Stored(record=following, revision=2)


def test_models_do_not_share_records(store: RolloutStore) -> None:
    store.write(records()[0], expected=0)
    assert store.read("other") is None


def test_commands_are_kept_once_and_in_order(store: RolloutStore) -> None:
    for key in ("b", "a", "b"):
        store.send(MODEL, command(key))
    assert list(store.commands(MODEL)) == [command("a"), command("b")]
    with pytest.raises(LifecycleError, match="another command b"):
        store.send(MODEL, command("b", reason="else"))


@pytest.mark.parametrize("name", ["../x", "a/b", "", "A" * 5000, "a\0b"])
def test_a_name_that_is_none_reaches_no_folder(store: RolloutStore, name: str) -> None:
    with pytest.raises(LifecycleError, match="no name of a model"):
        store.read(name)
