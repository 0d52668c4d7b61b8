"""What can be said of scores without labels: how they are spread, and how right they claim to be."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lifecycle.rollout.measures.arms import CHALLENGER, CHAMPION, Arms, Bools, Floats, Ints, firsts
from lifecycle.rollout.measures.distance import between_samples, farthest
from lifecycle.rollout.plan import Check
from lifecycle.rollout.statistics.arm_sums import ArmSums, sums_of_keys
from lifecycle.rollout.statistics.mean_difference import (
    Estimate,
    Stratum,
    estimate_of,
    mean_difference,
    relative_difference,
)
from lifecycle.rollout.statistics.pairs import NO_PAIRS, pairs_of_keys
from lifecycle.spec.model import Task

if TYPE_CHECKING:
    import pyarrow as pa

LEAST_KEYS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """Scores of rows.

    Attributes:
        by_class: shape (n_rows, n_columns): the positive class, each class, or the number of a regression;
            NaN where the arm gave none.
        certainty: shape (n_rows,): probability of the class that was answered; NaN of a regression.
    """

    by_class: Floats
    certainty: Floats

    @property
    def given(self) -> Bools:
        """Whether the arm scored the row."""
        return np.asarray(np.isfinite(self.by_class).all(axis=1))


def scores_of(arms: Arms, task: Task, *, positive: object) -> Scores:
    """Scores of the arms' own answers; of what another version answered there are none.

    Args:
        positive: value that counts as positive, of a binary model.
    """
    own = ~arms.failed
    if task == "regression":
        values = arms.column("value").to_pylist()
        numbers = [number_of(text) if good else np.nan for text, good in zip(values, own, strict=True)]
        return Scores(by_class=_column(numbers), certainty=np.full(len(values), np.nan))
    if task == "binary":
        p = np.where(own, arms.column("probability").to_numpy().astype(np.float64), np.nan)
        says_positive = equal_to(arms.column("value"), json.dumps(positive))
        return Scores(by_class=p[:, None], certainty=np.where(says_positive, p, 1 - p))
    told = [json.loads(text) if text and good else {}
            for text, good in zip(arms.column("probabilities").to_pylist(), own, strict=True)]  # fmt: skip
    names = sorted({name for one in told for name in one})
    table = np.asarray([[one.get(name, np.nan) for name in names] for one in told], dtype=np.float64)
    table = table.reshape(len(told), len(names)) if names else np.full((len(told), 1), np.nan)
    return Scores(by_class=table, certainty=table.max(axis=1) if len(table) else np.zeros(0))


def prediction_drift(arms: Arms, scores: Scores, *, alpha: float) -> Estimate | None:
    """Distance between the scores of the arms over the same time; None: an arm has none.

    The Kolmogorov-Smirnov distance of one score a key; of several classes the farthest. It needs no bins, and
    its bounds hold for any distribution, which those of a PSI do not.
    """
    rows = firsts(arms.arm, arms.key)
    rows = rows[scores.given[rows]]
    old, new = (rows[arms.arm[rows] == arm] for arm in (CHAMPION, CHALLENGER))
    if not len(old) or not len(new):
        return None
    classes = scores.by_class.shape[1]
    return farthest(
        [
            between_samples(scores.by_class[old, i], scores.by_class[new, i], alpha=alpha / classes)
            for i in range(classes)
        ]
    )


def estimated_accuracy(
    arms: Arms, scores: Scores, check: Check, *, alpha: float, tuned_for: float
) -> Estimate | None:
    """Share of right answers that the scores themselves promise; None: too little to tell.

    The mean of the probability of the class that was answered: right in expectation where scores are
    calibrated. It sees inputs that are harder than those before. It cannot see that the truth changed, or
    that scores are too bold: labels do.

    Source: NannyML, Confidence-based performance estimation.
    """
    strata = strata_of(arms, scores.certainty, np.isfinite(scores.certainty))
    fewest = sum(s.challenger.n for s in strata)
    if check.compare == "value":
        if fewest < LEAST_KEYS:
            return None
        own = strata[0].challenger
        for stratum_ in strata[1:]:
            own = own + stratum_.challenger
        return estimate_of(
            own.mean, own.variance, size=own.n, n_champion=0, n_challenger=own.n, alpha=alpha,
            tuned_for=tuned_for,
        )  # fmt: skip
    if min(fewest, sum(s.champion.n for s in strata)) < LEAST_KEYS:
        return None
    measure = mean_difference if check.compare == "difference" else relative_difference
    return measure(strata, alpha=alpha, tuned_for=tuned_for)


def mean_sums(arms: Arms, values: Floats, rows: Bools) -> ArmSums:
    """Sums over the keys of some rows, of a mean per row."""
    found = _by_key(arms, values, rows)
    return sums_of_keys(found.y, found.x)


def strata_of(arms: Arms, values: Floats, rows: Bools) -> list[Stratum]:
    """Sums of both arms over some rows, split by split; of a mirror, also of the keys that both scored."""
    found = []
    for i, share in enumerate(arms.shares):
        old, new = (
            _by_key(arms, values, rows & arms.of(arm) & (arms.stratum == i)) for arm in (CHAMPION, CHALLENGER)
        )
        pairs = NO_PAIRS
        if share == 0.0:
            _, a, b = np.intersect1d(old.key, new.key, assume_unique=True, return_indices=True)
            pairs = pairs_of_keys((old.y[a], old.x[a]), (new.y[b], new.x[b]))
        found.append(
            Stratum(champion=sums_of_keys(old.y, old.x), challenger=sums_of_keys(new.y, new.x), pairs=pairs)
        )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _ByKey:
    """Sum of values and number of rows of each key, shape (n_keys,) each."""

    key: Ints
    y: Floats
    x: Floats


def _by_key(arms: Arms, values: Floats, rows: Bools) -> _ByKey:
    keys, group = np.unique(arms.key[rows], return_inverse=True)
    n = len(keys)
    return _ByKey(
        key=keys,
        y=np.bincount(group, weights=values[rows], minlength=n).astype(np.float64),
        x=np.bincount(group, minlength=n).astype(np.float64),
    )


def number_of(text: str | None) -> float:
    """The number that a JSON text is; NaN where it is missing or none."""
    try:
        return float(json.loads(text)) if text is not None else np.nan
    except (ValueError, TypeError):
        return np.nan


def equal_to(texts: "pa.ChunkedArray", wanted: str) -> Bools:
    """Whether each text is the wanted one; one that is missing is not."""
    import pyarrow.compute as pc

    found = pc.equal(texts, wanted).fill_null(False)
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.bool_)


def _column(values: list[float]) -> Floats:
    return np.asarray(values, dtype=np.float64).reshape(len(values), 1)
