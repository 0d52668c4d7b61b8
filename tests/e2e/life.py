"""The example's life on the flights of January 2013: a home of its own, real runs, real processes."""

import importlib.util
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from functools import reduce
from itertools import islice
from operator import getitem
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import dagster as dg
import psutil
import yaml

from assets.endpoint import approved_bundle, deployment
from assets.keys import DATA, ENDPOINT, EVALUATION, FEATURES, MODEL, stage_key
from lifecycle.spec.model_spec import ModelSpec
from orchestration.build import SPEC_FILE, build_definitions, load_model
from orchestration.environments import Environment, load_environment
from resources.tracking.base import ModelVersion

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "models" / "flight_delay"
NAME = "flight_delay"
WEEKS = ("2012-12-31", "2013-01-07", "2013-01-14", "2013-01-21")
NEWEST = WEEKS[-1]
TABLES, LIFE = (DATA, FEATURES), (MODEL, EVALUATION, ENDPOINT)
JANUARY_FLIGHTS = 27_004
RANGE_START, RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
# What makes the example quick: few trees, few resamples, gates that any model passes; and weeks for months.
# No budgets: how fast a busy machine answers decides no test. No page of Evidently: it takes as long as all
# the rest of an evaluation and decides nothing; `tests/resources/tracking/test_server_life.py` asks for one.
QUICK: Mapping[str, object] = {
    "training.rounds": 15,
    "evaluation.resamples": 100,
    "evaluation.behaviour": [],
    "evaluation.budgets": {},
    "evaluation.page": False,
    "evaluation.gates": [
        {"metric": "auc", "min": 0.2, "on": "point"},  # weeks are too few days for an interval
        {"metric": "log_loss", "max": 3, "on": "point"},
        {"metric": "ece", "max": 0.9, "on": "point"},
    ],
}
WEEKLY: Mapping[str, object] = {
    "data.partition": {"every": "week", "start": date(2012, 12, 31), "end": date(2013, 1, 28)}
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """A home, the specs it is made by, and what may be done with them."""

    home: Path
    models: Path
    port: int

    @property
    def variables(self) -> Mapping[str, str]:
        """The environment of every process of this life."""
        binaries = Path(sys.executable).parent
        return os.environ | {
            "FLYWHEEL_HOME": str(self.home),
            "FLYWHEEL_MODELS": str(self.models),
            "FLYWHEEL_ENDPOINT_PORT": str(self.port),
            "DAGSTER_HOME": str(self.home / "dagster"),
            "VIRTUAL_ENV": str(binaries.parent),
            "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
        }

    @property
    def spec_file(self) -> Path:
        return self.models / NAME / SPEC_FILE

    @property
    def spec(self) -> ModelSpec:
        return load_model(self.spec_file)

    @property
    def environment(self) -> Environment:
        return load_environment(self.variables)

    def edit(self, changes: Mapping[str, object]) -> None:
        """Set values of the spec by their path."""
        edit_spec(self.spec_file, changes)

    @contextmanager
    def instance(self) -> Iterator[dg.DagsterInstance]:
        """The Dagster instance of this home, the one that commands use as well."""
        with dg.DagsterInstance.from_config(str(self.home / "dagster")) as instance:
            yield instance

    def run(
        self, *stages: str, partition: str | None = None, environment: Environment | None = None
    ) -> dg.ExecuteInProcessResult:
        """One Dagster run in this process, with the definitions that Dagster loads; `A...B` is a range."""
        environment = environment or self.environment
        first, _, last = (partition or "").partition("...")
        with self.instance() as instance:
            return dg.materialize(
                [
                    a
                    for a in build_definitions(environment).assets or ()
                    if isinstance(a, dg.AssetsDefinition)
                ],
                selection=[stage_key(NAME, stage) for stage in stages],
                resources=dict(environment.resources),
                partition_key=first if first and not last else None,
                tags={RANGE_START: first, RANGE_END: last} if last else None,
                instance=instance,
                raise_on_error=False,
            )

    def command(
        self, *arguments: str, variables: Mapping[str, str] | None = None, **options: Any
    ) -> "subprocess.CompletedProcess[str]":
        """A command as a user types it, from the project's folder, to its end."""
        env = self.variables if variables is None else variables
        return subprocess.run(
            arguments, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300, **options
        )

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        """A command in a process group of its own, as a terminal gives it one; its output goes to a file."""
        with self.log.open("wb") as log:
            return subprocess.Popen(
                arguments,
                cwd=ROOT,
                env=self.variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def log(self) -> Path:
        return self.home / "command.log"

    def deploy(self) -> None:
        """Start the endpoint again, as it was when the home was copied."""
        with TemporaryDirectory() as folder:
            champion = self.champion()
            assert champion is not None
            bundle = approved_bundle(self.environment.tracking, champion, Path(folder))
            self.environment.serving.deploy(deployment(self.spec, champion, bundle))

    def versions(self) -> Sequence[ModelVersion]:
        return self.environment.tracking.versions(NAME)

    def champion(self) -> ModelVersion | None:
        return self.environment.tracking.holder(NAME, "champion")

    def processes(self, *words: str) -> list[psutil.Process]:
        """Live processes of this home whose command line holds all words, oldest first."""
        others = [process for process in psutil.process_iter() if process.pid != os.getpid()]
        # Whose they are is read for those only that it is asked of.
        named = [process for process in others if set(words) <= set(command_of(process))]
        return [process for process in named if self._owns(process)]

    def endpoints(self) -> list[psutil.Process]:
        return self.processes("lifecycle.endpoint")

    def trainings(self) -> list[psutil.Process]:
        return self.processes("lifecycle.training")

    def end(self) -> None:
        """End every process of this home."""
        while found := self.processes():
            for process in found:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            time.sleep(0.05)

    def facts(self) -> dict[str, Any]:
        """What must not change when something is refused: tables, registry and endpoint."""
        state = self.environment.serving.state(NAME)
        return {
            "tables": {
                str(path.relative_to(self.home)): path.read_text()
                for path in sorted((self.home / "lake" / NAME).rglob("current.json"))
            },
            "versions": list(self.versions()),
            "endpoint": state,
            "processes": [process.pid for process in self.endpoints()],
        }

    def _owns(self, process: psutil.Process) -> bool:
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            # Endpoints and trainings get hardly any environment; their command lines name the home.
            in_command = any(word.startswith(f"{self.home}/") for word in process.cmdline())
            return in_command or process.environ().get("FLYWHEEL_HOME") == str(self.home)
        except psutil.Error:
            return False


def command_of(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def selection(*stages: str) -> str:
    """What `dg launch --assets` takes."""
    return " or ".join(f'key:"{NAME}/{stage}"' for stage in stages)


def errors_of(result: dg.ExecuteInProcessResult) -> list[str]:
    """What each failed step told its user, as `Class: message`."""
    failures = [event.step_failure_data.error for event in result.all_events if event.is_step_failure]
    return [(error.cause or error).message.strip() for error in failures if error]


def started(result: dg.ExecuteInProcessResult) -> list[str]:
    """Stages whose step ran, however it ended."""
    starts = [event for event in result.all_events if event.event_type == dg.DagsterEventType.STEP_START]
    return [(event.step_key or "").removeprefix(f"{NAME}__") for event in starts]


def checks_of(result: dg.ExecuteInProcessResult) -> Mapping[str, bool]:
    """Check -> whether it passed, as the instance keeps it."""
    evaluations = result.get_asset_check_evaluations()
    return {evaluation.check_name: evaluation.passed for evaluation in evaluations}


def edit_spec(file: Path, changes: Mapping[str, object]) -> None:
    """Set values of a spec by their path, such as `training.rounds`."""
    spec = yaml.safe_load(file.read_text())
    for path, value in changes.items():
        *sections, key = path.split(".")
        reduce(getitem, sections, spec)[key] = value
    file.write_text(yaml.safe_dump(spec, sort_keys=False))


def quick_models(folder: Path, changes: Mapping[str, object]) -> Path:
    """A folder of models with a quick copy of the example."""
    shutil.copytree(EXAMPLE, folder / NAME, ignore=shutil.ignore_patterns("__pycache__"))
    edit_spec(folder / NAME / SPEC_FILE, changes)
    return folder


def january_source(lake: ModuleType, folder: Path) -> Any:
    """The real flights and weather of January as the source of a lake."""
    installed = lake.installed_source()
    for name in ("planes.csv", "airports.csv"):
        shutil.copyfile(installed.folder / name, folder / name)
    with (installed.folder / "weather.csv").open() as lines:
        kept = [line for number, line in enumerate(lines) if number == 0 or line[3:].startswith(",2013,1,")]
    (folder / "weather.csv").write_text("".join(kept))
    with zipfile.ZipFile(installed.folder / "flights.csv.zip") as whole, whole.open("flights.csv") as lines:
        head = b"".join(islice(lines, JANUARY_FLIGHTS + 1))
    with zipfile.ZipFile(folder / "flights.csv.zip", "w") as part:
        part.writestr("flights.csv", head)
    return lake.Source(version=installed.version, folder=folder)


def load_script(path: Path, name: str) -> ModuleType:
    """A script that belongs to no package, as a module."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
