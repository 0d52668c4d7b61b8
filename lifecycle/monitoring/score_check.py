"""Whether the scores of a batch look like scores of the model: a warning before anybody uses them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lifecycle.data.distance import psi
from lifecycle.evaluation.curves import ScoreBin
from lifecycle.evaluation.sample import Floats

PSI_LIMIT = 0.25
"""Nats; beside what chance alone does."""
FEW_ROWS = 100
"""Of fewer rows nothing is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreCheck:
    """What was found."""

    verdict: Literal["pass", "fail", "not_enough_data"]
    told: str
    psi: float | None = None
    """Against the holdout; None: it was not compared."""


def check_scores(scores: Floats, holdout: Sequence[ScoreBin]) -> ScoreCheck:
    """Compare the scores of a batch with those of the holdout that judged the version.

    A finding of `drift` is calibrated and comes later; this one is for whoever is about to use the table.

    Args:
        scores: shape (n_rows,): of the positive class; of the likeliest class; or the numbers.
        holdout: counts of scores from 0 to 1; empty where the task has none.
    """
    wrong = int((~np.isfinite(scores)).sum())
    if wrong:
        return ScoreCheck(verdict="fail", told=f"{wrong:,} of {len(scores):,} scores are no numbers")
    if len(scores) < FEW_ROWS:
        return ScoreCheck(verdict="not_enough_data", told=f"{len(scores)} rows tell nothing")
    if np.ptp(scores) == 0:
        return ScoreCheck(verdict="fail", told=f"all {len(scores):,} rows have the score {scores[0]:g}")
    before = [one.negatives + one.positives for one in holdout]
    if not sum(before):
        return ScoreCheck(verdict="pass", told=f"{len(scores):,} scores differ; there is no holdout's")
    edges = [one.low for one in holdout] + [holdout[-1].high]
    now = np.histogram(scores, edges)[0].tolist()
    found = psi(before, now)
    chance = (len(before) - 1) * (1 / sum(before) + 1 / len(scores))
    told = f"PSI {found:.3f} against the holdout, limit {PSI_LIMIT + chance:.3f}"
    return ScoreCheck(verdict="fail" if found > PSI_LIMIT + chance else "pass", told=told, psi=found)
