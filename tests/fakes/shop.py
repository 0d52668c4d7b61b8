"""The orders model with real files, lake and assets: days of orders that a test spoils."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq

from assets.contract import Judgement, judge_snapshot
from assets.data import data_asset
from assets.features import features_asset
from assets.keys import stage_key
from assets.partitions import partitions_of, window_of
from lifecycle.spec.model_spec import ModelSpec
from resources.warehouse.base import TableRef
from resources.warehouse.duckdb import DuckDBWarehouse
from tests.fakes.orders import SCHEMA, Row, order, orders, orders_spec, write_stock

START = datetime(2024, 3, 1, tzinfo=UTC)


def day(number: int) -> str:
    """Key of the partition of a day, counted from 0."""
    return f"{START + timedelta(days=number):%Y-%m-%d}"


def day_of_orders(number: int, *, rows: int = 120) -> list[dict[str, object]]:
    """The orders of a day: the same ones every time, other ones every day, all of one kind."""
    draw, made = random.Random(number), []
    for i in range(rows):
        at = START + timedelta(days=number, seconds=600 * i)
        made.append(
            order(
                f"{day(number)} {i:05d}",
                ordered_at=at,
                amount=round(draw.lognormvariate(3, 0.5), 2),
                items=draw.randint(1, 9),
                shop=draw.choice(["north", "south"]),
                returned=draw.random() < 0.3,
                known_at=at + timedelta(days=draw.uniform(2, 4)),
            )
        )
    return made


@dataclass(kw_only=True)
class Shop:
    """One model in a folder of its own."""

    folder: Path
    spec: ModelSpec

    @property
    def warehouse(self) -> DuckDBWarehouse:
        return DuckDBWarehouse(root=str(self.folder / "lake"), home=str(self.folder), threads=1)

    @property
    def source(self) -> Path:
        return self.folder / "orders.parquet"

    def edit(self, *changes: tuple[str, str]) -> None:
        """The spec with pieces of its text replaced."""
        self.spec = orders_spec(*changes).with_folder(self.folder)

    def write(self, *days: Sequence[Row], schema: pa.Schema = SCHEMA) -> None:
        """The source, anew."""
        self.write_table(orders([row for rows in days for row in rows], schema))

    def write_table(self, table: pa.Table) -> None:
        pq.write_table(table, self.source)

    def take(self, number: int) -> TableRef:
        """A snapshot of a day, without Dagster."""
        key = day(number)
        return self.warehouse.snapshot(self.spec, key, window_of(partitions_of(self.spec), key))

    def judge(self, number: int, *, now: datetime | None = None) -> Judgement:
        """Take a day and judge it."""
        return judge_snapshot(self.spec, self.warehouse, self.take(number), now=now)

    def blocked(self, number: int, *, now: datetime | None = None) -> list[str]:
        """What blocks a day, in words."""
        return [violation.message for violation in self.judge(number, now=now).blocked]

    def warned(self, number: int) -> list[tuple[str, str]]:
        """(severity, words) of what a day breaks without being blocked."""
        found = self.judge(number).violations
        return [(v.severity, v.message) for v in found if v.severity != "block"]

    def published(self, stage: str) -> dict[str, str]:
        """Partition -> content of what is published."""
        folder = self.folder / "lake" / self.spec.name / stage
        keys = sorted(path.parent.name for path in folder.glob("*/current.json"))
        tables = {key: self.warehouse.published(self.spec.name, stage, key) for key in keys}
        return {key: table.content_hash for key, table in tables.items() if table}

    def run(
        self, instance: dg.DagsterInstance, first: int, last: int | None = None
    ) -> dg.ExecuteInProcessResult:
        """Materialize data and features of a day, or of a range of them, in one real Dagster run."""
        span = {} if last is None else {"start": day(first), "end": day(last)}
        return dg.materialize(
            [data_asset(self.spec), features_asset(self.spec)],
            partition_key=day(first) if last is None else None,
            tags={f"dagster/asset_partition_range_{end}": key for end, key in span.items()},
            resources={"warehouse": self.warehouse},
            instance=instance,
            raise_on_error=False,
        )

    def materialized(self, instance: dg.DagsterInstance, stage: str) -> set[str]:
        """Partitions that Dagster takes for made."""
        return set(instance.get_materialized_partitions(stage_key(self.spec.name, stage)))


def open_shop(folder: Path) -> Shop:
    """A shop with its lookup, and no orders yet."""
    (folder / "orders").mkdir(parents=True)
    seen = START - timedelta(days=1)
    write_stock(folder, [{"shop": shop, "seen_at": seen, "level": 5} for shop in ("north", "south")])
    return Shop(folder=folder / "orders", spec=orders_spec().with_folder(folder / "orders"))


def error_of(result: dg.ExecuteInProcessResult) -> str:
    """The message of the one step that failed, without the name of its class."""
    (failed,) = [event for event in result.all_events if event.is_step_failure]
    error = failed.step_failure_data.error
    assert error is not None and error.cause is not None
    return error.cause.message.strip().partition(": ")[2]


def checks_of(result: dg.ExecuteInProcessResult) -> dict[str, tuple[bool, str, str]]:
    """Check -> passed, severity, description."""
    return {
        found.check_name: (found.passed, found.severity.value, found.description or "")
        for found in result.get_asset_check_evaluations()
    }
