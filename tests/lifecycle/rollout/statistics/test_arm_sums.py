"""Sums over keys, and what is no sum."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.rollout.statistics.arm_sums import (
    NO_KEYS,
    ArmSums,
    problem_of,
    sums_of_keys,
    sums_of_rows,
)

values = st.lists(st.integers(-50, 50), min_size=2, max_size=30)
GOOD = sums_of_keys([1, 0, 1], [2, 1, 1])


@given(values)
def test_mean_and_variance_of_keys_that_count_once_are_the_textbook_s(y: list[int]) -> None:
    arm = sums_of_keys(y)
    assert arm.mean == pytest.approx(float(np.mean(y)), abs=1e-12)
    assert arm.variance == pytest.approx(float(np.var(y, ddof=1)), rel=1e-9, abs=1e-9)


@given(values, values)
def test_sums_of_windows_are_the_sums_of_all(first: list[int], second: list[int]) -> None:
    assert sums_of_keys(first) + sums_of_keys(second) == sums_of_keys(first + second)
    assert NO_KEYS + sums_of_keys(first) == sums_of_keys(first)


def test_a_key_that_comes_back_is_not_a_new_key() -> None:
    monday, both = (
        sums_of_rows(["a", "a", "b"], [1, 0, 1]),
        sums_of_rows(["a", "a", "b", "a", "c"], [1, 0, 1, 1, 0]),
    )
    before = sums_of_rows(["a", "a"], [1, 0])
    after = sums_of_rows(["a", "a", "a", "c"], [1, 0, 1, 0])
    assert monday.updated(before=before, after=after) == both
    assert monday + sums_of_rows(["a", "c"], [1, 0]) != both


def test_requests_of_one_key_are_not_independent() -> None:
    """The same 40 requests: from 40 keys, or from ten that answer alike each time."""
    y = [1, 0] * 5
    alone, alike = sums_of_keys(y * 4), sums_of_keys([4 * v for v in y], [4] * 10)
    assert alone.mean == alike.mean
    assert alike.variance / alike.n > 4 * alone.variance / alone.n


@pytest.mark.parametrize(
    ("arm", "share", "problem"),
    [
        pytest.param(GOOD, True, None, id="a share"),
        pytest.param(NO_KEYS, True, None, id="nothing yet is no problem"),
        pytest.param(replace(GOOD, y=math.nan), False, "y is nan, not a finite number", id="nan"),
        pytest.param(replace(GOOD, yy=math.inf), False, "yy is inf, not a finite number", id="inf"),
        pytest.param(replace(GOOD, n=-1), False, "n is -1, below zero", id="negative count"),
        pytest.param(replace(NO_KEYS, y=1.0), False, "sums without keys", id="no keys"),
        pytest.param(
            replace(GOOD, x=0.0),
            False,
            "keys without requests: there is nothing to count per",
            id="no requests",
        ),
        pytest.param(
            sums_of_keys([3, 0], [1, 1]), True, "a share of 3 in 2, outside 0 to 1", id="a share above one"
        ),
        pytest.param(
            replace(GOOD, yy=0.1),
            False,
            "sum and sum of squares contradict each other",
            id="impossible squares",
        ),
    ],
)
def test_problem_of(arm: ArmSums, share: bool, problem: str | None) -> None:
    assert problem_of(arm, share=share) == problem
