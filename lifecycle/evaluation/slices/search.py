"""The search for slices with high loss: all conjunctions of a few conditions, scored as SliceLine does."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifecycle.evaluation.sample import Floats, Ints
from lifecycle.evaluation.slices.masks import Mask
from lifecycle.evaluation.slices.predicates import Predicate

WEIGHT_OF_LOSS = 0.99
"""SliceLine's alpha: how much the loss of a slice counts against its size. At the paper's .95 a slice of 2 %
must have 3.6 times the mean loss to score at all, which bounded losses hardly reach; at .99 1.5 times."""
MAX_OVERLAP = 0.5
"""Share of the smaller one's rows that two candidates may have in common: beyond it the second is an echo."""
BEAM = 300
"""Pairs that are extended to three conditions, the most promising first: it bounds time, not validity."""
_POOL = 2000  # best conjunctions among which the candidates are chosen
_CHUNK = 32  # pairs at a time: with 100,000 rows 13 MB
_Matrix = NDArray[np.float32]
_Met = tuple[tuple[int, ...], float]
"""Numbers of predicates, and the score of their conjunction."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Conjunction:
    """Conditions on different features that all hold (numbers of predicates), with SliceLine's score."""

    predicates: tuple[int, ...]
    score: float

    def mask(self, found: Sequence[Predicate]) -> Mask:
        """Rows where all conditions hold."""
        held: Mask = np.logical_and.reduce([found[i].mask for i in self.predicates])
        return held


def search_slices(
    loss: Floats, found: Sequence[Predicate], *, max_predicates: int, min_rows: int, n_slices: int
) -> list[Conjunction]:
    """The conjunctions with the highest scores above zero, best first, without those that repeat another.

    Args:
        loss: of each row, not negative, shape (n_rows,).
        found: conditions over the same rows.
        min_rows: fewest rows of a slice.

    Source: Sagadeeva and Boehm (2021), SliceLine: the score, and the bounds by which it leaves out what
    cannot be good. Unlike there, three conditions are tried for the `BEAM` best pairs only.
    """
    if not len(loss) or loss.mean() <= 0:
        return []
    kept = [i for i, predicate in enumerate(found) if min_rows <= predicate.mask.sum() < len(loss)]
    if not kept:
        return []
    grid = _Grid(loss, [found[i] for i in kept])
    scorer = _Scorer(loss, min_rows)
    met: list[_Met] = [((i,), score) for i, score in enumerate(scorer.score(*grid.singles()))]
    if max_predicates >= 2:
        met += _pairs(grid, scorer)
    if max_predicates >= 3:
        met += _triples(grid, scorer)
    pool = [
        Conjunction(predicates=tuple(kept[i] for i in numbers), score=float(score))
        for numbers, score in met
        if score > 0
    ]
    best = sorted(pool, key=lambda c: (-c.score, c.predicates))
    return _without_repeats(best[:_POOL], found, n_slices)


class _Scorer:
    """SliceLine's score for slices of some rows."""

    def __init__(self, loss: Floats, min_rows: int) -> None:
        self._n, self._mean, self._highest = len(loss), float(loss.mean()), float(loss.max())
        self._min_rows = min_rows

    def score(self, sizes: Floats, errors: Floats) -> Floats:
        """Above zero: more loss than the average makes up for the smaller size; -inf: too few rows."""
        enough = np.maximum(sizes, 1)
        loss = (errors / enough) / self._mean - 1
        size = self._n / enough - 1
        score: Floats = WEIGHT_OF_LOSS * loss - (1 - WEIGHT_OF_LOSS) * size
        return np.where(sizes >= self._min_rows, score, -np.inf)

    def bound(self, sizes: Floats, errors: Floats) -> Floats:
        """No slice inside a slice scores higher: it would keep all the loss in as few rows as can hold it."""
        fewest = np.clip(errors / self._highest, self._min_rows, np.maximum(sizes, self._min_rows))
        inside = np.stack(
            [
                self.score(rows, np.minimum(errors, rows * self._highest))
                for rows in (np.full_like(sizes, self._min_rows), fewest, sizes)
            ]
        )
        return np.where(sizes >= self._min_rows, inside.max(axis=0), -np.inf)


class _Grid:
    """Sizes and sums of losses of conjunctions, by products of matrices of zeros and ones.

    Single precision holds the sums of a million losses to some four digits, which is enough to choose by.
    """

    def __init__(self, loss: Floats, found: Sequence[Predicate]) -> None:
        self._x: _Matrix = np.stack([p.mask for p in found], axis=1).astype(np.float32)
        self._weighted = self._x * loss.astype(np.float32)[:, None]
        features = np.unique([p.feature for p in found], return_inverse=True)[1]
        self.differ: Mask = features[:, None] != features[None, :]
        """Conditions of different features: only those are combined."""

    def singles(self) -> tuple[Floats, Floats]:
        """Sizes and sums of single conditions, shape (n_predicates,)."""
        return _exact(self._x.sum(axis=0, dtype=np.float64)), _exact(self._weighted.sum(axis=0))

    def pairs(self) -> tuple[Floats, Floats]:
        """Sizes and sums of all pairs, shape (n_predicates, n_predicates)."""
        return _exact(self._x.T @ self._x), _exact(self._x.T @ self._weighted)

    def triples(self, left: Ints, right: Ints) -> tuple[Floats, Floats]:
        """Sizes and sums of some pairs with every third condition, shape (n_pairs, n_predicates)."""
        both = self._x[:, left] * self._x[:, right]
        return _exact(both.T @ self._x), _exact(both.T @ self._weighted)


def _exact(values: NDArray[np.floating[Any]]) -> Floats:
    return values.astype(np.float64)


def _pairs(grid: _Grid, scorer: _Scorer) -> list[_Met]:
    left, right = np.nonzero(np.triu(grid.differ))
    sizes, errors = grid.pairs()
    scores = scorer.score(sizes[left, right], errors[left, right])
    best = np.argsort(-scores, kind="stable")[:_POOL]
    return [((int(left[k]), int(right[k])), float(scores[k])) for k in best]


def _triples(grid: _Grid, scorer: _Scorer) -> list[_Met]:
    left, right = np.nonzero(np.triu(grid.differ))
    sizes, errors = grid.pairs()
    bounds = scorer.bound(sizes[left, right], errors[left, right])
    promising = np.argsort(-bounds, kind="stable")[:BEAM]
    promising = promising[bounds[promising] > 0]
    met: list[_Met] = []
    for at in range(0, len(promising), _CHUNK):
        chunk = promising[at : at + _CHUNK]
        scores = scorer.score(*grid.triples(left[chunk], right[chunk]))
        for row, (i, j) in enumerate(zip(left[chunk], right[chunk], strict=True)):
            # The third comes behind the second, so that no three are met twice.
            thirds = grid.differ[i] & grid.differ[j] & (np.arange(len(grid.differ)) > j) & (scores[row] > 0)
            met += [((int(i), int(j), int(k)), float(scores[row, k])) for k in np.flatnonzero(thirds)]
    return met


def _without_repeats(
    best: Sequence[Conjunction], found: Sequence[Predicate], n_slices: int
) -> list[Conjunction]:
    chosen: list[Conjunction] = []
    masks: list[Mask] = []
    for candidate in best:
        if len(chosen) == n_slices:
            break
        mask = candidate.mask(found)
        if all(
            np.count_nonzero(mask & other)
            <= MAX_OVERLAP * min(np.count_nonzero(mask), np.count_nonzero(other))
            for other in masks
        ):
            chosen.append(candidate)
            masks.append(mask)
    return chosen
