"""Gradient-boosted trees by xgboost: histograms, categories as they are, early stopping on later rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifecycle.errors import LifecycleError
from lifecycle.features.encoding import Encoding, Matrix
from lifecycle.spec.records import Scalar, Task

# Set by the rest of the spec; giving them a second time could only contradict it.
RESERVED = {"objective", "eval_metric", "num_class", "seed", "nthread", "random_state", "n_jobs"}
_OBJECTIVES: Mapping[Task, tuple[str, str]] = {
    "binary": ("binary:logistic", "logloss"),
    "multiclass": ("multi:softprob", "mlogloss"),
    "regression": ("reg:squarederror", "rmse"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A fitted booster, cut at its best round."""

    weights: bytes
    best_round: int
    curves: Mapping[str, tuple[float, ...]]
    importance: Mapping[str, float]
    predict: Callable[[Matrix], NDArray[np.float64]]


def fit_xgboost(
    task: Task,
    encoding: Encoding,
    fit: tuple[Matrix, NDArray[np.float64]],
    validation: tuple[Matrix, NDArray[np.float64]],
    *,
    classes: int,
    parameters: Mapping[str, Scalar],
    rounds: int,
    early_stopping_rounds: int,
    seed: int,
    threads: int,
    progress: Callable[[str], None],
) -> Fitted:
    """Fit on one part of the window, stop by another.

    Raises:
        LifecycleError: a parameter that the spec sets elsewhere, or one that xgboost refuses.
    """
    import xgboost

    if clash := sorted(RESERVED & set(parameters)):
        raise LifecycleError(
            f"training.parameters sets {', '.join(clash)}, which the rest of the spec sets: drop it"
        )
    objective, metric = _OBJECTIVES[task]
    settings: dict[str, Any] = {
        "tree_method": "hist",
        **parameters,
        "objective": objective,
        "eval_metric": metric,
        "seed": seed,
        "nthread": threads,
        **({"num_class": classes} if task == "multiclass" else {}),
    }

    def matrix(rows: Matrix, labels: NDArray[np.float64]) -> Any:
        return xgboost.DMatrix(
            rows,
            label=labels,
            feature_names=encoding.names,
            feature_types=encoding.types,
            enable_categorical=True,
            nthread=threads,
        )

    class Report(xgboost.callback.TrainingCallback):  # type: ignore[misc]  # xgboost ships no types
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            if epoch % 25 == 0:
                progress(f"round {epoch}: validation {metric} {evals_log['validation'][metric][-1]:.5f}")
            return False

    log: dict[str, dict[str, list[float]]] = {}
    try:
        booster = xgboost.train(
            settings,
            matrix(*fit),
            num_boost_round=rounds,
            evals=[(matrix(*fit), "fit"), (matrix(*validation), "validation")],
            early_stopping_rounds=early_stopping_rounds,
            evals_result=log,
            verbose_eval=False,
            callbacks=[Report()],
        )
    except xgboost.core.XGBoostError as exc:
        reason = str(exc).strip().splitlines()[-1 if "Stack trace" not in str(exc) else 0]
        raise LifecycleError(f"xgboost refused to train: {reason}; check training.parameters") from exc
    best = int(booster.best_iteration)
    # Rounds after the best one are dropped here, so that nobody can forget to leave them out when predicting.
    booster = booster[: best + 1]
    progress(f"best round {best}: validation {metric} {log['validation'][metric][best]:.5f}")
    gains = booster.get_score(importance_type="total_gain")
    return Fitted(
        weights=bytes(booster.save_raw("ubj")),
        best_round=best,
        curves={f"{part}_{metric}": tuple(values[metric]) for part, values in log.items()},
        importance={name: float(gains.get(name, 0.0)) for name in encoding.names},
        predict=lambda rows: booster.inplace_predict(rows).astype(np.float64),
    )
