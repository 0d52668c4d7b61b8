"""`deployment`: where a version answers, what it refuses, and what is kept of each request."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from lifecycle.spec.kinds import ColumnName, Duration, Record, Share
from lifecycle.spec.rollout import Rollout


class LimitsSection(Record):
    """What one endpoint takes on before it refuses."""

    max_body_bytes: Annotated[int, Field(ge=1024, le=2**28)] = Field(
        16 * 2**20, description="longest body of a request, in bytes"
    )
    max_depth: Annotated[int, Field(ge=4, le=512)] = Field(
        32, description="deepest nesting of arrays and objects in a body"
    )
    max_in_flight: Annotated[int, Field(ge=1, le=100_000)] = Field(
        256, description="requests under way at once; more are shed with 503"
    )
    max_queue: Annotated[int, Field(ge=1, le=100_000)] = Field(
        64, description="batches that wait for one variant; more are shed with 429"
    )
    timeout: Annotated[Duration, Field(ge=1, le=3600)] = Field(
        10, description="longest a request waits for a variant's scores"
    )
    breaker_failures: Annotated[int, Field(ge=1, le=10_000)] = Field(
        5, description="failures in a row after which a variant is left alone"
    )
    breaker_pause: Annotated[Duration, Field(ge=1, le=3600)] = Field(
        10, description="how long it is left alone; then one request tries it again"
    )


class RequestLogSection(Record):
    """The log of answered requests: written before the answer goes out."""

    enabled: bool = Field(True, description="false: nothing is logged, and no rollout can be judged")
    columns: tuple[ColumnName, ...] = Field(
        (),
        strict=False,
        description="request columns kept as they came, never sensitive ones; features are kept anyway",
    )
    durability: Literal["process", "power"] = Field(
        "process",
        description="what an answered request outlives: a kill of the process, or a power cut (fsync)",
    )
    segment_bytes: Annotated[int, Field(ge=4096, le=2**32)] = Field(
        64 * 2**20, description="a file of the log is closed at this size"
    )
    segment_age: Annotated[Duration, Field(ge=1)] = Field(600, description="or at this age")
    max_bytes: Annotated[int, Field(ge=2**16)] = Field(
        4 * 2**30, description="most that files not yet compacted take up on disk"
    )
    when_full: Literal["drop_oldest", "stop"] = Field(
        "drop_oldest",
        description="at `max_bytes`: drop the oldest file, or stop logging (see `when_unwritable`)",
    )
    when_unwritable: Literal["serve", "refuse"] = Field(
        "serve", description="a request that cannot be logged: answer with a flag, or refuse with 503"
    )


class FallbackSection(Record):
    """Who answers where a variant cannot."""

    to: Literal["champion", "constant", "none"] = Field(
        "champion",
        description="the champion for others; `constant` also answers for the champion; `none`: an error",
    )
    constant: Annotated[float | None, Field(strict=False)] = Field(
        None, description="with `constant`: probability of the positive class, or the number of a regression"
    )

    @model_validator(mode="after")
    def _constant_is_given(self) -> Self:
        if (self.to == "constant") != (self.constant is not None):
            raise ValueError("`constant` is a number if `to` is constant, and not given otherwise")
        return self


class EndpointSection(Record):
    """How requests find their variant, and who may ask."""

    assign_by: ColumnName | None = Field(
        None, description="request column whose value decides the variant; the entity if not given"
    )
    header_override: bool = Field(
        False, description="the request header `x-flywheel-variant` chooses the variant; for tests"
    )
    shadow_share: Share = Field(1.0, strict=False, description="share of requests that a shadow scores, too")
    require_token: bool = Field(
        False, description="serve only with a bearer token (environment variable FLYWHEEL_ENDPOINT_TOKEN)"
    )
    fallback: FallbackSection = Field(FallbackSection(), description="who answers where a variant cannot")


class DeploymentSection(Record):
    port: Annotated[int, Field(ge=1024, le=65535)] = Field(8710, description="port of the local endpoint")
    max_batch: Annotated[int, Field(ge=1, le=100_000)] = Field(1000, description="most rows in one request")
    refresh: Annotated[Duration, Field(ge=60)] = Field(
        86_400,
        description="how old lookups and histories beside the endpoint may become; then they are made anew",
    )
    approval: Literal["none", "required"] = Field(
        "none", description="`required`: a version that passed its gates waits for `flywheel approve`"
    )
    rollout: Rollout | None = Field(
        None, description="how a new version takes over; without it, it gets all requests at once"
    )
    endpoint: EndpointSection = Field(EndpointSection(), description="how requests find their variant")
    limits: LimitsSection = Field(LimitsSection(), description="what is refused")
    request_log: RequestLogSection = Field(RequestLogSection(), description="what is kept of each request")
