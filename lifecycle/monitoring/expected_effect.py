"""What one column's shift does to the model: its scores, if this column moved and no other."""

from collections.abc import Callable, Container, Mapping, Sequence

import numpy as np

from lifecycle.evaluation.sample import Floats
from lifecycle.features.encoding import Matrix
from lifecycle.monitoring.judge_drift import Moved

Predict = Callable[[Matrix], Floats]
"""Encoded rows of shape (n, n_features) in; scores of shape (n,) or (n, n_classes)."""
_QUANTILES = 101


def expected_effects(
    predict: Predict,
    reference: Matrix,
    current: Matrix,
    names: Sequence[str],
    *,
    of: Container[str],
    harms: Mapping[str, float] | None = None,
    seed: int = 0,
) -> Mapping[str, Moved]:
    """How far the distribution of scores moves when one column at a time is drawn from the current rows.

    Rows are the reference's; only the one column is dealt out anew, once from the reference itself and once
    from the current rows, so that breaking its ties with the others moves both alike. The distance of the two
    sets of scores is the mean distance of their quantiles (Wasserstein). What a shift costs in performance is
    not known before labels come; a model that does not care how a column is spread is not harmed by it.

    Args:
        reference: encoded rows, shape (n, n_features).
        current: encoded rows, shape (m, n_features).
        names: of the columns.
        of: those that are asked about.
        harms: feature -> harm of its permutation, as the evaluation found it; None: there is no evaluation.
            Importances are shares of the harms; what permuting did not harm has none.
        seed: of the draws.

    Source: Breiman (2001), section 10, with other rows than the model's own.
    """
    if not len(reference) or not len(current):
        return {}
    rng = np.random.default_rng(seed)
    from_reference, from_current = (
        rng.integers(0, len(rows), len(reference)) for rows in (reference, current)
    )
    total = sum(max(harm, 0.0) for harm in (harms or {}).values())
    found = {}
    for position, name in enumerate(names):
        if name not in of:
            continue
        scores = [
            predict(_with_column(reference, position, rows[drawn, position]))
            for rows, drawn in ((reference, from_reference), (current, from_current))
        ]
        share = max((harms or {}).get(name, 0.0), 0.0) / total if total else None
        found[name] = Moved(effect=_apart(*scores), importance=share)
    return found


def _with_column(matrix: Matrix, position: int, values: Matrix) -> Matrix:
    changed = matrix.copy()
    changed[:, position] = values
    return changed


def _apart(before: Floats, now: Floats) -> float:
    levels = np.linspace(0.0, 1.0, _QUANTILES)
    return float(np.abs(np.quantile(before, levels, axis=0) - np.quantile(now, levels, axis=0)).mean())
