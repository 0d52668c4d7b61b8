"""One set of parameters, fit and scored: what a search asks of a trainer."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from lifecycle.features.encoding import Encoding
from lifecycle.spec.kinds import Scalar
from lifecycle.training.job import TrainingJob
from lifecycle.training.trainer import Part, Trainer

Watch = Callable[[int, float], bool]
"""Told of the rounds that were fit and of the metric then; true: this fit is not worth more rounds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempted:
    """What came of a set of parameters."""

    value: float
    """The search's metric on the validation rows, at the best round."""
    best_round: int


class Attempt(Protocol):
    """Fits a set of parameters beside others, in any thread; what they share is only read."""

    def __call__(self, parameters: Mapping[str, Scalar], *, watch: Watch) -> Attempted:
        """Fit with the job's parameters and these.

        Raises:
            Exception: whatever goes wrong with these parameters; the search goes on with others.
        """
        ...


class Attempts(Protocol):
    """Makes ready what all attempts share, and keeps it until the search is over."""

    def __call__(
        self,
        job: TrainingJob,
        encoding: Encoding,
        fit: Part,
        validation: Part,
        *,
        classes: int,
        metric: str,
        threads: int,
    ) -> AbstractContextManager[Attempt]:
        """Ready for attempts that use so many threads each.

        Raises:
            LifecycleError: the rows or the job's own parameters cannot be used.
        """
        ...


def attempt_by_fitting(
    trainer: Trainer,
    job: TrainingJob,
    encoding: Encoding,
    fit: Part,
    validation: Part,
    *,
    classes: int,
    threads: int,
) -> Attempt:
    """Attempts of a trainer that knows nothing of searching: whole fits, by the score that they stop by."""

    def attempt(parameters: Mapping[str, Scalar], *, watch: Watch) -> Attempted:
        asked = job.model_copy(update={"parameters": {**job.parameters, **parameters}, "threads": threads})
        fitted = trainer(asked, encoding, fit, validation, classes=classes, progress=_silent)
        scores = next(curve for name, curve in fitted.curves.items() if name.startswith("validation_"))
        return Attempted(value=scores[fitted.best_round], best_round=fitted.best_round)

    return attempt


def _silent(line: str) -> None:
    """The rounds of every trial would drown the trials."""
