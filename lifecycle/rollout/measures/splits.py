"""Whether requests were split as the weights say."""

import numpy as np

from lifecycle.rollout.measures.arms import CHALLENGER, CHAMPION, Arms, firsts
from lifecycle.rollout.statistics.sample_ratio import Assigned, SampleRatio, check_ratio


def sample_ratio(arms: Arms, *, alpha: float) -> tuple[SampleRatio, int, int]:
    """The check over all splits, and keys of champion and challenger; a key counts where it was first."""
    rows = firsts(arms.key)
    rows = rows[~arms.mirrored[rows]]
    stages = []
    for i, share in enumerate(arms.shares):
        counts = np.bincount(arms.arm[rows][arms.stratum[rows] == i], minlength=2)
        if 0 < share < 1 and counts.sum():
            stages.append(
                Assigned(counts=(int(counts[CHAMPION]), int(counts[CHALLENGER])), weights=(1 - share, share))
            )
    n = [sum(stage.counts[arm] for stage in stages) for arm in (CHAMPION, CHALLENGER)]
    return check_ratio(stages, alpha=alpha), n[CHAMPION], n[CHALLENGER]
