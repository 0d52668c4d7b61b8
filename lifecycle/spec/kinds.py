"""What every record of a spec is made of: strict frozen records, names, durations, shares."""

import re
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

_DURATION = re.compile(r"([0-9]+)\s*(s|m|h|d)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def duration_s(value: object) -> int:
    """Seconds of a duration written as a whole number and a unit.

    Raises:
        ValueError: not a string of the form `90s`, `15m`, `3h` or `2d`.

    >>> duration_s("3h")
    10800
    """
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("a duration is a whole number and a unit: 90s, 15m, 3h or 2d")
    return int(match[1]) * _SECONDS[match[2]]


def _duration_or_seconds(value: object) -> int:
    # A record that was parsed and dumped holds seconds already.
    return value if isinstance(value, int) and not isinstance(value, bool) else duration_s(value)


Duration = Annotated[
    int,
    BeforeValidator(_duration_or_seconds, json_schema_input_type=str),
    Field(ge=0, le=36_500 * 86_400, description="a whole number and a unit: 90s, 15m, 3h, 2d"),
]
Share = Annotated[float, Field(ge=0, le=1)]
Scalar = str | int | float | bool
# Names become asset keys, folders, MLflow names and SQL identifiers: one narrow alphabet fits all of them.
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
ColumnName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,127}$")]


class Record(BaseModel):
    """A frozen record that refuses unknown keys, silent conversions, and numbers that are none."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)
