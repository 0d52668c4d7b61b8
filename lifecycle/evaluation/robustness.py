"""What the model leans on when a feed breaks: the metric with a feature missing, and with noise in it.

A missing feature is one that is NaN in every row, as the encoder makes it of a null. What a missing lookup
does is computed by the online path itself, since an expression may turn a null into a value (`CASE`).
"""

from collections.abc import Mapping, Sequence

import numpy as np

from lifecycle.evaluation.harm import Baseline, Harm, by_harm
from lifecycle.evaluation.permutation import Predict
from lifecycle.evaluation.sample import Floats
from lifecycle.features.encoding import Matrix

NOISE_SHARE = 0.1
"""Standard deviation of the noise, as a share of the feature's own."""


def harm_of_missing(
    baseline: Baseline, predict: Predict, matrix: Matrix, names: Sequence[str]
) -> tuple[Harm, ...]:
    """Harm of each feature being missing in all rows, the worst first."""
    harms = []
    for column, name in enumerate(names):
        changed = matrix.copy()
        changed[:, column] = np.nan
        harms.append(baseline.harm_of([predict(changed)], change="feature missing", what=name))
    return by_harm(harms)


def harm_of_missing_lookups(baseline: Baseline, scores: Mapping[str, Floats]) -> tuple[Harm, ...]:
    """Harm of each lookup having no row for anybody, the worst first.

    Args:
        scores: lookup -> scores of the baseline's rows without it.
    """
    return by_harm(
        [baseline.harm_of([values], change="lookup missing", what=name) for name, values in scores.items()]
    )


def harm_of_noise(
    baseline: Baseline,
    predict: Predict,
    matrix: Matrix,
    names: Sequence[str],
    *,
    seed: int,
    share: float = NOISE_SHARE,
) -> tuple[Harm, ...]:
    """Harm of normal noise in each numeric feature, the worst first.

    Args:
        names: of the columns that are quantities; "" leaves a column (a category, a code) as it is.
        share: of the feature's standard deviation over the known values. A feature of fewer than three
            distinct values is a switch, not a quantity: it is left out, like a constant one.
    """
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal(len(matrix))
    harms = []
    for column, name in enumerate(names):
        values = matrix[:, column].astype(np.float64)
        known = values[np.isfinite(values)]
        if not name or len(np.unique(known[:1000])) < 3:
            continue
        changed = matrix.copy()
        changed[:, column] = values + share * known.std() * noise
        harms.append(baseline.harm_of([predict(changed)], change="noise", what=name))
    return by_harm(harms)
