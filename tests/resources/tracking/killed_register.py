"""Processes that register and are killed, for `test_mlflow_crash.py`: MLflow is imported once, then forked.

`python -m tests.resources.tracking.killed_register kill|race EMPTY_DATABASE FOLDER` prints a line a trial.
"""

import functools
import json
import os
import shutil
import signal
import socket
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from resources.tracking.mlflow import MlflowTracking
from resources.tracking.mlflow_store import open_store
from tests.resources.tracking.records import MODEL, training

STEPS = (
    "create_experiment",
    "create_run",
    "log_batch",
    "log_inputs",
    "create_logged_model",
    "log_model_artifacts",
    "finalize_logged_model",
    "log_outputs",
    "create_registered_model",
    "update_registered_model",
    "create_model_version",
    "delete_model_version",
    "set_terminated",
)


def before_each_step(do: Callable[[str, int], None]) -> None:
    """Call `do` with the name and the number of every step that changes the store, before it is done."""
    from mlflow import MlflowClient

    numbers = count(1)

    def watched(name: str, step: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(step)
        def call(*args: Any, **kwargs: Any) -> Any:
            do(name, next(numbers))
            return step(*args, **kwargs)

        return call

    for name in STEPS:
        setattr(MlflowClient, name, watched(name, getattr(MlflowClient, name)))


def forked(body: Callable[[], None]) -> int:
    """Start a process that does `body` and ends; its pid."""
    pid = os.fork()
    if pid:
        return pid
    try:
        body()
    except BaseException as exc:
        print(f"{type(exc).__name__}: {exc}", file=sys.stderr, flush=True)
        os._exit(1)
    os._exit(0)


def fresh(empty: Path, folder: Path) -> MlflowTracking:
    folder.mkdir(parents=True)
    return MlflowTracking(tracking_uri=f"sqlite:///{shutil.copy(empty, folder / 'mlflow.db')}")


def report(tracking: MlflowTracking, folder: Path, **facts: object) -> None:
    """Print what the store holds in the end."""
    versions = tracking.versions(MODEL)
    bundle = tracking.fetch_bundle(MODEL, versions[0].version, folder / "fetched")
    with open_store(tracking.tracking_uri, lock_wait_s=1) as client:
        experiment = client.get_experiment_by_name(f"flywheel/{MODEL}")
        assert experiment is not None
        runs = client.search_runs([experiment.experiment_id])
        finished = [run.info.run_id for run in runs if run.info.status == "FINISHED"]
        held = {
            "versions": [version.version for version in versions],
            "finished_run_is_the_version's": finished == [version.run_id for version in versions],
            "running": sum(run.info.status == "RUNNING" for run in runs),
            "curve": [point.value for point in client.get_metric_history(finished[0], "validation/logloss")],
            "models": len(
                client.search_logged_models([experiment.experiment_id], f"source_run_id='{finished[0]}'")
            ),
            "files": sum(path.is_file() for path in bundle.rglob("*")),
        }
    print(json.dumps({**facts, **held}), flush=True)


def kill_before_step(number: int, empty: Path, folder: Path) -> bool:
    """Kill a first call before its step `number`, then call again; False where it has no such step."""
    tracking = fresh(empty, folder)

    def first() -> None:
        before_each_step(lambda name, n: os.kill(os.getpid(), signal.SIGKILL) if n == number else None)
        tracking.register(training(folder))

    def again() -> None:
        tracking.register(training(folder))
        report(tracking, folder, killed_before=number if killed else None)

    killed = os.WIFSIGNALED(os.waitpid(forked(first), 0)[1])
    os.waitpid(forked(again), 0)
    return killed


def race(empty: Path, folder: Path, *, adopting: bool) -> None:
    """Register one training in two processes that create their version at the same time.

    Args:
        empty: database to begin with.
        folder: for this trial.
        adopting: the second starts when the first is about to create its version, and so finds its run;
            otherwise both start from nothing.
    """
    tracking = fresh(empty, folder)
    first, second = socket.socketpair()

    def racer(mine: socket.socket, theirs: socket.socket, *, late: bool) -> None:
        theirs.close()  # a racer that ends early is heard by the other as the end of its messages

        def meet(name: str, number: int) -> None:
            if name == "create_model_version" or (number == 1 and not adopting):
                mine.send(b".")
                if not late:
                    mine.recv(1)

        if late:
            mine.recv(1)
        before_each_step(meet)
        tracking.register(training(folder))

    pids = [
        forked(lambda: racer(first, second, late=False)),
        forked(lambda: racer(second, first, late=adopting)),
    ]
    first.close()
    second.close()
    failed = sum(os.waitpid(pid, 0)[1] != 0 for pid in pids)
    os.waitpid(forked(lambda: report(tracking, folder, adopting=adopting, failed=failed)), 0)


if __name__ == "__main__":
    kind, empty_database, where = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    # Once here, so that the processes forked from this one need not import and prepare what it takes again.
    fresh(empty_database, where / "warm").register(training(where / "warm"))
    if kind == "kill":
        next(n for n in count(1) if not kill_before_step(n, empty_database, where / f"kill-{n}"))
    else:
        for is_adopting in (False, True):
            race(empty_database, where / f"race-{is_adopting}", adopting=is_adopting)
