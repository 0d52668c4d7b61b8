from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from lifecycle.evaluation.slices.masks import (
    MAX_SLICES,
    columns_read,
    group_masks,
    known_columns,
    spec_slices,
)
from lifecycle.features.build import build_plan
from lifecycle.spec.model_spec import ModelSpec
from tests.fakes.orders import orders_spec

NOON = datetime(2024, 3, 1, 12, tzinfo=UTC)
TABLE = pa.table(
    {
        "order_id": list("abcd"),
        "ordered_at": pa.array([NOON] * 4, pa.timestamp("us", tz="UTC")),
        "amount": [1.0, 20.0, None, 30.0],
        "shop": ["north", "south", "north", None],
        "items": pa.array([1, 2, 1, 1], pa.int64()),
    }
)


def spec_with(slices: str) -> ModelSpec:
    return orders_spec(("evaluation:\n", f"evaluation:\n  slices: [{slices}]\n"))


def found(slices: str, table: pa.Table = TABLE) -> dict[str, list[bool]]:
    spec = spec_with(slices)
    return {s.name: s.mask.tolist() for s in spec_slices(spec, build_plan(spec), table)}


def test_each_value_of_a_column_is_a_slice_the_largest_first() -> None:
    assert found("{name: shop, by: shop}") == {
        "shop = north": [True, False, True, False],
        "shop = south": [False, True, False, False],
        "shop is missing": [False, False, False, True],
    }


def test_two_columns_give_a_slice_for_each_pair_that_occurs() -> None:
    assert found("{name: both, by: [shop, items]}") == {
        "shop = north and items = 1": [True, False, True, False],
        "shop = south and items = 2": [False, True, False, False],
        "shop is missing and items = 1": [False, False, False, True],
    }


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        pytest.param("amount > 10", [False, True, False, True], id="a missing condition does not hold"),
        pytest.param("amount IS NULL", [False, False, True, False], id="missing can be asked for"),
        pytest.param("shop = 'north' AND items = 1", [True, False, True, False], id="features and columns"),
        pytest.param("hour(ordered_at) >= 12", [True] * 4, id="parts of the event time, in the zone"),
    ],
)
def test_a_condition_means_what_it_means_in_a_feature(where: str, expected: list[bool]) -> None:
    assert found(f'{{name: some, where: "{where}"}}') == {where: expected}


def test_of_a_feature_and_a_column_with_one_name_the_feature_is_meant() -> None:
    spec = orders_spec(("amount: amount", "amount: floor(amount)"))
    kinds = known_columns(build_plan(spec))
    assert kinds["amount"] == "int"
    assert (kinds["shop"], kinds["ordered_at"], kinds["stock_level"]) == ("string", "timestamp", "int")


def test_the_label_and_what_came_with_it_are_not_known() -> None:
    kinds = known_columns(build_plan(orders_spec()))
    assert {"returned", "known_at"} & kinds.keys() == set()


def test_the_columns_that_a_spec_reads_are_told_once() -> None:
    spec = spec_with(
        '{name: shop, by: shop}, {name: big, where: "amount > 10 AND items > 1"}, {name: s, by: shop}'
    )
    assert columns_read(spec, build_plan(spec)) == ("shop", "amount", "items")


def test_a_family_holds_its_largest_slices_only() -> None:
    column = [f"s{min(i, 80):02}" for i in range(100)]
    table = pa.table({"order_id": column, "ordered_at": [NOON] * 100, "shop": column})
    slices = found("{name: shop, by: shop}", table)
    assert len(slices) == MAX_SLICES
    assert next(iter(slices)) == "shop = s80"


def test_no_rows_have_no_slices() -> None:
    assert group_masks(TABLE.slice(0, 0), ["shop"]) == []
    assert found('{name: big, where: "amount > 10"}', TABLE.slice(0, 0)) == {"amount > 10": []}


def test_every_row_is_in_one_slice_of_a_family() -> None:
    random = np.random.default_rng(0)
    table = pa.table({c: random.choice(["x", "y", None], 200).tolist() for c in "ab"})
    masks = [mask for _, mask in group_masks(table, ["a", "b"])]
    assert np.sum(masks, axis=0).tolist() == [1] * 200
