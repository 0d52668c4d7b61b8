"""The sieve, batch by batch, and pointers of another time."""

import json
from pathlib import Path

import pyarrow as pa
import pytest

from lifecycle.errors import LifecycleError
from lifecycle.spec.columns import ColumnType
from resources.warehouse.casts import lenient_expression
from resources.warehouse.duckdb import DuckDBWarehouse
from resources.warehouse.quarantine import Sieve
from resources.warehouse.row_rules import REASON, SET_ASIDE
from tests.fakes.orders import DAY, SCHEMA, WINDOW, order, orders, orders_spec, write_orders

ASIDE = ("  entity:", "  rules: {unique: quarantine}\n  entity:")


@pytest.mark.parametrize("batch_rows", [1, 2, 3, 100])
def test_an_entity_that_goes_on_in_the_next_batch_is_still_the_same(tmp_path: Path, batch_rows: int) -> None:
    names = ["a", "b", "b", "b", "c", "d", "d"]
    table = orders([order(name, items=i) for i, name in enumerate(names)])
    table = table.append_column(REASON, pa.nulls(len(names), pa.string()))
    table = table.append_column(SET_ASIDE, pa.array([False] * len(names)))
    with Sieve(orders_spec(ASIDE), [], [], tmp_path / "bad.parquet") as sieve:
        good = [
            row for batch in sieve.good(table.to_batches(batch_rows)) for row in batch["items"].to_pylist()
        ]
        sieve.finish()
        bad = [row for batch in sieve.batches() for row in batch["items"].to_pylist()]
    assert (good, bad, sieve.set_aside) == ([0, 1, 4, 5], ["2", "3", "6"], 3)
    assert [(found.reason, found.rows, found.samples) for found in sieve.bad_rows()] == [
        ("unique: order_id", 3, ("b", "d"))
    ]


@pytest.mark.parametrize("batch_rows", [1, 2, 3, 100])
def test_the_first_of_an_entity_is_the_first_that_nothing_else_sets_aside(
    tmp_path: Path, batch_rows: int
) -> None:
    names = ["a", "a", "a", "b", "b", "c"]
    table = orders([order(name, items=i) for i, name in enumerate(names)])
    other = [True, False, False, False, True, True]
    table = table.append_column(REASON, pa.array(["range: items" if bad else None for bad in other]))
    table = table.append_column(SET_ASIDE, pa.array(other))
    with Sieve(orders_spec(ASIDE), [], [], tmp_path / "bad.parquet") as sieve:
        good = [
            row for batch in sieve.good(table.to_batches(batch_rows)) for row in batch["items"].to_pylist()
        ]
        sieve.finish()
    assert (good, sieve.set_aside) == ([1, 3], 4)
    assert dict(sieve.reasons) == {"range: items": 3, "unique: order_id": 1}


def test_the_columns_of_a_quarantine_are_those_of_the_spec_and_the_reason(
    duckdb_only: DuckDBWarehouse, models: Path
) -> None:
    write_orders(models, [order("a"), order("a")])
    kept = duckdb_only.quarantined(duckdb_only.snapshot(orders_spec(ASIDE), DAY, WINDOW))
    assert kept is not None
    assert kept.columns == dict.fromkeys([*SCHEMA.names, "reason"], "string")
    assert kept.window == WINDOW


def test_the_quarantine_of_another_snapshot_is_not_taken_for_this_ones(
    duckdb_only: DuckDBWarehouse, models: Path
) -> None:
    write_orders(models, [order("a"), order("a")])
    older = duckdb_only.snapshot(orders_spec(ASIDE), DAY, WINDOW)
    write_orders(models, [order("b"), order("b")])
    duckdb_only.snapshot(orders_spec(ASIDE), DAY, WINDOW)
    with pytest.raises(LifecycleError, match="is not that of its snapshot; materialize the partition again"):
        duckdb_only.quarantined(older)


def test_a_pointer_of_version_1_is_read(duckdb_only: DuckDBWarehouse, models: Path) -> None:
    write_orders(models, [order("a")])
    table = duckdb_only.snapshot(orders_spec(), DAY, WINDOW)
    pointer = Path(table.uri).with_name("current.json")
    stored = json.loads(pointer.read_text())
    del stored["table"]["origin"]
    pointer.write_text(json.dumps({**stored, "version": 1}))
    read = duckdb_only.published("orders", "data", DAY)
    assert read is not None and (read.origin, read.content_hash) == (None, table.content_hash)
    assert duckdb_only.measure(orders_spec(), read).rows == 1
    assert duckdb_only.quarantined(read) is None


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        ("'7'", "int", (7, None)),
        ("'seven'", "int", (None, "seven")),
        ("1.5", "int", (None, "1.5")),
        ("NULL::VARCHAR", "int", (None, None)),
        ("'maybe'", "bool", (None, "maybe")),
        ("TIMESTAMP '2024-03-10 02:30:00'", "timestamp", (None, "2024-03-10 02:30:00")),
        ("1.5::DOUBLE", "float", (1.5, None)),
    ],
)
def test_a_value_has_a_reading_or_a_text(
    value: str, kind: ColumnType, expected: tuple[object, object]
) -> None:
    import duckdb

    with duckdb.connect() as connection:
        connection.execute(f"SET TimeZone = 'UTC'; CREATE TABLE held AS SELECT {value} AS x")
        found = connection.execute("DESCRIBE held").fetchall()[0][1]
        read, raw = lenient_expression("x", found, kind, time_zone="America/New_York")
        assert connection.execute(f"SELECT {read}, {raw or 'NULL'} FROM held").fetchall() == [expected]
