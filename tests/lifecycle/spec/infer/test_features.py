"""What a model may see of a column, and why not of another."""

from datetime import date, timedelta
from typing import Any

import pytest

from lifecycle.spec.infer.facts import ColumnFacts, TimeFacts
from lifecycle.spec.infer.features import Roles, choose_features
from tests.lifecycle.spec.infer.columns import column, table

TIMES = TimeFacts(
    days={date(2024, 1, 1) + timedelta(days=i): 1 for i in range(700)},
    share_later={"closed": 0.9, "due": 1.0},
)


def features_of(*columns: ColumnFacts, timed: bool = False) -> tuple[dict[str, str], dict[str, str]]:
    roles = Roles(label="y", key="k", event_time="at" if timed else None)
    found, dropped = choose_features(table(*columns), roles, TIMES if timed else None)
    return {f.name: f.expression for f in found}, {d.source: d.why for d in dropped}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param(column("x", "bool"), {"x": "CAST(x AS BIGINT)"}, id="a truth value"),
        pytest.param(column("x", "string", distinct=20), {"x": "x"}, id="a category"),
        pytest.param(
            column("x", "date"),
            {"x_year": "year(x)", "x_month": "month(x)", "x_weekday": "isodow(x)"},
            id="parts of a date without time",
        ),
    ],
)
def test_a_column_becomes_features(facts: ColumnFacts, expected: dict[str, str]) -> None:
    assert features_of(facts) == (expected, {})


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (column("x", nulls=1000, distinct=0), "no value in any row"),
        (column("x", distinct=1), "the same value in every row"),
        (column("x", "int", unique=True, low=1, high=1000), "only numbers the rows"),
        (column("x", "string", distinct=900, mean_length=80.0), "free text"),
        (column("x", "string", distinct=900, mean_length=8.0), "a value of their own"),
        (column("user_id", "int", distinct=700), "an identifier"),
    ],
)
def test_a_column_that_tells_nothing_is_left_out(facts: ColumnFacts, why: str) -> None:
    found, dropped = features_of(facts)
    assert found == {}
    assert why in dropped[facts.source]


def test_times_are_distances_and_what_comes_later_is_left_out() -> None:
    found, dropped = features_of(
        column("closed", "timestamp"), column("due", "timestamp"), column("at", "timestamp"), timed=True
    )
    assert found == {
        "due_days_before": "seconds_between(due, at) / 86400",
        "hour": "hour(at)",
        "weekday": "isodow(at)",
        "month": "month(at)",
    }
    assert "known only later" in dropped["closed"]


def test_without_an_event_time_names_say_what_came_later() -> None:
    found, dropped = features_of(
        *(
            column(name, "timestamp")
            for name in ("paid_at", "Landed", "valid_until", "expected_delivered_at")
        ),
        column("paid", "float"),
    )
    assert set(dropped) == {"paid_at", "Landed"}
    assert "sounds like when the label became known" in dropped["paid_at"]
    assert {"paid", "valid_until_year", "expected_delivered_at_hour"} <= set(found)


def test_a_feature_of_the_time_takes_no_columns_name() -> None:
    found, _ = features_of(column("hour", "int"), column("at", "timestamp"), timed=True)
    assert (found["hour"], found["hour_2"]) == ("hour", "hour(at)")


def test_roles_are_no_features() -> None:
    known: dict[str, Any] = {"distinct": 5}
    assert features_of(column("y", **known), column("k", **known), column("x")) == ({"x": "x"}, {})
