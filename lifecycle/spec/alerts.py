"""`alerts`: what people are told, and where."""

from typing import Annotated, Literal, get_args

from pydantic import Field

from lifecycle.spec.kinds import Duration, Record

AlertKind = Literal[
    "drift",
    "incident",
    "decay",
    "gate_failure",
    "rollback",
    "failed_run",
    "stale_data",
    "silent_endpoint",
]
EnvironmentVariable = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,127}$")]


class AlertsSection(Record):
    """Nobody is told of anything where `to` is empty."""

    to: tuple[EnvironmentVariable, ...] = Field(
        (),
        strict=False,
        description="environment variables that hold Apprise URLs; the URLs have secrets in them, so none "
        "stands in a spec",
    )
    on: tuple[AlertKind, ...] = Field(
        get_args(AlertKind),
        strict=False,
        description="what is told; `incident`: a day of a partition that is unlike others, which is no drift",
    )
    stale_after: Duration | None = Field(
        None, description="newest data that are older are stale; left out: data are never called stale"
    )
    digest_from: Annotated[int, Field(ge=2, le=1000)] = Field(
        4, description="so many alerts at once become one message"
    )
