"""Bad input and bad luck: one clear error that names the thing, the fact and the way out; nothing changes."""

import builtins
import errno
import fcntl
import io
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from assets.keys import (
    DATA,
    DRIFT,
    ENDPOINT,
    EVALUATION,
    FEATURES,
    LABELS,
    MODEL,
    ONLINE,
    PERFORMANCE,
    PREDICTIONS,
    STAGES,
    TRAFFIC,
    WALK_FORWARD,
)
from orchestration.build import build_definitions
from resources.tracking.mlflow import MlflowTracking
from tests.e2e.life import NAME, NEWEST, ROOT, WEEKS, Life, checks_of, errors_of, started

pytestmark = pytest.mark.e2e
PREFIX = "lifecycle.errors.LifecycleError: "


def source(life: Life, table: str) -> Path:
    return life.home / "lake" / "flights" / f"{table}.parquet"


def without_distance(life: Life) -> None:
    path = source(life, "flights")
    pq.write_table(pq.read_table(path).drop_columns(["distance"]), path)


def cut_in_half(life: Life) -> None:
    path = source(life, "labels")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        pytest.param(
            without_distance,
            ["data.source of flight_delay", "distance", "Mend the source"],
            id="missing column",
        ),
        pytest.param(
            cut_in_half, ["labels.parquet is not readable", "Mend the source"], id="corrupt Parquet file"
        ),
    ],
)
def test_a_source_that_cannot_be_read_changes_nothing(
    life: Life, harm: Callable[[Life], None], told: list[str]
) -> None:
    before = life.facts()
    harm(life)
    result = life.run(DATA, FEATURES, partition=WEEKS[1])
    (error,) = errors_of(result)
    assert error.startswith(PREFIX) and [part for part in told if part not in error] == []
    assert started(result) == [DATA]
    assert life.facts() == before


def test_a_label_without_a_known_time_breaks_the_contract(life: Life) -> None:
    before = life.facts()
    labels = pq.read_table(source(life, "labels"))
    known_at = pc.if_else(pc.equal(labels["late"], True), None, labels["known_at"])
    pq.write_table(labels.set_column(3, "known_at", known_at), source(life, "labels"))
    result = life.run(DATA, FEATURES, partition=WEEKS[1])
    assert (checks_of(result)["contract"], started(result)) == (False, [DATA])
    (contract,) = (c for c in result.get_asset_check_evaluations() if c.check_name == "contract")
    assert contract.description == (
        f"{WEEKS[1]}: late_known_at: found 841 labels for which no time is known; "
        "allowed: the time at which each label became known"
    )
    # The snapshot is kept as it was found; nothing is made from it.
    (refused,) = errors_of(life.run(FEATURES, partition=WEEKS[1]))
    assert f"{NAME}/data {WEEKS[1]} breaks its contract: late_known_at: found 841" in refused
    after = life.facts()
    kept = {f"lake/{NAME}/{stage}/{WEEKS[1]}/current.json" for stage in (DATA, "quarantine")}
    assert after | {"tables": None} == before | {"tables": None}
    assert {name for name, text in after["tables"].items() if text != before["tables"].get(name)} == kept


def test_an_unknown_key_is_the_error_of_its_own_model(live: Life) -> None:
    before = live.facts()
    shutil.copytree(live.models / NAME, live.models / "other")
    text = (live.models / "other" / "spec.yaml").read_text()
    (live.models / "other" / "spec.yaml").write_text(text.replace("name: flight_delay", "name: other"))
    live.edit({"training.round": 5})

    checked = live.command("flywheel", "check")
    found = "training.round: found an unknown key; allowed: trainer, parameters, rounds,"
    assert checked.returncode == 1 and checked.stdout.startswith("other: good")
    assert checked.stderr.startswith(f"{live.spec_file}: 1 problem; nothing was changed:\n  {found}")

    keys = {key.to_user_string() for key in build_definitions(live.environment).resolve_all_asset_keys()}
    assert keys == {
        f"{NAME}/broken_spec",
        *(
            f"other/{s}"
            for s in (*STAGES, ONLINE, DRIFT, PERFORMANCE, WALK_FORWARD, PREDICTIONS, TRAFFIC, LABELS)
        ),
    }

    validated = live.command("dg", "check", "defs")
    assert validated.returncode != 0 and found in validated.stderr + validated.stdout
    assert live.facts() == before


def test_a_port_in_use_is_named_with_its_holder(life: Life) -> None:
    before = life.facts()
    with socket.create_server(("127.0.0.1", life.port)):
        (error,) = errors_of(life.run(ENDPOINT))
    port = f"the endpoint of {NAME} cannot listen on port {life.port}"
    assert error.startswith(f"{PREFIX}{port}: it is held by process {os.getpid()} (")
    assert "; end that, or choose another port (`deployment.port` in the spec" in error
    assert life.facts() == before


def test_a_second_make_run_at_the_same_time_is_refused(life: Life) -> None:
    before = life.facts()
    with (life.home / "run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("4711")
        lock.flush()
        second = life.command(sys.executable, str(ROOT / "deploy" / "local" / "life.py"), "run")
    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr == (
        f"error: another `make run` (process 4711) is at work in {life.home}: wait for it, or give this "
        "one a home of its own with FLYWHEEL_HOME=/another/folder\n"
    )
    assert life.facts() == before


@pytest.mark.parametrize(
    ("folder", "stage", "told"),
    [
        pytest.param("lake", DATA, "the lake {home}/lake cannot be written: {fact}; make room", id="lake"),
        pytest.param("jobs", MODEL, "no job can be written to {home}/jobs/", id="jobs"),
        pytest.param("artifacts", MODEL, "files of MLflow at sqlite:///{home}/mlflow.db", id="artifacts"),
        pytest.param("endpoints", ENDPOINT, "the endpoint of flight_delay could not be", id="endpoints"),
    ],
)
def test_a_full_disk_leaves_everything_as_it_was(
    life: Life, monkeypatch: pytest.MonkeyPatch, folder: str, stage: str, told: str
) -> None:
    life.edit({"training.seed": 1, "data.columns.distance.max": 9999})  # so that there is something to do
    shutil.rmtree(life.home / "endpoints")
    before = life.facts()
    with monkeypatch.context() as patch:
        fill_disk(patch, life.home / folder)
        (error,) = errors_of(life.run(stage, partition=None if stage == ENDPOINT else NEWEST))
    fact = os.strerror(errno.ENOSPC)
    assert error.startswith(PREFIX + told.format(home=life.home, fact=fact)) and fact in error
    assert life.facts() == before


def fill_disk(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """Refuse to open files below a folder for writing, as a disk without a free block does.

    Injected where Python opens files: a real full disk needs a mount, which only root may do.
    """

    def full(file: Any, mode: str = "r", *rest: Any, **options: Any) -> Any:
        if set(mode) & set("wax+") and str(file).startswith(f"{folder}/"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(file))
        return opened(file, mode, *rest, **options)

    opened = io.open
    patch.setattr(io, "open", full)
    patch.setattr(builtins, "open", full)


@pytest.mark.parametrize("stage", [MODEL, EVALUATION, ENDPOINT])
def test_a_locked_database_is_named(life: Life, stage: str) -> None:
    before = life.facts()
    tracking = MlflowTracking(
        tracking_uri=f"sqlite:///{life.home / 'mlflow.db'}",
        artifact_root=str(life.home / "artifacts"),
        lock_wait_s=0.2,
    )
    impatient = replace(life.environment, tracking=tracking)
    with locked(life.home / "mlflow.db"):
        partition = None if stage == ENDPOINT else NEWEST
        (error,) = errors_of(life.run(stage, partition=partition, environment=impatient))
    assert error.startswith(
        f"{PREFIX}MLflow database {life.home}/mlflow.db is locked by another process: end"
    )
    assert life.facts() == before


LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.read()
"""


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """Another process holds the database for itself."""
    holder = subprocess.Popen(
        [sys.executable, "-c", LOCK, str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == "locked\n"
        yield
    finally:
        holder.communicate(timeout=30)
