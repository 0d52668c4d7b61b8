"""One warehouse of every kind that we have, over the same folder of sources."""

from collections.abc import Callable
from pathlib import Path

import pytest

from resources.warehouse.base import Warehouse
from resources.warehouse.duckdb import DuckDBWarehouse


def _duckdb(folder: Path) -> Warehouse:
    return duckdb_warehouse(folder)


def duckdb_warehouse(folder: Path) -> DuckDBWarehouse:
    return DuckDBWarehouse(root=str(folder / "lake"), home=str(folder / "home"), threads=1)


# A new adapter joins here, and the suite in test_contract.py holds for it, too.
ADAPTERS: dict[str, Callable[[Path], Warehouse]] = {"duckdb": _duckdb}


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of the specs. A spec parsed from text lies nowhere: its relative paths start where we stand."""
    folder = tmp_path / "models"
    (folder / "orders").mkdir(parents=True)
    monkeypatch.chdir(folder / "orders")
    return folder


@pytest.fixture(params=ADAPTERS)
def warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Warehouse:
    return ADAPTERS[request.param](tmp_path)


@pytest.fixture
def duckdb_only(tmp_path: Path) -> DuckDBWarehouse:
    return duckdb_warehouse(tmp_path)
