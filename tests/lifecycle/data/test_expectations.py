import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta

import pyarrow as pa
import pytest

from lifecycle.data.expectations import (
    ExpectationResult,
    SuiteResult,
    build_suite,
    run_suite,
    sample,
)
from tests.fakes.orders import NOON, Row, order, orders, orders_spec

SPEC = orders_spec()
GOOD = [order("a", returned=None, known_at=None), order("b"), order("c", amount=None), order("d")]


def run(rows: Sequence[Row]) -> SuiteResult:
    return run_suite(SPEC, orders(rows), total_rows=len(rows))


def broken(rows: Sequence[Row]) -> list[tuple[str, str | None, int, tuple[str, ...]]]:
    return [
        (found.expectation, found.column, found.unexpected_rows, found.samples) for found in run(rows).failed
    ]


def test_rows_that_keep_the_contract_meet_the_suite() -> None:
    result = run(GOOD)
    assert (result.rows, result.success, result.failed) == (4, True, ())


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param(
            {"amount": -1.0}, ("values_to_be_between", "amount", 1, ("-1.0",)), id="below the range"
        ),
        pytest.param({"items": 0}, ("values_to_be_between", "items", 1, ("0",)), id="integer range"),
        pytest.param({"shop": "east"}, ("values_to_be_in_set", "shop", 1, ("east",)), id="new category"),
        pytest.param({"shop": None}, ("values_to_not_be_null", "shop", 1, ()), id="missing"),
        pytest.param({"order_id": "b"}, ("values_to_be_unique", "order_id", 2, ("b",)), id="duplicate key"),
    ],
)
def test_a_row_that_breaks_the_contract_fails_the_suite(
    row: Row, expected: tuple[str, str, int, tuple[str, ...]]
) -> None:
    expectation, *found = expected
    assert broken([*GOOD, order("e") | row]) == [(f"expect_column_{expectation}", *found)]


def test_a_label_known_before_its_event_fails_the_suite() -> None:
    early = order("e", known_at=NOON - timedelta(seconds=1))
    (found,) = run([*GOOD, early]).failed
    assert (found.expectation, found.column, found.unexpected_rows) == (
        "expect_column_pair_values_a_to_be_greater_than_b",
        "known_at",
        1,
    )


def test_an_empty_table_fails_the_suite() -> None:
    assert [found.expectation for found in run([]).failed] == ["expect_table_row_count_to_be_between"]


def test_an_expectation_that_cannot_be_evaluated_is_no_success_and_says_why() -> None:
    rows = orders(GOOD).drop_columns(["shop"])
    errors = {found.error for found in run_suite(SPEC, rows, total_rows=4).failed}
    assert errors == {None, 'Error: The column "shop" in BatchData does not exist.'}


def test_every_rule_of_a_column_is_in_the_suite() -> None:
    about_amount = [made for made in build_suite(SPEC) if made["kwargs"].get("column") == "amount"]
    assert about_amount == [
        {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "amount", "mostly": 0.75}},
        {
            "type": "expect_column_values_to_be_between",
            "kwargs": {"column": "amount", "min_value": 0.0, "max_value": 1000.0},
        },
    ]


def test_a_sample_may_miss_a_little_more_than_the_whole() -> None:
    # The standard error of a share of 1/4 in 75 rows is 1/20: sqrt(1/4 * 3/4 / 75).
    (made, _) = [m for m in build_suite(SPEC, sampled_rows=75) if m["kwargs"].get("column") == "amount"]
    assert made["kwargs"]["mostly"] == pytest.approx(1 - (0.25 + 4 * 0.05))


def test_a_column_that_may_miss_nothing_may_miss_nothing_in_a_sample() -> None:
    (made, _) = [m for m in build_suite(SPEC, sampled_rows=10) if m["kwargs"].get("column") == "shop"]
    assert made["kwargs"]["mostly"] == 1


def test_the_severity_of_a_rule_goes_into_the_suite() -> None:
    spec = orders_spec(
        ("  entity:", "  rules: {range: off, allowed: warn, null_share: quarantine}\n  entity:")
    )
    made = {(m["type"], m["kwargs"].get("column")): m.get("severity") for m in build_suite(spec)}
    assert ("expect_column_values_to_be_between", "amount") not in made
    assert made["expect_column_values_to_be_in_set", "shop"] == "warning"
    assert made["expect_column_values_to_not_be_null", "shop"] is None


def test_an_expectation_whose_rule_warns_fails_no_suite() -> None:
    spec = orders_spec(("  entity:", "  rules: {allowed: warn}\n  entity:"))
    result = run_suite(spec, orders([*GOOD, order("e", shop="east")]), total_rows=5)
    assert (result.success, [(found.column, found.warns) for found in result.failed]) == (
        True,
        [("shop", True)],
    )


def test_rules_of_the_table_and_of_uniqueness_are_in_the_suite() -> None:
    spec = orders_spec(
        ("  entity:", "  rows: {min: 2, max: 9}\n  entity:"),
        ("items: {type: int,", "items: {type: int, unique: true,"),
    )
    band, *_ = build_suite(spec)
    assert band["kwargs"] == {"min_value": 2, "max_value": 9}
    assert build_suite(spec, sampled_rows=5)[0]["kwargs"] == {"min_value": 1}
    unique = [m["kwargs"]["column"] for m in build_suite(spec) if m["type"].endswith("_unique")]
    assert unique == ["order_id", "items"]


def test_values_of_a_sensitive_column_are_no_samples() -> None:
    spec = orders_spec(("shop: {type: string,", "shop: {type: string, sensitive: true,"))
    (found,) = run_suite(spec, orders([*GOOD, order("e", shop="east")]), total_rows=5).failed
    assert (found.column, found.samples) == ("shop", ())


@pytest.mark.parametrize(
    ("rows", "at_most", "expected"),
    [
        pytest.param(10, 10, [*range(10)], id="all, when they fit"),
        pytest.param(10, 9, [0, 2, 4, 6, 8], id="every second, when one is too many"),
        pytest.param(10, 3, [0, 4, 8], id="every fourth"),
        pytest.param(0, 3, [], id="none of none"),
    ],
)
@pytest.mark.parametrize("batch_rows", [1, 3, 100])
def test_a_sample_does_not_depend_on_batches(
    rows: int, at_most: int, expected: list[int], batch_rows: int
) -> None:
    table = pa.table({"n": pa.array(range(rows), pa.int64())})
    batches = table.to_batches(max_chunksize=batch_rows) or [pa.RecordBatch.from_pylist([], table.schema)]
    assert sample(batches, rows=rows, at_most=at_most)["n"].to_pylist() == expected


def test_values_of_the_data_are_escaped_in_the_table_for_people() -> None:
    found = ExpectationResult(
        expectation="e", column="shop", success=False, unexpected_rows=1, samples=("<b>|\n",), error=None
    )
    assert SuiteResult(rows=1, results=(found,)).markdown.splitlines()[2:] == [
        "| e | shop | **no** | 1 | &lt;b&gt;&#124;  |"
    ]


def test_great_expectations_is_loaded_by_running_a_suite_only() -> None:
    code = "import sys, lifecycle.data.expectations as e; print('great_expectations' in sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "False"
