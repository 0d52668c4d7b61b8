import numpy as np
import pytest

from lifecycle.evaluation.curves import ScoreBin, score_histogram
from lifecycle.evaluation.sample import Floats
from lifecycle.monitoring.score_check import check_scores

DRAW = np.random.default_rng(7)
HOLDOUT = score_histogram(np.zeros(2000), DRAW.beta(2, 5, 2000))


@pytest.mark.parametrize(
    ("scores", "holdout", "verdict", "told"),
    [
        pytest.param(DRAW.beta(2, 5, 1000), HOLDOUT, "pass", "PSI 0.0", id="alike"),
        pytest.param(DRAW.beta(5, 2, 1000), HOLDOUT, "fail", "against the holdout", id="elsewhere"),
        pytest.param(np.full(1000, 0.3), HOLDOUT, "fail", "have the score 0.3", id="all the same"),
        pytest.param(np.array([0.1, np.nan]), HOLDOUT, "fail", "1 of 2 scores are no", id="no number"),
        pytest.param(np.array([0.1, 0.2]), HOLDOUT, "not_enough_data", "2 rows tell nothing", id="few"),
        pytest.param(DRAW.normal(size=500), (), "pass", "there is no holdout's", id="a regression"),
    ],
)
def test_check_scores(scores: Floats, holdout: tuple[ScoreBin, ...], verdict: str, told: str) -> None:
    found = check_scores(scores, holdout)
    assert (found.verdict, told in found.told) == (verdict, True), found
