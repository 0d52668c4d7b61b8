"""What every warehouse does, whatever it is made of."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lifecycle.data.contract import check_contract
from lifecycle.data.facts import BadRows, ColumnFacts, TableFacts
from lifecycle.errors import LifecycleError
from lifecycle.features.build import build_plan
from resources.warehouse.base import ALL_TIME, TableRef, TimeWindow, Warehouse
from resources.warehouse.duckdb import DuckDBWarehouse
from tests.fakes.orders import (
    DAY,
    NOON,
    SCHEMA,
    WINDOW,
    order,
    orders,
    orders_spec,
    write_orders,
    write_stock,
)
from tests.resources.warehouse.harm import Harm, beside, harm

SPEC = orders_spec()
SECOND = timedelta(seconds=1)
ROWS = [order("b"), order("a", amount=None, returned=None, known_at=None), order("c", amount=0.0)]
# Rows of one key: even then the order is one.
TWICE = [*ROWS, order("b", amount=12.0), order("b", items=None)]


def test_a_snapshot_holds_the_rows_of_its_window_in_order_of_their_keys(
    warehouse: Warehouse, models: Path
) -> None:
    outside = [
        order("before", ordered_at=WINDOW.start - SECOND),
        order("at the end", ordered_at=WINDOW.end),
    ]
    first = order("at the start", ordered_at=WINDOW.start)
    write_orders(models, [*ROWS, *outside, first])
    table = warehouse.snapshot(SPEC, DAY, WINDOW)
    assert warehouse.read(table).equals(orders([ROWS[1], first, ROWS[0], ROWS[2]]))


def test_a_table_that_is_not_cut_holds_every_row(warehouse: Warehouse, models: Path) -> None:
    spec = orders_spec(("{every: day, start: 2024-03-01}", "{every: once}")).with_folder(SPEC.folder)
    sentinel = order("late", ordered_at=datetime(9999, 12, 31, tzinfo=UTC), known_at=None, returned=None)
    write_orders(models, [*ROWS, order("early", ordered_at=NOON - timedelta(days=9999)), sentinel])
    table = warehouse.snapshot(spec, "all", ALL_TIME)
    assert table.rows == 5
    (broken,) = check_contract(spec, warehouse.measure(spec, table))
    assert (broken.rule, broken.rows) == ("window", 1)


def test_a_reference_says_what_its_table_is(warehouse: Warehouse, models: Path) -> None:
    write_orders(models, ROWS)
    table = warehouse.snapshot(SPEC, DAY, WINDOW)
    assert (table.model, table.stage, table.partition, table.window) == ("orders", "data", DAY, WINDOW)
    assert table.rows == 3
    assert table.columns == {name: column.type for name, column in SPEC.data.columns.items()}
    assert table.nulls == dict.fromkeys(SCHEMA.names, 0) | {"amount": 1, "returned": 1, "known_at": 1}


def test_the_newest_table_is_found_again(warehouse: Warehouse, models: Path) -> None:
    assert warehouse.published("orders", "data", DAY) is None
    write_orders(models, ROWS)
    assert warehouse.snapshot(SPEC, DAY, WINDOW) == warehouse.published("orders", "data", DAY)
    write_orders(models, ROWS[:1])
    newest = warehouse.snapshot(SPEC, DAY, WINDOW)
    assert warehouse.published("orders", "data", DAY) == newest
    assert newest.rows == 1


def test_an_older_table_stays_what_it_was(warehouse: Warehouse, models: Path) -> None:
    write_orders(models, ROWS)
    older = warehouse.snapshot(SPEC, DAY, WINDOW)
    write_orders(models, [order("b", amount=11.0), *ROWS[1:]])
    newer = warehouse.snapshot(SPEC, DAY, WINDOW)
    assert newer.content_hash != older.content_hash
    assert warehouse.read(older)["amount"].to_pylist() == [None, 10.0, 0.0]
    assert warehouse.read(newer)["amount"].to_pylist() == [None, 11.0, 0.0]


@given(
    shuffle=st.randoms(use_true_random=False),
    codec=st.sampled_from(["none", "snappy", "zstd"]),
    group=st.integers(1, 9),
)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_order_and_layout_of_the_source_do_not_change_the_content(
    duckdb_only: Warehouse, models: Path, shuffle: random.Random, codec: str, group: int
) -> None:
    warehouse, rows = duckdb_only, list(TWICE)
    expected = content_of(warehouse, models, rows)
    shuffle.shuffle(rows)
    pq.write_table(
        orders(rows), models / "orders" / "orders.parquet", compression=codec, row_group_size=group
    )
    assert warehouse.snapshot(SPEC, DAY, WINDOW) == expected


def test_the_order_of_the_source_does_not_change_the_content(warehouse: Warehouse, models: Path) -> None:
    expected = content_of(warehouse, models, TWICE)
    assert content_of(warehouse, models, TWICE[::-1]) == expected
    assert content_of(warehouse, models, TWICE[:-1]).content_hash != expected.content_hash


def content_of(warehouse: Warehouse, models: Path, rows: list[dict[str, object]]) -> TableRef:
    write_orders(models, rows)
    return warehouse.snapshot(SPEC, DAY, WINDOW)


def test_a_table_is_found_by_its_content_though_newer_ones_were_published(
    warehouse: Warehouse, models: Path
) -> None:
    write_orders(models, ROWS)
    older = warehouse.snapshot(SPEC, DAY, WINDOW)
    write_orders(models, ROWS[:1])
    warehouse.snapshot(SPEC, DAY, WINDOW)
    assert warehouse.find("orders", "data", DAY, WINDOW, older.content_hash) == replace(older, origin=None)
    assert warehouse.find("orders", "data", DAY, WINDOW, "0" * 64) is None
    harm(warehouse, older, "changed")
    with pytest.raises(LifecycleError, match=r"is corrupt: .* holds something else; bring the (file|table) "):
        warehouse.find("orders", "data", DAY, WINDOW, older.content_hash)


def test_a_feature_table_says_which_snapshot_it_was_made_from(warehouse: Warehouse, models: Path) -> None:
    write_orders(models, ROWS)
    write_stock(models, [])
    snapshot = warehouse.snapshot(SPEC, DAY, WINDOW)
    features = warehouse.build_features(build_plan(SPEC), SPEC, snapshot, DAY)
    assert snapshot.made_from == {}
    assert features.made_from == {f"data/{DAY}": snapshot.content_hash}
    # Files of a disk are read for nothing; an emulator says 0 bytes of every query.
    scans = (warehouse.scanned(snapshot), warehouse.scanned(features))
    known = [scan is not None and scan.bytes >= 0 and scan.price is None for scan in scans]
    assert known == [not isinstance(warehouse, DuckDBWarehouse)] * 2
    assert warehouse.scanned(features, "blocks") is None
    # A value that no feature reads: other data, the same features, made from something else.
    write_orders(models, [*ROWS[:2], ROWS[2] | {"items": 9}])
    other = warehouse.snapshot(SPEC, DAY, WINDOW)
    again = warehouse.build_features(build_plan(SPEC), SPEC, other, DAY)
    assert again == replace(features, made_from={f"data/{DAY}": other.content_hash})
    assert warehouse.published("orders", "features", DAY) == again


def test_what_is_made_aside_reads_the_tables_there_are_and_leaves_them(
    warehouse: Warehouse, models: Path, tmp_path: Path
) -> None:
    write_orders(models, ROWS)
    write_stock(models, [])
    snapshot = warehouse.snapshot(SPEC, DAY, WINDOW)
    aside = warehouse.aside(tmp_path / "aside")
    assert aside.find("orders", "data", DAY, WINDOW, snapshot.content_hash) == replace(snapshot, origin=None)
    made = aside.build_features(build_plan(SPEC), SPEC, snapshot, DAY)
    assert aside.read(made, ["order_id"])["order_id"].to_pylist() == ["a", "b", "c"]
    assert aside.published("orders", "features", DAY) == made
    assert warehouse.published("orders", "features", DAY) is None
    assert aside.published("orders", "data", DAY) is None
    assert warehouse.build_features(build_plan(SPEC), SPEC, snapshot, DAY).content_hash == made.content_hash


def test_columns_come_in_the_order_asked_for(warehouse: Warehouse, models: Path) -> None:
    write_orders(models, ROWS)
    table = warehouse.snapshot(SPEC, DAY, WINDOW)
    assert warehouse.read(table, ["shop", "order_id"]).column_names == ["shop", "order_id"]
    with pytest.raises(LifecycleError, match=r"no column size in .*; it has order_id, ordered_at"):
        warehouse.read(table, ["size"])


def test_batches_are_all_rows(warehouse: Warehouse, models: Path) -> None:
    write_orders(models, ROWS)
    table = warehouse.snapshot(SPEC, DAY, WINDOW)
    assert pa.Table.from_batches(warehouse.batches(table)).equals(warehouse.read(table))


def test_an_empty_partition_is_a_table_that_breaks_the_contract(warehouse: Warehouse, models: Path) -> None:
    write_orders(models, [])
    table = warehouse.snapshot(SPEC, DAY, WINDOW)
    assert warehouse.read(table).equals(orders([]))
    assert [v.rule for v in check_contract(SPEC, warehouse.measure(SPEC, table))] == ["rows"]


def test_the_facts_are_those_counted_by_hand(warehouse: Warehouse, models: Path) -> None:
    early, late = NOON - SECOND, NOON + SECOND
    rows = [
        order("a", amount=-1.0, items=0),
        order("a", amount=-1.0, items=3),
        order("a", amount=1001.0),
        order("b", amount=float("nan"), known_at=early),
        order("c", amount=float("-inf"), known_at=None),
        order("d", amount=None, items=None, shop="east", known_at=late),
        order("e", amount=5.0, shop=None, returned=None, known_at=None),
    ]
    write_orders(models, rows)
    assert warehouse.measure(SPEC, warehouse.snapshot(SPEC, DAY, WINDOW)) == TableFacts(
        rows=7,
        duplicate_rows=2,
        duplicate_samples=("a",),
        newest=NOON,
        labels=6,
        labels_without_time=1,
        labels_before_event=1,
        bad_rows=(
            BadRows(rule="finite", column="amount", severity="block", rows=2, samples=("-inf", "nan")),
            BadRows(rule="range", column="amount", severity="block", rows=3, samples=("-1", "1001")),
            BadRows(rule="range", column="items", severity="block", rows=1, samples=("0",)),
            BadRows(rule="null_share", column="shop", severity="block", rows=1),
            BadRows(rule="allowed", column="shop", severity="block", rows=1, samples=("east",)),
            BadRows(rule="label_time", column="known_at", severity="block", rows=1),
            BadRows(
                rule="label_order",
                column="known_at",
                severity="block",
                rows=1,
                samples=("2024-03-01 11:59:59.000000Z",),
            ),
            BadRows(rule="unique", column="order_id", severity="block", rows=2, samples=("a",)),
        ),
        columns={
            "order_id": ColumnFacts(kind="string", nulls=0),
            "ordered_at": ColumnFacts(kind="timestamp", nulls=0),
            "amount": ColumnFacts(
                kind="float",
                nulls=1,
                not_finite=2,
                min=-1.0,
                max=1001.0,
                outside_range=3,
                range_samples=("-1.0", "1001.0"),
            ),
            "items": ColumnFacts(
                kind="int", nulls=1, min=0.0, max=3.0, outside_range=1, range_samples=("0",)
            ),
            "shop": ColumnFacts(kind="string", nulls=1, outside_allowed=1, allowed_samples=("east",)),
            "returned": ColumnFacts(kind="bool", nulls=1),
            "known_at": ColumnFacts(kind="timestamp", nulls=2),
        },
    )


def test_an_entity_is_found_twice_whatever_the_order_of_the_table(warehouse: Warehouse, models: Path) -> None:
    # Ordered by the order's name; asked for the shop, neighbours tell nothing.
    write_orders(models, [order("a", shop="north"), order("b", shop="south"), order("c", shop="north")])
    table = warehouse.snapshot(SPEC, DAY, WINDOW)
    facts = warehouse.measure(orders_spec(("entity: order_id", "entity: shop")), table)
    assert (facts.duplicate_rows, facts.duplicate_samples) == (1, ("north",))


def test_partitions_before_are_the_last_ones_oldest_first(warehouse: Warehouse, models: Path) -> None:
    days = [
        TimeWindow(start=WINDOW.start + timedelta(days=n), end=WINDOW.end + timedelta(days=n))
        for n in range(4)
    ]
    write_orders(models, [order(str(n), ordered_at=window.start) for n, window in enumerate(days)])
    tables = [warehouse.snapshot(SPEC, f"2024-03-0{n + 1}", window) for n, window in enumerate(days)]
    assert list(warehouse.before("orders", "data", days[3], at_most=2)) == tables[1:3]
    assert list(warehouse.before("orders", "data", days[1], at_most=9)) == tables[:1]
    assert list(warehouse.before("orders", "data", days[0], at_most=9)) == []


def test_a_profile_is_made_once_and_again_when_its_file_is_spoiled(
    warehouse: Warehouse, models: Path
) -> None:
    write_orders(models, ROWS)
    table = warehouse.snapshot(SPEC, DAY, WINDOW)
    profile = warehouse.profile(SPEC, table)
    kept = beside(warehouse, table, "profile.json")
    written = kept.read_bytes()
    assert warehouse.profile(SPEC, table) == profile
    kept.write_bytes(written[:-10])
    assert warehouse.profile(SPEC, table) == profile
    assert kept.read_bytes() == written


def test_blocks_are_made_once_and_again_when_their_file_is_spoiled(
    warehouse: Warehouse, models: Path
) -> None:
    write_orders(models, ROWS)
    table = warehouse.snapshot(SPEC, DAY, WINDOW)
    blocks = warehouse.blocks(SPEC, table, ["amount"])
    assert (blocks.names, [profile.rows for profile in blocks.profiles]) == ((DAY,), [len(ROWS)])
    assert blocks.profiles[0].columns.keys() == {"amount"}
    kept = beside(warehouse, table, "blocks.json")
    written = kept.read_bytes()
    kept.write_bytes(written[:-10])
    assert warehouse.blocks(SPEC, table, ["amount"]) == blocks
    assert kept.read_bytes() == written
    assert warehouse.blocks(SPEC, table, ["amount", "returned"]).profiles[0].columns.keys() == {
        "amount",
        "returned",
    }


def test_what_is_attached_to_a_table_is_read_back(warehouse: Warehouse, models: Path) -> None:
    write_orders(models, ROWS)
    table = warehouse.snapshot(SPEC, DAY, WINDOW)
    assert warehouse.attached(table, "note.json") is None
    place = warehouse.attach(table, "note.json", b"{}")
    assert warehouse.attached_at(table, "note.json") == place
    assert warehouse.attached(table, "note.json") == b"{}"


def test_the_origin_of_a_snapshot_tells_the_columns_of_its_source(warehouse: Warehouse, models: Path) -> None:
    write_orders(models, ROWS)
    origin = warehouse.snapshot(SPEC, DAY, WINDOW).origin
    assert origin is not None
    assert origin.columns["items"] in ("BIGINT", "INT64") and list(origin.columns) == SCHEMA.names
    assert (origin.set_aside, origin.bad_rows, origin.quarantine) == (0, (), None)


def test_rows_of_another_time_are_counted(warehouse: Warehouse, models: Path) -> None:
    write_orders(models, [*ROWS, order("d", ordered_at=NOON - SECOND)])
    table = replace(warehouse.snapshot(SPEC, DAY, WINDOW), window=TimeWindow(start=NOON, end=WINDOW.end))
    assert warehouse.measure(SPEC, table).outside_window == 1


def test_samples_are_few_and_distinct(warehouse: Warehouse, models: Path) -> None:
    write_orders(models, [order(str(i), shop=f"shop {i % 7}") for i in range(50)])
    facts = warehouse.measure(SPEC, warehouse.snapshot(SPEC, DAY, WINDOW)).columns["shop"]
    assert facts.outside_allowed == 50
    assert facts.allowed_samples == ("shop 0", "shop 1", "shop 2", "shop 3", "shop 4")


def test_a_column_that_came_later_is_a_violation_of_older_snapshots(
    warehouse: Warehouse, models: Path
) -> None:
    write_orders(models, [order("a")])
    table = warehouse.snapshot(SPEC, DAY, WINDOW)
    newer = orders_spec(("    shop: {", "    colour: {type: string}\n    shop: {"))
    violations = check_contract(newer, warehouse.measure(newer, table))
    assert [(found.rule, found.column) for found in violations] == [("columns", "colour")]


def test_features_see_what_was_known_then(warehouse: Warehouse, models: Path) -> None:
    write_orders(models, [order("a"), order("b", ordered_at=NOON + 2 * SECOND), order("c", shop="south")])
    seen = [(NOON - SECOND, 1), (NOON, 2), (NOON + SECOND, 3), (NOON + 3 * SECOND, 4)]
    write_stock(models, [{"shop": "north", "seen_at": at, "level": level} for at, level in seen])
    snapshot = warehouse.snapshot(SPEC, DAY, WINDOW)
    features = warehouse.build_features(build_plan(SPEC), SPEC, snapshot, DAY)
    assert (features.stage, features.window, features.rows) == ("features", WINDOW, 3)
    assert features.columns == {
        "order_id": "string",
        "ordered_at": "timestamp",
        "amount": "float",
        "stock_level": "int",
        "returned": "bool",
        "label_known_at": "timestamp",
        "stock__known_at": "timestamp",
    }
    assert features.nulls["stock_level"] == features.nulls["stock__known_at"] == 1
    known = warehouse.read(features, ["order_id", "stock_level", "stock__known_at"]).to_pylist()
    assert [tuple(row.values()) for row in known] == [
        ("a", 2, NOON),
        ("b", 3, NOON + SECOND),
        ("c", None, None),
    ]
    assert warehouse.published("orders", "features", DAY) == features


def test_a_lookup_that_answers_twice_is_refused(warehouse: Warehouse, models: Path) -> None:
    write_orders(models, ROWS)
    write_stock(models, [{"shop": "north", "seen_at": NOON, "level": level} for level in (1, 2)])
    snapshot = warehouse.snapshot(SPEC, DAY, WINDOW)
    with pytest.raises(
        LifecycleError, match=r"lookup stock has more than one row for one \(shop, seen_at\), such"
    ):
        warehouse.build_features(build_plan(SPEC), SPEC, snapshot, DAY)
    assert warehouse.published("orders", "features", DAY) is None


def test_rows_of_a_lookup_without_a_key_or_a_time_answer_nobody_however_many(
    warehouse: Warehouse, models: Path
) -> None:
    write_orders(models, [order("a")])
    lost = [{"shop": None, "seen_at": NOON, "level": 7}, {"shop": "north", "seen_at": None, "level": 8}]
    write_stock(models, [{"shop": "north", "seen_at": NOON, "level": 2}, *lost, *lost])
    snapshot = warehouse.snapshot(SPEC, DAY, WINDOW)
    features = warehouse.build_features(build_plan(SPEC), SPEC, snapshot, DAY)
    assert warehouse.read(features, ["stock_level"]).to_pylist() == [{"stock_level": 2}]


def test_keys_of_a_lookup_that_are_sensitive_stand_in_no_error(warehouse: Warehouse, models: Path) -> None:
    spec = orders_spec(("shop: {type: string,", "shop: {type: string, sensitive: true,"))
    write_orders(models, ROWS)
    write_stock(models, [{"shop": "north", "seen_at": NOON, "level": level} for level in (1, 2)])
    snapshot = warehouse.snapshot(spec, DAY, WINDOW)
    with pytest.raises(LifecycleError, match=r"such as \(hidden\), 2024-03-01") as refused:
        warehouse.build_features(build_plan(spec), spec, snapshot, DAY)
    assert "north" not in str(refused.value)


def test_a_row_that_is_set_aside_is_not_the_first_of_its_entity(warehouse: Warehouse, models: Path) -> None:
    spec = orders_spec(("  entity:", "  rules: {unique: quarantine, range: quarantine}\n  entity:"))
    wrong, right = order("a", amount=-5.0), order("a", ordered_at=NOON + SECOND, amount=30.0)
    again = order("a", ordered_at=NOON + 2 * SECOND, amount=31.0)
    write_orders(models, [wrong, right, again, *(order(f"b{i}") for i in range(60))])
    kept = warehouse.snapshot(spec, DAY, WINDOW)
    amounts = {row["order_id"]: row["amount"] for row in warehouse.read(kept).to_pylist()}
    assert amounts["a"] == 30.0
    assert kept.origin is not None
    assert {found.reason: found.rows for found in kept.origin.bad_rows} == {
        "range: amount": 1,
        "unique: order_id": 1,
    }


def test_lookup_rows_are_those_known_by_then(warehouse: Warehouse, models: Path) -> None:
    rows = [{"shop": "north", "seen_at": NOON + i * SECOND, "level": i} for i in (2, 0, 1)]
    write_stock(models, rows)
    known = warehouse.lookup_rows(SPEC, "stock", known_by=NOON + SECOND)
    assert known.to_pylist() == [rows[1], rows[2]]


@pytest.mark.parametrize("how", ["gone", "cut", "changed"])
def test_a_harmed_table_is_never_read_and_is_mended_by_a_new_snapshot(
    warehouse: Warehouse, models: Path, how: Harm
) -> None:
    write_orders(models, ROWS)
    table = warehouse.snapshot(SPEC, DAY, WINDOW)
    harm(warehouse, table, how)
    again = "the data table of orders for 2024-03-01 is .*; materialize the partition again"
    with pytest.raises(LifecycleError, match=again):
        warehouse.read(table)
    with pytest.raises(LifecycleError, match=again):
        warehouse.measure(SPEC, table)
    with pytest.raises(LifecycleError, match=again):
        warehouse.build_features(build_plan(SPEC), SPEC, table, DAY)
    mended = warehouse.snapshot(SPEC, DAY, WINDOW)
    # The same rows may come in another file, or in a table that was written later.
    assert replace(mended, file_sha256=table.file_sha256) == table
    assert warehouse.read(table).equals(warehouse.read(mended))


@pytest.mark.parametrize(
    "name",
    [
        "../../etc",
        "a/b",
        "..",
        ".",
        "",
        "a\0b",
        "a\nb",
        "/abs",
        "a\\b",
        "x" * 200,
        "2024\u201303",
        "file://x",
    ],
)
def test_a_partition_name_cannot_leave_its_folder(
    warehouse: Warehouse, models: Path, tmp_path: Path, name: str
) -> None:
    write_orders(models, ROWS)
    before = set(tmp_path.rglob("*"))
    with pytest.raises(LifecycleError, match="cannot name a partition"):
        warehouse.snapshot(SPEC, name, WINDOW)
    with pytest.raises(LifecycleError, match="cannot name a partition"):
        warehouse.published("orders", "data", name)
    assert set(tmp_path.rglob("*")) == before


def test_rows_that_were_made_elsewhere_are_kept_with_logical_types(warehouse: Warehouse) -> None:
    # Names as the request log has them.
    rows = pa.table(
        {
            "n": pa.array([1, 2], pa.int8()),
            "ordered_at": pa.array([WINDOW.start, WINDOW.start], pa.timestamp("us", "UTC")),
            "none": pa.nulls(2),
            "feature.carrier": ["a", None],
            "feature.DepDelay": [0.5, 2.5],
        }
    )
    kinds = {"n": "int", "ordered_at": "timestamp", "none": "string"}
    kinds |= {"feature.carrier": "string", "feature.DepDelay": "float"}
    table = warehouse.keep("orders", "traffic", DAY, WINDOW, rows)
    assert (table.columns, table.nulls["none"], table.nulls["feature.carrier"]) == (kinds, 2, 1)
    assert warehouse.published("orders", "traffic", DAY) == table
    assert warehouse.read(table).to_pylist() == rows.to_pylist()
    assert warehouse.read(table, ["feature.DepDelay", "n"]).to_pylist() == [
        {"feature.DepDelay": 0.5, "n": 1},
        {"feature.DepDelay": 2.5, "n": 2},
    ]
    found = warehouse.find("orders", "traffic", DAY, WINDOW, table.content_hash)
    assert found is not None and found.columns == kinds
    facts = warehouse.measure(SPEC, table).columns
    assert (facts["feature.carrier"].nulls, facts["feature.DepDelay"].max) == (1, 2.5)
    cells = warehouse.blocks(SPEC, table, ["feature.carrier"]).profiles[0].columns["feature.carrier"]
    assert cells.missing == 1
    assert warehouse.keep("orders", "traffic", DAY, WINDOW, rows).content_hash == table.content_hash
    empty = warehouse.keep("orders", "traffic", DAY, WINDOW, rows.slice(0, 0))
    assert (empty.rows, warehouse.read(empty).column_names) == (0, [*kinds])


def test_a_job_finds_the_rows_of_a_table_in_a_parquet_file(warehouse: Warehouse) -> None:
    rows = pa.table({"n": [2, 1, None], "s": ["b", "a", None]})
    table = warehouse.keep("orders", "traffic", DAY, WINDOW, rows)
    file = warehouse.parquet(table)
    assert pq.read_table(file).equals(warehouse.read(table))
    assert warehouse.parquet(table) == file
