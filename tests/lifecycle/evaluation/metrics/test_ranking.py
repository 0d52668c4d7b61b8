import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.evaluation.metrics.registry import metric
from lifecycle.evaluation.sample import build_sample

N_ROWS, N_DAYS = 60, 6


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 100_000), st.sampled_from([1, 2, 9]))
def test_won_pairs_of_days_give_the_area_that_the_rows_give(seed: int, decimals: int) -> None:
    random = np.random.default_rng(seed)
    scores, y = np.round(random.random(N_ROWS), decimals), random.random(N_ROWS) < 0.3
    day = random.integers(0, N_DAYS, N_ROWS)
    auc = metric("auc", "binary")
    by_day = build_sample("binary", y, scores, blocks=day)  # few blocks: pairs of days are counted
    by_row = build_sample("binary", y, scores)  # a block a row: the curve is walked
    counts = random.multinomial(by_day.n_blocks, np.full(by_day.n_blocks, 1 / by_day.n_blocks), size=20)
    days, rows = auc.build(by_day), auc.build(by_row)
    drawn = counts.astype(np.float64)
    assert days(drawn) == pytest.approx(rows(drawn[:, by_day.block]), abs=1e-12, nan_ok=True)
