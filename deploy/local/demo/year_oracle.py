"""The oracle of the replayed year. It trains beside the loop, in a process and a home of its own.

The two share the flights and nothing else: no database, no lake, no clock.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree

import dagster as dg
from home import write_without_waiting
from runs import FLIGHTS, materialize
from year_models import write_oracle
from year_plan import Plan, read_plan
from year_scores import month_before, months_between

from assets.keys import DATA, FEATURES, MODEL
from assets.partitions import partitions_of
from lifecycle.clock import set_clock
from lifecycle.errors import LifecycleError
from orchestration.environments import Environment, load_environment
from orchestration.instance import prepare_instance

LOG = "log.txt"
NICE = 10
"""It has the whole year to be done: the loop goes first."""


@contextmanager
def oracle_beside(home: Path, arguments: Sequence[str]) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that trains the oracle in a new home; it does not outlive the block.

    Args:
        home: of the replay, whose flights are there.
        arguments: of the replay.
    """
    own = _home_of(home)
    # Links: the flights are not written again, and both homes find them where their specs say.
    copytree(home / "lake" / FLIGHTS, own / "lake" / FLIGHTS, copy_function=os.link)
    command = [sys.executable, __file__, *arguments]
    with (own / LOG).open("wb") as log:
        process = subprocess.Popen(
            command, env=_variables(home), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def trained_oracle(home: Path, process: "subprocess.Popen[bytes]") -> Environment:
    """Wait until the oracle is trained; the environment that holds its tables and versions.

    Raises:
        LifecycleError: it failed.
    """
    if process.wait():
        log = _home_of(home) / LOG
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        raise LifecycleError(f"the oracle was not trained: {lines[-1] if lines else 'no word'}; see {log}")
    return load_environment(_variables(home))


def train(plan: Plan) -> None:
    """The oracle's tables, and a version as of the end of each month before those that are scored."""
    environment = load_environment()
    prepare_instance(environment.home)
    write_without_waiting()
    # After the last label.
    ends = datetime(plan.until.year, plan.until.month, plan.until.day, tzinfo=UTC)
    set_clock(Path(os.environ["FLYWHEEL_CLOCK"]), ends + timedelta(days=3))
    spec = write_oracle(environment.models, plan)
    months = months_between(plan.since, plan.until)
    with dg.DagsterInstance.get() as instance:
        first = partitions_of(spec).get_partition_keys()[0]
        materialize(spec, environment, instance, (DATA, FEATURES), [first, months[-1]])
        for month in months:
            materialize(spec, environment, instance, (MODEL,), [month_before(month)])


def _home_of(home: Path) -> Path:
    return home / "oracle"


def _variables(home: Path) -> Mapping[str, str]:
    own = _home_of(home)
    places = {
        "FLYWHEEL_HOME": own,
        "FLYWHEEL_MODELS": own / "models",
        "FLYWHEEL_CLOCK": own / "clock",
        "DAGSTER_HOME": own / "dagster",
    }
    return {**os.environ, **{name: str(path) for name, path in places.items()}}


if __name__ == "__main__":
    os.nice(NICE)
    train(read_plan(sys.argv[1:]))
