"""The online path alone: lookups in memory, and numbers that no model can compute with."""

from typing import Any

import pytest

from lifecycle.errors import LifecycleError
from lifecycle.features.functions import LARGEST
from lifecycle.features.online import LookupTable, OnlineFeatures
from lifecycle.features.plan import LookupPlan
from tests.lifecycle.features.test_parity import make_plan

TIMED = LookupPlan(name="w", key={"key": "s"}, known_at="at", max_age_s=3600, columns={"value": "int"})
TIMELESS = LookupPlan(name="w", key={"key": "s"}, known_at=None, max_age_s=None, columns={"value": "int"})
SECOND = 1_000_000


@pytest.mark.parametrize("plan", [TIMED, TIMELESS], ids=["timed", "timeless"])
def test_two_rows_for_one_key_and_time_are_an_error(plan: LookupPlan) -> None:
    rows: list[dict[str, Any]] = [{"key": "a", "at": 5, "value": 1}, {"key": "a", "at": 5, "value": 2}]
    with pytest.raises(LifecycleError, match=r"lookup 'w' has two rows for \('a',\)"):
        LookupTable.build(plan, rows)


def test_rows_that_no_request_can_find_are_left_out() -> None:
    rows: list[dict[str, Any]] = [{"key": None, "at": 5, "value": 1}, {"key": "a", "at": None, "value": 2}]
    assert LookupTable.build(TIMED, rows * 2).rows == {}


@pytest.mark.parametrize(
    ("asked_us", "expected"),
    [
        pytest.param(10 * SECOND - 1, None, id="before the first row"),
        pytest.param(10 * SECOND, 1, id="known at that very moment"),
        pytest.param(20 * SECOND - 1, 1, id="the next is not known yet"),
        pytest.param(20 * SECOND, 2, id="the latest wins"),
        pytest.param((20 + 3601) * SECOND - 1, 2, id="as old as allowed"),
        pytest.param((20 + 3601) * SECOND, None, id="a second too old"),
    ],
)
def test_a_lookup_answers_what_was_known_then(asked_us: int, expected: int | None) -> None:
    rows: list[dict[str, Any]] = [
        {"key": "a", "at": 20 * SECOND, "value": 2},
        {"key": "a", "at": 10 * SECOND, "value": 1},
    ]
    assert LookupTable.build(TIMED, rows).at({"s": "a"}, asked_us) == {"w.value": expected}
    assert LookupTable.build(TIMED, rows).at({"s": "b"}, asked_us) == {"w.value": None}
    assert LookupTable.build(TIMED, rows).at({}, asked_us) == {"w.value": None}


@pytest.mark.parametrize(
    ("x", "expected"),
    [(2.0, 4.0), (LARGEST, None), (-1e300, None), (float("inf"), None), (float("nan"), None), (None, None)],
)
def test_a_feature_that_a_model_cannot_compute_with_is_missing(
    x: float | None, expected: float | None
) -> None:
    compute = OnlineFeatures(make_plan({"twice": "x * 2"}), {}).compute
    assert compute({"at": 0, "x": x}) == {"twice": expected}


def test_a_request_without_its_time_is_an_error() -> None:
    with pytest.raises(LifecycleError, match="a request needs its event time 'at'"):
        OnlineFeatures(make_plan({"a": "x"}), {}).compute({"x": 1.0})
