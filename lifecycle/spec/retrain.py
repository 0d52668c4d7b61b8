"""`retrain`: what makes a model be trained anew, and what keeps it from being trained too often."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from lifecycle.spec.kinds import Duration, Record

_DAY_S = 86_400


class Trigger(Record):
    """When a condition that holds now and then is a reason: hysteresis."""

    windows: Annotated[int, Field(ge=1, le=1000)] = Field(
        2, description="the condition must hold in so many of the newest `of` windows"
    )
    of: Annotated[int, Field(ge=1, le=1000)] = Field(3, description="windows (partitions) that are looked at")
    repeat: Duration | None = Field(
        None,
        description="a reason that was acted on counts again after this time though it never cleared; left "
        "out: it has to clear first, which takes `windows` windows in a row without it",
    )

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.windows > self.of:
            raise ValueError(f"`windows` is at most `of`: {self.windows} of {self.of} windows never hold")
        return self


class DriftTrigger(Trigger):
    """Retrain after drift."""

    min_score: Annotated[float, Field(ge=0)] = Field(
        0.0, strict=False, description="least `drift_score` (expected effect); smaller drift is no reason"
    )
    certain: bool = Field(
        True,
        description="only drift that is certain is a reason: of days, what is beyond limits of 99 % bounds; "
        "false: all that `drift` calls drifted, which takes bounds of 90 %",
    )


class PerformanceTrigger(Trigger):
    """Retrain after performance was lost, shown by the whole interval of the metric."""

    floor: float | None = Field(
        None, strict=False, description="worst value that is accepted; a ceiling where less is better"
    )
    decay: Annotated[float, Field(gt=0)] | None = Field(
        None, strict=False, description="loss since the evaluation that is accepted, in the metric's unit"
    )
    estimated: bool = Field(
        False, description="an estimate stands in for a window whose labels are not mature yet"
    )

    @model_validator(mode="after")
    def _some_limit(self) -> Self:
        if self.floor is None and self.decay is None:
            raise ValueError("`performance` has a `floor`, a `decay`, or both")
        return self


class BackOff(Record):
    """How long to wait after retrainings that failed; doubled with each one in a row."""

    first: Duration = Field(3600, description="after the first failure")
    most: Duration = Field(_DAY_S, description="never longer than this")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first > self.most:
            raise ValueError("`first` is at most `most`")
        return self


# One item of a cron field: every value, a number, a range, and a step for either.
_CRON_ITEM = re.compile(r"(?:\*|([0-9]{1,2})(?:-([0-9]{1,2}))?)(?:/[1-9][0-9]?)?")
_CRON_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


def _five_field_cron(text: str) -> str:
    """A cron line as it is. A wrong one must fail here: in Dagster it would end the whole code location."""
    fields = text.split()
    if len(fields) != 5 or not all(map(_cron_field, fields, _CRON_RANGES)):
        raise ValueError("a schedule is a cron line of five fields in numbers, such as '0 6 1 * *'")
    return text


def _cron_field(field: str, span: tuple[int, int]) -> bool:
    for item in field.split(","):
        match = _CRON_ITEM.fullmatch(item)
        bounds = [int(bound) for bound in match.groups()[:2] if bound] if match else []
        if match is None or bounds != sorted(bounds) or any(not span[0] <= b <= span[1] for b in bounds):
            return False
    return True


Cron = Annotated[str, AfterValidator(_five_field_cron)]


class RetrainSection(Record):
    """Reasons that are not named here are none. What holds a model back is the same for all of them."""

    schedule: Cron | None = Field(
        None,
        description="cron line in `data.time_zone`: the whole life of the newest partition; a clock of its "
        "own, which the other keys do not hold back",
    )
    drift: DriftTrigger | None = Field(None, description="partitions that `drift` calls drifted")
    performance: PerformanceTrigger | None = Field(
        None, description="partitions whose performance is below a floor, or has decayed since the evaluation"
    )
    labels: Annotated[int, Field(ge=1)] | None = Field(
        None, description="so many labelled rows came since what the newest model was trained on"
    )
    new_data: Annotated[int, Field(ge=1)] | None = Field(
        None, description="so many partitions came since the one the newest model is as of"
    )
    code: bool = Field(False, description="the spec or the code makes another model than the newest one")
    cool_down: Duration = Field(_DAY_S, description="least time between two retrainings that did not fail")
    daily_budget: Annotated[int, Field(ge=1, le=1000)] = Field(
        1, description="retrainings in any 24 hours, failed ones too"
    )
    back_off: BackOff = Field(BackOff(), description="how long to wait after failures")

    @property
    def triggered(self) -> bool:
        """Whether anything but the clock retrains the model."""
        return bool(self.drift or self.performance or self.labels or self.new_data or self.code)
