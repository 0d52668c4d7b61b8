"""The reference profile against values worked by hand, and its laws."""

import json
import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.data.profile import BINS, TOP_CATEGORIES, profile_column


def profile(values: list[Any], kind: str, held: pa.DataType) -> dict[str, Any]:
    # In two chunks, as rows of two partitions come.
    return profile_column(pa.chunked_array([pa.array(values[:3], held), pa.array(values[3:], held)]), kind)


def test_numbers_are_binned_at_their_deciles() -> None:
    # 0 to 100: the deciles are 10, 20, ... 90; a value on an edge belongs above it.
    found = profile([*range(101), None], "int", pa.int64())
    assert found == {
        "kind": "int",
        "missing": 1,
        "edges": [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0],
        "counts": [10] * 9 + [11],
        "mean": 50.0,
        "std": math.sqrt((101**2 - 1) / 12),
    }


@pytest.mark.parametrize("value", [3.0, 2.0**60 + 1])
def test_a_constant_column_has_one_edge(value: float) -> None:
    found = profile([value] * 20, "float", pa.float64())
    assert (found["edges"], found["counts"], found["std"]) == ([value], [0, 20], 0.0)


def test_a_column_without_values_has_one_empty_bin() -> None:
    expected = {"kind": "float", "missing": 2, "edges": [], "counts": [0], "mean": None, "std": None}
    assert profile([None, None], "float", pa.float64()) == expected
    assert profile([None, None, math.nan, math.inf], "float", pa.float64()) == expected


def test_texts_and_conditions_are_counted() -> None:
    found = profile(["b", "a", "a", None, "b", "c"], "string", pa.string())
    assert found == {"kind": "string", "missing": 1, "categories": {"a": 2, "b": 2, "c": 1}, "other": 0}
    found = profile([True, None, True, False], "bool", pa.bool_())
    assert found == {"kind": "bool", "missing": 1, "categories": {"True": 2, "False": 1}, "other": 0}


def test_rare_texts_are_counted_together() -> None:
    found = profile([f"{n:03}" for n in range(TOP_CATEGORIES + 7)] + ["000"], "string", pa.string())
    assert len(found["categories"]) == TOP_CATEGORIES
    assert (found["categories"]["000"], found["other"]) == (2, 7)


@given(st.lists(st.none() | st.floats(-1e12, 1e12)))
def test_every_value_is_in_one_bin(values: list[float | None]) -> None:
    found = profile(values, "float", pa.float64())
    assert sum(found["counts"]) + found["missing"] == len(values)
    assert len(found["counts"]) == len(found["edges"]) + 1 <= BINS
    assert found["edges"] == sorted(set(found["edges"]))
    json.dumps(found, allow_nan=False)


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1))
def test_any_whole_number_is_profiled(values: list[int]) -> None:
    found = profile(values, "int", pa.int64())
    assert np.isclose(found["mean"], np.mean(np.array(values, dtype=np.float64)))
