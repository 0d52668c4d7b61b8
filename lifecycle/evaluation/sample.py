"""Labelled rows, checked once: what happened, what the model said, which block each row belongs to."""

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lifecycle.errors import LifecycleError

Task = Literal["binary", "multiclass", "regression"]
Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

_SUM_TOLERANCE = 1e-3  # float32 probabilities over a few hundred classes add up to one within this


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """Rows to evaluate; build it with `build_sample`, which checks them.

    Attributes:
        y: shape (n_rows,). Binary: 0.0 or 1.0; multiclass: number of the class, as a float; regression: the
            value.
        scores: binary: probability of class 1, shape (n_rows,); multiclass: shape (n_rows, n_classes), rows
            adding up to one; regression: the prediction, shape (n_rows,).
        block: shape (n_rows,), number of the row's block, 0 to n_blocks - 1 in the order of the block ids.
        threshold: a binary score at or above it is a positive decision; None: no operating point was given.
    """

    task: Task
    y: Floats
    scores: Floats
    block: Ints
    n_blocks: int
    threshold: float | None

    @property
    def n_rows(self) -> int:
        return len(self.y)

    @property
    def n_held_blocks(self) -> int:
        """Blocks that hold a row: fewer than `n_blocks` where the sample is a part of a larger one."""
        return int(np.count_nonzero(np.bincount(self.block, minlength=1)))

    def part(self, mask: NDArray[np.bool_]) -> "Sample":
        """The rows of a mask of shape (n_rows,). Blocks keep their numbers: resamples are the same."""
        return replace(self, y=self.y[mask], scores=self.scores[mask], block=self.block[mask])

    @property
    def decisions(self) -> Floats:
        """1.0 where the model says positive, shape (n_rows,); needs the threshold."""
        if self.threshold is None:
            raise LifecycleError(
                "metrics of decisions (f1, precision, ...) need a threshold; "
                "choose the operating point on training data and pass threshold="
            )
        return (self.scores >= self.threshold).astype(np.float64)


def build_sample(
    task: Task,
    y: ArrayLike,
    scores: ArrayLike,
    *,
    blocks: ArrayLike | None = None,
    threshold: float | None = None,
) -> Sample:
    """Check the rows and number their blocks.

    Args:
        blocks: one id per row (a day, say), any sortable type; None: each row is a block of its own.

    Raises:
        LifecycleError: lengths differ, a value is not finite, a label or score is outside its range.

    >>> build_sample("binary", [0, 1, 1], [0.2, 0.9, 0.4], blocks=["mon", "mon", "tue"]).block
    array([0, 0, 1])
    """
    truth, said = np.asarray(y, dtype=np.float64), np.asarray(scores, dtype=np.float64)
    ids = np.arange(len(truth)) if blocks is None else np.asarray(blocks)
    if not len(truth) == len(said) == len(ids):
        raise LifecycleError(
            f"labels, scores and blocks need one entry per row: {len(truth)}, {len(said)}, {len(ids)} given"
        )
    for name, values in (("labels", truth), ("scores", said)):
        if n_bad := int(np.count_nonzero(~np.isfinite(values))):
            raise LifecycleError(
                f"{n_bad} of {values.size} {name} are not finite; keep only rows whose label is known, "
                "and look for missing values in the model's output"
            )
    _check_ranges(task, truth, said)
    names, block = np.unique(ids, return_inverse=True)
    return Sample(
        task=task,
        y=truth,
        scores=said,
        block=block.astype(np.int64),
        n_blocks=len(names),
        threshold=threshold,
    )


def _check_ranges(task: Task, y: Floats, scores: Floats) -> None:
    wanted = 2 if task == "multiclass" else 1
    if y.ndim != 1 or scores.ndim != wanted:
        raise LifecycleError(
            f"{task} needs labels of shape (rows,) and scores with {wanted} dimension(s); "
            f"found shapes {y.shape} and {scores.shape}"
        )
    if task == "regression" or not len(y):
        return
    if scores.min() < 0 or scores.max() > 1:
        raise LifecycleError(
            f"{task} scores must be probabilities; found {scores.min():.6g} to {scores.max():.6g}: "
            "apply the model's link function first"
        )
    n_classes = 2 if task == "binary" else scores.shape[1]
    if not np.isin(y, np.arange(n_classes)).all():
        raise LifecycleError(
            f"{task} labels must be class numbers 0 to {n_classes - 1}; found {y.min():.6g} to {y.max():.6g}"
        )
    if task == "multiclass" and np.abs(scores.sum(axis=1) - 1).max() > _SUM_TOLERANCE:
        raise LifecycleError("multiclass scores must add up to 1 in each row; apply softmax first")
