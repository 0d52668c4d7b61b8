import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from lifecycle.errors import LifecycleError
from lifecycle.evaluation.operating_point import OperatingPoint, choose_operating_point


def test_of_equal_thresholds_the_highest_is_chosen() -> None:
    # At .9: 1 of 1 right, 1 of 3 found, f1 = .5. At .1: 3 of 9 right, 3 of 3 found, f1 = .5.
    y, scores = [1, 0, 0, 0, 0, 0, 0, 1, 1], [0.9, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.1, 0.1]
    assert choose_operating_point(y, scores) == OperatingPoint(threshold=0.9, f1=0.5)


def test_without_positives_there_is_nothing_to_choose() -> None:
    with pytest.raises(LifecycleError, match="none of the 2 rows is positive"):
        choose_operating_point([0, 0], [0.1, 0.2])


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 10)), min_size=1, max_size=30).filter(
        lambda rows: any(y for y, _ in rows)
    )
)
def test_no_threshold_has_a_better_f1(rows: list[tuple[bool, int]]) -> None:
    y, tenths = (np.array(column) for column in zip(*rows, strict=True))
    chosen = choose_operating_point(y, tenths / 10)
    by_threshold = {s: f1_score(y, tenths / 10 >= s) for s in np.unique(tenths / 10)}
    assert chosen.f1 == pytest.approx(max(by_threshold.values()))
    assert chosen.f1 == pytest.approx(by_threshold[chosen.threshold])
