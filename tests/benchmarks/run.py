"""The life of the example on real flights, through Dagster and as a plain script, step by step.

Each way runs in an interpreter and a home of its own, on the same lake, against the same adapters, and ends
with a live endpoint. CPU seconds are those of the process and of the training job that it waits for.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from shutil import copytree
from typing import Any
from uuid import uuid4

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from assets.card import learning_curve_of, write_card
from assets.challenger import appoint_challenger
from assets.contract import judge_snapshot, sound_snapshot
from assets.data import expectations
from assets.endpoint import approved_bundle, crown, deployment, version_to_serve
from assets.evaluation import judged
from assets.evaluation_metadata import evaluation_tags, flat_metrics
from assets.features import values_from_the_future
from assets.history import past_partitions, recent_history
from assets.keys import DATA, ENDPOINT, EVALUATION, FEATURES, MODEL, STAGES, stage_key
from assets.parity import ParityCheck
from assets.partitions import partitions_of, window_of
from assets.scoring import score_parts
from assets.sealing import sealed_bundle
from assets.training import training_identity, training_job, training_record, training_tables
from assets.verdicts import verdict_tags
from lifecycle.endpoint.scorer import Scorer
from lifecycle.features.build import build_plan
from lifecycle.features.online_tables import KnownBy
from lifecycle.features.plan import FeaturePlan
from lifecycle.registry.bundle import open_bundle
from lifecycle.registry.judging import draw, write_artifacts
from lifecycle.spec.model_spec import ModelSpec
from orchestration.build import SPEC_FILE, build_definitions, load_model
from orchestration.environments import HOME, MODELS, PORT, Environment, load_environment
from resources.tracking.base import EvaluationRecord, ModelVersion
from resources.warehouse.base import TableRef
from tests.fakes.ports import free_port

EXAMPLE = "flight_delay"
ROOT = Path(__file__).parents[2]
MONTHS = ("2013-01", "2013-02", "2013-03")
AS_OF = MONTHS[-1]
WHOLE = "whole"
LOADS = 5
Seconds = Mapping[str, tuple[float, float]]
"""Step -> wall and CPU seconds."""


class Stopwatch:
    """Wall and CPU seconds of named steps."""

    def __init__(self) -> None:
        self.seconds: dict[str, tuple[float, float]] = {}
        self._began: dict[str, tuple[float, float]] = {}

    def start(self, step: str) -> None:
        """Begin a step."""
        self._began[step] = _now()

    def stop(self, step: str) -> None:
        """End a step; a step that runs twice counts twice."""
        spent, began, ended = self.seconds.get(step, (0.0, 0.0)), self._began[step], _now()
        self.seconds[step] = (spent[0] + ended[0] - began[0], spent[1] + ended[1] - began[1])

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """A step as a block."""
        self.start(name)
        yield
        self.stop(name)


def _now() -> tuple[float, float]:
    spent = os.times()
    return time.perf_counter(), spent.user + spent.system + spent.children_user + spent.children_system


def through_dagster(spec: ModelSpec, environment: Environment, watch: Stopwatch) -> None:
    """As `make run` does it: a range run of the tables, then a run of the rest; SQLite keeps the events."""
    span = {
        "dagster/asset_partition_range_start": MONTHS[0],
        "dagster/asset_partition_range_end": MONTHS[-1],
    }
    runs: list[tuple[UnresolvedAssetJobDefinition, str, dict[str, Any]]] = [
        (_job(spec, "tables", DATA, FEATURES), str(uuid4()), {"tags": span}),
        (_job(spec, "rest", MODEL, EVALUATION, ENDPOINT), str(uuid4()), {"partition_key": AS_OF}),
    ]
    jobs = dg.Definitions(jobs=[job for job, _, _ in runs])
    definitions = dg.Definitions.merge(build_definitions(environment), jobs)
    with dg.DagsterInstance.local_temp(overrides={"telemetry": {"enabled": False}}) as instance:
        for _, run_id, _ in runs:
            instance.add_event_listener(run_id, lambda event: _time_step(watch, event))
        with watch.step(WHOLE):
            for job, run_id, asked in runs:
                resolved = definitions.resolve_job_def(job.name)
                resolved.execute_in_process(instance=instance, run_id=run_id, **asked)


def _job(spec: ModelSpec, name: str, *stages: str) -> UnresolvedAssetJobDefinition:
    return dg.define_asset_job(
        name, dg.AssetSelection.assets(*(stage_key(spec.name, stage) for stage in stages))
    )


def _time_step(watch: Stopwatch, entry: dg.EventLogEntry) -> None:
    event = entry.dagster_event
    if event is None or event.step_key is None:
        return
    stage = event.step_key.rpartition("__")[2]
    if event.event_type == dg.DagsterEventType.STEP_START:
        watch.start(stage)
    elif event.event_type == dg.DagsterEventType.STEP_SUCCESS:
        watch.stop(stage)


def plainly(spec: ModelSpec, environment: Environment, watch: Stopwatch) -> None:
    """The same calls in the same order, and nothing else."""
    plan = build_plan(spec)
    with watch.step(WHOLE):
        with watch.step(DATA):
            _plain_data(spec, environment)
        with watch.step(FEATURES):
            _plain_features(spec, plan, environment)
        with watch.step(MODEL), tempfile.TemporaryDirectory() as folder:
            version = _plain_model(spec, plan, environment)
            fetched = environment.tracking.fetch_bundle(spec.name, version.version, Path(folder))
            Scorer.load(open_bundle(fetched, expect_digest=version.bundle_digest)).smoke()
        with watch.step(EVALUATION), tempfile.TemporaryDirectory() as folder:
            _plain_evaluation(spec, environment, version, Path(folder))
        with watch.step(ENDPOINT), tempfile.TemporaryDirectory() as folder:
            chosen = version_to_serve(environment.tracking, spec.name)
            bundle = approved_bundle(environment.tracking, chosen, Path(folder))
            environment.serving.deploy(deployment(spec, chosen, bundle))
            crown(environment.tracking, chosen, now=datetime.now(UTC))


def _plain_data(spec: ModelSpec, environment: Environment) -> list[TableRef]:
    warehouse, partitions, tables = environment.warehouse, partitions_of(spec), []
    for month in MONTHS:
        tables.append(warehouse.snapshot(spec, month, window_of(partitions, month)))
        judge_snapshot(spec, warehouse, tables[-1])
        expectations(spec, warehouse, tables[-1])
    return tables


def _plain_features(spec: ModelSpec, plan: FeaturePlan, environment: Environment) -> None:
    warehouse, partitions, tables = environment.warehouse, partitions_of(spec), {}
    snapshots = {month: sound_snapshot(spec, warehouse, month) for month in MONTHS}
    for month, snapshot in snapshots.items():
        past = [snapshots[p] for p in past_partitions(plan, partitions, window_of(partitions, month))]
        tables[month] = warehouse.build_features(plan, spec, snapshot, month, past)
        values_from_the_future(plan, warehouse, tables[month])
    ParityCheck(
        spec=spec, plan=plan, warehouse=warehouse, partitions=partitions, snapshot_of=snapshots.__getitem__
    ).results(tables)


def _plain_model(spec: ModelSpec, plan: FeaturePlan, environment: Environment) -> ModelVersion:
    warehouse, window = environment.warehouse, window_of(partitions_of(spec), AS_OF)
    tables = training_tables(spec, warehouse, MONTHS)
    job = training_job(spec, plan, tables, as_of=AS_OF, window=window)
    lookups = {
        name: warehouse.lookup_rows(spec, name, known_by=job.cut_off) for name in spec.features.lookups
    }
    snapshot_of = cache(lambda partition: sound_snapshot(spec, warehouse, partition))
    recent = recent_history(spec, plan, warehouse, partitions_of(spec), KnownBy.at(job.cut_off), snapshot_of)
    identity = training_identity(spec, plan, job, tables, lookups, recent)
    done = environment.compute.train(job, identity, progress=lambda line: None)
    bundle = sealed_bundle(spec, plan, warehouse, tables, job, done, lookups, recent, snapshot_of)
    record = training_record(spec, job, done.result, bundle, identity, tables, {})
    return environment.tracking.register(record)


def _plain_evaluation(spec: ModelSpec, environment: Environment, version: ModelVersion, folder: Path) -> None:
    fetched = environment.tracking.fetch_bundle(spec.name, version.version, folder)
    bundle = open_bundle(fetched, expect_digest=version.bundle_digest)
    scored, reference = score_parts(spec, environment.warehouse, bundle)
    report = judged(spec, environment.warehouse, environment.tracking, bundle, scored, tell=print)
    pictures = draw(report, learning_curve_of(bundle))
    record = EvaluationRecord(
        verdict=report.verdict,
        metrics=flat_metrics(report),
        artifacts=[
            *write_artifacts(
                spec, bundle, folder, report, pictures, reference=reference, current=scored.shown
            ),
            *write_card(spec, bundle, version, report, pictures, folder),
        ],
        tags={**evaluation_tags(spec), **verdict_tags(bundle.digest, report.gates)},
    )
    appoint_challenger(
        environment.tracking, environment.tracking.record_evaluation(spec.name, version.version, record)
    )


WAYS = {"plain": plainly, "dagster": through_dagster}


def live(way: str) -> None:
    """Live one life in the environment that the variables name, and print its seconds as the last line."""
    environment, watch = load_environment(), Stopwatch()
    spec = load_model(environment.models / EXAMPLE / SPEC_FILE)
    environment.tracking.versions(spec.name)  # MLflow makes its tables now, not in a step
    try:
        WAYS[way](spec, environment, watch)
    finally:
        environment.serving.stop(spec.name)
    print(json.dumps(watch.seconds))


def measure(way: str, home: Path) -> Seconds:
    """The seconds of a life in an interpreter of its own."""
    port = free_port()
    variables = os.environ | {
        HOME: str(home),
        MODELS: str(ROOT / "models"),
        PORT: str(port),
        "PYTHONPATH": str(ROOT),
        # Threads that wait for each other spin by default: on a busy machine that is most of the CPU time.
        "OMP_WAIT_POLICY": "PASSIVE",
    }
    command = [sys.executable, "-c", f"from tests.benchmarks.run import live; live({way!r})"]
    done = subprocess.run(command, env=variables, cwd=home, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"the life did not end well:\n{done.stderr[-3000:]}")
    return {step: (wall, cpu) for step, (wall, cpu) in json.loads(done.stdout.splitlines()[-1]).items()}


def loading_cpu_s() -> float:
    """CPU seconds that the code location takes to load beyond Dagster; median of fresh interpreters."""
    script = (
        "import time, dagster; began = time.process_time(); "
        "import orchestration.definitions; print(time.process_time() - began)"
    )
    command = [sys.executable, "-c", script]
    return statistics.median(
        float(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
        for _ in range(LOADS)
    )


def table(plain: Seconds, dagster: Seconds) -> str:
    """The two ways side by side; the whole holds what lies between the steps, too."""
    pairs = "".join(f"{way:>18}" for way in ("plain", "Dagster", "added", "ratio"))
    lines = [
        " " * 12 + pairs,
        f"{'step':<12}" + f"{'wall s':>10}{'CPU s':>8}" * 3 + f"{'wall':>10}{'CPU':>8}",
    ]
    for step in (*STAGES, WHOLE):
        (wall, cpu), (with_wall, with_cpu) = plain[step], dagster[step]
        added, ratio = (with_wall - wall, with_cpu - cpu), (with_wall / wall, with_cpu / cpu)
        cells = "".join(f"{w:>10.2f}{c:>8.2f}" for w, c in (plain[step], dagster[step], added, ratio))
        lines.append(f"{step:<12}{cells}")
    return "\n".join(lines)


def main() -> None:
    """Measure both ways and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        homes = {way: Path(folder, way) for way in WAYS}
        print("building the lake of real flights ...", flush=True)
        script = [sys.executable, str(ROOT / "models" / EXAMPLE / "lake.py")]
        lake = str(homes["plain"] / "lake" / "flights")
        subprocess.run([*script, lake], env=os.environ | {"PYTHONPATH": str(ROOT)}, check=True)
        copytree(homes["plain"], homes["dagster"])
        seconds = {}
        for way, home in homes.items():
            print(f"living a life, {way} ...", flush=True)
            seconds[way] = measure(way, home)
    print(f"\n{table(seconds['plain'], seconds['dagster'])}\n")
    print(f"loading the code location, beyond `import dagster`: {loading_cpu_s():.2f} CPU s (limit 1.00)")
