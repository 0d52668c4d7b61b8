"""Means and deviations of the rows that fit, by one pass over each rank's, merged in the order of the ranks.

Source: Chan, Golub, LeVeque (1979), updating formulae; sums of squares lose digits of large numbers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lifecycle.errors import LifecycleError
from lifecycle.training.torch_ranks import Group
from lifecycle.training.torch_rows import Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """What was learned of columns; the last one is the label."""

    rows: NDArray[np.float64]
    """Rows with a value, shape (n_columns,)."""
    mean: NDArray[np.float64]
    squares: NDArray[np.float64]
    """Sum of squared differences from the mean."""
    missing: NDArray[np.float64]

    @property
    def scale(self) -> NDArray[np.float64]:
        """Standard deviation; 1 where a column does not vary."""
        deviation = np.sqrt(self.squares / np.maximum(self.rows, 1))
        # What is left of a constant after rounding is no deviation.
        steady = deviation <= 1e-7 * np.maximum(np.abs(self.mean), 1e-30)
        scale: NDArray[np.float64] = np.where(steady, 1.0, deviation)
        return scale


def moments_of(rows: Rows, columns: Sequence[int], names: Sequence[str], group: Group) -> Moments:
    """Moments of some columns and of the label, over all ranks.

    Raises:
        LifecycleError: an infinite value, in whichever rank: all of them raise.
    """
    found = _merged(len(columns) + 1, _of_blocks(rows, columns))
    told = np.stack([found.rows, found.mean, found.squares, found.missing])
    ranks = [np.array(one).reshape(told.shape) for one in group.gather(told.ravel().tolist())]
    whole = _merged(
        len(columns) + 1, (Moments(rows=r[0], mean=r[1], squares=r[2], missing=r[3]) for r in ranks)
    )
    for name, mean in zip([*names, "the label"], whole.mean, strict=True):
        if not np.isfinite(mean):
            raise LifecycleError(
                f"{name} holds an infinite value, or a sum beyond all numbers: a network cannot be fit on "
                "it; give the column a `min` and `max`, or the rule `finite`"
            )
    return whole


def _of_blocks(rows: Rows, columns: Sequence[int]) -> Iterator[Moments]:
    for matrix, labels in rows.blocks():
        held = [matrix[:, column].cpu().numpy() for column in columns] + [labels.cpu().numpy()]
        parts = [_of_column(values.astype(np.float64)) for values in held]
        told = np.array(parts).T
        yield Moments(rows=told[0], mean=told[1], squares=told[2], missing=told[3])


def _of_column(values: NDArray[np.float64]) -> tuple[float, float, float, float]:
    there = values[~np.isnan(values)]
    if not len(there):
        return 0.0, 0.0, 0.0, float(len(values))
    # What overflows is infinite, and told as such.
    with np.errstate(over="ignore", invalid="ignore"):
        mean = float(there.mean())
        squares = float(np.square(there - mean).sum())
    return float(len(there)), mean, squares, float(len(values) - len(there))


def _merged(n_columns: int, parts: Iterator[Moments]) -> Moments:
    rows, mean, squares, missing = np.zeros((4, n_columns))
    with np.errstate(over="ignore", invalid="ignore"):
        for part in parts:
            together = np.maximum(rows + part.rows, 1)
            gap = part.mean - mean
            squares = squares + part.squares + np.square(gap) * rows * part.rows / together
            mean = mean + gap * part.rows / together
            rows, missing = rows + part.rows, missing + part.missing
    return Moments(rows=rows, mean=mean, squares=squares, missing=missing)
