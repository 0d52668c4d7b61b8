"""Direct loss estimation: the error of a regression before its labels are in.

A small gradient-boosted model learns, on rows that the version was judged on, how large the loss of a row
like this is. Its mean over a window is the estimate. `estimate.ASSUMPTIONS` says what that takes for granted.

How far it strays is measured, not assumed. Each held-out row is also predicted by a model that has not seen
its day, which gives a ratio of loss to prediction. Each draw of the interval takes

- a loss model that other held-out days would have given,
- for each day of the window a held-out day, and for its rows the ratios of that day's rows.

Source: NannyML's documentation, Direct Loss Estimation (there without days, and with a squared loss).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lifecycle.errors import LifecycleError
from lifecycle.evaluation.intervals import draw_counts
from lifecycle.evaluation.metrics.registry import metric
from lifecycle.evaluation.sample import Floats, Ints, Sample
from lifecycle.monitoring.estimate import N_DRAWS, Estimate, estimate_of

LOSSES = ("mae", "rmse")
N_FOLDS, N_REFITS = 5, 10
# Poisson: predictions are positive, errors count relative to them, and their mean is right whatever the
# distribution of the losses is.
_PARAMETERS = {
    "objective": "count:poisson",
    "base_score": 1.0,  # losses are in units of their mean
    "max_depth": 3,
    "eta": 0.1,
    "min_child_weight": 10,
    "nthread": 1,
}
_ROUNDS = 60
_CHUNK_CELLS = 2**21


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LossModel:
    """What one kind of a version's losses looks like.

    Attributes:
        scale: mean loss of the held-out rows; the boosters predict in its unit.
        as_held: booster of all held-out rows, in xgboost's binary JSON.
        drawn: boosters of resampled days.
        ratios: loss over out-of-fold prediction of each held-out row, days one after another, mean 1.
        starts: where each day begins in `ratios`; as many as there are days, and the end.
    """

    loss: str
    scale: float
    as_held: bytes
    drawn: Sequence[bytes]
    ratios: Floats
    starts: Ints
    seed: int


def learn_losses(held_out: Sample, features: Floats, *, seed: int) -> tuple[LossModel, ...]:
    """Learn the losses of a regression on labelled rows that it was not fit on: one model a metric.

    Args:
        held_out: with days as blocks.
        features: encoded as for the version itself, shape (n_rows, n_features); nan where missing.

    Raises:
        LifecycleError: not a regression, or no row.
    """
    if held_out.task != "regression" or not held_out.n_rows:
        raise LifecycleError("losses are learned on held-out rows of a regression; there are none")
    off, inputs = np.abs(held_out.scores - held_out.y), _inputs(features, held_out.scores)
    learned = ((name, off if name == "mae" else off**2) for name in LOSSES)
    return tuple(_learn(name, loss, inputs, held_out, seed) for name, loss in learned)


def estimate_losses(
    models: Sequence[LossModel], scores: Floats, features: Floats, block: Ints, *, level: float = 0.95
) -> tuple[Estimate, ...]:
    """Mean absolute error and root mean squared error that a window's labels should show.

    Args:
        scores: what the version said, shape (n_rows,).
        features: of the same rows, as in `learn_losses`.
        block: day of each row, any numbers, shape (n_rows,).
    """
    inputs = _inputs(features, scores)
    order = np.lexsort((*inputs.T, block))  # draws go by place: the order of the rows must not matter
    day = np.unique(block[order], return_inverse=True)[1].astype(np.int64)
    return tuple(_estimate(model, inputs[order], day, level) for model in models)


def _learn(name: str, loss: Floats, inputs: Floats, held_out: Sample, seed: int) -> LossModel:
    scale = float(loss.mean()) or 1.0
    share, block, n_blocks = loss / scale, held_out.block, held_out.n_blocks
    fold, beside = np.arange(n_blocks)[block] % N_FOLDS, np.ones(len(loss))
    for number in range(min(N_FOLDS, n_blocks)) if n_blocks > 1 else ():
        inside = fold == number
        beside[inside] = _predict(_fit(inputs[~inside], share[~inside], None, seed), inputs[inside])
    ratios = (share / beside)[np.argsort(block, kind="stable")]
    counts = next(draw_counts(n_blocks, n_resamples=N_REFITS, seed=seed))
    return LossModel(
        loss=name,
        scale=scale,
        as_held=_fit(inputs, share, None, seed),
        drawn=[_fit(inputs, share, drawn[block], seed) for drawn in counts],
        ratios=ratios / (ratios.mean() or 1.0),
        starts=np.append(0, np.cumsum(np.bincount(block, minlength=n_blocks))).astype(np.int64),
        seed=seed,
    )


def _estimate(model: LossModel, inputs: Floats, day: Ints, level: float) -> Estimate:
    span = metric(model.loss, "regression").span
    if not len(inputs):
        return estimate_of(model.loss, np.nan, np.empty(0), n_blocks=0, level=level)
    mean = model.scale * _predict(model.as_held, inputs).mean()
    drawn = model.scale * _draws(model, np.stack([_predict(one, inputs) for one in model.drawn]), day)
    if model.loss == "rmse":
        mean, drawn = np.sqrt(mean), np.sqrt(drawn)
    n_days = len(model.starts) - 1
    return estimate_of(model.loss, float(mean), drawn, n_blocks=n_days, level=level, span=span)


def _draws(model: LossModel, predicted: Floats, day: Ints) -> Floats:
    """Mean losses that the window may turn out to have, shape (N_DRAWS,).

    Args:
        predicted: by each of the refitted models, shape (N_REFITS, n_rows).
        day: number of each row's day.
    """
    random, n_rows = np.random.default_rng(model.seed), predicted.shape[1]
    sizes, step, means = np.diff(model.starts), max(1, _CHUNK_CELLS // n_rows), list[Floats]()
    for at in range(0, N_DRAWS, step):
        n = min(step, N_DRAWS - at)
        # A day is drawn as often as it has rows: their ratios average to one, those of days do not.
        like = random.choice(len(sizes), size=(n, int(day.max()) + 1), p=sizes / sizes.sum())[:, day]
        place: NDArray[np.int64] = (random.random((n, n_rows)) * sizes[like]).astype(np.int64)
        ratio = model.ratios[model.starts[like] + place]
        refit = predicted[random.integers(len(predicted), size=n)]
        means.append((refit * ratio).mean(axis=1))
    return np.concatenate(means)


def _inputs(features: Floats, scores: Floats) -> Floats:
    return np.column_stack([features, scores]).astype(np.float64)


def _fit(inputs: Floats, loss: Floats, weight: Floats | None, seed: int) -> bytes:
    import xgboost

    data = xgboost.DMatrix(inputs, loss, weight=weight)
    booster = xgboost.train({**_PARAMETERS, "seed": seed}, data, num_boost_round=_ROUNDS)
    return bytes(booster.save_raw("ubj"))


def _predict(weights: bytes, inputs: Floats) -> Floats:
    import xgboost

    booster = xgboost.Booster({"nthread": 1})
    booster.load_model(bytearray(weights))
    return np.asarray(booster.predict(xgboost.DMatrix(inputs)), dtype=np.float64)
