"""`flywheel init` and a whole life on tables that people did not bring for it: no spec is edited.

The tables come out of installed packages (scikit-learn; statsmodels and vega_datasets where they are), and two are
generated: one of 500 rows, one of `OWN_TABLES_ROWS` rows (0 leaves it out). `OWN_TABLES` names the ones to take.
"""

import json
import os
import resource
import sys
import time
import traceback
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dagster as dg

from assets.keys import DATA, ENDPOINT, EVALUATION, FEATURES, MODEL, stage_key
from assets.partitions import partitions_of
from lifecycle.errors import LifecycleError
from lifecycle.spec.infer.answers import Answers
from lifecycle.spec.infer.names import model_name
from lifecycle.spec.records import ModelSpec
from orchestration.build import SPEC_FILE, build_model, load_model
from orchestration.environments import Environment, load_environment
from orchestration.init import init_model
from orchestration.instance import prepare_instance

RANGE = "dagster/asset_partition_range_"
ROWS = int(os.environ.get("OWN_TABLES_ROWS", "5000000"))


@dataclass(frozen=True, kw_only=True)
class OwnTable:
    """A table, how it is written to a folder (its path comes back), and what a user would have to tell."""

    name: str
    write: Callable[[Path], Path]
    answers: Mapping[str, Any] = field(default_factory=dict)


def sklearn_table(name: str) -> OwnTable:
    def write(folder: Path) -> Path:
        from sklearn import datasets

        frame = getattr(datasets, f"load_{name}")(as_frame=True).frame
        frame.to_csv(folder / f"{name}.csv", index=False)
        return folder / f"{name}.csv"

    return OwnTable(name=name, write=write)


def statsmodels_table(name: str, **answers: Any) -> OwnTable:
    def write(folder: Path) -> Path:
        from statsmodels import datasets

        getattr(datasets, name).load_pandas().data.to_parquet(folder / f"{name}.parquet", index=False)
        return folder / f"{name}.parquet"

    return OwnTable(name=name, write=write, answers=answers)


def vega_table(name: str, **answers: Any) -> OwnTable:
    def write(folder: Path) -> Path:
        from vega_datasets import local_data

        frame = getattr(local_data, name.replace("-", "_"))()
        frame.to_csv(folder / f"{name}.csv", index=False)
        return folder / f"{name}.csv"

    return OwnTable(name=name, write=write, answers=answers)


def generated_table(rows: int) -> OwnTable:
    """Orders with a key, times, text, missing values, and a label that some columns bear on."""

    def write(folder: Path) -> Path:
        import duckdb

        path = folder / f"generated_{rows}.csv"
        minute = 365 * 24 * 60 / rows
        duckdb.connect().execute(
            f"""
            COPY (
                SELECT 1000000 + i AS order_id, TIMESTAMP '2024-01-01' + to_seconds(i * {minute} * 60) AS created_at,
                    (hash(i, 1) % 10000) / 100 AS amount, hash(i, 2) % 10 AS items,
                    ['DE', 'FR', 'IT', 'NL', 'US'][1 + (hash(i, 3) % 5)::INT] AS country,
                    'c' || hash(i, 4) % 20000 AS customer, (hash(i, 5) % 1000) / 1000 AS score_a,
                    CASE WHEN hash(i, 6) % 10 > 0 THEN (hash(i, 6) % 1000) / 1000 END AS score_b,
                    CASE WHEN hash(i, 8) % 100 < 10 + 50 * (hash(i, 5) % 1000 > 700)::INT THEN 'yes' ELSE 'no' END
                        AS churned
                FROM range({rows}) t(i)
            ) TO '{path}'
            """
        )
        return path

    return OwnTable(name=f"generated_{rows}", write=write)


TABLES: Sequence[OwnTable] = (
    sklearn_table("breast_cancer"),
    sklearn_table("wine"),
    sklearn_table("digits"),
    statsmodels_table("fair", label="affairs"),
    statsmodels_table("anes96", label="vote"),
    statsmodels_table("modechoice", label="choice"),
    vega_table("seattle-weather", label="weather"),
    vega_table("movies", label="IMDB Rating"),
    vega_table("cars", label="Miles_per_Gallon"),
    vega_table("stocks", label="price"),
    generated_table(500),
    *([generated_table(ROWS)] if ROWS else []),
)


def main() -> None:
    """Each table in a home of its own; a line each."""
    wanted = os.environ.get("OWN_TABLES", "").split()
    print(
        f"{'table':<18}{'rows':>9}{'cols':>6}  {'task':<11}{'time':<7}{'gate':<42}{'init s':>7}{'life s':>7}{'MiB':>6}"
    )
    for table in TABLES:
        if wanted and table.name not in wanted:
            continue
        with TemporaryDirectory() as folder:
            try:
                path = table.write(Path(folder))
            except ImportError as exc:
                print(f"{table.name:<18}skipped: {exc.name} is not installed", flush=True)
                continue
            print(_life(table, path, Path(folder)), flush=True)


def _life(table: OwnTable, path: Path, folder: Path) -> str:
    """The line of one table."""
    variables = {"FLYWHEEL_HOME": f"{folder}/home", "FLYWHEEL_MODELS": f"{folder}/models"}
    environment = load_environment(variables)
    started = time.monotonic()
    try:
        told = list(init_model(environment, str(path), Answers(**table.answers)))
    except LifecycleError as exc:
        return f"{table.name:<18}no spec: {exc}"
    init_s = time.monotonic() - started
    if os.environ.get("OWN_TABLES_SHOW"):
        print("\n".join(told))
    spec = load_model(environment.models / model_name(path.name) / SPEC_FILE)
    os.environ["DAGSTER_HOME"] = f"{folder}/home/dagster"
    prepare_instance(environment.home)
    started = time.monotonic()
    try:
        gate = _run(environment, spec, told)
    except Exception:  # whatever went wrong with one table is its line, and the next one has its turn
        traceback.print_exc(limit=3, file=sys.stdout)
        gate = "FAILED"
    finally:
        environment.serving.stop(spec.name)
    life_s = time.monotonic() - started
    memory = (
        max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        // 1024
    )
    columns, rows = len(spec.data.columns), _rows(environment, spec)
    return (
        f"{table.name:<18}{rows:>9,}{columns:>6}  {spec.model.task:<11}{_time(spec):<7}{gate:<42}"
        f"{init_s:>7.1f}{life_s:>7.1f}{memory:>6,}"
    )


def _run(environment: Environment, spec: ModelSpec, told: Sequence[str]) -> str:
    """Data to endpoint, as the printed commands have it, then the printed request; what the gate said."""
    keys = partitions_of(spec).get_partition_keys()
    assets = [a for a in build_model(spec).assets or () if isinstance(a, dg.AssetsDefinition)]
    with dg.DagsterInstance.get() as instance:
        for stages, first in (((DATA, FEATURES), keys[0]), ((MODEL, EVALUATION, ENDPOINT), keys[-1])):
            span = {f"{RANGE}start": first, f"{RANGE}end": keys[-1]} if first != keys[-1] else None
            done = dg.materialize(
                assets,
                selection=[stage_key(spec.name, stage) for stage in stages],
                resources=dict(environment.resources),
                partition_key=None if span else keys[-1],
                tags=span,
                instance=instance,
                raise_on_error=False,
            )
            if not done.success:
                return _why(done)
            gates = [
                c.description for c in done.get_asset_check_evaluations() if c.check_name.startswith("gate_")
            ]
    _ask(environment, spec, told)
    return f"pass: {gates[0]}"[:41]


def _ask(environment: Environment, spec: ModelSpec, told: Sequence[str]) -> None:
    body = told[-1].split(" -d '", 1)[1].removesuffix("'").replace("'\"'\"'", "'")
    state = environment.serving.state(spec.name)
    assert state is not None
    request = urllib.request.Request(
        f"{state.url}/predict", body.encode(), {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert json.load(answer)["predictions"]


def _why(done: dg.ExecuteInProcessResult) -> str:
    failed = [c.description or c.check_name for c in done.get_asset_check_evaluations() if not c.passed]
    errors = [e.step_failure_data.error for e in done.all_events if e.is_step_failure]
    told = failed or [(error.cause or error).message.strip() for error in errors if error]
    return f"no: {told[0] if told else 'failed'}"[:400]


def _rows(environment: Environment, spec: ModelSpec) -> int:
    keys = partitions_of(spec).get_partition_keys()
    tables = [environment.warehouse.published(spec.name, DATA, key) for key in keys]
    return sum(table.rows for table in tables if table)


def _time(spec: ModelSpec) -> str:
    return "none" if spec.data.event_time is None else spec.data.partition.every
