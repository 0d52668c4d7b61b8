"""Slices that nobody named: found on one half of the rows, tested on the other."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from lifecycle.evaluation.false_discovery import benjamini_yekutieli
from lifecycle.evaluation.intervals import MIN_BLOCKS, Interval, interval_of, resample
from lifecycle.evaluation.metrics.metric import Statistic, additive, ratio, value_of
from lifecycle.evaluation.sample import Floats, Sample, Task
from lifecycle.evaluation.slices.masks import Mask
from lifecycle.evaluation.slices.predicates import predicates
from lifecycle.evaluation.slices.search import search_slices
from lifecycle.features.expression import Kind

if TYPE_CHECKING:
    import pyarrow as pa

Loss = Literal["squared error of the probabilities", "absolute error"]
LOSSES: Mapping[Task, Loss] = {
    "binary": "squared error of the probabilities",
    "multiclass": "squared error of the probabilities",
    "regression": "absolute error",
}
MAX_SEARCHED = 50_000
"""Most rows that are searched; of more a sample is. Testing uses all rows of its half."""
_SMALLEST_SHARE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoveredSlice:
    """One candidate of the search, with what the other half of the rows says of it.

    Attributes:
        words: the slice, as `evaluation.slices` takes it.
        n_rows: of the half that tests, as are all that follow.
        loss: mean loss of the slice; `rest` of all other rows; None: there are too few rows to tell.
        effect: loss - rest, with its interval.
        p_value: one-sided, that the slice is no worse than the rest; None: it could not be tested.
        q_value: after Benjamini and Yekutieli over all candidates.
        found: q_value is at or below the false discovery rate of the spec.
    """

    words: str
    n_rows: int
    loss: float | None
    rest: float | None
    effect: float | None
    interval: Interval | None
    p_value: float | None
    q_value: float
    found: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoveryResult:
    """What a search came to.

    Attributes:
        reason: why nothing could be searched; empty where it was.
        n_searched: rows of the half that was searched; n_tested: of the other.
        false_discovery_rate: expected share of false ones among the slices with `found`.
    """

    loss: Loss
    reason: str
    n_searched: int
    n_tested: int
    false_discovery_rate: float
    slices: tuple[DiscoveredSlice, ...]


def discover_slices(
    sample: Sample,
    table: "pa.Table",
    kinds: Mapping[str, Kind],
    *,
    max_predicates: int,
    min_rows: int,
    n_candidates: int,
    false_discovery_rate: float,
    seed: int,
    n_resamples: int = 1000,
    level: float = 0.95,
) -> DiscoveryResult:
    """Search one half of the blocks for slices with high loss and test them on the other half.

    The halves are whole blocks (days), drawn by the seed: rows of one day share too much to be on both
    sides. Searching and testing on the same rows would find slices in pure noise.

    Args:
        table: features of the rows of the sample; `kinds` names those that slices may be made of.
    """
    random = np.random.default_rng(seed)
    blocks = random.permutation(np.unique(sample.block))
    half = np.isin(sample.block, blocks[: len(blocks) // 2])
    searched = np.flatnonzero(half)
    if len(searched) > MAX_SEARCHED:
        searched = np.sort(random.choice(searched, MAX_SEARCHED, replace=False))
    if len(blocks) < 2 * MIN_BLOCKS:
        reason = f"{len(blocks)} blocks (days) of rows; two halves need {2 * MIN_BLOCKS}"
        return _result(sample, reason, 0, 0, false_discovery_rate, ())
    fewest = max(min_rows, int(np.ceil(_SMALLEST_SHARE * len(searched))))
    conditions = predicates(table, kinds, known=half)
    loss = row_losses(sample)
    halves = [type(p)(feature=p.feature, words=p.words, mask=p.mask[searched]) for p in conditions]
    candidates = search_slices(
        loss[searched], halves, max_predicates=max_predicates, min_rows=fewest, n_slices=n_candidates
    )
    words = [" AND ".join(conditions[i].words for i in c.predicates) for c in candidates]
    masks = [c.mask(conditions)[~half] for c in candidates]
    tested = _tested(
        sample.part(~half),
        loss[~half],
        masks,
        min_rows,
        seed=seed,
        n_resamples=n_resamples,
        level=level,
    )
    q_values = benjamini_yekutieli([1.0 if t.p_value is None else t.p_value for t in tested])
    slices = tuple(
        DiscoveredSlice(
            words=said,
            n_rows=int(mask.sum()),
            loss=t.loss,
            rest=t.rest,
            effect=t.effect,
            interval=t.interval,
            p_value=t.p_value,
            q_value=q,
            found=q <= false_discovery_rate,
        )
        for said, mask, t, q in zip(words, masks, tested, q_values, strict=True)
    )
    return _result(sample, "", len(searched), int((~half).sum()), false_discovery_rate, slices)


def row_losses(sample: Sample) -> Floats:
    """The loss of each row, shape (n_rows,): what slices are compared by."""
    if sample.task == "regression":
        return np.abs(sample.scores - sample.y)
    if sample.task == "binary":
        return (sample.scores - sample.y) ** 2
    truth = sample.y[:, None] == np.arange(sample.scores.shape[1])
    loss: Floats = ((sample.scores - truth) ** 2).sum(axis=1)
    return loss


@dataclass(frozen=True, slots=True, kw_only=True)
class _Test:
    loss: float | None = None
    rest: float | None = None
    effect: float | None = None
    interval: Interval | None = None
    p_value: float | None = None


def _tested(
    sample: Sample,
    loss: Floats,
    masks: list[Mask],
    min_rows: int,
    *,
    seed: int,
    n_resamples: int,
    level: float,
) -> list[_Test]:
    testable = [min(mask.sum(), (~mask).sum()) >= min_rows for mask in masks]
    statistics = [_effect(sample, loss, mask) for mask, can in zip(masks, testable, strict=True) if can]
    draws = iter(resample(statistics, sample.n_blocks, n_resamples=n_resamples, seed=seed + 1))
    bound = iter(statistics)
    return [
        _test(sample, loss, mask, next(bound), next(draws), level) if can else _Test()
        for mask, can in zip(masks, testable, strict=True)
    ]


def _test(
    sample: Sample, loss: Floats, mask: Mask, statistic: Statistic, draws: Floats, level: float
) -> _Test:
    from scipy.special import stdtr

    effect = value_of(statistic, sample.n_blocks)
    held = min(sample.part(mask).n_held_blocks, sample.part(~mask).n_held_blocks)
    interval = interval_of(effect, draws, n_blocks=held, level=level)
    p_value = None
    if effect is not None and interval is not None:
        # Student's t of the bootstrap's standard error: smooth where counting draws ends at 1 in 1,000.
        error = float(np.nanstd(draws)) * np.sqrt(held / (held - 1))
        p_value = float(stdtr(held - 1, -effect / error)) if error > 0 else float(effect <= 0)
    return _Test(
        loss=float(loss[mask].mean()),
        rest=float(loss[~mask].mean()),
        effect=effect,
        interval=interval,
        p_value=p_value,
    )


def _effect(sample: Sample, loss: Floats, mask: Mask) -> Statistic:
    inside = mask.astype(np.float64)
    return additive(
        sample,
        [inside, inside * loss, loss],
        lambda n, n_in, loss_in, total: ratio(loss_in, n_in) - ratio(total - loss_in, n - n_in),
    )


def _result(
    sample: Sample,
    reason: str,
    n_searched: int,
    n_tested: int,
    false_discovery_rate: float,
    slices: tuple[DiscoveredSlice, ...],
) -> DiscoveryResult:
    return DiscoveryResult(
        loss=LOSSES[sample.task],
        reason=reason,
        n_searched=n_searched,
        n_tested=n_tested,
        false_discovery_rate=false_discovery_rate,
        slices=slices,
    )
