"""What labels say of two arms: losses by row, cohorts that are mature, and the primary metric."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from lifecycle.rollout.bandit import Rewarded
from lifecycle.rollout.cohorts import is_mature, labelled_of
from lifecycle.rollout.measures.arms import Arms, Bools, Floats, Ints
from lifecycle.rollout.measures.scores import Scores, equal_to, number_of, strata_of
from lifecycle.rollout.observations import Arm, Cohort
from lifecycle.rollout.plan import Check
from lifecycle.rollout.statistics.arm_sums import SumsError
from lifecycle.rollout.statistics.judge import judge
from lifecycle.rollout.statistics.mean_difference import Estimate
from lifecycle.rollout.statistics.noninferiority import Question
from lifecycle.spec.model import Task
from lifecycle.spec.rollout import Labelled

if TYPE_CHECKING:
    import pyarrow as pa

COHORTS = 24
"""About so many serving windows of each arm are kept as evidence: the record holds all of its looks."""
LEAST_PROBABILITY = 1e-6
"""Log losses are counted no smaller: one sure mistake must not be infinitely bad."""
_NAMES: tuple[Arm, Arm] = ("champion", "challenger")


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """Labels of rows.

    Attributes:
        scored: shape (n_rows,): the arm scored the row: a prediction that may get a label.
        known: the prediction has a label by now.
        right: what was answered is the label; False where there is none, and of a regression.
        loss: mapping of metric to one value a row; NaN without a label or without a score.
    """

    scored: Bools
    known: Bools
    right: Bools
    loss: Mapping[str, Floats]


def labels_of(arms: Arms, scores: Scores, task: Task, *, positive: object) -> Labels:
    """Labels beside the arms' answers. An answer that another version gave is no answer of the arm.

    Args:
        positive: value that counts as positive, of a binary model.
    """
    labels = arms.column("label")
    scored = np.asarray(labels.is_valid().to_numpy(zero_copy_only=False), dtype=np.bool_) & scores.given
    right = scored & (False if task == "regression" else _agree(labels, arms.column("value")))
    losses: dict[str, Floats] = {"accuracy": np.where(scored, right.astype(np.float64), np.nan)}
    if task == "regression":
        truth = np.asarray([number_of(text) for text in labels.to_pylist()], dtype=np.float64)
        losses = {"mae": np.where(scored, np.abs(scores.by_class[:, 0] - truth), np.nan)}
    elif task == "binary":
        truth = equal_to(labels, json.dumps(positive)).astype(np.float64)
        p = scores.by_class[:, 0]
        losses["brier"] = np.where(scored, (p - truth) ** 2, np.nan)
        of_truth = np.where(truth == 1.0, p, 1 - p)
        losses["log_loss"] = np.where(scored, -np.log(np.clip(of_truth, LEAST_PROBABILITY, 1.0)), np.nan)
    else:
        losses["log_loss"] = np.where(scored, _log_losses(arms, labels.to_pylist()), np.nan)
    return Labels(scored=scores.given, known=scored, right=right, loss=losses)


def cohorts_of(
    arms: Arms, labels: Labels, *, since: datetime, now: datetime
) -> Iterator[tuple[Cohort, Ints]]:
    """Serving windows of each arm with the keys that they served first, and the places of all their rows.

    Only keys that were scored are there. One is labelled once any of its rows is. Windows are hours, or as
    many hours as make some `COHORTS`.
    """
    width_us = 3_600_000_000 * max(1, math.ceil((now - since).total_seconds() / 3600 / COHORTS))
    since_us = round(since.timestamp() * 1_000_000)
    for arm, name in enumerate(_NAMES):
        (scored,) = np.nonzero(arms.of(arm) & labels.scored)
        _, first, group = np.unique(arms.key[scored], return_index=True, return_inverse=True)
        # All of a key counts where it was served first: it is one unit, however often it comes back.
        window = (arms.at_us[scored[first]] - since_us) // width_us
        labelled = np.bincount(group, weights=labels.known[scored], minlength=len(first)) > 0
        number = window[group]
        for index in np.unique(window).tolist():
            here = window == index
            start, end = since_us + index * width_us, since_us + (index + 1) * width_us
            cohort = Cohort(
                arm=name,
                started_at=_time(start),
                ended_at=min(_time(end), now),
                served=int(here.sum()),
                labelled=int((here & labelled).sum()),
            )
            yield cohort, scored[number == index]


def primary_metric(
    arms: Arms,
    labels: Labels,
    check: Check,
    *,
    rule: Labelled,
    since: datetime,
    now: datetime,
    alpha: float,
    tuned_for: float,
) -> tuple[Estimate, tuple[Cohort, ...]] | str:
    """How the arms compare over mature cohorts, and those cohorts; text: why that cannot be told yet."""
    loss = labels.loss[check.metric]
    usable, cohorts = np.zeros(len(loss), dtype=np.bool_), list[Cohort]()
    for cohort, rows in cohorts_of(arms, labels, since=since, now=now):
        if is_mature(cohort, rule, now=now):
            usable[rows] = True
            cohorts.append(cohort)
    usable &= np.isfinite(loss)
    found = judge(
        strata_of(arms, loss, usable),
        Question(
            goal="superiority" if check.strictly else "no_harm",
            better="lower" if check.worse == "up" else "higher",
            margin=0.0 if check.strictly else 1.0,  # only the estimate is used: the controller has the limit
        ),
        scale="relative" if check.compare == "ratio" else "absolute",
        alpha=alpha,
        tuned_for=tuned_for,
        share=check.metric == "accuracy",
    )
    if found.verdict == "error":
        raise SumsError(found.reason)
    if found.estimate is None:
        return found.reason
    # A split that hardly served anybody has no variance and no part in the estimate; its labels are counted.
    n_champion, n_challenger = (labelled_of(tuple(cohorts), name) for name in _NAMES)
    return replace(found.estimate, n_champion=n_champion, n_challenger=n_challenger), tuple(cohorts)


def rewards_of(arms: Arms, labels: Labels, *, since: datetime, now: datetime) -> list[Rewarded]:
    """Cohorts with the keys whose answer was right: what a bandit learns from."""
    found = []
    for cohort, rows in cohorts_of(arms, labels, since=since, now=now):
        wrong = labels.known[rows] & ~labels.right[rows]
        missed = len(np.unique(arms.key[rows][wrong]))
        found.append(Rewarded(cohort=cohort, right=cohort.labelled - missed))
    return found


def _log_losses(arms: Arms, labels: Sequence[str | None]) -> Floats:
    told = arms.column("probabilities").to_pylist()
    found = np.full(len(labels), np.nan)
    for i, (text, label) in enumerate(zip(told, labels, strict=True)):
        if text is None or label is None:
            continue
        p = json.loads(text).get(_class_name(label))
        if p is not None:
            found[i] = -math.log(min(max(p, LEAST_PROBABILITY), 1.0))
    return found


def _class_name(label: str) -> str:
    """A label as answers name its class."""
    return str(json.loads(label))


def _agree(labels: "pa.ChunkedArray", values: "pa.ChunkedArray") -> Bools:
    """Whether label and answer are the same value, row by row; each pair that occurs is compared once."""
    a, b = (texts.combine_chunks().dictionary_encode() for texts in (labels, values))
    places = (one.indices.fill_null(-1).to_numpy(zero_copy_only=False) for one in (a, b))
    label_codes, value_codes = (np.array(place, dtype=np.int64) for place in places)
    known, said = ([json.loads(text) for text in one.dictionary.to_pylist()] for one in (a, b))
    pairs, group = np.unique(label_codes * (len(said) + 1) + value_codes, return_inverse=True)
    same = []
    for label, value in (divmod(pair, len(said) + 1) for pair in pairs.tolist()):
        same.append(label >= 0 and value < len(said) and known[label] == said[value])
    both = (label_codes >= 0) & (value_codes >= 0)
    return both & np.asarray(same, dtype=np.bool_)[group]


def _time(us: int) -> datetime:
    return datetime.fromtimestamp(us / 1_000_000, UTC)
