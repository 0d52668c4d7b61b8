"""The search; reference scores from the formula of the paper, and every conjunction tried one by one."""

from itertools import combinations

import numpy as np
import pytest

from lifecycle.evaluation.slices.predicates import Predicate
from lifecycle.evaluation.slices.search import WEIGHT_OF_LOSS, Conjunction, search_slices

RANDOM = np.random.RandomState(3)
X = RANDOM.randint(1, 5, (4000, 4))
LOSS = RANDOM.rand(4000) * 0.2 + ((X[:, 0] == 2) & (X[:, 2] == 3)) * 0.5
FOUND = [
    Predicate(feature=f"x{j}", words=f"x{j} = {v}", mask=X[:, j] == v) for j in range(4) for v in range(1, 5)
]


def said(conjunction: Conjunction) -> str:
    return " AND ".join(FOUND[i].words for i in conjunction.predicates)


def score(mask: np.ndarray) -> float:
    """SliceLine's score as the paper writes it (definition 2)."""
    more_loss = LOSS[mask].mean() / LOSS.mean() - 1
    return float(WEIGHT_OF_LOSS * more_loss - (1 - WEIGHT_OF_LOSS) * (len(LOSS) / mask.sum() - 1))


def slowly(max_predicates: int, min_rows: int) -> dict[tuple[int, ...], float]:
    scores = {}
    for size in range(1, max_predicates + 1):
        for numbers in combinations(range(len(FOUND)), size):
            if len({FOUND[i].feature for i in numbers}) < size:
                continue
            mask = np.logical_and.reduce([FOUND[i].mask for i in numbers])
            if mask.sum() >= min_rows:
                scores[numbers] = score(mask)
    return scores


@pytest.mark.parametrize("max_predicates", [1, 2, 3])
def test_the_best_slices_are_those_of_a_search_one_by_one(
    max_predicates: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lifecycle.evaluation.slices.search.MAX_OVERLAP", 1.0)
    found = search_slices(LOSS, FOUND, max_predicates=max_predicates, min_rows=40, n_slices=8)
    expected = sorted(slowly(max_predicates, 40).items(), key=lambda item: (-item[1], item[0]))[:8]
    assert [c.predicates for c in found] == [numbers for numbers, s in expected if s > 0]
    assert [c.score for c in found] == pytest.approx([s for _, s in expected if s > 0], abs=1e-4)


def test_the_planted_slice_comes_first_and_its_echoes_are_left_out() -> None:
    found = search_slices(LOSS, FOUND, max_predicates=2, min_rows=40, n_slices=5)
    assert said(found[0]) == "x0 = 2 AND x2 = 3"
    masks = [c.mask(FOUND) for c in found]
    for one, other in combinations(masks, 2):
        assert (one & other).sum() <= 0.5 * min(one.sum(), other.sum())


def test_slices_and_scores_are_those_of_the_sliceline_package(monkeypatch: pytest.MonkeyPatch) -> None:
    # sliceline 0.3.0, Slicefinder(alpha=0.99, k=5, max_l=2, min_sup=40), on these very rows.
    monkeypatch.setattr("lifecycle.evaluation.slices.search.MAX_OVERLAP", 1.0)
    found = search_slices(LOSS, FOUND, max_predicates=2, min_rows=40, n_slices=5)
    assert {said(c): c.score for c in found} == pytest.approx(
        {
            "x0 = 2 AND x2 = 3": 3.4125823713173493,
            "x2 = 3 AND x3 = 2": 0.7579359266954453,
            "x1 = 1 AND x2 = 3": 0.7158805656106272,
            "x0 = 2 AND x3 = 2": 0.6918073911913248,
            "x2 = 3": 0.6674465164874566,
        },
        abs=1e-5,
    )


def test_a_slice_has_rows_enough() -> None:
    for min_rows in (40, 300, 1200):
        for c in search_slices(LOSS, FOUND, max_predicates=3, min_rows=min_rows, n_slices=10):
            assert c.mask(FOUND).sum() >= min_rows


@pytest.mark.parametrize(
    ("loss", "found"),
    [
        pytest.param(np.zeros(4000), FOUND, id="no loss anywhere"),
        pytest.param(np.ones(4000), FOUND, id="the same loss everywhere"),
        pytest.param(LOSS, [], id="no conditions"),
        pytest.param(np.empty(0), [], id="no rows"),
    ],
)
def test_nothing_to_find_is_nothing_found(loss: np.ndarray, found: list[Predicate]) -> None:
    assert search_slices(loss, found, max_predicates=3, min_rows=40, n_slices=5) == []
