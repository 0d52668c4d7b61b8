"""Permuting, losing and blurring a feature: a model that leans on one of them shows it."""

from collections.abc import Callable

import numpy as np
import pytest

from lifecycle.evaluation.harm import Baseline
from lifecycle.evaluation.metrics.registry import metric
from lifecycle.evaluation.permutation import permutation_importance
from lifecycle.evaluation.robustness import harm_of_missing, harm_of_missing_lookups, harm_of_noise
from lifecycle.evaluation.sample import Floats, build_sample
from lifecycle.features.encoding import Matrix

NAMES = ["used", "unused", "switch"]
N = 600


def predict(matrix: Matrix) -> Floats:
    """Leans on the first feature, a little on the last, never on the second; missing counts as 0."""
    used, switch = (np.nan_to_num(matrix[:, i].astype(np.float64)) for i in (0, 2))
    scores: Floats = 3 * used + 0.5 * switch
    return scores


@pytest.fixture
def matrix() -> Matrix:
    random = np.random.default_rng(0)
    columns = [random.normal(size=N), random.normal(size=N), random.integers(0, 2, N)]
    return np.stack(columns, axis=1).astype(np.float32)


@pytest.fixture
def baseline(matrix: Matrix) -> Baseline:
    scores = predict(matrix)
    y = scores + np.random.default_rng(1).normal(size=N)
    sample = build_sample("regression", y, scores, blocks=np.arange(N) // 50)
    return Baseline(metric("rmse", "regression"), sample, seed=0, n_resamples=200)


@pytest.mark.parametrize("run", [
    pytest.param(lambda b, m: permutation_importance(b, predict, m, NAMES, seed=0), id="permuted"),
    pytest.param(lambda b, m: harm_of_missing(b, predict, m, NAMES), id="missing"),
])  # fmt: skip
def test_what_the_model_leans_on_comes_first_and_what_it_ignores_does_no_harm(
    run: Callable[..., tuple[object, ...]], baseline: Baseline, matrix: Matrix
) -> None:
    before = matrix.copy()
    harms = {harm.what: harm for harm in run(baseline, matrix)}  # type: ignore[attr-defined]  # harms
    assert next(iter(harms)) == "used"
    assert harms["used"].low > harms["switch"].high > 0
    assert (harms["unused"].harm, harms["unused"].low, harms["unused"].high) == (0, 0, 0)
    assert (matrix == before).all(), "the rows themselves stay as they are"


def test_permutation_importance_of_a_linear_model_is_what_theory_says(
    baseline: Baseline, matrix: Matrix
) -> None:
    used = permutation_importance(baseline, predict, matrix, NAMES, seed=0)[0]
    # Error 1 becomes sqrt(1 + 2 * 3**2 * var): Fisher, Rudin and Dominici (2019), for a linear model.
    expected = np.sqrt(1 + 2 * 9 * matrix[:, 0].var()) - 1
    assert used.harm == pytest.approx(expected, rel=0.1)


def test_permutations_follow_the_seed(baseline: Baseline, matrix: Matrix) -> None:
    one, again, other = (
        permutation_importance(baseline, predict, matrix, NAMES, seed=seed) for seed in (1, 1, 2)
    )
    assert one == again != other


def test_noise_goes_into_quantities_only(baseline: Baseline, matrix: Matrix) -> None:
    with_constant = np.column_stack([matrix, np.full(N, 7, dtype=np.float32)])
    harms = harm_of_noise(baseline, predict, with_constant, ["used", "", "switch", "constant"], seed=0)
    assert [harm.what for harm in harms] == ["used"], "no category, switch or constant"
    assert harms[0].low is not None and harms[0].low > 0


def test_more_noise_does_more_harm_and_a_missing_value_stays_missing(
    baseline: Baseline, matrix: Matrix
) -> None:
    little, much = (
        harm_of_noise(baseline, predict, matrix, NAMES, seed=0, share=share)[0].harm for share in (0.1, 1.0)
    )
    assert little is not None and much is not None and 0 < little < much
    seen: list[Matrix] = []

    def watching(changed: Matrix) -> Floats:
        seen.append(changed)
        return predict(changed)

    holed = matrix.copy()
    holed[:10, 0] = np.nan
    harm_of_noise(baseline, watching, holed, NAMES, seed=0)
    assert np.isnan(seen[0][:, 0]).sum() == 10


def test_lookups_are_ordered_by_their_harm(baseline: Baseline) -> None:
    scores = baseline.sample.scores
    harms = harm_of_missing_lookups(baseline, {"plane": scores, "weather": np.zeros(N)})
    assert [(harm.change, harm.what, harm.harm == 0) for harm in harms] == [
        ("lookup missing", "weather", False),
        ("lookup missing", "plane", True),
    ]
