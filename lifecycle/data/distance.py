"""How far two profiles of a column lie apart: the population stability index over bins of the reference."""

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lifecycle.data.table_profile import CategoryProfile, ColumnProfile, NumberProfile, coarser

BINS = 10
FLOOR = 1e-4
"""Smallest share given to an empty bin: without it, one new value would be infinitely far."""
# One in a thousand: how often chance alone may pass the noise of a comparison.
_CHANCE = 0.001


@dataclass(frozen=True, slots=True)
class Distance:
    """How far a column is from its reference."""

    psi: float
    """Nats: 0 for equal shares, no upper bound."""
    noise: float
    """What `psi` passes by chance once in a thousand times, if rows are drawn from one source."""


def distance(reference: ColumnProfile, current: ColumnProfile) -> Distance | None:
    """Distance of what is present in two profiles; None: one is empty, or they are of different kinds.

    Numbers are compared in about ten bins that hold equal shares of the reference, categories one by one.

    >>> half = CategoryProfile(missing=0, counts={"a": 80, "b": 20}, other=0)
    >>> round(distance(half, CategoryProfile(missing=9, counts={"a": 60, "b": 40}, other=0)).psi, 4)
    0.1962
    """
    if not reference.present or not current.present:
        return None
    if isinstance(reference, NumberProfile) and isinstance(current, NumberProfile):
        return _distance(*_quantile_bins(reference, current))
    if isinstance(reference, CategoryProfile) and isinstance(current, CategoryProfile):
        return _distance(*_shared_categories(reference, current))
    return None


def psi(reference: Sequence[int], current: Sequence[int]) -> float:
    """Population stability index of counts over the same bins, each with at least one count in total.

    Source: Jeffreys' divergence (1946) of binned shares. An empty bin is given half a row, or `FLOOR` if that
    is more: of few rows, an empty bin says little.

    >>> round(psi([80, 20], [60, 40]), 4)
    0.1962
    """
    p, q = _shares(reference), _shares(current)
    return sum((b - a) * math.log(b / a) for a, b in zip(p, q, strict=True))


def _shares(counts: Sequence[int]) -> list[float]:
    total = sum(counts)
    return [count / total if count else max(0.5 / total, FLOOR) for count in counts]


def _distance(reference: Sequence[int], current: Sequence[int]) -> Distance:
    from scipy.special import chdtri

    filled = sum(1 for pair in zip(reference, current, strict=True) if any(pair))
    # Under one source, PSI is about chi-square with bins - 1 degrees, times 1/n + 1/m (Yurdakul 2018).
    scale = 1 / sum(reference) + 1 / sum(current)
    return Distance(
        psi(reference, current), float(chdtri(filled - 1, _CHANCE)) * scale if filled > 1 else 0.0
    )


def _quantile_bins(reference: NumberProfile, current: NumberProfile) -> tuple[list[int], list[int]]:
    exponent = max(reference.exponent, current.exponent)
    before, now = coarser(reference, exponent), coarser(current, exponent)
    edges, held, share = list[int](), 0, reference.present / BINS
    for number in sorted(before):
        # A value that fills a tenth by itself (the zero of rain) gets a bin of its own.
        if held >= share or (held and before[number] >= share):
            edges.append(number)
            held = 0
        held += before[number]
    return _cut(before, edges), _cut(now, edges)


def _cut(counts: Mapping[int, int], edges: Sequence[int]) -> list[int]:
    bins = [0] * (len(edges) + 1)
    for number, count in counts.items():
        bins[bisect_right(edges, number)] += count
    return bins


def _shared_categories(reference: CategoryProfile, current: CategoryProfile) -> tuple[list[int], list[int]]:
    """Counts of each category, and of all others; the order is that of the names.

    Where a profile lists the most frequent values only, one that is missing from its list may be among the
    others: then what is not in both lists counts as other.
    """
    names = reference.counts.keys() | current.counts.keys()
    if reference.other or current.other:
        names = reference.counts.keys() & current.counts.keys()
    before, now = ([part.counts.get(name, 0) for name in sorted(names)] for part in (reference, current))
    return [*before, reference.present - sum(before)], [*now, current.present - sum(now)]
