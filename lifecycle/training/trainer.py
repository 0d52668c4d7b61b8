"""What a trainer is asked and answers.

Any function that keeps `Trainer` is one: `training.trainer: package.module:function`. `TrainerContract` of
`tests/contracts/trainer.py` is the suite that ours keep, to be run on others as well.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lifecycle.features.encoding import Encoding, Matrix
from lifecycle.training.job import TrainingJob
from lifecycle.training.site import ALONE, Site

Progress = Callable[[str], None]
Batch = tuple[Matrix, NDArray[np.float64]]
"""Encoded rows of shape (n, n_features), and their labels of shape (n,): class numbers, or values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Rows of a part of the window, never held whole: a trainer goes over them as often as it has to."""

    rows: int
    batches: Callable[[], Iterator[Batch]]
    """Begins again with each call. The same rows come in the same batches every time and everywhere."""
    by_table: Sequence[int] = ()
    """Rows that lie in each table of the window; empty where it is not told."""
    of_tables: Callable[[Sequence[int]], "Part"] | None = None
    """The rows that lie in some of the tables, by their numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A fitted model, cut at its best round."""

    weights: Mapping[str, bytes]
    """File name -> content, data and never code; `lifecycle.registry.predictor` reads it."""
    best_round: int
    curves: Mapping[str, tuple[float, ...]]
    """`fit_<metric>` and `validation_<metric>` by round."""
    importance: Mapping[str, float]
    """Feature -> what it is worth, in the trainer's unit: total gain, or growth of the loss without it."""
    predict: Callable[[Matrix], NDArray[np.float64]]
    """Scores of shape (n,), or (n, n_classes) for multiclass."""
    predictor: str | None = None
    """Name of the predictor that reads the weights (`LOADERS` of `lifecycle.registry.predictor`), so that no
    bundle brings code of its own: `xgboost` for `model.ubj`, `torch` for `network.json` and
    `model.safetensors`. None: the one with the trainer's name."""
    resumed: int = 0
    """How often the fit went on from a checkpoint."""


class Trainer(Protocol):
    """Fits on one part of the window and stops by another."""

    def __call__(
        self,
        job: TrainingJob,
        encoding: Encoding,
        fit: Part,
        validation: Part,
        *,
        classes: int,
        progress: Progress,
        site: Site = ALONE,
    ) -> Fitted:
        """Fit a model.

        Where several processes fit, each calls this with the same arguments but for the rank, and all of them
        answer the same.

        Raises:
            PreemptedError: the fit was asked to end, and kept where it stands.
            LifecycleError: a parameter that the spec sets elsewhere or that the library refuses, or a loss
                that is not finite.
        """
        ...
