"""What a model leans on, where the trainer cannot tell: how much worse it is without a feature.

Source: Breiman (2001), Random Forests, section 10; as the increase of the loss on validation rows.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from lifecycle.features.encoding import Matrix
from lifecycle.spec.model import Task
from lifecycle.training.trainer import Part

ROWS = 4_000


def permutation_importance(
    task: Task,
    names: Sequence[str],
    part: Part,
    predict: Callable[[Matrix], NDArray[np.float64]],
    *,
    seed: int,
) -> dict[str, float]:
    """Feature -> how much the loss grows when its values are shuffled among the rows; 0 where it does not.

    Args:
        task: decides the loss: of the logarithm for classes, squared for numbers.
        names: of the columns.
        part: rows that did not fit the model; up to 4,000 of them are looked at.
        predict: scores of shape (n,), or (n, n_classes) for multiclass.
        seed: of the shuffling.
    """
    matrix, labels = next(part.batches())
    at = np.unique(np.linspace(0, len(labels) - 1, min(ROWS, len(labels))).astype(int))
    matrix, labels = matrix[at], labels[at]
    whole = _loss(task, labels, predict(matrix))
    found = {}
    for column, name in enumerate(names):
        shuffled = matrix.copy()
        shuffled[:, column] = np.random.default_rng([seed, column]).permutation(matrix[:, column])
        found[name] = max(0.0, _loss(task, labels, predict(shuffled)) - whole)
    return found


def _loss(task: Task, labels: NDArray[np.float64], scores: NDArray[np.float64]) -> float:
    if task == "regression":
        return float(np.mean(np.square(scores - labels)))
    if task == "binary":
        right = np.where(labels == 1, scores, 1 - scores)
    else:
        right = scores[np.arange(len(labels)), labels.astype(int)]
    return float(-np.mean(np.log(np.maximum(right, 1e-15))))
