"""`flywheel init` and a whole life on tables that people did not bring for it: no spec is edited.

The tables come out of installed packages (scikit-learn; statsmodels and vega_datasets where they are), and
two are generated: one of 500 rows, one of `OWN_TABLES_ROWS` rows (0 leaves it out). `OWN_TABLES`
names the ones to take, `OWN_TABLES_SHOW=1` prints what `init` says.
"""

import os
import resource
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lifecycle.errors import LifecycleError
from lifecycle.spec.infer.answers import Answers
from lifecycle.spec.infer.names import model_name
from lifecycle.spec.model_spec import ModelSpec
from orchestration.build import SPEC_FILE, load_model
from orchestration.environments import load_environment
from orchestration.init import init_model
from tests.e2e.whole_life import ask, live

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

        try:
            frame = getattr(local_data, name.replace("-", "_"))()
        except ValueError as exc:
            raise ImportError(str(exc), name=f"{name} of vega_datasets") from exc
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
                SELECT 1000000 + i AS order_id,
                    TIMESTAMP '2024-01-01' + to_seconds(i * {minute} * 60) AS created_at,
                    (hash(i, 1) % 10000) / 100 AS amount, hash(i, 2) % 10 AS items,
                    ['DE', 'FR', 'IT', 'NL', 'US'][1 + (hash(i, 3) % 5)::INT] AS country,
                    'c' || hash(i, 4) % 20000 AS customer, (hash(i, 5) % 1000) / 1000 AS score_a,
                    CASE WHEN hash(i, 6) % 10 > 0 THEN (hash(i, 6) % 1000) / 1000 END AS score_b,
                    CASE WHEN hash(i, 8) % 100 < 10 + 50 * (hash(i, 5) % 1000 > 700)::INT
                        THEN 'yes' ELSE 'no' END
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
    head = f"{'table':<18}{'rows':>9}{'cols':>6}  {'task':<11}{'time':<7}"
    print(f"{head}{'init s':>7}{'life s':>8}{'MiB':>7}  gate", flush=True)
    for table in TABLES:
        if wanted and table.name not in wanted:
            continue
        with TemporaryDirectory() as folder:
            try:
                path = table.write(Path(folder))
            except ImportError as exc:
                print(f"{table.name:<18}skipped: {exc.name} is not installed", flush=True)
                continue
            print(_line(table, path, Path(folder)), flush=True)


def _line(table: OwnTable, path: Path, folder: Path) -> str:
    """What came of one table."""
    environment = load_environment({"FLYWHEEL_HOME": f"{folder}/home", "FLYWHEEL_MODELS": f"{folder}/models"})
    started = time.monotonic()
    try:
        told = list(init_model(environment, str(path), Answers(**table.answers)))
    except LifecycleError as exc:
        return f"{table.name:<18}no spec: {exc}"
    drafted = time.monotonic()
    if os.environ.get("OWN_TABLES_SHOW"):
        print("\n".join(told))
    spec = load_model(environment.models / model_name(path.name) / SPEC_FILE)
    try:
        lived = live(environment, spec)
        if not lived.wrong:
            ask(environment, spec, told[-1])
    finally:
        environment.serving.stop(spec.name)
    peaks = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    gate = f"no: {lived.wrong}"[:400] if lived.wrong else f"pass: {lived.gates[0]}"
    return (
        f"{table.name:<18}{lived.rows:>9,}{len(spec.data.columns):>6}  {spec.model.task:<11}{_time(spec):<7}"
        f"{drafted - started:>7.1f}{time.monotonic() - drafted:>8.1f}{max(peaks) // 1024:>7,}  {gate}"
    )


def _time(spec: ModelSpec) -> str:
    return "none" if spec.data.event_time is None else spec.data.partition.every
