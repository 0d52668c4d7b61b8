"""Killed at any moment and run again: one version, one endpoint, nothing left behind."""

import os
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from tests.e2e.life import LIFE, NAME, NEWEST, Life, selection
from tests.fakes.running import call, wait_for

pytestmark = pytest.mark.e2e


def training(life: Life) -> bool:
    """The trainer has its rows and fits."""
    return b"holdout " in life.log.read_bytes() and bool(life.trainings())


def trained(life: Life) -> bool:
    return any((life.home / "jobs" / NAME).glob("*/result.json"))


def registered(life: Life) -> bool:
    database = life.home / "mlflow.db"
    if not database.exists():
        return False
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE name = 'model_versions'").fetchall()
        return bool(tables and connection.execute("SELECT 1 FROM model_versions").fetchall())


def deploying(life: Life) -> bool:
    """The endpoint's process runs, and was perhaps not noted yet."""
    # All processes are looked at only once its folder is there: that takes a core from what is waited for.
    return (life.home / "endpoints" / NAME).exists() and bool(life.endpoints())


@pytest.mark.parametrize("moment", [training, trained, registered, deploying])
def test_a_run_killed_at_any_moment_is_completed_by_the_next(
    tables: Life, moment: Callable[[Life], bool]
) -> None:
    run = tables.start("dg", "launch", "--assets", selection(*LIFE), "--partition", NEWEST)
    try:
        wait_for(lambda: run.poll() is not None or moment(tables), seconds=400)
        assert run.poll() is None, tables.log.read_text()[-3000:]
    finally:
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
    wait_for(lambda: tables.trainings() == [])

    assert tables.run(*LIFE, partition=NEWEST).success
    assert_one_version_is_live(tables)


def test_a_killed_training_fails_the_run_and_is_done_again(tables: Life) -> None:
    run = tables.start("dg", "launch", "--assets", selection(*LIFE), "--partition", NEWEST)
    wait_for(lambda: run.poll() is not None or training(tables), seconds=400)
    (trainer,) = tables.trainings()
    trainer.kill()
    assert run.wait(60) != 0
    assert (
        b"was ended by SIGKILL; the kernel does that when memory runs out; run it again"
        in tables.log.read_bytes()
    )
    assert (tables.versions(), tables.endpoints()) == ([], [])

    assert tables.run(*LIFE, partition=NEWEST).success
    assert_one_version_is_live(tables)


def assert_one_version_is_live(life: Life) -> None:
    (version,) = life.versions()
    assert (version.as_of, version.verdict, version.aliases) == (NEWEST, "pass", ("champion",))
    assert call(life.port, "GET", "/").body["version"] == version.version
    assert (len(life.endpoints()), life.trainings()) == (1, [])
