import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, precision_score, recall_score

from lifecycle.errors import LifecycleError
from lifecycle.evaluation.thresholds import N_THRESHOLDS, ThresholdRow, cheapest_point, threshold_table
from lifecycle.spec.evaluation import Costs

PAIRS = st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=60)


def test_the_table_by_hand() -> None:
    y, scores = np.array([0.0, 1.0, 0.0, 1.0]), np.array([0.1, 0.4, 0.6, 0.9])
    rows = threshold_table(y, scores, chosen=0.4, costs=Costs(false_positive=1, false_negative=5))
    assert [(row.threshold, row.flagged, row.precision, row.recall, row.cost) for row in rows] == [
        (0.9, 0.25, 1.0, 0.5, 5 / 4),
        (0.6, 0.5, 0.5, 0.5, 6 / 4),
        (0.4, 0.75, 2 / 3, 1.0, 1 / 4),
        (0.1, 1.0, 0.5, 1.0, 2 / 4),
    ]
    assert [row.threshold for row in rows if row.chosen] == [0.4]


def test_rows_agree_with_scikit_learn() -> None:
    random = np.random.default_rng(0)
    scores = random.random(3000)
    y = (random.random(3000) < scores).astype(float)
    rows = threshold_table(y, scores, chosen=0.37)
    assert len(rows) in (N_THRESHOLDS, N_THRESHOLDS + 1)
    for row in rows:
        said = scores >= row.threshold
        found = (row.precision, row.recall, row.f1, row.flagged)
        expected = (precision_score(y, said), recall_score(y, said), f1_score(y, said), said.mean())
        assert found == pytest.approx(expected)
    shares = [row.flagged for row in rows if not row.chosen]
    assert np.diff(shares).max() < 1.5 / N_THRESHOLDS, "evenly along the shares that are flagged"


def test_no_positive_rows_leave_recall_unknown_and_no_rows_leave_nothing() -> None:
    (row,) = threshold_table(np.zeros(3), np.full(3, 0.5))
    assert row == ThresholdRow(
        threshold=0.5, flagged=1.0, precision=0.0, recall=None, f1=None, cost=None, chosen=False
    )
    assert threshold_table(np.array([]), np.array([]), chosen=0.5) == ()


def test_an_operating_point_above_every_score_flags_nothing() -> None:
    rows = threshold_table(np.array([0.0, 1.0]), np.array([0.2, 0.3]), chosen=0.5)
    assert (rows[0].threshold, rows[0].flagged, rows[0].precision, rows[0].chosen) == (0.5, 0.0, None, True)


@given(PAIRS, st.floats(0, 10), st.floats(0.1, 10))
def test_no_threshold_is_cheaper_than_the_cheapest_point(
    pairs: list[tuple[bool, float]], false_positive: float, false_negative: float
) -> None:
    y, scores = np.array([float(p) for p, _ in pairs]), np.array([s for _, s in pairs])
    costs = Costs(false_positive=false_positive, false_negative=false_negative)

    def cost(threshold: float) -> float:
        said = scores >= threshold
        return float(false_positive * (said & (y == 0)).sum() + false_negative * (~said & (y == 1)).sum())

    chosen = cheapest_point(y, scores, costs)
    assert cost(chosen.threshold) <= min(map(cost, [*scores, 2.0])) + 1e-9


@pytest.mark.parametrize(
    ("costs", "flagged"),
    [
        pytest.param((1, 1000), 4, id="misses are dear: flag all"),
        pytest.param((1000, 1), 1, id="alarms are dear: flag the sure one"),
        pytest.param((1, 1), 1, id="as dear as each other"),
    ],
)
def test_costs_move_the_operating_point(costs: tuple[float, float], flagged: int) -> None:
    y, scores = np.array([1.0, 0.0, 0.0, 1.0]), np.array([0.1, 0.4, 0.6, 0.9])
    price = Costs(false_positive=costs[0], false_negative=costs[1])
    assert (scores >= cheapest_point(y, scores, price).threshold).sum() == flagged


def test_flagging_nothing_can_be_cheapest() -> None:
    scores = np.array([0.2, 0.9])
    chosen = cheapest_point(np.zeros(2), scores, Costs(false_positive=1, false_negative=1))
    assert (scores >= chosen.threshold).sum() == 0
    assert chosen.f1 == 0.0


def test_no_rows_choose_nothing() -> None:
    with pytest.raises(LifecycleError, match="no validation rows"):
        cheapest_point(np.array([]), np.array([]), Costs(false_positive=1, false_negative=1))
