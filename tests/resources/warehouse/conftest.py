"""One warehouse of every kind that we have, over the same folder of sources."""

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from resources.warehouse.base import Warehouse
from resources.warehouse.bigquery import BigQueryWarehouse
from resources.warehouse.duckdb import DuckDBWarehouse
from tests.doubles.bigquery_emulator import PROJECT


def duckdb_warehouse(folder: Path) -> DuckDBWarehouse:
    return DuckDBWarehouse(root=str(folder / "lake"), home=str(folder / "home"), threads=1)


def bigquery_warehouse(folder: Path) -> BigQueryWarehouse:
    return BigQueryWarehouse(
        project=PROJECT,
        dataset=f"t{uuid.uuid4().hex[:12]}",
        files=str(folder / "files"),
        home=str(folder / "home"),
    )


# A new adapter joins here, and the suite in test_contract.py holds for it, too.
ADAPTERS: dict[str, Callable[[Path], Warehouse]] = {
    "duckdb": duckdb_warehouse,
    "bigquery": bigquery_warehouse,
}


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of the specs. A spec parsed from text lies nowhere: its relative paths start where we stand."""
    folder = tmp_path / "models"
    (folder / "orders").mkdir(parents=True)
    monkeypatch.chdir(folder / "orders")
    return folder


@pytest.fixture(params=ADAPTERS)
def warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Warehouse:
    if request.param == "bigquery":
        request.getfixturevalue("bigquery")
    return ADAPTERS[request.param](tmp_path)


@pytest.fixture
def duckdb_only(tmp_path: Path) -> DuckDBWarehouse:
    return duckdb_warehouse(tmp_path)
