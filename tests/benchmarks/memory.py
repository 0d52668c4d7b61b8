"""Peak memory of each stage on tables of up to 10 million rows and 20 feature columns.

Each stage runs in a process of its own over all partitions, with the functions that the assets call. The
peak is the kernel's high-water mark of that process. Data and features should not grow with the table, and
features should follow the partition. Training should grow by the bins of its rows, some bytes a value.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lifecycle.spec.model_spec import ModelSpec
from lifecycle.spec.parse import parse_spec

if TYPE_CHECKING:
    from lifecycle.training.job import TrainingJob
    from resources.warehouse.base import TableRef, Warehouse

ROOT = Path(__file__).parents[2]
TABLES = ("data", "features")
STAGES = (*TABLES, "training", "evaluation")
CASES = (
    (1_000_000, 10, STAGES),
    (3_000_000, 10, STAGES),
    (10_000_000, 10, STAGES),
    (10_000_000, 40, TABLES),
)
"""Rows, partitions that they are cut into, and what is measured."""
FLOATS, INTS, CATEGORIES = 12, 4, 4
HEAD = ("stage", "rows", "partition rows", "peak MiB", "CPU s", "wall s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one stage took."""

    peak_mib: int
    cpu_s: float
    wall_s: float


def columns() -> Mapping[str, str]:
    """Feature column -> SQL over the row's number `i`: the same values on every machine."""
    draw = "(hash(i * 100 + {k}) % 1000000) / 1e6"
    floats = {f"f{k}": draw.format(k=k) for k in range(FLOATS)}
    ints = {f"n{k}": f"CAST(hash(i * 100 + {50 + k}) % 1000 AS BIGINT)" for k in range(INTS)}
    categories = {f"c{k}": f"'v' || (hash(i * 100 + {80 + k}) % {10 ** (k + 1)})" for k in range(CATEGORIES)}
    return {**floats, **ints, **categories}


def spec_of(partitions: int) -> ModelSpec:
    """The spec of the table: a partition a day."""
    names = [*columns()]
    kinds = {"f": "float", "n": "int", "c": "string"}
    listed = "".join(f"    {name}: {{type: {kinds[name[0]]}}}\n" for name in names)
    return parse_spec(f"""
model: {{name: large, task: binary}}
data:
  source: {{files: large.parquet}}
  entity: id
  event_time: seen_at
  partition: {{every: day, start: 2024-01-01}}
  columns:
    id: {{type: int}}
    seen_at: {{type: timestamp}}
    y: {{type: bool}}
{listed}
  label: {{column: y, delay: 0s}}
features:
  columns: {{{", ".join(f"{name}: {name}" for name in names)}}}
training: {{rounds: 10, early_stopping_rounds: 10, compute: {{cpu: 2}}}}
evaluation:
  resamples: 100
  gates: [{{metric: auc, min: 0.6}}]
""")


def write_source(path: Path, *, rows: int, partitions: int) -> None:
    """The table: its label follows two numbers and a category, with noise."""
    import duckdb

    listed = ", ".join(f"{sql} AS {name}" for name, sql in columns().items())
    step_us = partitions * 86_400_000_000 // rows
    score = "(f0 + 0.5 * f1 + (c0 = 'v3')::INT + 0.5 * (hash(i * 100 + 99) % 1000) / 1e3 > 1.2)"
    duckdb.execute("SET enable_progress_bar = false")
    duckdb.sql(
        f"COPY (SELECT id, seen_at, {score} AS y, * EXCLUDE (i, id, seen_at) FROM (SELECT i, i AS id, "
        f"TIMESTAMPTZ '2024-01-01 00:00:00+00' + to_microseconds(i * {step_us}) AS seen_at, {listed} "
        f"FROM range({rows}) AS t(i))) TO '{path}' (COMPRESSION zstd)"
    )


def stage(name: str, home: str, partitions: int) -> None:
    """Run a stage in this process and print what it took as the last line."""
    began = time.monotonic()
    spec, keys = spec_of(partitions).with_folder(Path(home)), day_keys(partitions)
    {"data": _data, "features": _features, "training": _training, "evaluation": _evaluation}[name](
        spec, Path(home), keys
    )
    measured = {
        "peak_mib": _high_water_mib(),
        "cpu_s": time.process_time(),
        "wall_s": time.monotonic() - began,
    }
    print(json.dumps(measured))


def day_keys(partitions: int) -> list[str]:
    """Keys of the first days."""
    from datetime import date, timedelta

    return [str(date(2024, 1, 1) + timedelta(days=day)) for day in range(partitions)]


def _data(spec: ModelSpec, home: Path, keys: list[str]) -> None:
    from assets.data import expectations
    from assets.partitions import partitions_of, window_of
    from lifecycle.data.contract import check_contract

    warehouse, partitions = _warehouse(home), partitions_of(spec)
    for key in keys:
        table = warehouse.snapshot(spec, key, window_of(partitions, key))
        if (
            check_contract(spec, warehouse.measure(spec, table))
            or not expectations(spec, warehouse, table).success
        ):
            raise SystemExit(f"{key} breaks its contract")


def _features(spec: ModelSpec, home: Path, keys: list[str]) -> None:
    from assets.features import sound_snapshot, values_from_the_future
    from lifecycle.features.build import build_plan

    warehouse, plan = _warehouse(home), build_plan(spec)
    for key in keys:
        table = warehouse.build_features(plan, spec, sound_snapshot(spec, warehouse, key), key)
        values_from_the_future(plan, warehouse, table)


def _training(spec: ModelSpec, home: Path, keys: list[str]) -> None:
    from lifecycle.training.run import run_job

    # The job's file was written before, by a process that has Dagster in it: a training has not.
    run_job(home / "job", progress=lambda line: None)


def _evaluation(spec: ModelSpec, home: Path, keys: list[str]) -> None:
    from assets.scoring import score_parts
    from assets.sealing import sealed_bundle
    from lifecycle.features.build import build_plan
    from lifecycle.registry.judging import draw, judge, write_artifacts
    from lifecycle.training.job import RESULT_FILE, TrainingResult
    from resources.compute.base import FinishedJob

    warehouse, tables = _warehouse(home), list(_tables(spec, home, keys))
    result = TrainingResult.read(home / "job" / RESULT_FILE)
    done = FinishedJob(result=result, folder=home / "job")
    job = _job(spec, tables, keys)
    bundle = sealed_bundle(spec, build_plan(spec), warehouse, tables, job, done, {})
    scored, reference = score_parts(spec, warehouse, bundle)
    report = judge(spec, bundle, scored)
    write_artifacts(spec, bundle, home, report, draw(report), reference=reference, current=scored.shown)


def write_job(home: str, partitions: int) -> None:
    """The job file of a model as of the last partition."""
    spec, keys, folder = spec_of(partitions), day_keys(partitions), Path(home, "job")
    folder.mkdir()
    _job(spec, list(_tables(spec, Path(home), keys)), keys).write(folder / "job.json")


def _job(spec: ModelSpec, tables: "list[TableRef]", keys: list[str]) -> "TrainingJob":
    from assets.partitions import partitions_of, window_of
    from assets.training import training_job
    from lifecycle.features.build import build_plan

    window = window_of(partitions_of(spec), keys[-1])
    return training_job(spec, build_plan(spec), tables, as_of=keys[-1], window=window)


def _tables(spec: ModelSpec, home: Path, keys: list[str]) -> "Iterator[TableRef]":
    for key in keys:
        table = _warehouse(home).published(spec.name, "features", key)
        if table is not None:
            yield table


def _warehouse(home: Path) -> "Warehouse":
    from resources.warehouse.duckdb import DuckDBWarehouse

    return DuckDBWarehouse(root=str(home / "lake"), home=str(home))


def _high_water_mib() -> int:
    # Not `ru_maxrss`, which a process inherits from the one that started it.
    lines = Path("/proc/self/status").read_text().splitlines()
    (mark,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(mark) // 1024


def measure(name: str, home: Path, partitions: int) -> Measured:
    """A stage in a process of its own."""
    last = _python(f"from tests.benchmarks.memory import stage; stage({name!r}, {str(home)!r}, {partitions})")
    return Measured(**json.loads(last))


def _python(script: str) -> str:
    """The last line that a script prints."""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"it did not end well:\n{done.stderr[-3000:]}")
    return (done.stdout.splitlines() or [""])[-1]


def line(cells: tuple[str, ...]) -> str:
    """A line of the table."""
    return f"{cells[0]:<12}" + "".join(f"{cell:>16}" for cell in cells[1:])


def main() -> None:
    """Measure all cases and print the table as it grows."""
    print(line(HEAD), flush=True)
    for rows, partitions, stages in CASES:
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            write_source(home / "large.parquet", rows=rows, partitions=partitions)
            for name in stages:
                if name == "training":
                    _python(
                        f"from tests.benchmarks.memory import write_job; write_job({folder!r}, {partitions})"
                    )
                took = measure(name, home, partitions)
                cells = (f"{rows:,}", f"{rows // partitions:,}", f"{took.peak_mib:,}")
                print(line((name, *cells, f"{took.cpu_s:.0f}", f"{took.wall_s:.0f}")), flush=True)
