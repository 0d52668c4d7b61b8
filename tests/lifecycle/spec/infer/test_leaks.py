"""A column that gives the label away is seen; one that only has many values is not."""

import numpy as np
import pyarrow as pa
import pytest

from lifecycle.spec.infer.leaks import LEAK, leaks, suspects, told_shares

CHANCE = np.random.default_rng(5)
N = 4000
TRUTH = CHANCE.random(N) < 0.3
NUMBER = CHANCE.normal(size=N)


@pytest.mark.parametrize(
    ("values", "leaks_it"),
    [
        pytest.param(np.where(TRUTH, "paid late", "paid in time"), True, id="the label in other words"),
        pytest.param(
            np.where(TRUTH, CHANCE.uniform(1, 9, N), 0.0), True, id="a number that is zero without it"
        ),
        pytest.param(np.where(TRUTH ^ (CHANCE.random(N) < 0.05), 1.0, 0.0), False, id="a strong feature"),
        pytest.param(np.array([f"id{i}" for i in range(N)]), False, id="a value for every row"),
        pytest.param(NUMBER, False, id="noise"),
    ],
)
def test_leaks_of_classes(values: np.ndarray, leaks_it: bool) -> None:
    rows = pa.table({"x": values, "y": TRUTH})
    assert bool(leaks(told_shares(rows, "y", "binary"))) == leaks_it


@pytest.mark.parametrize(
    ("values", "leaks_it"),
    [
        pytest.param(NUMBER * 1.8 + 32, True, id="another unit"),
        pytest.param(np.exp(NUMBER), True, id="another scale"),
        pytest.param(NUMBER + CHANCE.normal(size=N), False, id="a strong feature"),
    ],
)
def test_leaks_of_numbers(values: np.ndarray, leaks_it: bool) -> None:
    rows = pa.table({"x": values, "y": NUMBER})
    assert bool(leaks(told_shares(rows, "y", "regression"))) == leaks_it


def test_missing_values_can_give_it_away() -> None:
    when = pa.array([1.0 if late else None for late in TRUTH])
    assert leaks(told_shares(pa.table({"x": when, "y": TRUTH}), "y", "binary")) == {"x": 1.0}


def test_suspects_are_below_leaks() -> None:
    shares = {"a": None, "b": 0.95, "c": LEAK, "d": 0.2}
    assert (leaks(shares), suspects(shares)) == ({"c": LEAK}, {"b": 0.95})


def test_few_rows_tell_nothing() -> None:
    rows = pa.table({"x": TRUTH[:20], "y": TRUTH[:20]})
    assert told_shares(rows, "y", "binary") == {"x": None}
