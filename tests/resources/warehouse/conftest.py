"""One warehouse of every kind that we have, over the same folder of sources."""

import os
from pathlib import Path

import pytest

from resources.warehouse.base import Warehouse
from resources.warehouse.duckdb import DuckDBWarehouse
from tests.doubles.bigquery_place import SUITE, Place


def duckdb_warehouse(folder: Path) -> DuckDBWarehouse:
    return DuckDBWarehouse(root=str(folder / "lake"), home=str(folder / "home"), threads=1)


# A new adapter joins here and in the fixture, and the suite in test_contract.py holds for it, too.
ADAPTERS = ("duckdb", "bigquery")
EXAMPLES = 4 if os.environ.get(SUITE) else 25
"""Tables that a law is tried on: each is a dozen queries of BigQuery, half a minute on the emulator."""
# The emulator takes seconds for what DuckDB does in milliseconds: each of these tells something of its own.
ON_BIGQUERY = {
    "test_a_snapshot_holds_the_rows_of_its_window_in_order_of_their_keys",
    "test_a_feature_table_says_which_snapshot_it_was_made_from",
    "test_a_harmed_table_is_never_read_and_is_mended_by_a_new_snapshot",
    "test_a_job_finds_the_rows_of_a_table_in_a_parquet_file",
    "test_a_label_is_there_from_the_microsecond_on_at_which_it_was_known",
    "test_a_row_sees_earlier_partitions_labels_once_known_and_events_as_of_its_time",
    "test_events_for_the_online_path_can_be_limited_to_what_requests_need",
    "test_features_see_what_was_known_then",
    "test_rows_that_were_made_elsewhere_are_kept_with_logical_types",
    "test_the_facts_are_those_counted_by_hand",
}


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of the specs. A spec parsed from text lies nowhere: its relative paths start where we stand."""
    folder = tmp_path / "models"
    (folder / "orders").mkdir(parents=True)
    monkeypatch.chdir(folder / "orders")
    return folder


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test runs on DuckDB, their core on BigQuery, too; `make test-bigquery` runs all there."""
    if "warehouse" in metafunc.fixturenames:
        core = metafunc.function.__name__ in ON_BIGQUERY or os.environ.get(SUITE)
        metafunc.parametrize("warehouse", [*ADAPTERS] if core else ["duckdb"], indirect=True)


@pytest.fixture
def warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Warehouse:
    if request.param == "duckdb":
        return duckdb_warehouse(tmp_path)
    place: Place = request.getfixturevalue("bigquery")
    return place.warehouse(tmp_path / "home", tmp_path / "files")


@pytest.fixture
def duckdb_only(tmp_path: Path) -> DuckDBWarehouse:
    return duckdb_warehouse(tmp_path)
