"""`evaluation.gates`: what a version must keep before it may be deployed."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from lifecycle.spec.kinds import ColumnName, Name, Record

FairnessMeasure = Literal["demographic_parity", "equalized_odds", "accuracy_gap", "error_gap"]


class _MetricGate(Record):
    """A limit on a metric, on one side of it."""

    metric: str = Field(description="a metric of the task")
    min: float | None = Field(None, strict=False, description="the metric must be at least this")
    max: float | None = Field(None, strict=False, description="the metric must be at most this")

    @model_validator(mode="after")
    def _one_side(self) -> Self:
        if (self.min is None) == (self.max is None):
            raise ValueError("a gate has exactly one of `min` and `max`")
        return self

    @property
    def _limited(self) -> str:
        return f"{self.metric}_{'min' if self.min is not None else 'max'}"


class Gate(_MetricGate):
    """An absolute gate on one metric of the holdout."""

    on: Literal["interval", "point"] = Field("interval", description="decide on the interval or on the point")
    min_rows: Annotated[int, Field(ge=1)] = Field(
        200, description="fewer labelled rows: not enough data, no pass"
    )

    @property
    def name(self) -> str:
        """Name of the gate's asset check.

        >>> Gate(metric="auc", min=0.6).name
        'auc_min'
        """
        return self._limited


class SliceGate(_MetricGate):
    """An absolute gate on one metric of each slice of a family; every judged slice must keep it."""

    slice: Name = Field(description="name of a slice family of `evaluation.slices`")

    @property
    def name(self) -> str:
        """Name of the gate's asset check.

        >>> SliceGate(slice="origin", metric="auc", min=0.6).name
        'slice_origin_auc_min'
        """
        return f"slice_{self.slice}_{self._limited}"


class RelativeGate(Record):
    """A gate against the champion on the same rows, by the interval of the paired difference."""

    relative: str = Field(description="a metric of the task that ranks models")
    slice: Name | None = Field(
        None, description="name of a slice family: every judged slice must keep the gate; else all rows"
    )
    margin: Annotated[float, Field(ge=0)] = Field(
        0.01, strict=False, description="how much worse than the champion is still accepted"
    )
    margin_is: Literal["relative", "absolute"] = Field(
        "relative", description="a share of the champion's value on these rows, or in the metric's own unit"
    )
    superiority: bool = Field(False, description="must be better than the champion; `margin` plays no part")
    min_rows: Annotated[int, Field(ge=1)] = Field(
        200, description="fewer rows that the champion never saw: not enough data, no pass"
    )

    @property
    def name(self) -> str:
        """Name of the gate's asset check.

        >>> RelativeGate(relative="auc").name, RelativeGate(relative="auc", slice="origin").name
        ('auc_against_champion', 'slice_origin_auc_against_champion')
        """
        where = f"slice_{self.slice}_" if self.slice else ""
        return f"{where}{self.relative}_{'beats' if self.superiority else 'against'}_champion"


class FairnessGate(Record):
    """A gate on how differently the groups of an attribute are treated."""

    fairness: FairnessMeasure = Field(description="measure of the difference between the groups")
    attribute: ColumnName = Field(description="an attribute of `evaluation.fairness.attributes`")
    max: Annotated[float, Field(ge=0)] = Field(
        strict=False, description="the difference must be at most this"
    )

    @property
    def name(self) -> str:
        """Name of the gate's asset check.

        >>> FairnessGate(fairness="accuracy_gap", attribute="carrier", max=0.2).name
        'fairness_carrier_accuracy_gap_max'
        """
        return f"fairness_{self.attribute}_{self.fairness}_max"


class DataGate(Record):
    """A gate on the evidence itself: a good metric of too few rows, or of the easy half of them, is none."""

    data: Literal["labelled_share", "holdout_rows", "holdout_days", "fit_rows"] = Field(
        description="share of the holdout period's rows with a label, labelled rows and days of the holdout, "
        "or rows that fit the model"
    )
    min: Annotated[float, Field(gt=0)] = Field(strict=False, description="it must be at least this")

    @model_validator(mode="after")
    def _a_share(self) -> Self:
        if self.data == "labelled_share" and self.min > 1:
            raise ValueError(f"`labelled_share` is a share, 0 to 1, got {self.min}")
        return self

    @property
    def name(self) -> str:
        """Name of the gate's asset check.

        >>> DataGate(data="holdout_rows", min=1000).name
        'data_holdout_rows_min'
        """
        return f"data_{self.data}_min"


def _gate_kind(raw: object) -> str:
    """Which kind of gate is meant: the key that only this kind has, else an absolute one on a metric."""
    keys = raw if isinstance(raw, Mapping) else type(raw).model_fields if isinstance(raw, Record) else {}
    return next((kind for kind in ("relative", "fairness", "slice", "data") if kind in keys), "metric")


AnyGate = Annotated[
    Annotated[Gate, Tag("metric")]
    | Annotated[SliceGate, Tag("slice")]
    | Annotated[RelativeGate, Tag("relative")]
    | Annotated[FairnessGate, Tag("fairness")]
    | Annotated[DataGate, Tag("data")],
    Discriminator(_gate_kind),
]
