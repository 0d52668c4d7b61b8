"""What lies beside a table answers as what was counted, also where an earlier release wrote it."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.data.bin_counts import BinCounts, arrays_of
from lifecycle.data.block_profile import BlockProfiles
from lifecycle.data.stored_blocks import dump_blocks, load_blocks
from lifecycle.data.table_profile import CategoryProfile, NumberProfile, TableProfile

COUNTS = st.integers(0, 10**12)
NUMBERS = st.builds(
    NumberProfile,
    missing=COUNTS,
    not_finite=COUNTS,
    exponent=st.integers(-1000, 1000),
    counts=st.dictionaries(st.integers(-(2**60), 2**60), st.integers(1, 2**40), max_size=9),
)
CATEGORIES = st.builds(
    CategoryProfile,
    missing=COUNTS,
    counts=st.dictionaries(st.text(max_size=3), st.integers(1, 10**9), max_size=4),
    other=COUNTS,
)
TABLES = st.builds(
    TableProfile, rows=COUNTS, columns=st.fixed_dictionaries({"x": NUMBERS, "word": CATEGORIES})
)
BEFORE = b"""{"format":1,"asked":"a","blocks":{"names":["d1"],"block_s":86400.0,"profiles":[
{"rows":4,"columns":{"x":{"kind":"number","missing":1,"not_finite":0,"exponent":-3,"counts":{"-2":1,"5":2}},
"word":{"kind":"category","missing":0,"counts":{"a":3},"other":1}}}]}}"""
HELD = BlockProfiles(
    names=("d1",),
    block_s=86_400.0,
    profiles=(
        TableProfile(
            rows=4,
            columns={
                "x": NumberProfile(missing=1, not_finite=0, exponent=-3, counts={-2: 1, 5: 2}),
                "word": CategoryProfile(missing=0, counts={"a": 3}, other=1),
            },
        ),
    ),
)


@settings(max_examples=40)
@given(st.lists(TABLES, max_size=3))
def test_what_is_kept_is_what_was_counted(tables: list[TableProfile]) -> None:
    names = tuple(map(str, range(len(tables))))
    blocks = BlockProfiles(names=names, block_s=3600.0, profiles=tuple(tables))
    assert load_blocks(dump_blocks(blocks, asked="a"), asked="a") == blocks


def test_a_profile_of_format_1_is_read() -> None:
    assert load_blocks(BEFORE, asked="a") == HELD
    assert load_blocks(BEFORE, asked="b") is None


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param(("columns", "x", "filled"), [3], id="more bins are told of than there are"),
        pytest.param(("columns", "x", "missing"), [1, 1], id="a block more in one list"),
        pytest.param(("columns", "x", "bins", "data"), "A", id="no base64"),
        pytest.param(("columns", "x", "counts", "bits"), 16, id="half as many counts as bins"),
        pytest.param(("columns", "word", "counts"), [[3, 1]], id="a count without a name"),
        pytest.param(("rows",), [], id="a block without rows"),
        pytest.param(("format",), 3, id="a format to come"),
    ],
)
def test_what_does_not_fit_together_is_no_profile(path: tuple[str, ...], value: object) -> None:
    stored = json.loads(dump_blocks(HELD, asked="a"))
    part = stored
    for name in path[:-1]:
        part = part[name]
    part[path[-1]] = value
    assert load_blocks(json.dumps(stored).encode(), asked="a") is None


@given(st.dictionaries(st.integers(-(2**40), 2**40), st.integers(1, 2**40), max_size=9))
def test_counts_in_arrays_are_a_mapping_as_any_other(held: dict[int, int]) -> None:
    numbers = np.array(sorted(held), np.int64)
    counts = BinCounts(numbers, np.array([held[number] for number in sorted(held)], np.int64))
    assert counts == held
    assert (len(counts), list(counts), list(counts.values())) == (len(held), sorted(held), [*counts.values()])
    for mine, plain in zip(arrays_of(counts), arrays_of(dict(counts)), strict=True):
        np.testing.assert_array_equal(mine, plain)
