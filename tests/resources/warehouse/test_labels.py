"""The truth as the source tells it: only what was known, in the form of the request log."""

from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from lifecycle.errors import LifecycleError
from lifecycle.spec.model_spec import ModelSpec
from resources.warehouse.base import Warehouse
from tests.fakes.orders import INSTANT, NOON, SCHEMA, WINDOW, order, orders_spec, write_orders

SPEC = orders_spec()
DELAYED = orders_spec(("known_at: known_at}", "delay: 3d}"))
TIMELESS = orders_spec(
    ("  event_time: ordered_at\n", ""),
    ("{every: day, start: 2024-03-01}", "{every: once}"),
    ("returned, known_at: known_at}", "returned}"),
    ("      known_at: seen_at\n", ""),
)
LATER = NOON + timedelta(days=3)


def labels(warehouse: Warehouse, spec: ModelSpec = SPEC, *, known_by: datetime = LATER) -> pa.Table:
    return warehouse.labels(spec, since=WINDOW.start, until=WINDOW.end, known_by=known_by)


def test_a_label_is_there_from_the_microsecond_on_at_which_it_was_known(
    warehouse: Warehouse, models: Path
) -> None:
    outside = [
        order("before", ordered_at=WINDOW.start - timedelta(seconds=1)),
        order("end", ordered_at=WINDOW.end),
    ]
    never = [order("none", returned=None), order("undated", known_at=None)]
    write_orders(models, [order("b", returned=True), order("a"), *outside, *never])
    assert labels(warehouse).to_pydict() == {
        "key": ["a", "b"],
        "event_time": [NOON, NOON],
        "label": ["false", "true"],
        "known_at": [LATER, LATER],
    }
    assert labels(warehouse, known_by=LATER - timedelta(microseconds=1)).num_rows == 0


def test_a_fixed_delay_begins_at_the_event(warehouse: Warehouse, models: Path) -> None:
    write_orders(models, [order("a", known_at=None), order("b", ordered_at=NOON + timedelta(seconds=1))])
    found = labels(warehouse, DELAYED)
    assert (found["key"].to_pylist(), found["known_at"].to_pylist()) == (["a"], [LATER])


def test_without_times_every_label_is_known(warehouse: Warehouse, models: Path) -> None:
    write_orders(models, [order("a", ordered_at=NOON - timedelta(days=999)), order("b", returned=None)])
    found = labels(warehouse, TIMELESS, known_by=WINDOW.start)
    assert found.to_pydict() == {"key": ["a"], "event_time": [None], "label": ["false"], "known_at": [None]}
    assert found.schema.types == [pa.string(), INSTANT, pa.string(), INSTANT]


def test_a_number_is_a_key_as_the_log_writes_it(warehouse: Warehouse, models: Path) -> None:
    spec = orders_spec(("order_id: {type: string}", "order_id: {type: int}"))
    schema = SCHEMA.set(0, pa.field("order_id", pa.int64()))
    rows = [{**order("x"), "order_id": number} for number in (7, 70, 7)]
    write_orders(models, rows, schema)
    assert labels(warehouse, spec)["key"].to_pylist() == ["7", "7", "70"]


def test_a_source_without_the_column_is_an_error_that_names_it(warehouse: Warehouse, models: Path) -> None:
    write_orders(models, [], pa.schema([field for field in SCHEMA if field.name != "returned"]))
    with pytest.raises(LifecycleError, match="returned"):
        labels(warehouse)
