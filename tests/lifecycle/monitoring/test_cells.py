"""Windows over shared cells: where each value goes does not depend on how the cells are found."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.data.table_profile import NumberProfile
from lifecycle.monitoring.cells import cells_of

BINS = st.one_of(st.integers(-50, 50), st.integers(-(2**45), 2**45))
WINDOWS = st.lists(st.dictionaries(BINS, st.integers(1, 1000), max_size=8), min_size=1, max_size=4)


@pytest.mark.parametrize("exponent", [0, -4])
@given(WINDOWS)
def test_every_count_stands_in_the_cell_of_its_bin(exponent: int, windows: list[dict[int, int]]) -> None:
    columns = [NumberProfile(missing=0, not_finite=0, exponent=exponent, counts=counts) for counts in windows]
    cells = cells_of(columns, reference=1)
    assert cells is not None
    found = [
        {
            int(np.floor(at * 2.0**-cells.exponent)): int(count)
            for at, count in zip(cells.at, row, strict=True)
            if count
        }
        for row in cells.counts
    ]
    assert found == windows
    assert (np.diff(cells.at) > 0).all()
