"""History features in a warehouse: own rows of earlier partitions, event tables, the online path's share."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lifecycle.errors import LifecycleError
from lifecycle.features.build import build_plan
from lifecycle.features.history import OWN_LABELS, OWN_ROWS
from resources.warehouse.base import TableRef, TimeWindow, Warehouse
from tests.fakes.orders import DAY, INSTANT, NOON, WINDOW, order, orders, orders_spec, write_orders

HISTORY = """  events:
    visits: {table: visits.parquet, known_at: seen_at, columns: {shop: string, people: int}}
  history:
    orders_1d: {key: {shop: shop}, window: 1d, aggregate: count}
    returned_2d: {key: {shop: shop}, window: 2d, aggregate: mean, value: returned, max_delay: 1d}
    people_1h: {of: visits, key: {shop: shop}, window: 1h, aggregate: sum, value: people}
  columns:
    orders_1d: history.orders_1d
    returned_2d: history.returned_2d
    people_1h: history.people_1h
"""
SPEC = orders_spec(("  columns:\n    amount: amount\n", HISTORY + "    amount: amount\n"))
PLAN = build_plan(SPEC)
SECOND, MINUTE, HOUR, ONE_DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))
YESTERDAY = TimeWindow(start=WINDOW.start - ONE_DAY, end=WINDOW.end - ONE_DAY)
VISITS = pa.schema({"shop": pa.string(), "seen_at": INSTANT, "people": pa.int64()})
ROWS = [
    order("old", ordered_at=NOON - ONE_DAY + MINUTE, returned=True, known_at=NOON - HOUR),
    order("slow", ordered_at=NOON - ONE_DAY, returned=True, known_at=NOON + SECOND),
    order("a", returned=False, known_at=NOON + HOUR),
    order("b", ordered_at=NOON + 2 * HOUR, returned=True, known_at=NOON + 9 * HOUR),
    order("c", ordered_at=NOON + 2 * HOUR, shop="south", returned=None, known_at=None),
]
SEEN = [
    {"shop": "north", "seen_at": NOON - HOUR, "people": 100},
    {"shop": "north", "seen_at": NOON - HOUR + timedelta(microseconds=1), "people": 2},
    {"shop": "north", "seen_at": NOON, "people": 3},
    {"shop": "north", "seen_at": NOON + timedelta(microseconds=1), "people": 400},
]


@pytest.fixture
def snapshots(warehouse: Warehouse, models: Path) -> Sequence[TableRef]:
    """Yesterday and today."""
    write_orders(models, ROWS)
    stock = pa.Table.from_pylist(
        [], pa.schema({"shop": pa.string(), "seen_at": INSTANT, "level": pa.int64()})
    )
    pq.write_table(stock, models / "orders" / "stock.parquet")
    pq.write_table(pa.Table.from_pylist(SEEN, VISITS), models / "orders" / "visits.parquet")
    return [
        warehouse.snapshot(SPEC, "2024-02-29", YESTERDAY),
        warehouse.snapshot(SPEC, DAY, WINDOW),
    ]


def built(warehouse: Warehouse, snapshots: Sequence[TableRef]) -> Mapping[str, tuple[Any, ...]]:
    table = warehouse.build_features(PLAN, SPEC, snapshots[-1], DAY, snapshots[:-1])
    names = ["order_id", "orders_1d", "returned_2d", "people_1h"]
    return {row["order_id"]: tuple(row[n] for n in names[1:]) for row in warehouse.read(table).to_pylist()}


def test_a_row_sees_earlier_partitions_labels_once_known_and_events_as_of_its_time(
    warehouse: Warehouse, snapshots: Sequence[TableRef]
) -> None:
    assert built(warehouse, snapshots) == {
        # `slow` was ordered a day ago to the microsecond, and is in the window; its label took too long.
        "a": (2, 1.0, 5),
        "b": (1, 0.5, None),
        "c": (0, None, None),
    }


def test_the_plan_says_how_far_back_it_looks() -> None:
    assert PLAN.own_lookback_s == 3 * 86_400


def test_the_table_says_when_the_latest_past_row_is_from(
    warehouse: Warehouse, snapshots: Sequence[TableRef]
) -> None:
    table = warehouse.build_features(PLAN, SPEC, snapshots[-1], DAY, snapshots[:-1])
    rows = {row["order_id"]: row for row in warehouse.read(table).to_pylist()}
    latest = [rows["a"][f"history__{n}__at"] for n in range(3)]
    assert latest == [NOON - ONE_DAY + MINUTE + timedelta(microseconds=1), NOON - HOUR, NOON]


@pytest.mark.parametrize("source", [OWN_ROWS, OWN_LABELS])
def test_own_rows_for_the_online_path_are_those_that_began_to_count(
    warehouse: Warehouse, snapshots: Sequence[TableRef], source: str
) -> None:
    found = warehouse.history_rows(
        SPEC, PLAN, source, since=NOON - HOUR, known_by=NOON + HOUR, past=snapshots
    )
    assert found.column_names == list(PLAN.source(source).columns)
    times = found[PLAN.source(source).time].to_pylist()
    assert times == ([NOON] if source == OWN_ROWS else [NOON + SECOND, NOON + HOUR])


def test_events_for_the_online_path_can_be_limited_to_what_requests_need(
    warehouse: Warehouse, snapshots: Sequence[TableRef]
) -> None:
    asked = orders([order("a"), order("again"), order("c", shop="south")]).select(["shop", "ordered_at"])
    span = {"since": NOON - ONE_DAY, "known_by": NOON + ONE_DAY}
    every = warehouse.history_rows(SPEC, PLAN, "visits", **span)
    needed = warehouse.history_rows(SPEC, PLAN, "visits", **span, asked=asked)
    assert every.to_pylist() == [{name: row[name] for name in ("people", "seen_at", "shop")} for row in SEEN]
    assert needed.to_pylist() == every.to_pylist()[1:3]


def test_own_rows_without_snapshots_are_an_error(warehouse: Warehouse) -> None:
    with pytest.raises(LifecycleError, match="the history of orders reads its own rows: name its snapshots"):
        warehouse.history_rows(SPEC, PLAN, OWN_ROWS, since=NOON, known_by=NOON)
