"""`evaluation.behaviour`: rules that the answers of the served bundle must keep."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from lifecycle.spec.kinds import ColumnName, Name, Record, Scalar


class Invariance(Record):
    column: ColumnName = Field(description="column of the request that must not matter")
    values: tuple[Scalar, ...] = Field(strict=False, description="put in its place, one after the other")

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.values:
            raise ValueError("give at least one value to put in the column's place")
        return self


class Direction(Record):
    column: ColumnName = Field(description="number of the request that is changed")
    add: float = Field(
        strict=False, description="what is added to it; rows that then break the contract are left out"
    )
    expect: Literal["up", "down"] = Field(description="the answer must not go the other way")
    of: Scalar | None = Field(None, description="multiclass only: the class whose probability is meant")

    @model_validator(mode="after")
    def _a_change(self) -> Self:
        if self.add == 0:
            raise ValueError("`add` of 0 changes nothing")
        return self


class Expected(Record):
    value: Scalar | None = Field(None, description="the answer's value")
    min: float | None = Field(None, strict=False, description="smallest probability (number of a regression)")
    max: float | None = Field(None, strict=False, description="largest probability (number of a regression)")

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.value is None and self.min is None and self.max is None:
            raise ValueError("give at least one of `value`, `min` and `max`")
        return self


class MinimumFunction(Record):
    rows: tuple[Mapping[ColumnName, Scalar | None], ...] = Field(
        strict=False, description="requests whose answer is beyond doubt"
    )
    expect: Expected = Field(description="what each of them must be answered")

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.rows:
            raise ValueError("give at least one row")
        return self


class BehaviourTest(Record):
    """A rule that the answers must keep: exactly one of `invariance`, `direction`, `minimum_function`."""

    name: Name = Field(description="name of the test; its gate is `behaviour_<name>`")
    invariance: Invariance | None = Field(None, description="changing this column must not matter")
    direction: Direction | None = Field(
        None, description="changing this column must not move it the wrong way"
    )
    minimum_function: MinimumFunction | None = Field(
        None, description="cases that every fair model gets right"
    )
    tolerance: Annotated[float, Field(ge=0)] = Field(
        0.0, strict=False, description="how far an answer may move against the rule"
    )
    share: Annotated[float, Field(gt=0, le=1)] = Field(
        0.95,
        strict=False,
        description="share of holdout rows that must keep the rule, by the lower end of its interval; 1: no "
        "exception. Minimum functions know no exception",
    )

    @model_validator(mode="after")
    def _one_rule(self) -> Self:
        if sum(r is not None for r in (self.invariance, self.direction, self.minimum_function)) != 1:
            raise ValueError("a test has exactly one of `invariance`, `direction` and `minimum_function`")
        return self

    @property
    def gate(self) -> str:
        """Name of its gate."""
        return f"behaviour_{self.name}"
