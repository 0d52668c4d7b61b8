import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss

from lifecycle.evaluation.brier_parts import brier_parts


def test_three_bins_by_hand() -> None:
    y = np.array([0, 0, 0, 1, 1, 1], dtype=float)
    parts = brier_parts(y, np.array([0.1, 0.1, 0.5, 0.5, 0.8, 0.8]), n_bins=3)
    assert parts is not None
    # Rates 0, 1/2, 1 at scores .1, .5, .8: (0.01 + 0 + 0.04) / 3 and (0.25 + 0 + 0.25) / 3.
    assert parts.reliability == pytest.approx(0.05 / 3)
    assert parts.resolution == pytest.approx(0.5 / 3)
    assert (parts.uncertainty, parts.within_bins) == pytest.approx((0.25, 0.0))


def test_no_rows_have_no_parts() -> None:
    assert brier_parts(np.array([]), np.array([])) is None


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=200))
def test_the_parts_add_up_to_the_score(pairs: list[tuple[bool, float]]) -> None:
    y, scores = np.array([float(p) for p, _ in pairs]), np.array([s for _, s in pairs])
    parts = brier_parts(y, scores)
    assert parts is not None
    total = parts.reliability - parts.resolution + parts.uncertainty + parts.within_bins
    assert total == pytest.approx(brier_score_loss(y, scores, pos_label=1), abs=1e-12)
    assert parts.reliability >= 0
    assert -1e-12 <= parts.resolution <= parts.uncertainty + 1e-12
