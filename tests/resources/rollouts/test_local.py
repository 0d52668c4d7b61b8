"""The folder of rollout records when the disk, another process or an editor gets in between."""

import errno
import fcntl
import os
import signal
import time
from pathlib import Path

import pytest

from lifecycle.errors import LifecycleError
from lifecycle.rollout.record import RolloutRecord
from resources.rollouts.base import RolloutConflict, Stored
from resources.rollouts.local import LocalRollouts
from tests.fakes.rollout_world import MODEL, World, plan_with


@pytest.fixture
def store(tmp_path: Path) -> LocalRollouts:
    return LocalRollouts(root=str(tmp_path), lock_timeout_s=0.05)


@pytest.fixture
def world() -> World:
    found = World(plan=plan_with())
    found.open()
    return found


@pytest.mark.parametrize("cause", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_disk_that_takes_nothing_leaves_the_record_as_it_was(
    store: LocalRollouts, world: World, monkeypatch: pytest.MonkeyPatch, cause: int
) -> None:
    store.write(world.record, expected=0)
    before = world.record
    world.turn()

    def refuses(_: int) -> None:
        raise OSError(cause, os.strerror(cause))

    monkeypatch.setattr(os, "fsync", refuses)
    with pytest.raises(LifecycleError, match=os.strerror(cause)):
        store.write(world.record, expected=1)
    assert store.read(MODEL) == Stored(record=before, revision=1)
    assert [path.name for path in (Path(store.root) / MODEL).glob(".current*")] == []


def test_a_store_that_stays_locked_says_so_in_bounded_time(store: LocalRollouts, world: World) -> None:
    store.write(world.record, expected=0)
    with (Path(store.root) / MODEL / ".lock").open("a") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(LifecycleError, match="stays locked"):
            store.write(world.record, expected=1)


@pytest.mark.parametrize("keep", [0, 40, 400, -1])
def test_a_half_written_record_is_told_from_a_whole_one(
    store: LocalRollouts, world: World, keep: int
) -> None:
    store.write(world.record, expected=0)
    path = Path(store.root) / MODEL / "current.json"
    path.write_text(path.read_text()[:keep])
    with pytest.raises(LifecycleError, match="half written or was edited"):
        store.read(MODEL)
    with pytest.raises(LifecycleError, match="half written or was edited"):
        store.write(world.record, expected=1)


def test_a_record_that_was_edited_is_found(store: LocalRollouts, world: World) -> None:
    store.write(world.record, expected=0)
    path = Path(store.root) / MODEL / "current.json"
    path.write_text(path.read_text().replace('"stage":0', '"stage":5'))
    with pytest.raises(LifecycleError, match="edited"):
        store.read(MODEL)


def test_of_two_processes_at_once_one_writes_each_revision(store: LocalRollouts, world: World) -> None:
    record = world.record
    children = []
    for _ in range(2):
        child = os.fork()
        if child == 0:
            os._exit(_revisions_won(LocalRollouts(root=store.root), record))
        children.append(child)
    won = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    stored = store.read(MODEL)
    assert stored is not None and sum(won) == stored.revision > 0


def _revisions_won(store: LocalRollouts, record: RolloutRecord) -> int:
    won = 0
    for revision in range(50):
        try:
            store.write(record, expected=revision)
            won += 1
        except RolloutConflict:
            pass
    return won


def test_a_writer_that_is_killed_at_any_moment_leaves_a_whole_record(
    store: LocalRollouts, world: World
) -> None:
    record = world.record
    revision = store.write(record, expected=0)
    for delay_ms in range(1, 31):
        child = os.fork()
        if child == 0:
            at = revision
            while True:
                at = store.write(record, expected=at)
        time.sleep(delay_ms / 1000)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        stored = store.read(MODEL)
        assert stored is not None and stored.record == record and stored.revision >= revision
        revision = stored.revision
    # The lock went with the dead: the next writer gets it at once.
    assert store.write(record, expected=revision) == revision + 1
