from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.evaluation.deciles import Decile, deciles


def test_ten_deciles_of_a_model_that_is_always_one_too_low() -> None:
    predictions = np.arange(100.0)
    assert deciles(predictions + 1, predictions) == tuple(
        Decile(
            n=10,
            predicted=10 * i + 4.5,
            observed=10 * i + 5.5,
            residual_low=1.0,
            residual_median=1.0,
            residual_high=1.0,
        )
        for i in range(10)
    )


def test_no_rows_have_no_deciles() -> None:
    assert deciles(np.array([]), np.array([])) == ()


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=1, max_size=100))
def test_deciles_hold_every_row_once_and_rise(pairs: list[tuple[float, float]]) -> None:
    y, predictions = np.array([a for a, _ in pairs]), np.array([b for _, b in pairs])
    rows = deciles(y, predictions)
    assert sum(row.n for row in rows) == len(pairs)
    assert len(rows) <= 10
    assert all(a.predicted < b.predicted for a, b in pairwise(rows))
    assert all(row.residual_low <= row.residual_median <= row.residual_high for row in rows)
