"""`monitoring`: what is watched of a model that serves, and what is called a change."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from lifecycle.spec.kinds import ColumnName, Record
from lifecycle.spec.performance import PerformanceRules

StatisticName = Literal[
    "psi",
    "kolmogorov_smirnov",
    "wasserstein",
    "jensen_shannon",
    "chi_square",
    "new_categories",
    "out_of_range",
    "missing",
]
Family = Literal["input", "prediction", "label"]
"""What a column is to the model."""
Effect = Annotated[float, Field(ge=0, strict=False)]


class ColumnDriftRules(Record):
    """What differs for one column."""

    statistics: tuple[StatisticName, ...] | None = Field(
        None, strict=False, description="in place of those of its kind; an empty list: it is not watched"
    )
    effects: Mapping[StatisticName, Effect] = Field(
        {}, description="statistic -> smallest shift that is called drift"
    )


class DriftRules(Record):
    """When inputs, predictions and labels are said to have drifted."""

    reference: Literal["training", "rolling"] = Field(
        "training",
        description="the partitions that the champion was trained on (`rolling` where there is none), or the "
        "last `partitions`",
    )
    partitions: Annotated[int, Field(ge=1, le=1000)] | None = Field(
        None,
        description="so many partitions before are the rolling reference; by default two weeks of hours, "
        "90 days, a year of weeks or months, or 5 years",
    )
    numbers: tuple[StatisticName, ...] = Field(
        ("kolmogorov_smirnov", "wasserstein", "out_of_range", "missing"),
        strict=False,
        description="statistics of numbers",
    )
    categories: tuple[StatisticName, ...] = Field(
        ("psi", "new_categories", "missing"), strict=False, description="statistics of strings and booleans"
    )
    columns: Mapping[ColumnName, ColumnDriftRules] = Field({}, description="features with rules of their own")
    effects: Mapping[StatisticName, Effect] = Field(
        {}, description="statistic -> smallest shift that is called drift, in place of its default"
    )
    false_alerts_a_month: Annotated[float, Field(gt=0, le=10)] = Field(
        0.1,
        strict=False,
        description="how many false alerts a month are accepted, over all columns together",
    )
    min_rows: Annotated[int, Field(ge=1)] = Field(
        30, description="a partition or day with fewer rows is not judged"
    )

    page: bool = Field(True, description="also make an Evidently page, in runs of a single partition")

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if "new_categories" in self.numbers:
            raise ValueError("`numbers` have no new categories")
        if ordered := sorted({"kolmogorov_smirnov", "wasserstein", "out_of_range"} & set(self.categories)):
            raise ValueError(f"`categories` have no order, which {ordered[0]} needs")
        return self


ROLLING_PARTITIONS: Mapping[str, int] = {
    "hour": 336,
    "day": 90,
    "week": 52,
    "month": 12,
    "year": 5,
    "once": 1,
}
"""How many partitions, by how often one comes, a rolling reference has where the spec does not say."""


class MonitoringSection(Record):
    """What is watched once a model serves."""

    drift: DriftRules = Field(DriftRules(), description="when inputs, predictions and labels have drifted")
    performance: PerformanceRules = Field(
        PerformanceRules(), description="how well it still does, and when that is too little"
    )
