"""What judging a partition costs: a million rows by 22 columns, the whole contract, beside other ways.

Every way runs in an interpreter of its own, several times in turns, on the same Parquet snapshot. CPU seconds
count all threads; imports and the first connection are not counted, except where said. The hand-written query
counts the same rules the way most people would write them: one aggregate each.
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

from assets.contract import judge_snapshot
from lifecycle.data.contract import check_contract
from lifecycle.data.expectations import build_suite, run_suite
from lifecycle.spec.model_spec import ModelSpec
from lifecycle.spec.parse import parse_spec
from resources.warehouse.base import TableRef, TimeWindow
from resources.warehouse.casts import identifier, literal_of
from resources.warehouse.counted_once import PROFILE
from resources.warehouse.duckdb import DuckDBWarehouse
from resources.warehouse.row_rules import (
    label_before_event,
    label_without_time,
    outside_allowed,
    outside_range,
)

ROOT = Path(__file__).parents[2]
ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
FLOATS, INTS, TEXTS = (tuple(f"{kind}{i}" for i in range(n)) for kind, n in [("f", 10), ("n", 4), ("c", 4)])
KINDS = ", ".join(f"kind {i}" for i in range(20))
PARTITIONS = ("2024-01", "2024-02")
"""The second is judged; the first is its past."""
SPEC = f"""
model: {{name: bench, task: binary}}
data:
  source: {{files: rows.parquet}}
  entity: key
  event_time: asked_at
  partition: {{every: month, start: 2024-01-01}}
  rows: {{min: 1000, max: 100000000, change: 0.5}}
  freshness: 2d
  columns:
    key: {{type: string}}
    asked_at: {{type: timestamp}}
{"".join(f"    {x}: {{type: float, min: 0, max: 2000, null_share: 0.05}}" + chr(10) for x in FLOATS)}
{"".join(f"    {x}: {{type: int, min: 0, max: 1000, null_share: 0.05}}" + chr(10) for x in INTS)}
{"".join(f"    {x}: {{type: string, allowed: [{KINDS}]}}" + chr(10) for x in TEXTS)}
    late: {{type: bool, null_share: 1}}
    known_at: {{type: timestamp, null_share: 1}}
  label: {{column: late, known_at: known_at}}
features: {{columns: {{f0: f0}}}}
evaluation: {{gates: [{{metric: auc, min: 0.6}}]}}
"""


def rows_query(rows: int, offset: int, start: str) -> str:
    """SQL of some rows with values that depend on their number only."""
    draw = "hash(i * 1009 + {}) % {}"
    columns = [
        f"'key ' || lpad(CAST(i + {offset} AS VARCHAR), 9, '0') AS key",
        f"TIMESTAMPTZ '{start}' + to_microseconds(CAST({draw.format(1, 2_419_200_000_000)} AS BIGINT)) "
        "AS asked_at",
        *(
            f"CASE WHEN {draw.format(10 + n, 50)} > 0 THEN {draw.format(30 + n, 1000003)} / 1e3 END AS {x}"
            for n, x in enumerate(FLOATS)
        ),
        *(f"CAST({draw.format(50 + n, 1000)} AS BIGINT) AS {x}" for n, x in enumerate(INTS)),
        *(f"'kind ' || CAST({draw.format(70 + n, 20)} AS VARCHAR) AS {x}" for n, x in enumerate(TEXTS)),
        f"{draw.format(90, 4)} = 0 AS late",
    ]
    rows_of = f"SELECT {', '.join(columns)} FROM range({rows}) t(i)"
    return f"SELECT *, asked_at + INTERVAL 3 HOUR AS known_at FROM ({rows_of})"


def hand_written(spec: ModelSpec, table: TableRef) -> str:
    """One aggregate a rule, over the snapshot."""
    data, window = spec.data, table.window
    key, at = identifier(data.entity), identifier(data.event_time)
    start, end = (literal_of(bound, "timestamp") for bound in (window.start, window.end))
    parts = ["count(*)", f"count({key}) - count(DISTINCT {key})", f"max({at})"]
    parts.append(f"count(*) FILTER ({at} < {start} OR {at} >= {end})")
    parts += [
        f"count(*) FILTER ({condition(spec)})" for condition in (label_without_time, label_before_event)
    ]
    for name, column in data.columns.items():
        parts.append(f"count(*) - count({identifier(name)})")
        if column.type == "float":
            parts.append(f"count(*) FILTER (NOT isfinite({identifier(name)}))")
        if column.min is not None:
            parts.append(f"count(*) FILTER ({outside_range(name, column)})")
        if column.allowed is not None:
            parts.append(f"count(*) FILTER ({outside_allowed(name, column)})")
    return f"SELECT {', '.join(parts)} FROM read_parquet('{table.uri}')"


def scan(spec: ModelSpec, table: TableRef) -> str:
    """Every value is touched once: sums cannot be answered from the file's footer."""
    sums = {"string": "sum(length({}))", "timestamp": "sum(epoch_us({}))", "bool": "count_if({})"}
    parts = [
        sums.get(column.type, "sum({})").format(identifier(name))
        for name, column in spec.data.columns.items()
    ]
    return f"SELECT {', '.join(parts)} FROM read_parquet('{table.uri}')"


def measure(way: str, home: Path) -> list[float]:
    """CPU seconds of each of several turns, in this process."""
    spec = parse_spec(SPEC, folder=home)
    warehouse = DuckDBWarehouse(root=str(home / "lake"), home=str(home))
    table = warehouse.published(spec.name, "data", PARTITIONS[1])
    if table is None:
        raise SystemExit("the snapshot is gone")
    act, rounds = _ways(spec, warehouse, table)[way]
    act()  # the first turn pays for imports and for files that are not in memory yet
    spent = []
    for _ in range(rounds):
        began = os.times()
        act()
        ended = os.times()
        spent.append(ended.user + ended.system - began.user - began.system)
    return spent


def _ways(
    spec: ModelSpec, warehouse: DuckDBWarehouse, table: TableRef
) -> Mapping[str, tuple[Callable[[], object], int]]:
    def query(sql: str) -> None:
        import duckdb

        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute(sql).fetchall()

    def whole() -> None:
        Path(table.uri).with_name(f"{table.content_hash}.{PROFILE}").unlink()
        judge_snapshot(spec, warehouse, table)

    judge_snapshot(spec, warehouse, table)
    return {
        "scan": (lambda: query(scan(spec, table)), ROUNDS),
        "hand": (lambda: query(hand_written(spec, table)), ROUNDS),
        "facts": (lambda: check_contract(spec, warehouse.measure(spec, table)), ROUNDS),
        "again": (lambda: judge_snapshot(spec, warehouse, table), ROUNDS),
        "whole": (whole, ROUNDS),
        "gx": (lambda: run_suite(spec, warehouse.read(table), total_rows=table.rows), 1),
    }


WAYS = {
    "scan": "a scan: sum() of the same columns, DuckDB",
    "hand": "one hand-written DuckDB query of the same rules",
    "facts": "our facts and verdicts (file verified, rules of rows and table)",
    "again": "the same with schema, swaps and shift, profile kept (as `features` asks)",
    "whole": "the same with the profile made anew (as `data` asks)",
    "gx": f"Great Expectations on pandas, {len(build_suite(parse_spec(SPEC)))} expectations, all rows",
}


def build(home: Path) -> None:
    """Two months of rows as snapshots of a lake."""
    import duckdb

    spec = parse_spec(SPEC, folder=home)
    source = " UNION ALL ".join(
        rows_query(ROWS, n * ROWS, f"{month}-01 00:00:00+00") for n, month in enumerate(PARTITIONS)
    )
    duckdb.sql(f"COPY ({source}) TO '{home / 'rows.parquet'}' (FORMAT parquet, COMPRESSION zstd)")
    warehouse = DuckDBWarehouse(root=str(home / "lake"), home=str(home))
    bounds = [datetime(2024, month, 1, tzinfo=UTC) for month in (1, 2, 3)]
    for month, start, end in zip(PARTITIONS, bounds, bounds[1:], strict=False):
        warehouse.snapshot(spec, month, TimeWindow(start=start, end=end))


def main() -> None:
    """Measure every way and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        print(f"building two partitions of {ROWS:,} rows ...", flush=True)
        build(Path(folder))
        spent = {}
        for way in WAYS:
            script = f"print(json.dumps(measure({way!r}, Path({folder!r}))))"
            script = f"from tests.benchmarks.validation import *; {script}"
            done = subprocess.run(
                [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, env=os.environ
            )
            if done.returncode != 0:
                raise SystemExit(f"{way} did not end well:\n{done.stderr[-3000:]}")
            spent[way] = json.loads(done.stdout.splitlines()[-1])
    median = {way: statistics.median(values) for way, values in spent.items()}
    print(f"\n{'way':<76}" + "".join(f"{head:>9}" for head in ("CPU s", "min", "to scan", "to hand")))
    for way, told in WAYS.items():
        ratios = f"{median[way] / median['scan']:>9.2f}{median[way] / median['hand']:>9.2f}"
        print(f"{told:<76}{median[way]:>9.2f}{min(spent[way]):>9.2f}{ratios}")
    ratio = median["whole"] / median["hand"]
    print(f"\nthe whole contract against the hand-written query: {ratio:.2f} (goal: at most 2)")
