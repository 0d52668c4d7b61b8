"""What a job asks of a search, and what a result tells of it."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from lifecycle.spec.kinds import Record, Scalar
from lifecycle.spec.search import Pruning, Sampler, SearchRange

Direction = Literal["minimize", "maximize"]
TrialState = Literal["complete", "pruned", "failed"]


class SearchJob(Record):
    """A search as a job asks for it: every default is filled in."""

    trials: Annotated[int, Field(ge=1)]
    space: Mapping[str, SearchRange]
    metric: str
    pruning: Pruning
    sampler: Sampler
    seed: int
    parallel: Annotated[int, Field(ge=1)]
    time_limit_s: int | None
    study: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,100}$")]
    """Digest of what the trials depend on: a job of the same study goes on from the trials that are done."""


class TrialResult(Record):
    """One set of parameters that was tried."""

    number: int
    """From 0, in the order in which the parameters were chosen."""
    state: TrialState
    parameters: Mapping[str, Scalar]
    """Those of the space; the job has the others."""
    value: float | None
    """The metric at the best round; of a pruned trial when it was given up; None: it failed."""
    best_round: int | None
    """None: it did not come to its end."""
    curve: tuple[tuple[int, float], ...] = ()
    """Rounds that were fit, and the metric then; thinned out to about a hundred points. Not in a bundle."""
    seconds: float = 0.0
    """Not in a bundle, which is the same however long its making took."""
    reason: str = ""
    """Why it failed."""


class SearchResult(Record):
    """All trials of a search, and the one that the model is fit with."""

    metric: str
    direction: Direction
    sampler: Sampler
    pruning: Pruning
    seed: int
    best: int
    """Number of the best trial."""
    parameters: Mapping[str, Scalar]
    """Of the best trial."""
    trials: tuple[TrialResult, ...]
    """In the order of their numbers."""
    importance: Mapping[str, float]
    """Parameter -> its share in what makes trials good, together 1; empty: too few trials to tell."""
    study: str = ""
    """Not in a bundle."""

    @property
    def counts(self) -> Mapping[TrialState, int]:
        """State -> trials in it."""
        states: tuple[TrialState, ...] = ("complete", "pruned", "failed")
        return {state: sum(trial.state == state for trial in self.trials) for state in states}
