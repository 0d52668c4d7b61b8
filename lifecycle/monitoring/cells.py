"""The cells of a column: counts of several windows over the same bins, which every statistic is made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lifecycle.data.bin_counts import BinCounts, arrays_of
from lifecycle.data.table_profile import CategoryProfile, ColumnProfile, NumberProfile, coarser

Floats = NDArray[np.float64]
CellKind = Literal["number", "category"]
QUANTILE_BINS = 10
_DENSE = 1 << 20
OTHER = "(other)"
"""Cell of the values that a profile does not list one by one."""


# Without slots, so that what several statistics ask for is made once.
@dataclass(frozen=True, kw_only=True)
class Cells:
    """Windows of one column, one a row, over shared cells.

    Attributes:
        counts: values per window and cell, shape (n_windows, n_cells). Cells of numbers are in their order.
        missing: missing or not finite values per window, shape (n_windows,).
        at: numbers: the middle of each cell in the column's unit; categories: empty.
        starts: first cell of each bin that holds about a tenth of the reference; categories: each cell.
        names: of categories; the last one is `OTHER`. Numbers: empty.
        exponent: numbers: a cell is 2**exponent wide.
    """

    counts: Floats
    missing: Floats
    at: Floats
    starts: NDArray[np.int64]
    names: tuple[str, ...] = ()
    exponent: int = 0

    @property
    def kind(self) -> CellKind:
        """What the cells hold."""
        return "category" if self.names else "number"

    @cached_property
    def rows(self) -> Floats:
        """Present values per window."""
        return np.asarray(self.counts.sum(axis=1))

    @cached_property
    def shares(self) -> Floats:
        """Counts as shares of the window's present values; of an empty window: zeros."""
        return np.asarray(self.counts / np.maximum(self.rows, 1.0)[:, None])

    @cached_property
    def reached(self) -> Floats:
        """The distribution function of each window at the upper edges of its cells."""
        return np.asarray(np.cumsum(self.shares, axis=1))

    @cached_property
    def bins(self) -> Floats:
        """Counts in few bins: deciles of the reference, or categories; shape (n_windows, n_bins)."""
        return np.asarray(np.add.reduceat(self.counts, self.starts, axis=1))

    def part(self, first: int, last: int) -> "Cells":
        """Windows from the first up to, but without, the last."""
        return replace(self, counts=self.counts[first:last], missing=self.missing[first:last])

    def total(self) -> "Cells":
        """All windows as one."""
        return replace(
            self, counts=self.counts.sum(axis=0, keepdims=True), missing=self.missing.sum(keepdims=True)
        )

    def profile(self) -> ColumnProfile:
        """All windows as one profile; missing and not finite values are one to it."""
        counts, missing = self.counts.sum(axis=0).astype(np.int64), int(self.missing.sum())
        if self.names:
            listed = zip(self.names[:-1], counts[:-1].tolist(), strict=True)
            kept = {name: count for name, count in listed if count}
            return CategoryProfile(missing=missing, counts=kept, other=int(counts[-1]))
        (filled,) = counts.nonzero()
        numbers = np.floor(self.at[filled] * 2.0**-self.exponent).astype(np.int64)
        held = BinCounts(numbers, counts[filled])
        return NumberProfile(missing=missing, not_finite=0, exponent=self.exponent, counts=held)

    def runs(self, length: int) -> "Cells":
        """Every run of so many windows in a row, as one window each: n_windows - length + 1 of them."""
        return replace(self, counts=_runs(self.counts, length), missing=_runs(self.missing, length))

    def sampled(self, rows: int, windows: int) -> "Cells":
        """So many windows of so many rows, missing ones included, drawn from all; always the same ones.

        Shape of the counts: (windows, n_cells).
        """
        all_rows = np.append(self.counts.sum(axis=0), self.missing.sum())
        drawn = np.random.default_rng(0).multinomial(rows, all_rows / max(all_rows.sum(), 1.0), size=windows)
        return replace(self, counts=drawn[:, :-1].astype(float), missing=drawn[:, -1].astype(float))

    def without(self, runs: "Cells") -> "Cells":
        """All windows but those of each run, one row a run."""
        return replace(
            self,
            counts=self.counts.sum(axis=0) - runs.counts,
            missing=self.missing.sum() - runs.missing,
        )


def cells_of(columns: Sequence[ColumnProfile], *, reference: int) -> Cells | None:
    """The profiles of one column as windows over shared cells; None: they are of different kinds.

    Args:
        columns: one a window.
        reference: so many of the first ones are the reference, whose values cut the bins.
    """
    numbers = [column for column in columns if isinstance(column, NumberProfile)]
    categories = [column for column in columns if isinstance(column, CategoryProfile)]
    if len(numbers) == len(columns):
        return _number_cells(numbers, reference)
    return _category_cells(categories) if len(categories) == len(columns) else None


def _number_cells(columns: Sequence[NumberProfile], reference: int) -> Cells:
    # An empty window has no scale of its own.
    exponent = max((column.exponent for column in columns if column.counts), default=0)
    counted = [coarser(column, exponent) if column.counts else {} for column in columns]
    held = [arrays_of(counts) for counts in counted]
    numbers, position = _places(np.concatenate([bins for bins, _ in held]))
    counts: Floats = np.zeros((len(columns), len(numbers)))
    window = np.repeat(np.arange(len(columns)), [len(bins) for bins, _ in held])
    counts[window, position] = np.concatenate([times for _, times in held])
    return Cells(
        counts=counts,
        missing=np.array([float(column.missing + column.not_finite) for column in columns]),
        at=np.asarray((numbers + 0.5) * 2.0**exponent, np.float64),
        starts=_quantile_starts(counts[:reference].sum(axis=0)),
        exponent=exponent,
    )


def _category_cells(columns: Sequence[CategoryProfile]) -> Cells:
    names = sorted({name for column in columns for name in column.counts})
    counts = _table([column.counts for column in columns], names, len(names) + 1)
    counts[:, -1] = [column.other for column in columns]
    return Cells(
        counts=counts,
        missing=np.array([float(column.missing) for column in columns]),
        at=np.empty(0),
        starts=np.arange(len(names) + 1),
        names=(*names, OTHER),
    )


def _places(numbers: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All numbers there are, ascending, and which of them each is; without any: one cell that is empty."""
    if not len(numbers):
        return np.zeros(1, np.int64), numbers
    lowest, highest = int(numbers.min()), int(numbers.max())
    if highest - lowest > _DENSE:
        return np.unique(numbers, return_inverse=True)
    # Marking bins on a line costs a fraction of sorting them.
    there = np.zeros(highest - lowest + 1, np.bool_)
    there[numbers - lowest] = True
    return there.nonzero()[0] + lowest, (there.cumsum() - 1)[numbers - lowest]


def _table(counted: Sequence[Mapping[str, int]], names: Sequence[str], width: int) -> Floats:
    position = {name: i for i, name in enumerate(names)}
    table: Floats = np.zeros((len(counted), width))
    for row, held in enumerate(counted):
        table[row, [position[name] for name in held]] = list(held.values())
    return table


def _quantile_starts(reference: Floats) -> NDArray[np.int64]:
    """First cells of bins that hold about a tenth of the reference each.

    A value that fills a tenth by itself (the zero of rain) gets a bin of its own.
    """
    starts, held, share = [0], 0.0, reference.sum() / QUANTILE_BINS
    for cell, count in enumerate(reference.tolist()):
        if held and (held >= share or count >= share):
            starts.append(cell)
            held = 0.0
        held += count
    return np.array(starts)


def _runs(values: Floats, length: int) -> Floats:
    before = np.concatenate([np.zeros_like(values[:1]), values.cumsum(axis=0)])
    return np.asarray(before[length:] - before[:-length])
