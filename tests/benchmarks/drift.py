"""What a partition's drift costs: a million rows by 20 columns against a stored reference, beside other ways.

Every way runs in an interpreter of its own, several times in turns, on the same two Parquet files. CPU
seconds count all threads; imports are not counted. Ours reads the current rows and a stored profile of the
reference; the others read both sides, as they keep no profile. NannyML and frouros need environments of their
own: name their interpreters in BENCH_NANNYML and BENCH_FROUROS, or they are left out.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lifecycle.data.block_profile import BlockCuts

ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
MANY = int(os.environ.get("BENCH_MANY", "100"))
"""How often the file is read in a row where memory is measured: 100 million rows by default."""
NUMBERS, TEXTS = tuple(f"n{i}" for i in range(14)), tuple(f"c{i}" for i in range(6))
COLUMNS = (*NUMBERS, *TEXTS)
REFERENCE, CURRENT, STORED = "reference.parquet", "current.parquet", "reference.json"
BATCH = 131_072
SLOW = ("evidently", "nannyml")
OTHERS = {"nannyml": "BENCH_NANNYML", "frouros": "BENCH_FROUROS"}


def write_tables(folder: Path) -> None:
    """Two months of rows: half of the numbers heavy-tailed, categories of 5 to 200 values, 2 % missing."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    from lifecycle.data.stored_blocks import dump_blocks

    for name, seed, shift in ((REFERENCE, 1, 0.0), (CURRENT, 2, 0.1)):
        rng, columns = np.random.default_rng(seed), dict[str, pa.Array]()
        for i, column in enumerate(NUMBERS):
            values = rng.normal(shift, 1, ROWS) if i % 2 else rng.lognormal(shift, 1, ROWS)
            columns[column] = pa.array(values, mask=rng.random(ROWS) < 0.02)
        for i, column in enumerate(TEXTS):
            codes = rng.integers(0, 5 * 2**i if i < 5 else 200, ROWS).astype(np.int32)
            names = pa.array([f"value {n}" for n in range(200)])
            columns[column] = pa.DictionaryArray.from_arrays(codes, names).cast(pa.string())
        seconds = np.sort(rng.integers(0, 28 * 86_400, ROWS)) * 1_000_000
        columns["at"] = pa.array(_start(name) + seconds, pa.timestamp("us"))
        pq.write_table(pa.table(columns), folder / name, row_group_size=BATCH, compression="zstd")
    (folder / STORED).write_bytes(dump_blocks(_profile(folder / REFERENCE, _cuts(REFERENCE)), asked="bench"))


def _start(name: str) -> int:
    return int(datetime(2023, 2 if name == REFERENCE else 3, 1, tzinfo=UTC).timestamp()) * 1_000_000


def _cuts(name: str, days: int = 28) -> "BlockCuts":
    from lifecycle.data.block_profile import BlockCuts

    starts = tuple(_start(name) + day * 86_400 * 1_000_000 for day in range(days))
    return BlockCuts(names=tuple(map(str, range(days))), starts=starts, block_s=86_400.0 * 28 / days)


def _profile(path: Path, cuts: "BlockCuts", times: int = 1):  # type: ignore[no-untyped-def]
    import pyarrow.parquet as pq

    from lifecycle.data.block_profile import profile_blocks
    from lifecycle.spec.columns import ColumnType

    def batches():  # type: ignore[no-untyped-def]
        for _ in range(times):
            # Texts as codes and in one thread, as the lake reads for profiles.
            with pq.ParquetFile(path, read_dictionary=[*TEXTS], buffer_size=1 << 20) as file:
                yield from file.iter_batches(BATCH, columns=[*COLUMNS, "at"], use_threads=False)

    kinds: dict[str, ColumnType] = dict.fromkeys(NUMBERS, "float") | dict.fromkeys(TEXTS, "string")
    return profile_blocks(kinds, batches(), cuts, event_time="at")


def scan_arrow(folder: Path) -> None:
    import pyarrow.parquet as pq

    with pq.ParquetFile(folder / CURRENT) as file:
        for _ in file.iter_batches(BATCH, columns=[*COLUMNS, "at"]):
            pass


def scan_duckdb(folder: Path) -> None:
    import duckdb

    sums = ", ".join([f"sum({name})" for name in NUMBERS] + [f"sum(length({name}))" for name in TEXTS])
    duckdb.sql(f"SELECT {sums} FROM '{folder / CURRENT}'").fetchall()


def flywheel(folder: Path) -> None:
    """The whole of it: stored profile in, one pass over the rows, calibration, verdicts."""
    _judge(folder, days=28)


def flywheel_whole(folder: Path) -> None:
    """The same with the partition as one block, as a daily model has it."""
    _judge(folder, days=1)


def _judge(folder: Path, *, days: int) -> None:
    from lifecycle.data.stored_blocks import load_blocks
    from lifecycle.monitoring.calibration import Blocks, calibrated
    from lifecycle.monitoring.drift_report import Reference
    from lifecycle.monitoring.judge_drift import judge_drift
    from lifecycle.spec.monitoring import DriftRules

    stored = load_blocks((folder / STORED).read_bytes(), asked="bench")
    assert stored is not None
    now = _profile(folder / CURRENT, _cuts(CURRENT, days))
    before, current = (
        Blocks(names=part.names, profiles=part.profiles, block_s=part.block_s) for part in (stored, now)
    )
    reference = calibrated(before, DriftRules(), dict.fromkeys(COLUMNS, "input"), length=days)
    compared = Reference(kind="rolling", partitions=(), blocks=28, rows=ROWS)
    assert judge_drift("now", current, reference, compared, DriftRules()).status == "judged"


def evidently(folder: Path) -> None:
    import warnings

    import pandas as pd
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    warnings.simplefilter("ignore")
    definition = DataDefinition(numerical_columns=[*NUMBERS], categorical_columns=[*TEXTS])
    sides = [
        Dataset.from_pandas(pd.read_parquet(folder / name, columns=[*COLUMNS]), data_definition=definition)
        for name in (CURRENT, REFERENCE)
    ]
    Report([DataDriftPreset(num_method="psi", cat_method="psi")]).run(*sides)


def nannyml(folder: Path) -> None:
    import warnings

    import nannyml as nml  # type: ignore[import-not-found]
    import pandas as pd

    warnings.simplefilter("ignore")
    before, now = (pd.read_parquet(folder / name, columns=[*COLUMNS]) for name in (REFERENCE, CURRENT))
    calculator = nml.UnivariateDriftCalculator(
        column_names=[*COLUMNS],
        treat_as_categorical=[*TEXTS],
        continuous_methods=["kolmogorov_smirnov"],
        categorical_methods=["chi2"],
        chunk_size=ROWS,
    )
    calculator.fit(before).calculate(now)


def frouros(folder: Path) -> None:
    import pandas as pd
    from frouros.detectors.data_drift import PSI  # type: ignore[import-not-found]

    before, now = (pd.read_parquet(folder / name, columns=[*NUMBERS]) for name in (REFERENCE, CURRENT))
    for column in NUMBERS:
        detector = PSI()
        detector.fit(X=before[column].dropna().to_numpy())
        detector.compare(X=now[column].dropna().to_numpy())


def memory_once(folder: Path) -> None:
    """One reading of the file; the table prints its peak."""
    _profile(folder / CURRENT, _cuts(CURRENT))


def memory_many(folder: Path) -> None:
    """`MANY` readings of the file, as one long table."""
    _profile(folder / CURRENT, _cuts(CURRENT), MANY)


WAYS: Mapping[str, tuple[str, Callable[[Path], None], str]] = {
    "scan_arrow": ("read the columns, Arrow (the floor)", scan_arrow, "pyarrow.parquet"),
    "scan_duckdb": ("sum the columns, DuckDB", scan_duckdb, "duckdb"),
    "flywheel": ("28 days, against a stored profile", flywheel, "lifecycle.monitoring.judge_drift"),
    "flywheel_whole": (
        "one block, against a stored profile",
        flywheel_whole,
        "lifecycle.monitoring.judge_drift",
    ),
    "evidently": ("Evidently, PSI preset, both sides", evidently, "evidently.presets"),
    "nannyml": ("NannyML, KS and chi-square, both sides", nannyml, "nannyml"),
    "frouros": ("frouros, PSI of the numbers, both sides", frouros, "frouros.detectors.data_drift"),
    "memory_once": ("profile alone, once", memory_once, "lifecycle.data.block_profile"),
    "memory_many": (f"profile alone, {MANY} times the rows", memory_many, "lifecycle.data.block_profile"),
}


def measure(way: str, folder: str) -> None:
    """In the interpreter of a way: print CPU seconds and peak memory in MiB as JSON."""
    import resource
    from importlib import import_module

    if way == "write":
        write_tables(Path(folder))
        print(json.dumps([0.0, 0.0, 0.0]))
        return
    _, work, module = WAYS[way]
    import_module(module)
    if way.startswith(("flywheel", "memory")):
        import_module("lifecycle.data.stored_blocks")
        import_module("pyarrow.parquet")
        import_module("scipy.special")
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    before = os.times()
    work(Path(folder))
    after = os.times()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps([after.user + after.system - before.user - before.system, peak, peak - base]))


def main() -> None:
    """Print the table."""
    found: dict[str, list[tuple[float, float, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        # Written elsewhere: a child's peak memory starts from its parent's.
        _in_its_own("write", sys.executable, folder)
        for turn in range(ROUNDS):
            for way in WAYS:
                python = os.environ.get(OTHERS[way], "") if way in OTHERS else sys.executable
                if python and (turn == 0 or not (way in SLOW or way.startswith("memory"))):
                    found.setdefault(way, []).append(_in_its_own(way, python, folder))
    floor = statistics.median(cpu for cpu, _, _ in found["scan_arrow"])
    ours = statistics.median(cpu for cpu, _, _ in found["flywheel"])
    print(f"{ROWS:,} rows by {len(COLUMNS)} columns; medians of {ROUNDS} rounds, slow ways once")
    print(f"{'way':<42}{'CPU s':>8}{'x scan':>8}{'x ours':>8}{'peak MiB':>10}{'added':>8}")
    for way, runs in found.items():
        cpu, peak, added = (statistics.median(column) for column in zip(*runs, strict=True))
        print(f"{WAYS[way][0]:<42}{cpu:>8.2f}{cpu / floor:>8.1f}{cpu / ours:>8.1f}{peak:>10.0f}{added:>8.0f}")


def _in_its_own(way: str, python: str, folder: str) -> tuple[float, float, float]:
    """One run of a way in a fresh interpreter, from the root of the project."""
    code = f"from tests.benchmarks.drift import measure; measure({way!r}, {folder!r})"
    root = Path(__file__).parents[2]
    environment = {
        **os.environ,
        "DO_NOT_TRACK": "1",
        "PYTHONPATH": str(root),
        "NML_DISABLE_USAGE_LOGGING": "1",
    }
    done = subprocess.run([python, "-c", code], cwd=root, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{way} failed: {done.stderr[-2000:]}")
    cpu, peak, added = json.loads(done.stdout.splitlines()[-1])
    return cpu, peak, added
