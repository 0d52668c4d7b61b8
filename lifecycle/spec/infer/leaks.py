"""Columns that give the label away: alone, they tell it all but perfectly."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from lifecycle.spec.model import Task

if TYPE_CHECKING:
    import pyarrow as pa

Codes = NDArray[np.int64]
Floats = NDArray[np.float64]

LEAK: Final = 0.98
"""Share of what there is to know that a single column must tell, on rows it was not fitted on."""
SUSPECT: Final = 0.9
_BINS: Final = 200
_MIN_ROWS: Final = 50


def told_share(codes: Codes, label: Floats, task: Task) -> float | None:
    """What one column, cut into groups, tells of the label: 1 all of it, 0 nothing.

    Half of the rows give each group its label (the most frequent class, or the mean), the other half is
    judged: a column with a value of its own for every row does not pass for one that knows.

    Args:
        codes: group of each row, from 0; shape (n,).
        label: class index, or number, of each row; shape (n,).

    Returns:
        Of the error that guessing without the column makes, the share that it takes away (errors of classes,
        or squared ones). None: too few rows, or nothing to guess.

    >>> codes = np.arange(400) % 2
    >>> told_share(codes, codes.astype(float), "binary")
    1.0
    """
    if len(codes) < _MIN_ROWS:
        return None
    # Every second row of each group, so that a sorted table is not split into two different ones.
    order = np.argsort(codes, kind="stable")
    fit, judged = order[::2], order[1::2]
    groups = int(codes.max()) + 1
    if task == "regression":
        return _variance_told(codes, label, fit, judged, groups)
    classes = int(label.max()) + 1
    counts = np.zeros((groups, classes))
    np.add.at(counts, (codes[fit], label[fit].astype(np.int64)), 1)
    guess = np.where(
        counts.any(axis=1), counts.argmax(axis=1), np.bincount(label[fit].astype(np.int64)).argmax()
    )
    blind = float(np.mean(label[judged] != np.bincount(label[fit].astype(np.int64)).argmax()))
    seen = float(np.mean(label[judged] != guess[codes[judged]]))
    return None if blind == 0 else 1 - seen / blind


def _variance_told(codes: Codes, label: Floats, fit: Codes, judged: Codes, groups: int) -> float | None:
    mean = float(label[fit].mean())
    rows = np.bincount(codes[fit], minlength=groups)
    sums = np.bincount(codes[fit], weights=label[fit], minlength=groups)
    guess = np.where(rows > 0, sums / np.maximum(rows, 1), mean)
    blind = float(np.mean((label[judged] - mean) ** 2))
    seen = float(np.mean((label[judged] - guess[codes[judged]]) ** 2))
    return None if blind == 0 else 1 - seen / blind


def grouped_numbers(values: Floats) -> Codes:
    """Groups of equal size by value; missing values are a group of their own, the last."""
    missing = np.isnan(values)
    known = np.unique(values[~missing])
    if len(known) > _BINS:
        known = np.unique(np.quantile(values[~missing], np.linspace(0, 1, _BINS + 1)[:-1]))
    codes = np.searchsorted(known, values, side="right") - 1
    return np.where(missing, len(known), np.maximum(codes, 0)).astype(np.int64)


def told_shares(rows: "pa.Table", label: str, task: Task) -> dict[str, float | None]:
    """What each column of some rows tells of the label; see `told_share`."""
    import pyarrow.compute as pc

    rows = rows.filter(pc.is_valid(rows[label]))
    truth = (
        rows[label] if task == "regression" else pc.dictionary_encode(rows[label]).combine_chunks().indices
    )
    labels = pc.cast(truth, "float64", safe=False).to_numpy()
    shares: dict[str, float | None] = {}
    for name in rows.column_names:
        if name == label:
            continue
        numbers = _numbers(rows[name])
        if numbers is None:
            codes = pc.fill_null(pc.dictionary_encode(rows[name]).combine_chunks().indices, -1).to_numpy()
            shares[name] = told_share(codes.astype(np.int64) + 1, labels, task)
        elif task == "regression" and is_line(numbers, labels):
            shares[name] = 1.0
        else:
            shares[name] = told_share(grouped_numbers(numbers), labels, task)
    return shares


def _numbers(column: "pa.ChunkedArray") -> Floats | None:
    """A column as numbers, missing ones nan; None for text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return None
    if pa.types.is_date(kind):
        column = pc.cast(column, pa.int32())
    elif pa.types.is_timestamp(kind):
        column = pc.cast(column, pa.int64())
    numbers: Floats = pc.cast(column, pa.float64(), safe=False).to_numpy()
    return numbers


def is_line(values: Floats, label: Floats) -> bool:
    """Whether a number is the label in another unit: on one straight line with it.

    >>> celsius = np.arange(60.0)
    >>> is_line(celsius * 1.8 + 32, celsius)
    True
    """
    known = np.isfinite(values) & np.isfinite(label)
    if known.sum() < _MIN_ROWS or not np.ptp(values[known]) or not np.ptp(label[known]):
        return False
    return bool(abs(np.corrcoef(values[known], label[known])[0, 1]) > 1 - 1e-6)


def leaks(shares: Mapping[str, float | None]) -> dict[str, float]:
    """Columns to leave out, with their shares."""
    return {name: share for name, share in shares.items() if share is not None and share >= LEAK}


def suspects(shares: Mapping[str, float | None]) -> dict[str, float]:
    """Columns to warn of, with their shares."""
    return {name: share for name, share in shares.items() if share is not None and SUSPECT <= share < LEAK}
