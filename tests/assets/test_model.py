"""What a model is made from, and that its identity is exactly that."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pytest

from assets.keys import FEATURES
from assets.model_metadata import smoke_result
from assets.partitions import partitions_of, window_of
from assets.training import training_identity, training_job, training_tables
from lifecycle.endpoint.scorer import SmokeResult
from lifecycle.errors import LifecycleError
from lifecycle.features.build import build_plan
from lifecycle.spec.model_spec import ModelSpec
from resources.warehouse.base import TableRef
from resources.warehouse.duckdb import DuckDBWarehouse
from tests.fakes.orders import STOCK_SCHEMA, WINDOW, order, orders_spec, write_orders, write_stock

DAYS = ("2024-03-01", "2024-03-02")
SEEDED = ("evaluation:", "training: {seed: 1}\nevaluation:")


def table(partition: str) -> TableRef:
    return TableRef(
        model="orders", stage=FEATURES, partition=partition, window=WINDOW, uri=f"/lake/{partition}.parquet",
        content_hash=f"content of {partition}", file_sha256="", rows=9, columns={}, nulls={},
    )  # fmt: skip


def stock(level: int) -> pa.Table:
    return pa.Table.from_pylist([{"shop": "north", "level": level}], STOCK_SCHEMA)


def identity(
    spec: ModelSpec | None = None,
    *,
    as_of: str = DAYS[1],
    tables: tuple[TableRef, ...] = (table(DAYS[0]), table(DAYS[1])),
    lookups: pa.Table | None = None,
) -> str:
    """Identity of a training; by default always of the same one."""
    spec = spec or orders_spec()
    plan, partitions = build_plan(spec), partitions_of(spec)
    job = training_job(spec, plan, tables, as_of=as_of, window=window_of(partitions, as_of))
    return training_identity(spec, plan, job, tables, {"stock": stock(1) if lookups is None else lookups}, {})


def test_the_same_inputs_are_the_same_model() -> None:
    assert identity() == identity()


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(lambda: identity(orders_spec(SEEDED)), id="the seed"),
        pytest.param(lambda: identity(orders_spec(("amount: amount", "amount: -amount"))), id="a feature"),
        pytest.param(lambda: identity(orders_spec(("max: 1000", "max: 999"))), id="the contract"),
        pytest.param(lambda: identity(orders_spec(("zone: UTC", "zone: Asia/Tokyo"))), id="the zone"),
        pytest.param(lambda: identity(as_of=DAYS[0]), id="the cut-off"),
        pytest.param(lambda: identity(tables=(table(DAYS[1]),)), id="the window"),
        pytest.param(lambda: identity(tables=(table(DAYS[0]), replace(table(DAYS[1]), content_hash="other"))),
                     id="the content of a table"),
        pytest.param(lambda: identity(lookups=stock(2)), id="the content of a lookup"),
    ],
)  # fmt: skip  # one case a line or two
def test_another_input_is_another_model(changed: Callable[[], str]) -> None:
    assert changed() != identity()


@pytest.mark.parametrize(
    "same",
    [
        pytest.param(lambda: identity(orders_spec(("min: 0.6}", "min: 0.7}"))), id="a gate"),
        pytest.param(
            lambda: identity(orders_spec(("evaluation:", "deployment: {port: 9000}\nevaluation:"))),
            id="a port",
        ),
        pytest.param(
            lambda: identity(orders_spec(("amount: {", "amount: {description: paid, "))), id="a description"
        ),
        pytest.param(lambda: identity(orders_spec(("model: {", "job: true\nmodel: {"))), id="a job"),
        pytest.param(lambda: identity(orders_spec().with_folder(Path("/elsewhere"))), id="the spec's folder"),
        pytest.param(
            lambda: identity(tables=(replace(table(DAYS[0]), uri="/moved/lake"), table(DAYS[1]))),
            id="where a table lies",
        ),
        pytest.param(
            lambda: identity(tables=(replace(table(DAYS[0]), file_sha256="zstd"), table(DAYS[1]))),
            id="how a table is packed",
        ),
    ],
)
def test_what_makes_no_other_model_keeps_the_identity(same: Callable[[], str]) -> None:
    assert same() == identity()


def test_a_job_holds_what_the_spec_says() -> None:
    spec = orders_spec(
        ("evaluation:", "training: {rounds: 7, compute: {cpu: 3, time_limit: 1h}}\nevaluation:")
    )
    partitions = partitions_of(spec)
    job = training_job(
        spec, build_plan(spec), [table(DAYS[0])], as_of=DAYS[0], window=window_of(partitions, DAYS[0])
    )
    assert (job.rounds, job.threads, job.time_limit_s, job.cut_off) == (7, 3, 3600, WINDOW.end)
    assert job.features == {"amount": "float", "stock_level": "int"}
    assert (job.tables, job.label, job.as_of) == (("/lake/2024-03-01.parquet",), "returned", DAYS[0])


def test_a_hole_in_the_window_is_an_error(tmp_path: Path) -> None:
    spec = orders_spec().with_folder(tmp_path / "orders")
    write_orders(tmp_path, [order("one")])
    write_stock(tmp_path, [])
    warehouse = DuckDBWarehouse(root=str(tmp_path / "lake"), home=str(tmp_path), threads=1)
    snapshot = warehouse.snapshot(spec, DAYS[0], WINDOW)
    made = warehouse.build_features(build_plan(spec), spec, snapshot, DAYS[0])
    assert training_tables(spec, warehouse, DAYS[:1]) == [made]
    with pytest.raises(
        LifecycleError, match=r"orders/features lacks 2024-03-02, which .* 2024-03-01 to 2024-03-02"
    ):
        training_tables(spec, warehouse, DAYS)
    week = [f"2024-03-{day:02}" for day in range(1, 9)]
    with pytest.raises(LifecycleError, match=r"lacks 2024-03-02, .*, 2024-03-06 and more, which"):
        training_tables(spec, warehouse, week)


@pytest.mark.parametrize(("ok", "features"), [(True, ()), (False, ("amount",))])
def test_a_smoke_check_says_what_differs(ok: bool, features: tuple[str, ...]) -> None:
    smoke = SmokeResult(ok=ok, rows=5, max_difference=0.25, differing_features=features, milliseconds=1.5)
    result = smoke_result(smoke)
    told = "5 golden rows, largest difference 0.25, 1.5 ms a row"
    assert isinstance(result, dg.AssetCheckResult)
    assert result.passed is ok
    assert result.description == (told if ok else f"{told}; features that differ: amount")
