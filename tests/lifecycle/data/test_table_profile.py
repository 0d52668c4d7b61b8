"""Profiles: the same rows give the same profile, and pooled ones are that of all rows."""

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.data.columns import column_type
from lifecycle.data.table_profile import (
    LABEL_DELAY,
    CategoryProfile,
    NumberProfile,
    TableProfile,
    coarser,
    column_profile,
    dump_profile,
    load_profile,
    pooled,
    profile_batches,
)
from tests.fakes.orders import NOON, Row, order, orders, orders_spec

SPEC = orders_spec()


def profile(rows: list[Row], *, batch_rows: int = 1000) -> TableProfile:
    table = orders(rows)
    held = {field.name: column_type(field.type) for field in table.schema}
    return profile_batches(SPEC, held, table.to_batches(max_chunksize=batch_rows))


def numbers(values: list[float]) -> NumberProfile:
    made = column_profile("float", [pa.array(values, pa.float64())])
    assert isinstance(made, NumberProfile)
    return made


def test_a_profile_counted_by_hand() -> None:
    rows = [
        order("a", items=1, shop="north", known_at=NOON + timedelta(seconds=30)),
        order("b", items=3, shop="south", returned=None, known_at=None),
        order("c", items=None, shop=None, amount=float("inf"), known_at=NOON + timedelta(seconds=30)),
    ]
    found = profile(rows).columns
    assert list(found) == ["amount", "items", "shop", "returned", "known_at", LABEL_DELAY]
    assert found["items"] == NumberProfile(missing=1, not_finite=0, exponent=0, counts={1: 1, 3: 1})
    assert found["shop"] == CategoryProfile(missing=1, counts={"north": 1, "south": 1}, other=0)
    assert found["returned"] == CategoryProfile(missing=1, counts={"false": 2}, other=0)
    amount, delay = found["amount"], found[LABEL_DELAY]
    assert isinstance(amount, NumberProfile) and (amount.not_finite, amount.present) == (1, 2)
    assert isinstance(delay, NumberProfile) and (delay.missing, delay.present) == (0, 2)


@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=60), st.integers(1, 59))
def test_pooled_profiles_hold_all_rows(values: list[float], cut: int) -> None:
    parts = [part for part in (values[:cut], values[cut:]) if part]
    columns = [TableProfile(rows=len(part), columns={"x": numbers(part)}) for part in parts]
    whole = pooled(columns)
    column = whole.columns["x"]
    assert isinstance(column, NumberProfile)
    assert (whole.rows, column.present) == (len(values), len(values))
    # No value lies further out than the bins reach here: each is in the bin that it belongs in.
    expected: dict[int, int] = {}
    for value in values:
        number = int(np.floor(value * 2.0**-column.exponent))
        expected[number] = expected.get(number, 0) + 1
    if max(map(abs, expected)) < 4000:
        assert dict(column.counts) == expected


def test_grids_nest() -> None:
    fine = NumberProfile(missing=0, not_finite=0, exponent=-2, counts={-1: 2, 0: 1, 7: 4, 8: 8})
    assert coarser(fine, 1) == {-1: 2, 0: 5, 1: 8}


def test_values_far_out_are_counted_at_the_end_that_they_are_on() -> None:
    column = numbers([*np.linspace(0, 1, 500), 1e300, -1e300])
    assert column.present == 502
    assert (column.counts[min(column.counts)], column.counts[max(column.counts)]) == (1, 1)


def test_free_text_is_counted_and_not_listed() -> None:
    texts = pa.array([f"text {i}" for i in range(30_000)])
    column = column_profile("string", [texts, pa.array(["text 1", None])])
    assert column == CategoryProfile(missing=1, counts={}, other=30_001)


def test_the_batches_do_not_matter_while_the_first_shows_the_scale() -> None:
    draw = np.random.default_rng(1)
    rows: list[Row] = [order(str(i), amount=float(v)) for i, v in enumerate(draw.normal(size=400))]
    assert profile(rows, batch_rows=400).columns["shop"] == profile(rows, batch_rows=100).columns["shop"]


def test_a_profile_is_read_back_only_as_an_answer_to_the_same_question() -> None:
    made = profile([order("a")])
    text = dump_profile(made, asked="this")
    assert load_profile(text, asked="this") == made
    assert load_profile(text, asked="that") is None
    assert load_profile(text.replace(b'"format":1', b'"format":9'), asked="this") is None
    assert load_profile(text[:-3], asked="this") is None


@pytest.mark.parametrize("values", [[], [None], [float("nan")]])
def test_a_column_without_a_finite_value_has_no_counts(values: list[float | None]) -> None:
    made = column_profile("float", [pa.array(values, pa.float64())])
    assert (made.present, made.counts) == (0, {})
