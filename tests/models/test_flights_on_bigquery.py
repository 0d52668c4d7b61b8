"""The example's flights on DuckDB and on BigQuery: one truth, whichever engine tells it."""

import math
import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from google.cloud.bigquery import Client

from lifecycle.data.block_profile import BlockProfiles
from lifecycle.data.contract import check_contract
from lifecycle.features.build import build_plan
from lifecycle.monitoring.calibration import Blocks, calibrated
from lifecycle.monitoring.drift_report import DriftReport, Reference
from lifecycle.monitoring.judge_drift import judge_drift
from lifecycle.spec.monitoring import Family
from lifecycle.spec.parse import load_spec
from resources.warehouse.base import TimeWindow, Warehouse
from resources.warehouse.bigquery.sources import columns_of
from resources.warehouse.duckdb import DuckDBWarehouse
from tests.doubles import bigquery_emulator
from tests.doubles.bigquery_place import Place
from tests.doubles.googlesql import Query, refused
from tests.models.conftest import SCRIPT, first_flights

# Of two weeks: the drift of the second is judged by the first.
ROWS, EVERY, WEEK = 1200, 10, 7
MONTH = "2013-01-01"
WINDOW = TimeWindow(start=datetime(2013, 1, 1, 5, tzinfo=UTC), end=datetime(2013, 2, 1, 5, tzinfo=UTC))
SPEC = load_spec(SCRIPT.parent / "spec.yaml")
PLAN = build_plan(SPEC)


@pytest.fixture
def both(
    bigquery: Place, lake: ModuleType, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> tuple[Warehouse, Warehouse]:
    """Two warehouses over a lake of some of the first flights."""
    lake.build_lake(
        tmp_path / "lake" / "flights",
        source=first_flights(lake, ROWS * EVERY, tmp_path_factory.mktemp("source"), every=EVERY),
    )
    home = str(tmp_path)
    return (
        DuckDBWarehouse(root=str(tmp_path / "tables"), home=home, threads=1),
        bigquery.warehouse(tmp_path, tmp_path / "files"),
    )


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Query]:
    """Every query that goes to BigQuery, under its text."""
    found: dict[str, Query] = {}
    for name in ("query", "query_and_wait"):
        call = getattr(Client, name)

        def record(client: Client, sql: str, *, job_config: Any, _call: Any = call, **told: Any) -> Any:
            kinds = {parameter.name: parameter.type_ for parameter in job_config.query_parameters}
            found[sql] = Query(sql=sql, parameters=kinds)
            return _call(client, sql, job_config=job_config, **told)

        monkeypatch.setattr(Client, name, record)
    return found


def test_both_engines_tell_the_same_of_the_same_flights(
    both: tuple[Warehouse, Warehouse], asked: dict[str, Query], bigquery: Place
) -> None:
    snapshots = [warehouse.snapshot(SPEC, MONTH, WINDOW) for warehouse in both]
    here, there = (warehouse.read(table) for warehouse, table in zip(both, snapshots, strict=True))
    assert here.num_rows == ROWS and here.equals(there)
    assert snapshots[0].nulls == snapshots[1].nulls

    facts = [warehouse.measure(SPEC, table) for warehouse, table in zip(both, snapshots, strict=True)]
    assert facts[0] == facts[1]
    verdicts = [check_contract(SPEC, found) for found in facts]
    assert verdicts[0] == verdicts[1]

    profiles = [w.profile(SPEC, table) for w, table in zip(both, snapshots, strict=True)]
    assert profiles[0] == profiles[1]

    coverage = [w.label_coverage(SPEC, t, as_of=WINDOW.end) for w, t in zip(both, snapshots, strict=True)]
    assert coverage[0] == coverage[1]

    made = [w.build_features(PLAN, SPEC, table, MONTH) for w, table in zip(both, snapshots, strict=True)]
    assert made[0].columns == made[1].columns
    ours, theirs = (w.read(table).to_pydict() for w, table in zip(both, made, strict=True))
    assert _differing(ours, theirs) == {}

    families: dict[str, Family] = {feature.name: "input" for feature in PLAN.features}
    families[SPEC.data.label.column] = "label"
    cells = [w.blocks(SPEC, table, [*families]) for w, table in zip(both, made, strict=True)]
    assert cells[0] == cells[1]
    reports = [_second_week_by_the_first(found, families) for found in cells]
    assert (reports[0].status, len(reports[0].columns) > len(families)) == ("judged", True)
    assert _differing(*(_flat(report.model_dump(mode="json")) for report in reports)) == {}

    # The emulator is more lenient than BigQuery; Google's own analyzer is not.
    assert len(asked) > 15
    if reason := bigquery_emulator.why_not():
        pytest.skip(f"the same; but {reason}")
    assert refused(asked, _tables_of(asked, bigquery.client)) == {}


def _tables_of(queries: Collection[str], client: Client) -> dict[str, dict[str, str]]:
    """The tables that queries read, with the types of their columns."""
    names = {name for sql in queries for name in re.findall(r"`([^`. ]+\.[^`. ]+\.[^`. ]+)`", sql)}
    return {name: columns_of(client.get_table(name)) for name in names}


def _second_week_by_the_first(found: BlockProfiles, families: Mapping[str, Family]) -> DriftReport:
    first, second = (
        Blocks(names=found.names[days], profiles=found.profiles[days], block_s=found.block_s)
        for days in (slice(0, WEEK), slice(WEEK, 2 * WEEK))
    )
    rules = SPEC.monitoring.drift
    reference = Reference(kind="rolling", partitions=(MONTH,), blocks=WEEK, rows=first.rows)
    return judge_drift(MONTH, second, calibrated(first, rules, families, length=WEEK), reference, rules)


def _flat(found: Any, at: str = "") -> dict[str, list[Any]]:
    """Every value in nested mappings and lists, under its path."""
    if not isinstance(found, (dict, list)):
        return {at: [found]}
    parts = found.items() if isinstance(found, dict) else enumerate(found)
    return {path: value for name, part in parts for path, value in _flat(part, f"{at}.{name}").items()}


def _differing(ours: dict[str, list[Any]], theirs: dict[str, list[Any]]) -> dict[str, tuple[Any, Any]]:
    """The first pair of each column that is not equal, floats to 1e-9."""
    assert ours.keys() == theirs.keys()
    found = {}
    for name, values in ours.items():
        for one, other in zip(values, theirs[name], strict=True):
            both = isinstance(one, float) and isinstance(other, float)
            if not (math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9) if both else one == other):
                found[name] = (one, other)
                break
    return found
