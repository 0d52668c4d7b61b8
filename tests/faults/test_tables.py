"""Tables that go wrong: each says what is wrong, blocks what stands on it, and harms nothing else.

Real files, warehouse and contract; what Dagster makes of it is tried with real runs of `data` and `features`.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pytest

from assets.contract import sound_snapshot
from assets.keys import DATA, FEATURES
from lifecycle.errors import LifecycleError
from lifecycle.spec.model_spec import ModelSpec
from orchestration.quarantine import quarantine_report
from resources.warehouse.base import TimeWindow
from tests.fakes.orders import SCHEMA, order, orders, orders_spec
from tests.fakes.shop import START, Shop, checks_of, day, day_of_orders, error_of, open_shop

pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")
Rows = list[dict[str, object]]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return open_shop(tmp_path)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def refused(shop: Shop, number: int) -> str:
    """What `features` say of a day, whoever asks; no feature table comes of it."""
    with pytest.raises(LifecycleError) as raised:
        sound_snapshot(shop.spec, shop.warehouse, day(number))
    return str(raised.value)


# Rows and columns of one partition.


def test_an_empty_partition_is_blocked(shop: Shop) -> None:
    shop.write(day_of_orders(0))
    assert shop.blocked(1) == ["found no rows; allowed: at least one row"]
    assert "breaks its contract: found no rows" in refused(shop, 1)


def test_a_missing_partition_is_named(shop: Shop) -> None:
    assert refused(shop, 1) == "orders/data has no partition 2024-03-02: materialize it first"


def test_one_row_is_a_partition_and_no_evidence(shop: Shop) -> None:
    shop.write(day_of_orders(0), day_of_orders(1, rows=1))
    shop.judge(0)
    judged = shop.judge(1)
    assert (judged.violations, judged.shift.status) == ((), "not_enough_history")


def test_fewer_rows_than_the_band_allows(shop: Shop) -> None:
    shop.edit(("  entity:", "  rows: {min: 100, max: 130}\n  entity:"))
    shop.write(day_of_orders(0, rows=99), day_of_orders(1, rows=131), day_of_orders(2))
    assert shop.blocked(0) == ["found 99 rows; allowed: at least 100 rows"]
    assert shop.blocked(1) == ["found 131 rows; allowed: at most 130 rows"]
    assert shop.blocked(2) == []


def test_half_the_usual_rows_are_a_change_once_three_days_tell_what_is_usual(shop: Shop) -> None:
    shop.edit(("  entity:", "  rows: {change: 0.4}\n  rules: {rows_change: block}\n  entity:"))
    shop.write(*(day_of_orders(n) for n in range(3)), day_of_orders(3, rows=60))
    judged = [shop.judge(n) for n in range(4)]
    assert judged[2].unjudged == ("rows_change: needs 3 partitions before, there are 2",)
    assert [v.message for v in judged[3].blocked] == [
        "found 60 rows, where the median of the 3 partitions before is 120; allowed: 72 to 168 rows"
    ]


def test_old_events_are_not_fresh(shop: Shop) -> None:
    shop.edit(("  entity:", "  freshness: 2h\n  entity:"))
    shop.write(day_of_orders(0, rows=60))  # the last one is at 09:50
    assert shop.blocked(0, now=START + timedelta(hours=11)) == []
    assert shop.blocked(0) == [
        "ordered_at: found a newest event of 2024-03-01 09:50:00 UTC, 14:10:00 old; "
        "allowed: at most 2:00:00 old at 2024-03-02 00:00:00 UTC"
    ]


def spoiled(rows: Rows, **values: object) -> Rows:
    return [{**row, **values} for row in rows]


def test_an_all_null_column_is_blocked(shop: Shop) -> None:
    shop.write(day_of_orders(0), spoiled(day_of_orders(1), amount=None))
    assert (shop.blocked(0), shop.blocked(1)) == (
        [],
        ["amount: found 120 of 120 values missing (100.00%); allowed: at most 25.00% missing"],
    )


def test_a_constant_column_is_a_shift_and_blocks_nothing(shop: Shop) -> None:
    shop.write(day_of_orders(0), spoiled(day_of_orders(1), amount=7.0))
    shop.judge(0)
    judged = shop.judge(1)
    assert judged.blocked == ()
    assert [column.column for column in judged.shift.shifted] == ["amount"]


def test_duplicate_keys_are_blocked_and_named(shop: Shop) -> None:
    rows = day_of_orders(0)
    shop.write([*rows, rows[3]])
    assert shop.blocked(0) == [
        "order_id: found 1 rows of an entity that has a row already, such as 2024-03-01 00003; "
        "allowed: one row an entity"
    ]


def test_duplicate_keys_in_quarantine_leave_the_first(shop: Shop) -> None:
    shop.edit(("  entity:", "  rules: {unique: quarantine}\n  entity:"))
    rows = day_of_orders(0)
    later = {**rows[3], "ordered_at": START + timedelta(hours=23), "amount": 1.0}
    shop.write([later, *rows])
    assert shop.blocked(0) == []
    assert shop.warehouse.read(shop.take(0)).to_pylist() == rows


def test_duplicate_timestamps_are_no_fault(shop: Shop) -> None:
    shop.write(spoiled(day_of_orders(0), ordered_at=START + timedelta(hours=3)))
    assert shop.blocked(0) == []


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_not_finite_is_blocked(shop: Shop, value: float) -> None:
    rows = day_of_orders(0)
    rows[5]["amount"] = value
    shop.write(rows)
    assert shop.blocked(0) == [
        "amount: found 1 times NaN or an infinity; allowed: finite numbers; write what is missing as null"
    ]


def test_a_new_category_is_blocked_where_the_spec_lists_them_and_else_a_warning(shop: Shop) -> None:
    rows = day_of_orders(1)
    rows[0]["shop"] = "east"
    shop.write(day_of_orders(0), rows)
    shop.judge(0)
    assert shop.blocked(1) == ["shop: found 1 values of another kind, such as east; allowed: north, south"]
    shop.edit((", allowed: [north, south]", ""))
    shop.judge(0)
    judged = shop.judge(1)
    assert (judged.blocked, [c.message for c in judged.shift.shifted]) == ((), ["shop: new categories east"])


def test_values_that_decrease_are_blocked_where_they_must_not(shop: Shop) -> None:
    shop.edit(("amount: {type: float,", "amount: {type: float, increasing: true,"))
    rising = [{**row, "amount": float(i)} for i, row in enumerate(day_of_orders(0))]
    shop.write(rising)
    assert shop.blocked(0) == []
    rising[50]["amount"] = 3.0
    shop.write(rising)
    assert shop.blocked(0) == [
        "amount: found 1 moments with a value below the moment before; "
        "allowed: values that never decrease as ordered_at goes on"
    ]


def test_values_marked_unique_are_counted(shop: Shop) -> None:
    shop.edit(("items: {type: int,", "items: {type: int, unique: true,"))
    shop.write([order("a", items=1), order("b", items=2), order("c", items=2)])
    assert shop.blocked(0) == [
        "items: found 1 rows with a value that another row has, such as 2; allowed: no value twice"
    ]


# The source's schema.


def test_a_new_column_warns_once_and_goes_nowhere(shop: Shop) -> None:
    table = orders([*day_of_orders(0), *day_of_orders(1), *day_of_orders(2)])
    shop.write_table(table)
    assert shop.warned(0) == []
    shop.write_table(table.append_column("colour", pa.array(["red"] * table.num_rows)))
    assert shop.warned(1) == [
        ("warn", "colour: found a new column of type VARCHAR; allowed: the columns before")
    ]
    assert "colour" not in shop.take(1).columns
    assert shop.warned(2) == []


def test_a_lost_column_that_nobody_reads_warns(shop: Shop) -> None:
    table = orders([*day_of_orders(0), *day_of_orders(1)])
    shop.write_table(table.append_column("colour", pa.array(["red"] * table.num_rows)))
    shop.take(0)
    shop.write_table(table)
    assert shop.warned(1) == [
        ("warn", "colour: found no such column; allowed: the column of type VARCHAR that was there before")
    ]


def test_a_dropped_column_fails_the_asset_and_leaves_the_lake(shop: Shop) -> None:
    shop.write(day_of_orders(0), day_of_orders(1))
    shop.take(0)
    before = shop.published(DATA)
    shop.write_table(orders([*day_of_orders(0), *day_of_orders(1)]).drop_columns(["amount"]))
    with pytest.raises(
        LifecycleError, match=r"has no column amount; it has order_id, .*: mend the spec or the source$"
    ):
        shop.take(1)
    assert shop.published(DATA) == before


def test_a_renamed_column_is_named_with_the_way_out(shop: Shop) -> None:
    table = orders([*day_of_orders(0), *day_of_orders(1)])
    shop.write_table(table)
    shop.take(0)
    names = ["total" if name == "amount" else name for name in table.column_names]
    shop.write_table(table.rename_columns(names))
    with pytest.raises(LifecycleError) as raised:
        shop.take(1)
    assert str(raised.value).endswith(
        "mend the spec or the source. The new column total holds values like those of "
        "amount in the partition "
        "before: if it was renamed, write `SELECT total AS amount` in data.source.sql, "
        "or rename amount in the spec"
    )
    assert list(shop.published(DATA)) == [day(0)]


def test_a_changed_type_warns_while_it_can_be_read(shop: Shop) -> None:
    table = orders([*day_of_orders(0), *day_of_orders(1)])
    shop.write_table(table)
    shop.take(0)
    shop.write_table(table.set_column(3, "items", table["items"].cast(pa.string())))
    assert shop.warned(1) == [("warn", "items: found values held as VARCHAR; allowed: BIGINT, as before")]
    assert shop.take(1).columns["items"] == "int"


def test_rotated_columns_are_blocked_and_named(shop: Shop) -> None:
    shop.edit(
        ("amount: {type: float, min: 0, max: 1000,", "amount: {type: float,"),
        ("items: {type: int, min: 1,", "items: {type: float,"),
    )
    schema = SCHEMA.set(3, pa.field("items", pa.float64()))
    swapped = [{**row, "amount": row["items"], "items": row["amount"]} for row in day_of_orders(1)]
    shop.write(day_of_orders(0), swapped, day_of_orders(2), schema=schema)
    assert shop.blocked(0) == []
    assert shop.blocked(1) == [
        "amount, items: found values that look like another column's before: amount looks like items, "
        "items looks like amount; allowed: values like the column's own before; mend the source, or set "
        "data.rules.swapped to warn"
    ]
    assert "breaks its contract: amount, items" in refused(shop, 1)
    assert shop.blocked(2) == []


def test_a_spec_of_another_type_than_the_snapshot_never_passes(shop: Shop) -> None:
    shop.write(day_of_orders(0))
    shop.take(0)
    shop.edit(("items: {type: int, min: 1,", "items: {type: string,"))
    assert "items: found a column of type int; allowed: a column of type string" in refused(shop, 0)


# Time.


def dst_spec(shop: Shop) -> ModelSpec:
    spec = orders_spec(("time_zone: UTC", "time_zone: America/New_York"))
    return spec.with_folder(shop.folder)


@pytest.mark.parametrize(
    "clock",
    [
        pytest.param(datetime(2024, 3, 10, 2, 30), id="an hour that the clock skips"),
        pytest.param(datetime(2024, 11, 3, 1, 30), id="an hour that the clock shows twice"),
    ],
)
def test_a_local_time_that_names_no_single_instant_is_never_guessed(shop: Shop, clock: datetime) -> None:
    shop.spec = dst_spec(shop)
    schema = SCHEMA.set(1, pa.field("ordered_at", pa.timestamp("us")))
    shop.write([order("a", ordered_at=clock)], schema=schema)
    start = clock.replace(hour=0, tzinfo=UTC)
    window = TimeWindow(start=start, end=start + timedelta(days=2))
    with pytest.raises(
        LifecycleError, match=r"the column ordered_at holds 2024-.*, which cannot be read as timestamp"
    ):
        shop.warehouse.snapshot(shop.spec, f"{clock:%Y-%m-%d}", window)
    assert shop.published(DATA) == {}


def test_mixed_time_zones_are_one_instant_each(shop: Shop) -> None:
    texts = [
        "2024-03-01T12:00:00+01:00",
        "2024-03-01T06:00:00-05:00",
        "2024-03-01 11:00:00Z",
        "2024-03-01 11:00:00",
    ]
    table = orders([order(str(i)) for i in range(4)])
    shop.write_table(table.set_column(1, "ordered_at", pa.array(texts)))
    read = shop.warehouse.read(shop.take(0), ["ordered_at"])
    assert set(read["ordered_at"].to_pylist()) == {datetime(2024, 3, 1, 11, tzinfo=UTC)}


# Labels.


def test_conflicting_labels_of_one_entity_are_blocked(shop: Shop) -> None:
    rows = day_of_orders(0)
    shop.write([*rows, {**rows[0], "returned": not rows[0]["returned"]}])
    assert [m.partition(",")[0] for m in shop.blocked(0)] == [
        "order_id: found 1 rows of an entity that has a row already"
    ]


def test_a_label_before_its_prediction_is_blocked(shop: Shop) -> None:
    rows = day_of_orders(0)
    rows[0]["known_at"] = START - timedelta(seconds=1)
    shop.write(rows)
    assert shop.blocked(0) == [
        "known_at: found 1 labels known before their event; allowed: times at or after ordered_at"
    ]


def test_positives_only_are_a_shift(shop: Shop) -> None:
    shop.write(day_of_orders(0), spoiled(day_of_orders(1), returned=True))
    shop.judge(0)
    judged = shop.judge(1)
    assert ([c.column for c in judged.shift.shifted], judged.blocked) == (["returned"], ())


def test_a_label_delay_that_doubles_is_a_shift(shop: Shop) -> None:
    late = [{**row, "known_at": row["known_at"] + timedelta(days=3)} for row in day_of_orders(1)]  # type: ignore[operator]
    shop.write(day_of_orders(0), late)
    shop.judge(0)
    moved = {column.column for column in shop.judge(1).shift.shifted}
    assert moved == {"known_at", "label delay"}


def test_labels_that_never_arrive_are_a_shift_and_no_fault(shop: Shop) -> None:
    shop.write(day_of_orders(0), spoiled(day_of_orders(1), returned=None, known_at=None))
    shop.judge(0)
    judged = shop.judge(1)
    assert judged.blocked == ()
    assert "returned: 100.0% missing, before 0.0%" in [c.message for c in judged.shift.shifted]


def test_a_label_of_another_type_that_has_a_reading_warns(shop: Shop) -> None:
    table = orders([*day_of_orders(0), *day_of_orders(1)])
    shop.write_table(table)
    shop.take(0)
    shop.write_table(table.set_column(5, "returned", table["returned"].cast(pa.int32())))
    assert shop.warned(1) == [("warn", "returned: found values held as INTEGER; allowed: BOOLEAN, as before")]


def test_an_unseen_class_is_no_value_of_the_label(shop: Shop) -> None:
    shop.write(day_of_orders(0))
    before = shop.take(0)
    table = orders(day_of_orders(0))
    classes = pa.array(["maybe", *(str(value).lower() for value in table["returned"].to_pylist()[1:])])
    shop.write_table(table.set_column(5, "returned", classes))
    with pytest.raises(LifecycleError, match="the column returned holds maybe, which cannot be read as bool"):
        shop.take(0)
    assert shop.warehouse.published("orders", DATA, day(0)) == before


# Quarantine.

ALL_ASIDE = (
    "  entity:",
    "  rules: {range: quarantine, allowed: quarantine, readable: quarantine}\n  entity:",
)


def test_bad_rows_go_aside_with_every_reason_and_nothing_is_lost(shop: Shop) -> None:
    shop.edit(ALL_ASIDE)
    rows = day_of_orders(0)
    bad = [{**rows[0], "amount": -1.0, "shop": "east"}, {**rows[1], "shop": "west"}]
    shop.write([*bad, *rows[2:]])
    snapshot = shop.take(0)
    kept = shop.warehouse.quarantined(snapshot)
    assert kept is not None
    assert shop.warehouse.read(snapshot).to_pylist() == rows[2:]
    aside = shop.warehouse.read(kept).to_pylist()
    assert [(row["order_id"], row["amount"], row["shop"], row["reason"]) for row in aside] == [
        ("2024-03-01 00000", "-1", "east", "range: amount; allowed: shop"),
        ("2024-03-01 00001", str(rows[1]["amount"]), "west", "allowed: shop"),
    ]
    assert shop.judge(0).blocked == ()
    assert shop.warned(0) == [
        ("quarantine", "amount: found 1 rows, set aside in the quarantine, such as -1; allowed: none"),
        ("quarantine", "shop: found 2 rows, set aside in the quarantine, such as east, west; allowed: none"),
    ]
    assert list(quarantine_report(shop.spec, shop.warehouse, None)) == [
        "2024-03-01: 2 bad rows (2 of them set aside, the snapshot has 118)",
        f"  {1:>10}  {'range: amount':<32} quarantine",
        f"  {2:>10}  {'allowed: shop':<32} quarantine",
        f"  {kept.uri}",
    ]


def test_what_cannot_be_read_goes_aside_as_text(shop: Shop) -> None:
    shop.edit(ALL_ASIDE)
    table = orders(day_of_orders(0))
    items = pa.array(["two", *(str(value) for value in table["items"].to_pylist()[1:])])
    shop.write_table(table.set_column(3, "items", items))
    snapshot = shop.take(0)
    kept = shop.warehouse.quarantined(snapshot)
    assert kept is not None and snapshot.rows == 119
    (row,) = shop.warehouse.read(kept).to_pylist()
    assert (row["items"], row["reason"]) == ("two", "readable: items")


def test_too_many_bad_rows_block_whatever_the_severity_says(shop: Shop) -> None:
    shop.edit(ALL_ASIDE)
    rows = day_of_orders(0)
    shop.write([{**row, "shop": "east"} for row in rows[:7]], rows[7:])
    assert shop.blocked(0) == [
        "found 7 of 120 rows set aside (5.83%); allowed: at most 5.00%; mend the source, or raise "
        "data.quarantine_share"
    ]
    assert "found 7 of 120 rows set aside" in refused(shop, 0)
    shop.edit(("  entity:", "  rules: {allowed: warn}\n  entity:"))
    assert shop.blocked(0) == [
        "shop: found 7 values of another kind, such as east; allowed: north, south; and a rule that warns "
        "blocks above 5.00% of rows"
    ]


def test_rows_that_block_are_in_the_snapshot_and_in_the_quarantine(shop: Shop) -> None:
    rows = day_of_orders(0)
    rows[0]["amount"] = -1.0
    shop.write(rows)
    snapshot = shop.take(0)
    kept = shop.warehouse.quarantined(snapshot)
    assert kept is not None
    assert (snapshot.rows, kept.rows) == (120, 1)
    assert shop.warehouse.read(kept, ["order_id", "reason"]).to_pylist() == [
        {"order_id": "2024-03-01 00000", "reason": "range: amount"}
    ]


def test_a_mended_partition_has_no_quarantine_any_more(shop: Shop) -> None:
    rows = day_of_orders(0)
    shop.write([{**rows[0], "amount": -1.0}, *rows[1:]])
    shop.take(0)
    shop.write(rows)
    assert shop.warehouse.quarantined(shop.take(0)) is None
    assert list(quarantine_report(shop.spec, shop.warehouse, day(0))) == [
        "orders: no rows in quarantine (1 partitions looked at)"
    ]


def test_bad_rows_of_a_snapshot_that_was_taken_under_another_spec_block(shop: Shop) -> None:
    shop.edit(("  entity:", "  rules: {allowed: warn}\n  entity:"))
    rows = day_of_orders(0)
    shop.write([{**rows[0], "shop": "east"}, *rows[1:]])
    shop.take(0)
    shop.edit(ALL_ASIDE)
    assert "shop: found 1 values of another kind" in refused(shop, 0)


def test_values_of_a_sensitive_column_are_shown_nowhere(shop: Shop) -> None:
    shop.edit(("shop: {type: string,", "shop: {type: string, sensitive: true,"))
    rows = day_of_orders(0)
    shop.write([{**rows[0], "shop": "secret"}, *rows[1:]])
    judged = shop.judge(0)
    assert "secret" not in repr(judged.violations) and "(hidden)" in repr(judged.violations)
    table = orders(rows)
    shop.edit(("returned: {type: bool,", "returned: {type: bool, sensitive: true,"))
    shop.write_table(table.set_column(5, "returned", pa.array(["secret"] * 120)))
    with pytest.raises(LifecycleError, match="holds a value, which cannot be read as bool"):
        shop.take(0)


# Dagster.


def out_of_range(rows: Rows) -> Rows:
    return [{**rows[0], "amount": -1.0}, *rows[1:]]


def test_a_bad_partition_stops_its_run(shop: Shop, instance: dg.DagsterInstance) -> None:
    shop.write(out_of_range(day_of_orders(0)))
    result = shop.run(instance, 0)
    passed, severity, told = checks_of(result)["contract"]
    assert (result.success, passed, severity) == (False, False, "ERROR")
    assert told == (
        "2024-03-01: amount: found 1 values out of range, such as -1.0; allowed: at least 0 and at most 1000"
    )
    assert (list(shop.published(DATA)), shop.published(FEATURES)) == ([day(0)], {})
    assert (shop.materialized(instance, DATA), shop.materialized(instance, FEATURES)) == ({day(0)}, set())


def test_a_range_goes_on_without_its_bad_partition(shop: Shop, instance: dg.DagsterInstance) -> None:
    shop.write(day_of_orders(0), out_of_range(day_of_orders(1)), day_of_orders(2))
    result = shop.run(instance, 0, 2)
    assert not result.success
    assert checks_of(result)["contract"][:2] == (False, "WARN")
    assert error_of(result) == (
        "orders/features: 2 of 3 partitions were made, the others not: 2024-03-02: orders/data 2024-03-02 "
        "breaks its contract: amount: found 1 values out of range, such as -1.0; allowed: at least 0 and at "
        "most 1000; mend the source and materialize the partition again, or change `data.columns`"
    )
    assert list(shop.published(FEATURES)) == [day(0), day(2)]
    assert shop.materialized(instance, FEATURES) == {day(0), day(2)}
    assert shop.materialized(instance, DATA) == {day(0), day(1), day(2)}


def unreadable_on(number: int) -> pa.Table:
    table = orders([*day_of_orders(0), *day_of_orders(1), *day_of_orders(2)])
    items = [str(value) for value in table["items"].to_pylist()]
    items[120 * number] = "two"
    return table.set_column(3, "items", pa.array(items))


def test_a_range_goes_on_without_a_partition_that_cannot_be_read(
    shop: Shop, instance: dg.DagsterInstance
) -> None:
    shop.write_table(unreadable_on(1))
    result = shop.run(instance, 0, 2)
    told = error_of(result)
    assert told.startswith(
        "orders/data: 2 of 3 partitions were made, the others not: 2024-03-02: data.source of"
    )
    assert "the column items holds two, which cannot be read as int" in told
    assert shop.materialized(instance, DATA) == {day(0), day(2)} == set(shop.published(DATA))
    assert set(checks_of(result)) == {"contract", "expectations", "shift"}
    # What was made can be used by itself.
    assert shop.run(instance, 0).success


def test_a_range_of_bad_partitions_blocks_the_run(shop: Shop, instance: dg.DagsterInstance) -> None:
    shop.write(out_of_range(day_of_orders(0)), out_of_range(day_of_orders(1)))
    result = shop.run(instance, 0, 1)
    assert checks_of(result)["contract"][:2] == (False, "ERROR")
    assert shop.published(FEATURES) == {}


def test_quarantine_lets_a_run_go_on_and_says_so(shop: Shop, instance: dg.DagsterInstance) -> None:
    shop.edit(ALL_ASIDE)
    shop.write(out_of_range(day_of_orders(0)))
    result = shop.run(instance, 0)
    assert result.success
    assert checks_of(result)["contract"] == (
        False,
        "WARN",
        "2024-03-01: amount: found 1 rows, set aside in the quarantine, such as -1; allowed: none",
    )
    features = shop.warehouse.published("orders", FEATURES, day(0))
    assert features is not None and features.rows == 119


def test_the_first_partition_has_nothing_to_be_compared_with(
    shop: Shop, instance: dg.DagsterInstance
) -> None:
    shop.write(day_of_orders(0), day_of_orders(1))
    first, second = (checks_of(shop.run(instance, n))["shift"] for n in (0, 1))
    assert first[:2] == (False, "WARN") and "not enough history: 0 partitions before" in first[2]
    assert second == (True, "WARN", "as in the partitions before")


@pytest.fixture
def script_in_a_category(shop: Shop) -> Callable[[], str]:
    def page() -> str:
        rows = day_of_orders(0)
        rows[0]["shop"] = "<script>alert(1)</script>"
        shop.write(rows)
        with dg.DagsterInstance.ephemeral() as instance:
            result = shop.run(instance, 0)
        (found,) = [e for e in result.get_asset_check_evaluations() if e.check_name == "expectations"]
        path = found.metadata[f"data docs {day(0)}"].value
        return Path(str(path)).read_text()

    return page


def test_a_script_in_a_category_is_inert_in_the_data_docs(script_in_a_category: Callable[[], str]) -> None:
    page = script_in_a_category()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script" not in page and "default-src &#x27;none&#x27;" in page
    assert "http:" not in page and "https:" not in page and "src=" not in page
