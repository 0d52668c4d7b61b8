"""Features of real flights and their histories: a request in process, a row of the table, and a million rows.

The online figure is the whole of it: reading the JSON row by its contract, lookups, histories, expressions.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from assets.history import asked_history, past_partitions
from assets.partitions import partitions_of, window_of
from assets.sampling import rows_of, sampled_rows
from lifecycle.features.build import build_plan
from lifecycle.features.online import OnlineFeatures
from lifecycle.features.online_tables import KnownBy, online_tables
from lifecycle.features.parity import parity
from lifecycle.features.plan import FeaturePlan
from lifecycle.features.request import RequestReader, from_python
from lifecycle.registry.assemble import request_row
from lifecycle.spec.model_spec import ModelSpec
from lifecycle.spec.parse import load_spec
from resources.warehouse.base import TableRef
from resources.warehouse.duckdb import DuckDBWarehouse

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "models" / "flight_delay"
MONTHS = ("2013-05", "2013-06")
REQUESTS = 2000
LIMIT_US = 200


def build_lake(home: Path) -> None:
    """The example's lake."""
    command = [sys.executable, str(EXAMPLE / "lake.py"), str(home / "lake" / "flights")]
    subprocess.run(command, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=True, stdout=subprocess.DEVNULL)


def real_flights(home: Path) -> None:
    """A month of flights: its table, and requests out of it."""
    spec = load_spec(EXAMPLE / "spec.yaml")
    plan, partitions = build_plan(spec), partitions_of(spec)
    warehouse = DuckDBWarehouse(root=str(home / "tables"), home=str(home))
    snapshots = {m: warehouse.snapshot(spec, m, window_of(partitions, m)) for m in MONTHS}
    month = MONTHS[-1]
    past = [snapshots[p] for p in past_partitions(plan, partitions, window_of(partitions, month))]
    began = _now()
    table = warehouse.build_features(plan, spec, snapshots[month], month, past)
    wall, cpu = _since(began)
    print(
        f"{'table of a month':<34}{table.rows:>10,} rows{wall:>8.2f} s"
        f"{1e6 * cpu / table.rows:>9.1f} CPU us a row"
    )
    online_part(spec, plan, warehouse, snapshots, table)


def online_part(
    spec: ModelSpec,
    plan: FeaturePlan,
    warehouse: DuckDBWarehouse,
    snapshots: dict[str, TableRef],
    table: TableRef,
) -> None:
    """Requests of the month, one by one, against the tables that they need."""
    kept = sampled_rows(warehouse, table, list(table.columns), REQUESTS)
    found = rows_of(warehouse, snapshots[MONTHS[-1]], plan.entity, [row[plan.entity] for row in kept])
    rows = [found[row[plan.entity]] for row in kept]
    began = _now()
    past = asked_history(spec, plan, warehouse, partitions_of(spec), rows, snapshots.__getitem__)
    end = table.window.end
    lookups = {name: warehouse.lookup_rows(spec, name, known_by=end) for name in spec.features.lookups}
    tables = online_tables(plan, lookups=lookups, histories=past, known_by=KnownBy.at(end))
    held = sum(rows.num_rows for rows in past.values())
    print(f"{'online tables':<34}{held:>10,} past rows{_since(began)[0]:>6.2f} s to read and index")
    online = OnlineFeatures(plan, tables.lookups, tables.histories)
    slots = [{name: from_python(row[name]) for name in plan.request} for row in rows]
    features = [{f.name: from_python(row[f.name]) for f in plan.features} for row in kept]
    result = parity(plan, online, slots, features)
    print(f"{'parity':<34}{result.rows:>10,} rows, differing: {dict(result.differing) or 'none'}")
    reader = RequestReader(plan)
    sent = [request_row(plan, row) for row in rows]
    compute = _each(lambda row: online.compute(row), slots)
    whole = _each(lambda row: online.compute(reader.read(row, now_us=0)[0]), sent)
    for what, times in (("features of a request", compute), ("with reading its JSON row", whole)):
        ranked = sorted(times)
        print(
            f"{what:<34}{statistics.median(ranked):>10.0f} us median"
            f"{ranked[len(ranked) * 99 // 100]:>8.0f} us p99"
            f"   (limit {LIMIT_US}, {len(plan.features)} features)"
        )


def _each(call: Any, rows: list[Any]) -> list[float]:
    """CPU microseconds of each call: the machine may be busy with other things."""
    for row in rows[:200]:
        call(row)
    times = []
    for row in rows:
        began = time.thread_time_ns()
        call(row)
        times.append((time.thread_time_ns() - began) / 1000)
    return times


def a_million(home: Path) -> None:
    """One partition of a million rows: three years of flights, pressed into June with their labels."""
    spec = load_spec(EXAMPLE / "spec.yaml")
    plan, partitions, month = build_plan(spec), partitions_of(spec), MONTHS[-1]
    press_into_june(home / "lake" / "flights")
    warehouse = DuckDBWarehouse(root=str(home / "pressed"), home=str(home), memory_limit="4GB")
    before = past_partitions(plan, partitions, window_of(partitions, month))
    *past, snapshot = [warehouse.snapshot(spec, p, window_of(partitions, p)) for p in [*before, month]]
    began = _now()
    table = warehouse.build_features(plan, spec, snapshot, month, past)
    wall, cpu = _since(began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"{'table of a large month':<34}{table.rows:>10,} rows{wall:>8.2f} s"
        f"{1e6 * cpu / table.rows:>9.1f} CPU us a row   peak {peak:.1f} GB (DuckDB may hold 4)"
    )


def press_into_june(lake: Path) -> None:
    """Three copies of each flight, every time moved by as many months of thirty days as it takes."""
    june, month = "TIMESTAMPTZ '2013-06-01 04:00:00+00'", "INTERVAL 30 DAY"
    duckdb.execute("SET TimeZone = 'UTC'")
    duckdb.execute(
        f"CREATE OR REPLACE TABLE moved AS SELECT *, concat(flight_id, '-', copy) AS id, {month} * "
        f"CAST(floor(date_diff('second', {june}, requested_at) / 2592000.0) AS INT) "
        f"- INTERVAL (copy * 97) SECOND AS shift FROM '{lake}/flights.parquet', range(3) AS t(copy)"
    )
    times = ", ".join(f"{name} - shift AS {name}" for name in ("requested_at", "sched_dep", "sched_arr"))
    flights = f"SELECT * EXCLUDE (copy, id, shift) REPLACE (id AS flight_id, {times}) FROM moved"
    labels = (
        "SELECT id AS flight_id, late, arr_delay, known_at - shift AS known_at "
        f"FROM moved JOIN '{lake}/labels.parquet' USING (flight_id)"
    )
    left = (
        "SELECT origin, carrier, dep_delay, known_at - shift AS known_at "
        f"FROM moved JOIN '{lake}/departures.parquet' USING (flight_id)"
    )
    tables = {
        name: duckdb.sql(query).to_arrow_table()
        for name, query in (("flights", flights), ("labels", labels), ("left", left))
    }
    duckdb.execute("DROP TABLE moved")
    for name, table in tables.items():
        pq.write_table(table, lake / f"{name}.parquet")


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _since(began: tuple[float, float]) -> tuple[float, float]:
    now = _now()
    return now[0] - began[0], now[1] - began[1]


def main() -> None:
    """Measure all three and print them."""
    with tempfile.TemporaryDirectory() as folder:
        print("building the lake of real flights ...", flush=True)
        build_lake(Path(folder))
        real_flights(Path(folder))
        a_million(Path(folder))
