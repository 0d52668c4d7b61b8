"""A bounded sample that does not depend on how rows come."""

from itertools import pairwise

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.evaluation.bottom_k import BottomK


def kept(at: list[int], cuts: list[int], k: int) -> list[int]:
    sample = BottomK(k)
    bounds = sorted({0, len(at), *(cut % (len(at) + 1) for cut in cuts)})
    for start, end in pairwise(bounds):
        sample.add(pa.table({"n": range(start, end)}), np.array(at[start:end]))
    return [] if sample.rows is None else sample.rows["n"].to_pylist()


@given(
    st.lists(st.integers(0, 2**53), unique=True, max_size=60),
    st.lists(st.integers(0, 60)),
    st.integers(1, 20),
)
def test_the_rows_of_the_smallest_positions_are_kept_in_order(at: list[int], cuts: list[int], k: int) -> None:
    smallest = sorted(range(len(at)), key=at.__getitem__)[:k]
    assert kept(at, cuts, k) == sorted(smallest)
