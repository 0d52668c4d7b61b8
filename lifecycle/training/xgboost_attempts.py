"""The trials of a search by xgboost: the rows are binned once, and every trial fits on them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from lifecycle.features.encoding import Encoding
from lifecycle.spec.kinds import Scalar
from lifecycle.training.job import TrainingJob
from lifecycle.training.search.attempt import Attempt, Attempted, Watch
from lifecycle.training.trainer import Part
from lifecycle.training.xgboost_trainer import matrix_of, settings_kept, settings_of

_SCORES: Mapping[str, str] = {"auc": "auc", "rmse": "rmse", "mae": "mae"}
"""Metric of a search -> xgboost's name of it; a log loss is what fitting stops by, whatever the task."""


@contextmanager
def xgboost_attempts(
    job: TrainingJob,
    encoding: Encoding,
    fit: Part,
    validation: Part,
    *,
    classes: int,
    metric: str,
    threads: int,
) -> Iterator[Attempt]:
    """See `Attempts`."""
    import xgboost

    with settings_kept():
        train = matrix_of(job, encoding, fit)
        tune = matrix_of(job, encoding, validation, bins_of=train)
        # A round with what all trials share: xgboost only warns of a misspelt parameter, and only in the
        # thread that loaded it.
        xgboost.train(settings_of(job, classes)[1], train, num_boost_round=1)

    def attempt(parameters: Mapping[str, Scalar], *, watch: Watch) -> Attempted:
        asked = job.model_copy(update={"parameters": {**job.parameters, **parameters}, "threads": threads})
        stop_by, settings = settings_of(asked, classes)
        score = _SCORES.get(metric, stop_by)
        log: dict[str, dict[str, list[float]]] = {}
        booster = xgboost.train(
            {**settings, "eval_metric": list(dict.fromkeys([score, stop_by]))},
            train,
            num_boost_round=job.rounds,
            evals=[(tune, "validation")],
            evals_result=log,
            verbose_eval=False,
            callbacks=[
                xgboost.callback.EarlyStopping(
                    rounds=job.early_stopping_rounds, metric_name=stop_by, data_name="validation"
                ),
                _watcher(score, watch),
            ],
        )
        best = int(booster.best_iteration)
        return Attempted(value=log["validation"][score][best], best_round=best)

    yield attempt


def _watcher(score: str, watch: Watch) -> Any:
    import xgboost

    class Watcher(xgboost.callback.TrainingCallback):
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            return watch(epoch + 1, evals_log["validation"][score][-1])

    return Watcher()
