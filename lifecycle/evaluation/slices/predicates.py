"""The conditions that slices are made of: values of categories, ranges of numbers, missing values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lifecycle.evaluation.slices.masks import Mask
from lifecycle.features.expression import Kind

if TYPE_CHECKING:
    import pyarrow as pa

MAX_VALUES = 20
"""Most values of a category that become conditions, the most frequent first."""
FEW_NUMBERS = 8
"""A whole number with no more values than this is a category: a weekday, a number of seats."""
_CUTS = (0.2, 0.4, 0.6, 0.8)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Predicate:
    """One condition on one feature.

    Attributes:
        words: in the language of features, so that it can stand in `evaluation.slices` as it is.
        mask: rows where it holds, shape (n_rows,).
    """

    feature: str
    words: str
    mask: Mask


def predicates(table: "pa.Table", kinds: Mapping[str, Kind], *, known: Mask) -> list[Predicate]:
    """All conditions on the features of a table.

    Numbers are cut at the quintiles: below a cut, from a cut on, and between neighbouring cuts.

    Args:
        known: rows that may choose values and cuts, shape (n_rows,).
    """
    return [
        Predicate(feature=feature, words=words, mask=mask)
        for feature, kind in kinds.items()
        for words, mask in _conditions(table, feature, kind, known)
    ]


def _conditions(table: "pa.Table", feature: str, kind: Kind, known: Mask) -> Iterator[tuple[str, Mask]]:
    column = table[feature].combine_chunks()
    missing = column.is_null().to_numpy(zero_copy_only=False)
    if missing.any():
        yield f"{feature} IS NULL", missing
    if kind in ("string", "bool"):
        yield from _values(feature, column, known & ~missing)
        return
    numbers = column.cast("float64", safe=False).to_numpy(zero_copy_only=False)
    there = ~missing & ~np.isnan(numbers)
    seen = numbers[known & there]
    if kind == "int" and len(np.unique(seen)) <= FEW_NUMBERS:
        yield from _values(feature, column, known & there)
        return
    yield from _ranges(feature, numbers, there, seen)


def _values(feature: str, column: "pa.Array", known: Mask) -> Iterator[tuple[str, Mask]]:
    encoded = column.dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    values = encoded.dictionary.to_pylist()
    counts = np.bincount(codes[known], minlength=len(values))
    ordered = sorted(range(len(values)), key=lambda i: (-counts[i], str(values[i])))
    for i in ordered[:MAX_VALUES]:
        yield f"{feature} = {_literal(values[i])}", codes == i


def _ranges(
    feature: str, numbers: "np.ndarray[tuple[int], np.dtype[np.float64]]", there: Mask, seen: object
) -> Iterator[tuple[str, Mask]]:
    values = np.asarray(seen, dtype=np.float64)
    if not len(values):
        return
    # Six digits are what people read; rounded before they cut, so that the words say what was tested.
    cuts = [float(f"{cut:.6g}") for cut in np.unique(np.quantile(values, _CUTS, method="lower"))]
    cuts = [cut for cut in dict.fromkeys(cuts) if values.min() < cut]
    below = [there & (numbers < cut) for cut in cuts]
    for cut, mask in zip(cuts, below, strict=True):
        yield f"{feature} < {cut:.6g}", mask
        yield f"{feature} >= {cut:.6g}", there & ~mask
    for (low, under_low), (high, under_high) in zip(
        zip(cuts[:-1], below[:-1], strict=True), zip(cuts[1:], below[1:], strict=True), strict=True
    ):
        yield f"{feature} >= {low:.6g} AND {feature} < {high:.6g}", under_high & ~under_low


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)
