"""`monitoring.performance`: how well a model that serves still does, and when that is too little."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from lifecycle.spec.kinds import Record, Share

_Value = Annotated[float, Field(strict=False)]


class BusinessValue(Record):
    """What answers are worth: a value per outcome, times a column where there is one."""

    unit: Annotated[str, Field(min_length=1, max_length=20)] = Field(description="such as EUR or minutes")
    column: str | None = Field(
        None, description="number of `data.columns` that an outcome's value is multiplied with; missing: zero"
    )
    true_positive: _Value = Field(0.0, description="binary: said positive, was positive")
    false_positive: _Value = Field(0.0, description="binary: said positive, was negative")
    false_negative: _Value = Field(0.0, description="binary: said negative, was positive")
    true_negative: _Value = Field(0.0, description="binary: said negative, was negative")
    right: _Value = Field(0.0, description="multiclass: said the class that it was")
    wrong: _Value = Field(0.0, description="multiclass: said another class")
    error: _Value = Field(0.0, description="regression: of each unit of absolute error; below zero is a cost")

    @model_validator(mode="after")
    def _of_something(self) -> Self:
        if not self.outcomes:
            raise ValueError("every outcome is worth 0: give a value to at least one")
        return self

    @property
    def outcomes(self) -> frozenset[str]:
        """Names of the outcomes that are worth something."""
        names = set(type(self).model_fields) - {"unit", "column"}
        return frozenset(name for name in names if getattr(self, name) != 0)


class PerformanceRules(Record):
    """How the performance of what answers is watched."""

    metric: str | None = Field(
        None, description="the one that is judged; the first gate's metric if not given"
    )
    floor: Annotated[float | None, Field(strict=False)] = Field(
        None, description="the metric should not be worse than this; for a loss it is a ceiling"
    )
    decay: Annotated[float | None, Field(gt=0, lt=10, strict=False)] = Field(
        None,
        description="nor worse than on the version's holdout by more than this share of its value there: "
        "0.05 is 5 %",
    )
    partitions: Annotated[int | None, Field(ge=1, le=1000)] = Field(
        None,
        description="how many partitions, up to the one asked for, are measured together; by default 168 "
        "hours, 7 days, or one of what is longer",
    )
    maturity: Share = Field(
        0.95,
        strict=False,
        description="share of rows whose label came, or never will, from which the realised value is trusted "
        "more than the estimate",
    )
    business: BusinessValue | None = Field(None, description="what answers are worth")
