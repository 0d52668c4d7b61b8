"""Gradient-boosted trees by xgboost: histograms, categories as they are, early stopping on later rows.

Several processes fit one model: each bins its own partitions, and all grow the same trees from the sum of
their histograms. Binned rows lie in memory, or as pages on disk; the trees are the same.
"""

import math
import shutil
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from lifecycle.errors import LifecycleError
from lifecycle.features.encoding import Encoding
from lifecycle.spec.model import Task
from lifecycle.training.job import TrainingJob
from lifecycle.training.ranks import Ranks
from lifecycle.training.shards import shard_of
from lifecycle.training.site import ALONE, Site
from lifecycle.training.trainer import Fitted, Part, Progress
from lifecycle.training.xgboost_ranks import joined, reason_of
from lifecycle.training.xgboost_rounds import grow

WEIGHTS_FILE = "model.ubj"
_TRIED_ROWS = 1000

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
    ranks = site.ranks
    metric, settings = settings_of(job, classes, ranks)
    if ranks.size > 1:
        _try_alone(job, encoding, fit, settings)
    with settings_kept(), joined(ranks), _pages(job, site) as pages:
        train = matrix_of(job, encoding, shard_of(fit, ranks).part, pages=pages)
        tune = matrix_of(job, encoding, shard_of(validation, ranks).part, bins_of=train, pages=pages)
        grown = grow(job, settings, train, tune, metric=metric, site=site, progress=progress)
        booster, log = grown.booster, grown.curves
        best = int(booster.best_iteration)
        # Rounds after the best one are dropped here, so that nobody can forget to leave them out when
        # predicting. The cut model knows none of the rows, so that nothing holds their pages.
        booster = booster[: best + 1]
        del train, tune
    if not all(math.isfinite(value) for values in log["fit"].values() for value in values):
        raise LifecycleError(
            f"the {metric} of training is not finite: check training.parameters and the label"
        )
    progress(f"best round {best}: validation {metric} {log['validation'][metric][best]:.5f}")
    gains: Mapping[str, Any] = booster.get_score(importance_type="total_gain")
    return Fitted(
        weights={WEIGHTS_FILE: bytes(booster.save_raw("ubj"))},
        best_round=best,
        curves={f"{part}_{metric}": tuple(values[metric]) for part, values in log.items()},
        importance={name: float(gains.get(name, 0.0)) for name in encoding.names},
        predict=lambda rows: booster.inplace_predict(rows).astype(np.float64),
        resumed=grown.resumed,
    )


def settings_of(
    job: TrainingJob,
    classes: int,
    ranks: Ranks = Ranks(),  # noqa: B008  # frozen
) -> tuple[str, dict[str, Any]]:
    """The metric to stop by, and everything that xgboost is told."""
    if clash := sorted(RESERVED & set(job.parameters)):
        raise LifecycleError(
            f"training.parameters sets {', '.join(clash)}, which the rest of the spec sets: drop it"
        )
    objective, metric = OBJECTIVES[job.task]
    gpu = "cuda" if ranks.size == 1 else f"cuda:{ranks.local}"
    return metric, {
        "tree_method": "hist",
        **job.parameters,
        "objective": objective,
        "eval_metric": metric,
        "seed": job.seed,
        # Each round draws by its number, so that a fit that was killed can go on.
        **({"seed_per_iteration": True} if ranks.size > 1 else {}),
        "nthread": threads_of(job),
        # Where there is no GPU xgboost warns and goes on without; `settings_kept` makes that an error.
        "device": "cpu" if job.accelerator is None else gpu,
        **({"num_class": classes} if job.task == "multiclass" else {}),
    }


def threads_of(job: TrainingJob) -> int:
    """Threads of each process: those on one node share its processors."""
    return max(1, job.threads // job.count)


def matrix_of(
    job: TrainingJob, encoding: Encoding, part: Part, *, bins_of: Any = None, pages: Path | None = None
) -> Any:
    """A part as xgboost keeps it: the bin of each value, a byte or a few of it, and nothing of the value.

    xgboost goes over the batches a few times.

    Args:
        job: what is fit.
        encoding: of the rows.
        part: the rows.
        bins_of: a matrix whose bins are used; None: the part's own.
        pages: folder where the bins lie, a page for each batch, to be read again for each level of a tree;
            None: in memory.
    """
    import xgboost

    # Not in the class, which lives until Python looks for cycles: the matrix would live as long, with pages.
    prefix = None if pages is None else str(pages / ("fit" if bins_of is None else "tune"))

    class Batches(xgboost.DataIter):
        def __init__(self) -> None:
            super().__init__(cache_prefix=prefix)
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

    kind = xgboost.QuantileDMatrix if pages is None else xgboost.ExtMemQuantileDMatrix
    return kind(
        Batches(),
        ref=bins_of,
        max_bin=job.parameters.get("max_bin", 256),
        enable_categorical=True,
        nthread=threads_of(job),
    )


@contextmanager
def _pages(job: TrainingJob, site: Site) -> Iterator[Path | None]:
    """The folder of the pages of a fit, empty, and gone after it; None: the bins lie in memory."""
    if job.rows == "memory":
        yield None
        return
    folder = site.scratch / f"pages-{site.ranks.rank}"
    # Of a fit that was killed.
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _try_alone(job: TrainingJob, encoding: Encoding, part: Part, settings: Mapping[str, Any]) -> None:
    """A round on a few rows: what is wrong with the settings is told before others wait for this process."""
    import xgboost

    rows, labels = next(part.batches())
    few = Part(rows=_TRIED_ROWS, batches=lambda: iter([(rows[:_TRIED_ROWS], labels[:_TRIED_ROWS])]))
    with settings_kept():
        xgboost.train(dict(settings), matrix_of(job, encoding, few), num_boost_round=1)


@contextmanager
def settings_kept() -> Iterator[None]:
    """Turns refused settings, and those that xgboost only warns of and then ignores, into an error."""
    import xgboost

    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always", UserWarning)
        try:
            yield
        except (xgboost.core.XGBoostError, TypeError, ValueError) as exc:
            raise LifecycleError(
                f"xgboost refused to train: {reason_of(exc)}; check training.parameters"
            ) from exc
    if warned:
        told = " ".join(str(warned[0].message).split())
        raise LifecycleError(f"xgboost warned: {told}; check training.parameters")
