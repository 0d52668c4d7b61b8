from dataclasses import replace

import pytest

from lifecycle.data.contract import Violation, check_contract, unjudged
from lifecycle.data.facts import ColumnFacts, Surroundings, TableFacts
from tests.fakes.orders import orders_spec

SPEC = orders_spec()
WHOLE = TableFacts(
    rows=8,
    labels=5,
    columns={
        "order_id": ColumnFacts(nulls=0),
        "ordered_at": ColumnFacts(nulls=0),
        "amount": ColumnFacts(nulls=2, min=0.0, max=1000.0),
        "items": ColumnFacts(nulls=0, min=1.0, max=9.0),
        "shop": ColumnFacts(nulls=0),
        "returned": ColumnFacts(nulls=3),
        "known_at": ColumnFacts(nulls=3),
    },
)


def with_column(name: str, facts: ColumnFacts) -> TableFacts:
    return replace(WHOLE, columns={**WHOLE.columns, name: facts})


def without_column(name: str) -> TableFacts:
    return replace(WHOLE, columns={other: facts for other, facts in WHOLE.columns.items() if other != name})


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param(
            TableFacts(rows=0, columns={}),
            Violation(rule="rows", column=None, found="no rows", allowed="at least one row", rows=0),
            id="an empty partition never passes",
        ),
        pytest.param(
            without_column("items"),
            Violation(
                rule="columns", column="items", found="no such column", allowed="a column of type int", rows=8
            ),
            id="a column that was not measured never passes",
        ),
        pytest.param(
            with_column("extra", ColumnFacts(nulls=0)),
            Violation(
                rule="columns",
                column="extra",
                found="a column that the spec does not list",
                allowed="order_id, ordered_at, amount, items, shop, returned, known_at",
                rows=8,
            ),
            id="a new column",
        ),
        pytest.param(
            with_column("order_id", ColumnFacts(nulls=1)),
            Violation(
                rule="key",
                column="order_id",
                found="1 rows without it",
                allowed="a value in every row",
                rows=1,
            ),
            id="a key is never missing",
        ),
        pytest.param(
            with_column("amount", ColumnFacts(nulls=3)),
            Violation(
                rule="null_share",
                column="amount",
                found="3 of 8 values missing (37.50%)",
                allowed="at most 25.00% missing",
                rows=3,
            ),
            id="one more missing than the share allows",
        ),
        pytest.param(
            with_column("amount", ColumnFacts(nulls=0, not_finite=2)),
            Violation(
                rule="finite",
                column="amount",
                found="2 times NaN or an infinity",
                allowed="finite numbers; write what is missing as null",
                rows=2,
            ),
            id="NaN is no way to say missing",
        ),
        pytest.param(
            with_column("amount", ColumnFacts(nulls=0, outside_range=2, range_samples=("-1.0", "1001.0"))),
            Violation(
                rule="range",
                column="amount",
                found="2 values out of range",
                allowed="at least 0 and at most 1000",
                rows=2,
                samples=("-1.0", "1001.0"),
            ),
            id="values outside of both ends",
        ),
        pytest.param(
            with_column("items", ColumnFacts(nulls=0, outside_range=1, range_samples=("0",))),
            Violation(
                rule="range",
                column="items",
                found="1 values out of range",
                allowed="at least 1",
                rows=1,
                samples=("0",),
            ),
            id="a range with one end",
        ),
        pytest.param(
            with_column("shop", ColumnFacts(nulls=0, outside_allowed=1, allowed_samples=("east",))),
            Violation(
                rule="allowed",
                column="shop",
                found="1 values of another kind",
                allowed="north, south",
                rows=1,
                samples=("east",),
            ),
            id="a new category",
        ),
        pytest.param(
            replace(WHOLE, duplicate_rows=2, duplicate_samples=("a", "b")),
            Violation(
                rule="unique",
                column="order_id",
                found="2 rows of an entity that has a row already",
                allowed="one row an entity",
                rows=2,
                samples=("a", "b"),
            ),
            id="duplicate keys",
        ),
        pytest.param(
            replace(WHOLE, outside_window=1),
            Violation(
                rule="window",
                column="ordered_at",
                found="1 rows of another time",
                allowed="event times inside the partition",
                rows=1,
            ),
            id="a row of another partition",
        ),
        pytest.param(
            replace(WHOLE, labels_without_time=1),
            Violation(
                rule="label_time",
                column="known_at",
                found="1 labels for which no time is known",
                allowed="the time at which each label became known",
                rows=1,
            ),
            id="a label for which no time is known",
        ),
        pytest.param(
            replace(WHOLE, labels_before_event=1),
            Violation(
                rule="label_order",
                column="known_at",
                found="1 labels known before their event",
                allowed="times at or after ordered_at",
                rows=1,
            ),
            id="an answer before the question",
        ),
    ],
)
def test_a_broken_rule_is_one_violation(facts: TableFacts, expected: Violation) -> None:
    assert check_contract(SPEC, facts) == (expected,)


def test_a_table_at_every_limit_keeps_the_contract() -> None:
    assert check_contract(SPEC, WHOLE) == ()


def test_a_partition_whose_labels_are_still_to_come_keeps_the_contract() -> None:
    coming = with_column("returned", ColumnFacts(nulls=8))
    assert check_contract(SPEC, replace(coming, labels=0)) == ()


def test_all_violations_come_at_once() -> None:
    facts = replace(WHOLE, duplicate_rows=1, outside_window=1, labels_without_time=1)
    assert [violation.rule for violation in check_contract(SPEC, facts)] == ["unique", "window", "label_time"]


def test_an_off_rule_is_silent_and_a_warning_is_marked() -> None:
    spec = orders_spec(
        ("  entity:", "  rules: {range: off, allowed: warn}\n  quarantine_share: 1\n  entity:")
    )
    facts = with_column("amount", ColumnFacts(nulls=0, outside_range=2))
    facts = replace(facts, columns={**facts.columns, "shop": ColumnFacts(nulls=0, outside_allowed=1)})
    assert [(v.rule, v.severity) for v in check_contract(spec, facts)] == [("allowed", "warn")]


def test_an_empty_partition_blocks_whatever_the_severities_say() -> None:
    spec = orders_spec(("  entity:", "  rules: {rows: off}\n  entity:"))
    assert [v.severity for v in check_contract(spec, TableFacts(rows=0, columns={}))] == ["block"]


@pytest.mark.parametrize("change", ["unique: true", "increasing: true"])
def test_a_rule_whose_facts_were_not_measured_does_not_pass(change: str) -> None:
    spec = orders_spec(("items: {type: int,", f"items: {{type: int, {change},"))
    (violation,) = check_contract(spec, WHOLE)
    assert (violation.found, violation.severity) == ("could not be measured", "block")


def test_freshness_that_could_not_be_measured_does_not_pass() -> None:
    spec = orders_spec(("  entity:", "  freshness: 2d\n  entity:"))
    (violation,) = check_contract(spec, WHOLE)
    assert (violation.rule, violation.found) == ("freshness", "could not be measured")


def test_what_has_no_past_is_said_to_be_not_judged() -> None:
    spec = orders_spec(("  entity:", "  rows: {change: 0.5}\n  entity:"))
    assert unjudged(spec, Surroundings(rows_before=(1, 2))) == (
        "rows_change: needs 3 partitions before, there are 2",
        "new_column, lost_column, retyped: no partition before tells of its source",
    )


@pytest.mark.parametrize(
    ("rows", "set_aside", "expected"),
    [
        pytest.param(95, 5, [], id="at the limit"),
        pytest.param(94, 6, ["quarantine_share"], id="above it"),
        pytest.param(0, 6, ["rows"], id="nothing is left"),
    ],
)
def test_a_share_of_rows_set_aside(rows: int, set_aside: int, expected: list[str]) -> None:
    spec = orders_spec(("label: {column: returned", "quarantine_share: 0.05\n  label: {column: returned"))
    facts = replace(WHOLE, rows=rows, set_aside=set_aside)
    found = [violation.rule for violation in check_contract(spec, facts)]
    assert found[: len(expected)] == expected and (expected or not found)


def test_the_message_stays_short_on_long_values() -> None:
    long = Violation(
        rule="allowed", column="shop", found="1 values", allowed="north", rows=1, samples=("x" * 10_000,)
    )
    assert long.message == f"shop: found 1 values, such as {'x' * 60}...; allowed: north"
