"""Counts by number of a bin, held as two arrays: a month of profiles has hundreds of thousands of them."""

from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView

import numpy as np
from numpy.typing import NDArray


class BinCounts(Mapping[int, int]):
    """A mapping like any other, whose dictionary is made only when single bins are asked for.

    Args:
        numbers: of the bins that hold values, ascending, shape (n_bins,).
        times: values in each, shape (n_bins,).

    >>> BinCounts(np.array([-1, 4]), np.array([2, 7])) == {-1: 2, 4: 7}
    True
    """

    __slots__ = ("_held", "numbers", "times")

    def __init__(self, numbers: NDArray[np.int64], times: NDArray[np.int64]) -> None:
        self.numbers, self.times = numbers, times
        self._held: dict[int, int] | None = None

    def __getitem__(self, number: int) -> int:
        return self._as_dict()[number]

    def __iter__(self) -> Iterator[int]:
        return iter(self._as_dict())

    def __len__(self) -> int:
        return len(self.numbers)

    def __repr__(self) -> str:
        return repr(self._as_dict())

    def keys(self) -> KeysView[int]:
        """Numbers of the bins."""
        return self._as_dict().keys()

    def values(self) -> ValuesView[int]:
        """Values in each bin."""
        return self._as_dict().values()

    def items(self) -> ItemsView[int, int]:
        """Both."""
        return self._as_dict().items()

    def _as_dict(self) -> dict[int, int]:
        if self._held is None:
            self._held = dict(zip(self.numbers.tolist(), self.times.tolist(), strict=True))
        return self._held


def arrays_of(counts: Mapping[int, int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers of the bins, and the values in each.

    >>> arrays_of({3: 1, 5: 2})[1]
    array([1, 2])
    """
    if isinstance(counts, BinCounts):
        return counts.numbers, counts.times
    n = len(counts)
    return np.fromiter(counts.keys(), np.int64, n), np.fromiter(counts.values(), np.int64, n)
