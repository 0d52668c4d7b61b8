import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.evaluation.slices.masks import where_mask
from lifecycle.evaluation.slices.predicates import FEW_NUMBERS, MAX_VALUES, predicates
from lifecycle.features.expression import Kind
from lifecycle.features.parse import parse_expression

KINDS: dict[str, Kind] = {"shop": "string", "amount": "float", "items": "int", "new": "bool"}


def words(table: pa.Table, kinds: dict[str, Kind]) -> list[str]:
    return [p.words for p in predicates(table, kinds, known=np.ones(len(table), dtype=bool))]


def test_values_and_missing_values_are_conditions_the_frequent_first() -> None:
    table = pa.table(
        {"shop": ["south", "north", "north", None, "o'hare"], "new": [True, False, True, True, None]}
    )
    assert words(table, {"shop": "string", "new": "bool"}) == [
        "shop IS NULL",
        "shop = 'north'",
        "shop = 'o''hare'",
        "shop = 'south'",
        "new IS NULL",
        "new = TRUE",
        "new = FALSE",
    ]


def test_numbers_are_cut_at_their_quintiles() -> None:
    table = pa.table({"amount": [float(i) for i in range(10)]})
    assert words(table, {"amount": "float"}) == [
        "amount < 1",
        "amount >= 1",
        "amount < 3",
        "amount >= 3",
        "amount < 5",
        "amount >= 5",
        "amount < 7",
        "amount >= 7",
        "amount >= 1 AND amount < 3",
        "amount >= 3 AND amount < 5",
        "amount >= 5 AND amount < 7",
    ]


def test_a_few_whole_numbers_are_categories_and_many_are_not() -> None:
    few = pa.table({"items": pa.array(range(FEW_NUMBERS), pa.int64())})
    many = pa.table({"items": pa.array(range(FEW_NUMBERS + 1), pa.int64())})
    assert words(few, {"items": "int"})[0] == "items = 0"
    assert words(many, {"items": "int"})[0] == "items < 1"


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        pytest.param(pa.array([None, None], pa.float64()), "float", id="nothing known"),
        pytest.param(pa.array([3.0, 3.0]), "float", id="one value only"),
        pytest.param(pa.array([float("nan"), 1.0]), "float", id="not a number"),
        pytest.param(pa.array([], pa.string()), "string", id="no rows"),
    ],
)
def test_a_column_that_separates_nothing_gives_no_range(column: pa.Array, kind: Kind) -> None:
    assert [w for w in words(pa.table({"x": column}), {"x": kind}) if "<" in w or ">" in w] == []


def test_a_category_has_its_most_frequent_values_only() -> None:
    values = [f"v{i % 40:02}" for i in range(80)] + ["v39"] * 5
    found = words(pa.table({"shop": values}), {"shop": "string"})
    assert (len(found), found[0]) == (MAX_VALUES, "shop = 'v39'")


def test_rows_that_may_not_choose_choose_nothing() -> None:
    table = pa.table({"amount": [1.0, 2.0, 3.0, 4.0, 5.0, 1e9, 2e9]})
    known = np.arange(7) < 5
    cuts = {p.words for p in predicates(table, {"amount": "float"}, known=known)}
    assert not any("e+" in cut for cut in cuts)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["north", "o'hare", None]),
            st.one_of(st.none(), st.floats(-1e6, 1e6)),
            st.one_of(st.none(), st.integers(-50, 50)),
            st.sampled_from([True, False, None]),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_the_words_mean_the_rows_that_they_stand_for(rows: list[tuple[object, ...]]) -> None:
    columns = dict(zip(KINDS, zip(*rows, strict=True), strict=True))
    types = {"string": pa.string(), "float": pa.float64(), "int": pa.int64(), "bool": pa.bool_()}
    table = pa.table({name: pa.array(columns[name], types[kind]) for name, kind in KINDS.items()})
    at = pa.array([0] * len(rows), pa.timestamp("us", tz="UTC"))
    for predicate in predicates(table, KINDS, known=np.ones(len(rows), dtype=bool)):
        condition = parse_expression(predicate.words, {"": KINDS})
        mask = where_mask(condition, table.append_column("at", at), event_time="at", time_zone="UTC")
        assert mask.tolist() == predicate.mask.tolist(), predicate.words
