"""`training.search`: which parameters are tried."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from lifecycle.spec.kinds import Duration, Name, Record, Scalar

Pruning = Literal["median", "hyperband", "none"]
Sampler = Literal["tpe", "random"]
# A range's keys are named as the types are, which hides these in its body.
_Integer: TypeAlias = int
_Number: TypeAlias = float


def _two_ends(ends: tuple[_Number, ...]) -> tuple[_Number, ...]:
    # Not a bound on the length: that would be told a second time of ends that are no numbers.
    if len(ends) != 2 or ends[0] >= ends[1]:
        raise ValueError("a range is [lowest, highest], the lowest below the highest")
    return ends


class SearchRange(Record):
    """Values of one parameter of the trainer: exactly one of `int`, `float` and `choice`."""

    int: Annotated[tuple[_Integer, ...], AfterValidator(_two_ends)] | None = Field(
        None, strict=False, description="whole numbers: lowest and highest, both included"
    )
    float: Annotated[tuple[_Number, ...], AfterValidator(_two_ends)] | None = Field(
        None, strict=False, description="numbers: lowest and highest"
    )
    choice: Annotated[tuple[Scalar, ...], Field(min_length=2)] | None = Field(
        None, strict=False, description="the values themselves"
    )
    log: bool = Field(False, description="ranges only: equal ratios are equally likely, not equal distances")
    step: Annotated[_Integer, Field(ge=1)] | None = Field(
        None, description="`int` only: distance between the values"
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        given = [name for name in ("int", "float", "choice") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("exactly one of `int`, `float` and `choice`")
        if self.choice is not None:
            if self.log or self.step is not None:
                raise ValueError("`log` and `step` go with a range, not with `choice`")
            if len({(type(value), value) for value in self.choice}) < len(self.choice):
                raise ValueError("each value of `choice` once")
            return self
        low, high = self.int or self.float or (0, 0)
        if self.log and low <= 0:
            raise ValueError("a `log` range begins above 0")
        if self.step is not None and (self.int is None or self.log or (high - low) % self.step):
            raise ValueError("`step` goes with an `int` range that it divides, without `log`")
        return self


class Search(Record):
    trials: Annotated[int, Field(ge=1, le=10_000)] = Field(
        description="sets of parameters to try; a larger number goes on from the trials that are done"
    )
    space: Annotated[Mapping[Name, SearchRange], Field(min_length=1)] = Field(
        description="parameter of the trainer -> values to search; none that `parameters` sets"
    )
    metric: str | None = Field(
        None,
        description="score of the validation rows that decides: `log_loss` or `auc`, `rmse` or `mae`; "
        "without it `log_loss`, or `rmse` of a regression",
    )
    pruning: Pruning = Field("median", description="which trials are given up early")
    sampler: Sampler = Field(
        "tpe", description="how parameters are chosen: from earlier trials, or at random"
    )
    seed: Annotated[int, Field(ge=0, lt=2**31)] | None = Field(
        None, description="seed of the choice; without it `training.seed`"
    )
    parallel: Annotated[int, Field(ge=1, le=64)] = Field(
        1, description="trials at a time, which share `compute.cpu`"
    )
    time_limit: Annotated[Duration, Field(ge=1)] | None = Field(
        None,
        description="no trial begins after this time of searching; what comes out depends on the machine",
    )
