"""Gradient-boosted trees by xgboost: histograms, categories as they are, early stopping on later rows."""

import math
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from lifecycle.errors import LifecycleError
from lifecycle.features.encoding import Encoding
from lifecycle.spec.records import Task
from lifecycle.training.job import TrainingJob
from lifecycle.training.site import ALONE, Site
from lifecycle.training.trainer import Fitted, Part, Progress

WEIGHTS_FILE = "model.ubj"

# Set by the rest of the spec; giving them a second time could only contradict it.
RESERVED = {"objective", "eval_metric", "num_class", "seed", "nthread", "random_state", "n_jobs", "device"}
OBJECTIVES: Mapping[Task, tuple[str, str]] = {
    "binary": ("binary:logistic", "logloss"),
    "multiclass": ("multi:softprob", "mlogloss"),
    "regression": ("reg:squarederror", "rmse"),
}


def fit_xgboost(
    job: TrainingJob,
    encoding: Encoding,
    fit: Part,
    validation: Part,
    *,
    classes: int,
    progress: Progress,
    site: Site = ALONE,
) -> Fitted:
    """See `Trainer`."""
    import xgboost

    metric, settings = settings_of(job, classes)
    log: dict[str, dict[str, list[float]]] = {}
    with settings_kept():
        train = matrix_of(job, encoding, fit)
        tune = matrix_of(job, encoding, validation, bins_of=train)
        booster = xgboost.train(
            settings,
            train,
            num_boost_round=job.rounds,
            evals=[(train, "fit"), (tune, "validation")],
            early_stopping_rounds=job.early_stopping_rounds,
            evals_result=log,
            verbose_eval=False,
            callbacks=[_reporter(metric, progress)],
        )
    if not all(math.isfinite(value) for values in log["fit"].values() for value in values):
        raise LifecycleError(
            f"the {metric} of training is not finite: check training.parameters and the label"
        )
    best = int(booster.best_iteration)
    # Rounds after the best one are dropped here, so that nobody can forget to leave them out when predicting.
    booster = booster[: best + 1]
    progress(f"best round {best}: validation {metric} {log['validation'][metric][best]:.5f}")
    gains: Mapping[str, Any] = booster.get_score(importance_type="total_gain")
    return Fitted(
        weights={WEIGHTS_FILE: bytes(booster.save_raw("ubj"))},
        best_round=best,
        curves={f"{part}_{metric}": tuple(values[metric]) for part, values in log.items()},
        importance={name: float(gains.get(name, 0.0)) for name in encoding.names},
        predict=lambda rows: booster.inplace_predict(rows).astype(np.float64),
    )


def settings_of(job: TrainingJob, classes: int) -> tuple[str, dict[str, Any]]:
    """The metric to stop by, and everything that xgboost is told."""
    if clash := sorted(RESERVED & set(job.parameters)):
        raise LifecycleError(
            f"training.parameters sets {', '.join(clash)}, which the rest of the spec sets: drop it"
        )
    objective, metric = OBJECTIVES[job.task]
    return metric, {
        "tree_method": "hist",
        **job.parameters,
        "objective": objective,
        "eval_metric": metric,
        "seed": job.seed,
        "nthread": job.threads,
        # Where there is no GPU xgboost warns and goes on without; `settings_kept` makes that an error.
        "device": "cpu" if job.accelerator is None else "cuda",
        **({"num_class": classes} if job.task == "multiclass" else {}),
    }


def matrix_of(job: TrainingJob, encoding: Encoding, part: Part, *, bins_of: Any = None) -> Any:
    """A part as xgboost keeps it: the bin of each value, a byte or two of it, and nothing of the value.

    xgboost goes over the batches a few times. Data larger than memory would be an `ExtMemQuantileDMatrix` of
    the same iterator.
    """
    import xgboost

    class Batches(xgboost.DataIter):
        def __init__(self) -> None:
            super().__init__()
            self._left = part.batches()

        def reset(self) -> None:
            self._left = part.batches()

        def next(self, input_data: Any) -> bool:
            batch = next(self._left, None)
            if batch is None:
                return False
            rows, labels = batch
            input_data(data=rows, label=labels, feature_names=encoding.names, feature_types=encoding.types)
            return True

    return xgboost.QuantileDMatrix(
        Batches(),
        ref=bins_of,
        max_bin=job.parameters.get("max_bin", 256),
        enable_categorical=True,
        nthread=job.threads,
    )


@contextmanager
def settings_kept() -> Iterator[None]:
    """Turns refused settings, and those that xgboost only warns of and then ignores, into an error."""
    import xgboost

    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always", UserWarning)
        try:
            yield
        except (xgboost.core.XGBoostError, TypeError, ValueError) as exc:
            reason = next(iter(str(exc).strip().splitlines()), type(exc).__name__)
            raise LifecycleError(f"xgboost refused to train: {reason}; check training.parameters") from exc
    if warned:
        told = " ".join(str(warned[0].message).split())
        raise LifecycleError(f"xgboost warned: {told}; check training.parameters")


def _reporter(metric: str, progress: Progress) -> Any:
    import xgboost

    class Report(xgboost.callback.TrainingCallback):
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            if epoch % 25 == 0:
                progress(f"round {epoch}: validation {metric} {evals_log['validation'][metric][-1]:.5f}")
            return False

    return Report()
