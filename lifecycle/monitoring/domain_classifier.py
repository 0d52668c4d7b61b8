"""The domain classifier: can rows of now be told from rows of the reference, all columns together?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lifecycle.evaluation.sample import Floats
from lifecycle.features.encoding import Matrix

FOLDS = 5
_ROUNDS, _DEPTH, _ETA = 60, 3, 0.2
_RESAMPLES = 200
_LEVEL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Separability:
    """How well a classifier tells rows apart that it was not fit on.

    Attributes:
        auc: area under the ROC curve; .5: not at all.
        low: lower end of the 95 % interval, which resamples whole blocks; None, like high: too few blocks.
        by_itself: the same between two halves of the reference: what time does without a change of ours.
    """

    auc: float
    low: float | None
    high: float | None
    by_itself: float | None


def separability(
    reference: Matrix,
    reference_blocks: NDArray[np.int64],
    current: Matrix,
    current_blocks: NDArray[np.int64],
    *,
    seed: int = 0,
) -> Separability | None:
    """Fit trees on some blocks of both sides, ask about the other blocks.

    Rows of one day are alike. Were they spread over all folds, the trees would know each day by its weather
    and tell the sides apart by the calendar; so folds are whole blocks, next to each other in time. A slow
    change, such as of seasons, can still be told: that is what `by_itself` is for.

    Args:
        reference: encoded rows, shape (n, n_features); pass a bounded sample of them.
        reference_blocks: number of each row's block, in the order of time.

    Returns:
        None: a side has fewer than two blocks.

    Source: Lopez-Paz and Oquab (2017), classifier two-sample tests.
    """
    sides = ((reference, reference_blocks), (current, current_blocks))
    if any(len(np.unique(blocks)) < 2 for _, blocks in sides):
        return None
    side = np.concatenate([np.zeros(len(reference)), np.ones(len(current))])
    folds = np.concatenate([_folds(blocks) for _, blocks in sides])
    scores = _held_out(np.concatenate([reference, current]), side, folds, seed)
    days = np.concatenate([reference_blocks, current_blocks + reference_blocks.max() + 1])
    low, high = _interval(side, scores, days, seed)
    half = np.median(np.unique(reference_blocks))
    late = (reference_blocks > half).astype(np.float64)
    by_itself = None
    if min(len(np.unique(reference_blocks[late == value])) for value in (0, 1)) >= 2:
        within = np.where(
            late == 1, _folds_of(reference_blocks, late == 1), _folds_of(reference_blocks, late == 0)
        )
        by_itself = auc(late, _held_out(reference, late, within, seed))
    return Separability(auc=auc(side, scores), low=low, high=high, by_itself=by_itself)


def auc(side: Floats, scores: Floats) -> float:
    """Area under the ROC curve; ties count half.

    >>> auc(np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.1, 0.4, 0.35, 0.8]))
    0.75
    """
    from scipy.stats import rankdata

    n = side.sum()
    return float((rankdata(scores)[side == 1].sum() - n * (n + 1) / 2) / (n * (len(side) - n)))


def _folds(blocks: NDArray[np.int64]) -> NDArray[np.int64]:
    """Fold of each row: runs of whole blocks, as many in each fold as can be."""
    known, position = np.unique(blocks, return_inverse=True)
    return np.asarray(position * min(FOLDS, len(known)) // len(known))


def _folds_of(blocks: NDArray[np.int64], chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
    folds = np.zeros(len(blocks), np.int64)
    folds[chosen] = _folds(blocks[chosen])
    return folds


def _held_out(matrix: Matrix, side: Floats, folds: NDArray[np.int64], seed: int) -> Floats:
    """Scores of rows by trees that were fit on the other folds."""
    import xgboost

    scores = np.empty(len(matrix))
    parameters = {
        "objective": "binary:logistic",
        "max_depth": _DEPTH,
        "eta": _ETA,
        "subsample": 0.8,
        "seed": seed,
        "nthread": 1,
    }
    for fold in np.unique(folds):
        fit, asked = folds != fold, folds == fold
        # Sides of equal weight: how many rows each has says nothing.
        weight = np.where(side[fit] == 1, (side[fit] == 0).mean(), (side[fit] == 1).mean())
        rows = xgboost.DMatrix(matrix[fit], label=side[fit], weight=weight)
        trees = xgboost.train(parameters, rows, num_boost_round=_ROUNDS)
        scores[asked] = trees.predict(xgboost.DMatrix(matrix[asked]))
    return scores


def _interval(
    side: Floats, scores: Floats, blocks: NDArray[np.int64], seed: int
) -> tuple[float | None, float | None]:
    """Percentile bootstrap over whole blocks of either side."""
    by_side = [
        [np.flatnonzero(blocks == block) for block in np.unique(blocks[side == one])] for one in (0, 1)
    ]
    if min(len(rows) for rows in by_side) < FOLDS:
        return None, None
    rng = np.random.default_rng(seed)
    drawn = []
    for _ in range(_RESAMPLES):
        rows = np.concatenate([own[i] for own in by_side for i in rng.integers(0, len(own), len(own))])
        drawn.append(auc(side[rows], scores[rows]))
    tail = (1 - _LEVEL) / 2
    return float(np.quantile(drawn, tail)), float(np.quantile(drawn, 1 - tail))
