"""What a request row may hold."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.features.build import build_plan
from lifecycle.features.expression import Value
from lifecycle.features.request import RequestReader, RowProblem, from_python, typed
from lifecycle.spec.columns import ColumnType
from tests.fakes.orders import orders_spec

PLAN = build_plan(orders_spec())
NOW = 1_700_000_000_000_000
SOUND = {"order_id": "a", "ordered_at": "2024-03-01T12:00:00Z", "amount": 10, "items": 2, "shop": "north"}


def read(row: dict[str, Any]) -> tuple[dict[str, Value], list[RowProblem]]:
    return RequestReader(PLAN).read(row, index=3, now_us=NOW)


def test_a_sound_row_is_read() -> None:
    noon = 1_709_294_400_000_000
    assert read(SOUND) == (
        {"order_id": "a", "ordered_at": noon, "amount": 10.0, "items": 2, "shop": "north"},
        [],
    )


def test_a_row_may_leave_out_what_may_be_missing() -> None:
    assert read({"shop": "south", "amount": None}) == ({"shop": "south", "ordered_at": NOW}, [])


@pytest.mark.parametrize(
    ("change", "field", "found", "allowed"),
    [
        pytest.param({"shop": None}, "shop", "nothing", "a string", id="required but null"),
        pytest.param({"shop": "west"}, "shop", "'west'", "one of ['north', 'south']", id="not allowed"),
        pytest.param({"shop": 3}, "shop", "3", "a string", id="number for text"),
        pytest.param({"amount": "10"}, "amount", "'10'", "a finite number", id="text for number"),
        pytest.param({"amount": True}, "amount", "True", "a finite number", id="boolean for number"),
        pytest.param({"amount": float("nan")}, "amount", "nan", "a finite number", id="NaN"),
        pytest.param({"amount": float("inf")}, "amount", "inf", "a finite number", id="infinite"),
        pytest.param({"amount": 10**400}, "amount", "1000", "a finite number", id="401 digits"),
        pytest.param({"amount": -0.5}, "amount", "-0.5", "0.0 to 1000.0", id="below the range"),
        pytest.param({"amount": 1000.5}, "amount", "1000.5", "0.0 to 1000.0", id="above the range"),
        pytest.param({"amount": [1]}, "amount", "[1]", "a finite number", id="array"),
        pytest.param({"amount": {"a": 1}}, "amount", "{'a': 1}", "a finite number", id="object"),
        pytest.param({"items": 0}, "items", "0", "at least 1.0", id="below a one-sided range"),
        pytest.param(
            {"items": 2.0}, "items", "2.0", "a whole number of 64 bits", id="float for whole number"
        ),
        pytest.param(
            {"items": 2**63}, "items", "9223372036854775808", "a whole number of 64 bits", id="65 bits"
        ),
        pytest.param(
            {"ordered_at": "2024-03-01T12:00:00"},
            "ordered_at",
            "'2024-03-01T12:00:00'",
            "an ISO 8601 time with its offset",
            id="naive time",
        ),
        pytest.param(
            {"ordered_at": 1709294400}, "ordered_at", "1709294400", "an ISO 8601 time", id="number for time"
        ),
        pytest.param({"ordered_at": "noon"}, "ordered_at", "'noon'", "an ISO 8601 time", id="no time"),
        pytest.param(
            {"returned": True}, "'returned'", "an unknown field", "order_id, ordered_at", id="the label"
        ),
        pytest.param(
            {"x\n" * 5000: 1}, repr("x\n" * 5000)[:12], "an unknown field", "order_id", id="10,000 characters"
        ),
        pytest.param({"shop": "x" * 10_000}, "shop", "'xxxx", "one of", id="long text"),
    ],
)
def test_a_wrong_value_is_told(change: dict[str, Any], field: str, found: str, allowed: str) -> None:
    _, (problem,) = read({**SOUND, **change})
    assert problem.row == 3
    assert problem.field.startswith(field)
    assert problem.found.startswith(found)
    assert problem.allowed.startswith(allowed)
    assert len(problem.field) + len(problem.found) < 100


def test_every_problem_of_a_row_is_told() -> None:
    _, problems = read({"amount": -1, "items": "many", "colour": "red"})
    assert sorted(problem.field for problem in problems) == ["'colour'", "amount", "items", "shop"]


@pytest.mark.parametrize(
    ("raw", "kind", "expected"),
    [
        ("1970-01-01T01:00:00+01:00", "timestamp", 0),
        ("1969-12-31T23:59:59.999999Z", "timestamp", -1),
        ("0001-01-01T00:00:00+14:00", "timestamp", -62_135_596_800_000_000 - 14 * 3_600_000_000),
        ("9999-12-31T23:59:59-14:00", "timestamp", 253_402_300_799_000_000 + 14 * 3_600_000_000),
        ("2013-04-01T25:00:00Z", "timestamp", None),
        ("1970-01-02", "date", 1),
        ("1970-01-02T00:00:00Z", "date", None),
        (2**53 + 1, "float", float(2**53)),
        (-(2**63), "int", -(2**63)),
        (True, "bool", True),
        (1, "bool", None),
        ("", "string", ""),
    ],
)
def test_a_json_value_is_typed(raw: object, kind: ColumnType, expected: Value) -> None:
    assert typed(raw, kind) == expected


moments = st.datetimes(timezones=st.timezones())


@given(moments)
def test_a_time_means_the_same_in_json_and_in_a_table(moment: datetime) -> None:
    assert typed(moment.isoformat(), "timestamp") == from_python(moment)
    assert from_python(moment) == (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@given(st.dates())
def test_a_date_means_the_same_in_json_and_in_a_table(day: date) -> None:
    assert typed(day.isoformat(), "date") == from_python(day) == (day - date(1970, 1, 1)).days


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=50)
@given(st.dictionaries(st.sampled_from(list(PLAN.request)) | st.text(max_size=5), json_values))
def test_any_json_object_is_read_or_told_wrong(row: dict[str, Any]) -> None:
    values, problems = read(row)
    if not problems:
        assert set(values) <= set(PLAN.request)
        assert all(value is None or isinstance(value, str | int | float | bool) for value in values.values())
