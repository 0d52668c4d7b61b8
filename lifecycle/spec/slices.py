"""`evaluation.slices` and `evaluation.fairness`: rows and groups that are looked at by themselves."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from lifecycle.spec.gates import FairnessGate, FairnessMeasure
from lifecycle.spec.kinds import ColumnName, Name, Record


def _one_or_more(value: object) -> object:
    return [value] if isinstance(value, str) else value


Columns = Annotated[
    tuple[ColumnName, ...],
    BeforeValidator(_one_or_more, json_schema_input_type=ColumnName | tuple[ColumnName, ...]),
]
"""One column by its name alone, or a list of them."""


class SliceFamily(Record):
    """Rows that are looked at by themselves: one slice a value of `by`, or the rows where `where` holds."""

    name: Name = Field(description="name of the family: what gates call it")
    by: Columns = Field(
        (),
        strict=False,
        description="one or two features, or columns of the request, that hold text, whole numbers or "
        "conditions",
    )
    where: str | None = Field(
        None, description="or an SQL condition over features and columns of the request, as in `features`"
    )
    min_rows: Annotated[int, Field(ge=1)] = Field(
        200, description="a slice with fewer labelled rows is counted, and not judged"
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.by) == (self.where is not None):
            raise ValueError("give exactly one of `by` (one or two columns) and `where` (a condition)")
        if len(self.by) > 2 or len(set(self.by)) < len(self.by):
            raise ValueError("`by` holds one column, or two that differ")
        return self


class Discovery(Record):
    """The search for slices that nobody named: found on one half of the holdout, tested on the other."""

    max_predicates: Annotated[int, Field(ge=0, le=3)] = Field(
        2, description="most conditions in one slice; 0 searches for none"
    )
    min_rows: Annotated[int, Field(ge=20)] = Field(
        200, description="fewest rows of a slice in either half, and never less than 1 % of the half"
    )
    candidates: Annotated[int, Field(ge=1, le=50)] = Field(10, description="most slices that are tested")
    false_discovery_rate: Annotated[float, Field(gt=0, lt=0.5)] = Field(
        0.05, description="expected share of false ones among the slices that are reported"
    )


class Fairness(Record):
    """How differently a model treats the groups of its attributes."""

    attributes: tuple[ColumnName, ...] = Field(
        strict=False, description="features, or columns of the request, whose values are the groups"
    )
    limits: Mapping[FairnessMeasure, Annotated[float, Field(ge=0, strict=False)]] = Field(
        {}, description="measure -> largest difference allowed; each is a gate on each attribute"
    )
    min_rows: Annotated[int, Field(ge=1)] = Field(
        100, description="a group with fewer labelled rows is counted, and not judged"
    )

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.attributes or len(set(self.attributes)) < len(self.attributes):
            raise ValueError("`attributes` names at least one column, and each once")
        return self

    @property
    def gates(self) -> tuple[FairnessGate, ...]:
        """The gates that the limits stand for."""
        return tuple(
            FairnessGate(fairness=measure, attribute=attribute, max=limit)
            for attribute in self.attributes
            for measure, limit in self.limits.items()
        )
