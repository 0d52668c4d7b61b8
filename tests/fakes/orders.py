"""A small model for tests of data: orders of three shops, some of which come back days later."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from lifecycle.spec.model_spec import ModelSpec
from lifecycle.spec.parse import parse_spec
from resources.warehouse.base import TimeWindow

ORDERS = """
model: {name: orders, task: binary}
data:
  source: {files: orders.parquet}
  entity: order_id
  event_time: ordered_at
  time_zone: UTC
  partition: {every: day, start: 2024-03-01}
  columns:
    order_id: {type: string}
    ordered_at: {type: timestamp}
    amount: {type: float, min: 0, max: 1000, null_share: 0.25}
    items: {type: int, min: 1, null_share: 0.25}
    shop: {type: string, allowed: [north, south]}
    returned: {type: bool, null_share: 1}
    known_at: {type: timestamp, null_share: 1}
  label: {column: returned, known_at: known_at}
features:
  lookups:
    stock:
      table: stock.parquet
      key: {shop: shop}
      known_at: seen_at
      columns: {level: int}
  columns:
    amount: amount
    stock_level: stock.level
evaluation:
  gates: [{metric: auc, min: 0.6}]
"""
DAY = "2024-03-01"
NOON = datetime(2024, 3, 1, 12, tzinfo=UTC)
WINDOW = TimeWindow(start=datetime(2024, 3, 1, tzinfo=UTC), end=datetime(2024, 3, 2, tzinfo=UTC))
INSTANT = pa.timestamp("us", tz="UTC")
SCHEMA = pa.schema(
    {
        "order_id": pa.string(),
        "ordered_at": INSTANT,
        "amount": pa.float64(),
        "items": pa.int64(),
        "shop": pa.string(),
        "returned": pa.bool_(),
        "known_at": INSTANT,
    }
)
STOCK_SCHEMA = pa.schema({"shop": pa.string(), "seen_at": INSTANT, "level": pa.int64()})
Row = Mapping[str, object]


def orders_spec(*changes: tuple[str, str]) -> ModelSpec:
    """The spec with pieces of its text replaced."""
    text = ORDERS
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return parse_spec(text)


def order(name: str, **values: object) -> dict[str, object]:
    """A row that keeps the contract, but for the values given."""
    known_at = NOON + timedelta(days=3)
    usual = {"amount": 10.0, "items": 2, "shop": "north", "returned": False, "known_at": known_at}
    return {"order_id": name, "ordered_at": NOON, **usual, **values}


def orders(rows: Sequence[Row], schema: pa.Schema = SCHEMA) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema)


def write_orders(models: Path, rows: Sequence[Row], schema: pa.Schema = SCHEMA) -> Path:
    """Write the source of the model into the folder of its spec."""
    path = models / "orders" / "orders.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(orders(rows, schema), path)
    return path


def write_stock(models: Path, rows: Sequence[Row]) -> Path:
    """Write the lookup of the model into the folder of its spec."""
    path = models / "orders" / "stock.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(list(rows), STOCK_SCHEMA), path)
    return path
