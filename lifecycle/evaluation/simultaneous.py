"""Intervals that hold for all members of a family at once."""

import math
from collections.abc import Sequence

import numpy as np

from lifecycle.evaluation.intervals import MIN_BLOCKS, Interval
from lifecycle.evaluation.sample import Floats


def simultaneous_intervals(
    values: Sequence[float | None],
    draws: Sequence[Floats],
    *,
    n_blocks: Sequence[int],
    level: float,
    span: tuple[float, float] = (-math.inf, math.inf),
) -> tuple[Interval | None, ...]:
    """One interval a member; all of them cover their truths together with probability `level`.

    Each resample tells by how many standard errors the member that is farthest off is off. The `level`
    quantile of that is how far every interval reaches. Members that move together, as slices of the same
    days do, so cost less than Bonferroni's share for each. Like the intervals of single metrics these are
    reflected, stretched for few blocks by Student's t, hold the value, and end at the span.

    Args:
        values: the statistic of each member; None: it cannot be computed.
        draws: of each member, shape (n_resamples,), all on the same resamples; nan: cannot be computed.
        n_blocks: blocks that hold rows of each member.

    Returns:
        None for a member without a value, with fewer than `MIN_BLOCKS` blocks, or with draws that fail.

    Source: Romano and Wolf (2005), Stepwise multiple testing as formalized data snooping (one step of it).
    """
    told = [
        i
        for i, value in enumerate(values)
        if value is not None and n_blocks[i] >= MIN_BLOCKS and len(draws[i]) and _mostly_finite(draws[i])
    ]
    if not told:
        return (None,) * len(values)
    drawn = np.stack([draws[i] for i in told])
    mean, spread = np.nanmean(drawn, axis=1), np.nanstd(drawn, axis=1)
    off = np.abs(drawn - mean[:, None]) / np.where(spread > 0, spread, 1.0)[:, None]
    reach = float(np.quantile(np.nanmax(off, axis=0, initial=0.0), level))
    found: list[Interval | None] = [None] * len(values)
    for i, m, s in zip(told, mean, spread, strict=True):
        value = values[i]
        assert value is not None  # by the choice of `told`
        middle, half = 2 * value - float(m), reach * float(s) * _stretch(n_blocks[i], level)
        found[i] = Interval(
            low=max(min(middle - half, value), span[0]),
            high=min(max(middle + half, value), span[1]),
            level=level,
            n_resamples=drawn.shape[1],
            method="studentised maximum",
            n_blocks=n_blocks[i],
        )
    return tuple(found)


def _mostly_finite(draws: Floats) -> bool:
    return bool(np.mean(np.isfinite(draws)) >= 0.99)


def _stretch(n_blocks: int, level: float) -> float:
    """How much longer than the normal an interval of few blocks must be; 1 for very many."""
    from scipy.special import ndtri, stdtrit

    tail = (1 - level) / 2
    return float(stdtrit(n_blocks - 1, tail) / ndtri(tail)) * math.sqrt(n_blocks / (n_blocks - 1))
