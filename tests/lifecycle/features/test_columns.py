"""Rows by column are the same rows: read, computed and encoded as one by one, whatever they hold."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.features.encoding import EncodedFeature, Encoding, RowEncoder
from lifecycle.features.online import LookupTable, OnlineFeatures
from lifecycle.features.plan import FeaturePlan, LookupPlan
from lifecycle.features.request import RequestReader
from lifecycle.features.request_columns import ColumnReader
from lifecycle.spec.columns import Column
from tests.lifecycle.features.expressions import EXPRESSIONS
from tests.lifecycle.features.rows import KINDS, online, requests
from tests.lifecycle.features.test_parity import make_plan

NOW = 1_364_817_600_000_000
LOOKUP = LookupPlan(
    name="w", key={"key": "s"}, known_at="at", max_age_s=None, columns={"value": "float", "name": "string"}
)
SIDE: list[dict[str, Any]] = [
    {"key": "a", "at": 0, "value": 1.5, "name": "x"},
    {"key": "a", "at": 10**15, "value": math.inf, "name": None},
    {"key": "", "at": 0, "value": None, "name": "y"},
]
PLAN = make_plan({**EXPRESSIONS, "seen": "w.value * 2", "named": "w.name"}, lookups=[LOOKUP])
ONLINE = OnlineFeatures(PLAN, {"w": LookupTable.build(LOOKUP, SIDE)})
ENCODER = RowEncoder(
    Encoding(
        features=tuple(
            EncodedFeature(name=f.name, kind="category", categories=("", "a", "up"))
            if f.kind == "string"
            else EncodedFeature(name=f.name, kind="number")
            for f in PLAN.features
        )
    )
)


@settings(max_examples=15, deadline=None)
@given(rows=st.lists(requests, min_size=1, max_size=12))
def test_features_and_matrix_are_those_of_the_rows(rows: list[dict[str, Any]]) -> None:
    asked = [online(row) for row in rows]
    expected = [ONLINE.compute(one) for one in asked]
    columns = {name: [one[name] for one in asked] for name in ("at", *KINDS)}
    features = ONLINE.compute_columns(columns, len(rows))
    found = [dict(zip(features, values, strict=True)) for values in zip(*features.values(), strict=True)]
    assert list(map(repr, found)) == list(map(repr, expected))
    matrix = ENCODER.encode_columns(features, len(rows))
    assert (matrix.shape, matrix.dtype) == ((len(rows), len(PLAN.features)), np.dtype(np.float32))
    assert matrix.tobytes() == ENCODER.encode(expected).tobytes()


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 3.5e38, -1e300, None, 0.0, 1, True])
def test_what_no_model_can_compute_with_is_missing_in_its_row_only(value: float | None) -> None:
    features = OnlineFeatures(make_plan({"a": "x"}), {})
    asked = [{"at": 0, "x": 1.5}, {"at": 0, "x": value}, {"at": 0, "x": None}]
    expected = [features.compute(one)["a"] for one in asked]
    assert features.compute_columns({"x": [one["x"] for one in asked]}, 3) == {"a": expected}


def test_a_column_looks_at_a_value_that_a_row_does_not() -> None:
    features = OnlineFeatures(make_plan({"a": "x + n * 1.5"}), {})
    asked = [{"at": 0, "x": None, "n": 10**400}]
    assert [features.compute(one) for one in asked] == [{"a": None}]
    with pytest.raises(ArithmeticError):
        features.compute_columns({"x": [None], "n": [10**400]}, 1)


def contract(**columns: Column) -> FeaturePlan:
    """A plan that reads all of its columns."""
    plan = make_plan({"hour_of": "hour(at)"})
    features = make_plan({name: name for name in columns if columns[name].type in ("float", "int")}).features
    return FeaturePlan(
        entity="n",
        event_time="at",
        request={"at": Column(type="timestamp"), **columns},
        features=(*plan.features, *features),
        lookups=(),
        calendar=plan.calendar,
    )


READ = contract(
    x=Column(type="float", min=-5, max=1e6),
    y=Column(type="float", null_share=1.0),
    n=Column(type="int", null_share=1.0, allowed=(1, 2, 3)),
    m=Column(type="int", null_share=1.0),
    s=Column(type="string", null_share=1.0, allowed=("a", "b")),
    u=Column(type="string", null_share=1.0),
    b=Column(type="bool", null_share=1.0),
    t=Column(type="timestamp", null_share=1.0),
    d=Column(type="date", null_share=1.0),
)
GOOD: dict[str, st.SearchStrategy[Any]] = {
    "x": st.floats(-5, 1e6) | st.integers(-5, 10),
    "y": st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(),
    "n": st.sampled_from([None, 1, 2, 3]),
    "m": st.none() | st.integers(-(2**63), 2**63 - 1),
    "s": st.sampled_from([None, "a", "b"]),
    "u": st.none() | st.text(max_size=3),
    "b": st.sampled_from([None, False, True]),
    "t": st.sampled_from([None, "2013-04-01T12:00:00Z", "1970-01-01T00:00:00+00:00"]),
    "d": st.sampled_from([None, "2013-04-01"]),
    "at": st.sampled_from([None, "2013-04-01T12:00:00Z"]),
}
ODD = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        1,
        4,
        2.0,
        2**63,
        10**400,
        -6,
        1e300,
        math.nan,
        math.inf,
        "",
        "a",
        "1",
        "z",
        [1],
        {},
    ]
)


@st.composite
def row_of(draw: st.DrawFn) -> dict[str, Any]:
    """A row that mostly keeps the contract, without some of the names it need not hold."""
    left_out = draw(st.sets(st.sampled_from([name for name in GOOD if name != "x"]), max_size=2))
    row = {name: draw(values) for name, values in GOOD.items() if name not in left_out}
    if draw(st.integers(0, 9)) == 0:
        row[draw(st.sampled_from([*GOOD, "unknown"]))] = draw(ODD)
    return row


@settings(max_examples=100, deadline=None)
@given(rows=st.lists(row_of(), min_size=1, max_size=8))
def test_columns_are_read_where_no_row_has_a_problem_and_alike(rows: list[dict[str, Any]]) -> None:
    read = [RequestReader(READ).read(row, index=i, now_us=NOW) for i, row in enumerate(rows)]
    columns = ColumnReader(READ).read(rows, now_us=NOW)
    if any(problems for _, problems in read):
        assert columns is None
    else:
        expected = {name: [values.get(name) for values, _ in read] for name in READ.request}
        assert columns is not None
        found = {name: list(columns[name]) for name in READ.request}
        assert (columns.keys(), repr(found)) == (READ.request.keys(), repr(expected))


def test_a_column_that_every_row_must_hold_and_none_has_is_not_read() -> None:
    assert ColumnReader(READ).read([{"u": "a"}] * 4, now_us=NOW) is None
    assert ColumnReader(READ).read([{}] * 4, now_us=NOW) is None
