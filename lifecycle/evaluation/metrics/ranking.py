"""Binary metrics of the order of the scores."""

import numpy as np

from lifecycle.evaluation.metrics.metric import Metric, Statistic, ranked, ratio
from lifecycle.evaluation.sample import Floats, Sample


def _area(true: Floats, false: Floats) -> Floats:
    """Area under the ROC curve; nan when a class is missing.

    The trapezoids give a tied pair one half, so this is the Mann-Whitney probability that a positive row
    scores above a negative one. Source: Hanley and McNeil (1982).
    """
    area = np.sum(np.diff(false, axis=1) * (true[:, 1:] + true[:, :-1]), axis=1) / 2
    return ratio(area, true[:, -1] * false[:, -1])


def _average_precision(true: Floats, false: Floats) -> Floats:
    """Precision averaged over the positive rows, no interpolation; nan without positive rows.

    All rows of a tied score enter with the precision below the tie.
    """
    precision = np.nan_to_num(
        ratio(true, true + false)
    )  # 0/0 where no drawn row scores this high: adds nothing
    total = np.sum(np.diff(true, axis=1) * precision[:, 1:], axis=1)
    return ratio(total, true[:, -1])


def _auc(sample: Sample) -> Statistic:
    """Area under the ROC curve, by whichever way is cheaper for the many draws that follow."""
    few_blocks = 0 < sample.n_blocks**2 <= 4 * sample.n_rows
    return _area_of_blocks(sample) if few_blocks else ranked(sample, _area)


def _area_of_blocks(sample: Sample) -> Statistic:
    """The same area from won pairs, counted once for each pair of blocks.

    A draw then costs blocks times blocks, not rows: some 20 times less on 60 days of 60,000 rows.
    """
    positive = sample.y == 1
    order = np.argsort(sample.scores[positive], kind="stable")  # sorted needles are found faster
    scores, blocks = sample.scores[positive][order], sample.block[positive][order]
    n_blocks = sample.n_blocks
    wins = np.zeros((n_blocks, n_blocks))  # positives of a block (row) against negatives of a block (column)
    negatives = np.bincount(sample.block[~positive], minlength=n_blocks).astype(np.float64)
    positives = np.bincount(blocks, minlength=n_blocks).astype(np.float64)
    for b in np.flatnonzero(negatives):
        beaten = np.sort(sample.scores[~positive & (sample.block == b)])
        won = (np.searchsorted(beaten, scores, "left") + np.searchsorted(beaten, scores, "right")) / 2
        wins[:, b] = np.bincount(blocks, weights=won, minlength=n_blocks)
    return lambda counts: ratio(
        np.einsum("ij,ij->i", counts @ wins, counts), (counts @ positives) * (counts @ negatives)
    )


AUC = Metric(name="auc", task="binary", better="higher", build=_auc)
AVERAGE_PRECISION = Metric(
    name="average_precision",
    task="binary",
    better="higher",
    build=lambda sample: ranked(sample, _average_precision),
)
