"""Permutation importance: how much worse the metric gets when a feature's values are dealt out anew.

Gain, which the trainer reports, says what the trees used on the rows that they fit. This says what the model
needs on rows that it never saw. Features that repeat each other share their importance: each looks small,
because the other one stands in for it.
"""

from collections.abc import Callable, Sequence

import numpy as np

from lifecycle.evaluation.harm import Baseline, Harm, by_harm
from lifecycle.evaluation.sample import Floats
from lifecycle.features.encoding import Matrix

Predict = Callable[[Matrix], Floats]
"""Encoded rows of shape (n, n_features) in; scores as `Sample` holds them out."""

N_REPEATS = 2


def permutation_importance(
    baseline: Baseline, predict: Predict, matrix: Matrix, names: Sequence[str], *, seed: int
) -> tuple[Harm, ...]:
    """Harm of permuting each feature, the most important first.

    Args:
        matrix: the rows of the baseline, encoded, shape (n, n_features).
        names: of its columns.
        seed: of the permutations; the mean over two of them is taken.

    Source: Breiman (2001), section 10; Fisher, Rudin and Dominici (2019).
    """
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(len(matrix)) for _ in range(N_REPEATS)]
    harms = []
    for column, name in enumerate(names):
        scores = []
        for order in orders:
            changed = matrix.copy()
            changed[:, column] = matrix[order, column]
            scores.append(predict(changed))
        harms.append(baseline.harm_of(scores, change="permuted", what=name))
    return by_harm(harms)
