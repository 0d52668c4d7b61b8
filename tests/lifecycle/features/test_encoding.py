"""A row encoded alone equals the same row of a table; and what an encoding learns."""

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.errors import LifecycleError
from lifecycle.features.encoding import EncodedFeature, Encoding, RowEncoder, encode_table, fit_feature
from lifecycle.features.expression import Kind
from lifecycle.features.functions import LARGEST

KINDS: dict[str, Kind] = {"number": "float", "whole": "int", "flag": "bool", "text": "string"}
TYPES = {"float": pa.float64(), "int": pa.int64(), "bool": pa.bool_(), "string": pa.string()}
ENCODING = Encoding(
    features=(
        EncodedFeature(name="number", kind="number"),
        EncodedFeature(name="whole", kind="number"),
        EncodedFeature(name="flag", kind="number"),
        EncodedFeature(name="text", kind="category", categories=("", "a", "b")),
    )
)
rows_of = st.fixed_dictionaries(
    {
        "number": st.none() | st.floats(-LARGEST, LARGEST),
        "whole": st.none() | st.integers(-(2**63), 2**63 - 1),
        "flag": st.none() | st.booleans(),
        "text": st.none() | st.sampled_from(["", "a", "b", "never seen", "A"]) | st.text(max_size=3),
    }
)


def as_table(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.table(
        {name: pa.array([row[name] for row in rows], TYPES[kind]) for name, kind in KINDS.items()}
    )


@given(st.lists(rows_of))
def test_a_row_alone_equals_the_row_of_a_table(rows: list[dict[str, Any]]) -> None:
    alone, together = RowEncoder(ENCODING).encode(rows), encode_table(ENCODING, as_table(rows))
    assert alone.dtype == together.dtype == np.float32
    assert alone.shape == together.shape == (len(rows), 4)
    np.testing.assert_array_equal(alone, together)


def test_values_are_encoded_as_worked_by_hand() -> None:
    rows: list[dict[str, Any]] = [
        {"number": 0.5, "whole": 3, "flag": True, "text": "b"},
        {"number": None, "whole": None, "flag": None, "text": "never seen"},
    ]
    nan = math.nan
    expected = np.array([[0.5, 3, 1, 2], [nan, nan, nan, nan]], dtype=np.float32)
    np.testing.assert_array_equal(encode_table(ENCODING, as_table(rows)), expected)
    assert ENCODING.types == ["q", "q", "q", "c"]


def test_categories_are_the_most_frequent_ties_by_name() -> None:
    texts = ["c", "c", "b", "a", "d", None, None, None]
    fitted = fit_feature("text", "string", pa.chunked_array([texts]), max_categories=3)
    assert fitted == EncodedFeature(name="text", kind="category", categories=("a", "b", "c"))
    fitted = fit_feature("number", "float", pa.chunked_array([[1.0] * 8]), max_categories=3)
    assert fitted == EncodedFeature(name="number", kind="number")


@given(st.lists(st.none() | st.text(max_size=2)), st.integers(2, 5))
def test_an_encoding_depends_on_the_rows_and_not_on_their_order(texts: list[str | None], most: int) -> None:
    def fit(values: list[str | None]) -> EncodedFeature:
        # In two chunks, as rows of two partitions come.
        chunks = [pa.array(values[:3], pa.string()), pa.array(values[3:], pa.string())]
        return fit_feature("t", "string", pa.chunked_array(chunks), max_categories=most)

    assert fit(texts) == fit(texts[::-1])
    feature = fit(texts)
    assert len(feature.categories) == min(most, len(set(texts) - {None}))
    assert list(feature.categories) == sorted(feature.categories)


def test_an_encoding_comes_back_from_json_as_it_was() -> None:
    assert Encoding.from_json(ENCODING.to_json()) == ENCODING


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        {},
        {"format": 2},
        {"format": 1},
        {"format": 1, "features": [["a"]]},
        {"format": 1, "features": 3},
    ],
    ids=repr,
)
def test_what_is_no_encoding_is_refused(raw: object) -> None:
    with pytest.raises(LifecycleError):
        Encoding.from_json(raw)
