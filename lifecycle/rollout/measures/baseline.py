"""What is known of a champion before its challenger comes: how its metric varies, how soon labels come."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from lifecycle.rollout.measures.arms import CHAMPION, Bools, Ints, arms_of
from lifecycle.rollout.measures.labels import labels_of
from lifecycle.rollout.measures.scores import mean_sums, scores_of
from lifecycle.rollout.observations import Version
from lifecycle.rollout.plan import Check
from lifecycle.rollout.power_plan import Baseline
from lifecycle.spec.model import Task

if TYPE_CHECKING:
    import pyarrow as pa

DAYS = 28
LEAST_LABELS = 200
_NOBODY = Version(version="", digest="")
_WHOLE_DAYS = 1.0


def baseline_of(
    rows: "pa.Table",
    champion: Version,
    check: Check,
    task: Task,
    *,
    positive: object,
    now: datetime,
) -> Baseline | str:
    """The champion's labelled traffic in numbers; text: why that is not enough for a plan.

    Args:
        rows: of the log, of the last `DAYS`, with `label` and `label_known_at`.
    """
    since = now - timedelta(days=DAYS)
    arms = arms_of(rows, champion=champion, challenger=_NOBODY, since=since)
    own = arms.of(CHAMPION) & ~arms.mirrored
    if not own.any():
        return "the champion has no logged requests yet"
    scores = scores_of(arms, task, positive=positive)
    labels = labels_of(arms, scores, task, positive=positive)
    counted = own & np.isfinite(labels.loss[check.metric])
    sums = mean_sums(arms, labels.loss[check.metric], counted)
    if sums.n < LEAST_LABELS:
        return f"the champion has {sums.n} labelled keys in the last {DAYS} days, {LEAST_LABELS} are needed"
    days = max((now.timestamp() - arms.at_us[own].min() / 1e6) / 86_400, _WHOLE_DAYS)
    delays = _delays_days(arms.column("label_known_at"), arms.at_us, counted)
    # Keys that are too young for their label say nothing about how many get one.
    ripe = own & (arms.at_us <= (now.timestamp() - 86_400 * delays) * 1e6)
    asked = len(np.unique(arms.key[ripe if ripe.any() else own]))
    answered = len(np.unique(arms.key[(ripe if ripe.any() else own) & counted]))
    return Baseline(
        mean=sums.mean,
        sd=float(np.sqrt(sums.variance)),
        keys=sums.n,
        keys_per_day=len(np.unique(arms.key[own])) / days,
        coverage=answered / asked,
        delay_days=delays,
    )


def _delays_days(known_at: "pa.ChunkedArray", at_us: Ints, counted: Bools) -> float:
    """Within so many days 9 of 10 labels are there."""
    import pyarrow as pa

    known_us = np.asarray(known_at.cast(pa.int64()).fill_null(-1).to_numpy(zero_copy_only=False))
    told = counted & (known_us >= 0)
    if not told.any():
        return 0.0
    return float(max(np.quantile((known_us[told] - at_us[told]) / 8.64e10, 0.9), 0.0))
