"""What a tick is told of the world. Everything that a decision depends on is here, so it can be kept."""

import math
import sys
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from lifecycle.rollout.commands import Command
from lifecycle.spec.kinds import Record

Arm = Literal["champion", "challenger"]
Gates = Literal["pass", "fail", "inconclusive", "not_enough_data"]


class Version(Record):
    """A registered version by the content of its bundle."""

    version: str
    digest: str


class Cohort(Record):
    """Predictions of one arm in one serving window, and how many of them have a label by now."""

    arm: Arm
    started_at: AwareDatetime
    ended_at: AwareDatetime
    served: int
    labelled: int


class Measurement(Record):
    """One look at one check. `problem` says why there is no number; else value and bounds are there."""

    check: str
    started_at: AwareDatetime
    """Begin of the window that it covers."""
    ended_at: AwareDatetime
    """When it was taken. A later one has a later end."""
    value: float | None = None
    low: float | None = None
    """Lower end of an interval that holds at every look together, like `high`."""
    high: float | None = None
    alpha: float | None = None
    """Error rate of that interval."""
    n_champion: int = 0
    n_challenger: int = 0
    cohorts: tuple[Cohort, ...] = ()
    """What labelled metrics were measured on."""
    problem: Annotated[str, Field(max_length=500)] | None = None


class VariantState(Record):
    """One version at the endpoint, as the endpoint itself says."""

    version: str
    digest: str
    weight: int
    ready: bool
    mirrored: bool = False
    """It gets a copy of the requests that others answer."""


class Backend(Record):
    """The endpoint, read back."""

    variants: tuple[VariantState, ...] = ()
    can_mirror: bool = True
    problem: Annotated[str, Field(max_length=500)] | None = None
    """Why it could not be read; nothing is known of its variants then."""

    def variant(self, version: Version) -> VariantState | None:
        """The state of a version, if what runs under its name is that very bundle."""
        for state in self.variants:
            if (state.version, state.digest) == (version.version, version.digest):
                return state
        return None


class Candidate(Record):
    """The version on trial, as the registry has it now."""

    version: str
    digest: str
    gates: Gates | None
    """What its gates said together; None: it was not evaluated."""


class Replay(Record):
    """What a replay of the log made of a shadow whose endpoint copies no requests."""

    version: Version
    """The version that looks on."""
    scored: int = 0
    """Requests since the window began, those that it failed on included."""
    waiting: int = 0
    """Requests that later looks will score."""
    problem: Annotated[str, Field(max_length=500)] | None = None
    """Why it cannot go on."""

    @property
    def told(self) -> str:
        """It in words.

        >>> Replay(version=Version(version="2", digest="d"), scored=1200, waiting=30).told
        'shadow of version 2 by replay: 1,200 requests scored, 30 wait'
        """
        how = self.problem or f"{self.scored:,} requests scored, {self.waiting:,} wait"
        return f"shadow of version {self.version.version} by replay: {how}"


class Observations(Record):
    """All that one tick is told."""

    backend: Backend
    candidate: Candidate | None
    """None: the registry could not be read, so nothing of it is known."""
    champion_alias: str | None = None
    challenger_alias: str | None = None
    measurements: tuple[Measurement, ...] = ()
    commands: tuple[Command, ...] = ()
    replay: Replay | None = None
    """None: nothing is replayed, or somebody else does it just now."""
    code: str = ""
    """Fingerprint of the code that decides."""


def measurement(
    check: str,
    *,
    started_at: datetime,
    ended_at: datetime,
    value: object,
    low: object,
    high: object,
    alpha: float,
    n_champion: int,
    n_challenger: int,
    cohorts: tuple[Cohort, ...] = (),
) -> Measurement:
    """A measurement of what a provider answered; what is no number becomes a problem, never a number.

    A bound may be infinite, as it is before there is enough data: it is kept as the largest number there is.

    >>> from datetime import UTC, datetime
    >>> day = datetime(2026, 1, 1, tzinfo=UTC)
    >>> measurement("null_rate_max", started_at=day, ended_at=day, value=float("nan"), low=0.0, high=1.0,
    ...             alpha=0.01, n_champion=10, n_challenger=10).problem
    'value is nan, not a finite number'
    """
    low, high = _bound(low), _bound(high)
    for name, given in (("value", value), ("low", low), ("high", high)):
        if _number(given) is None:
            problem = f"{name} is {str(given)[:50]}, not a finite number"
            return Measurement(check=check, started_at=started_at, ended_at=ended_at, problem=problem)
    return Measurement(
        check=check,
        started_at=started_at,
        ended_at=ended_at,
        alpha=alpha,
        n_champion=n_champion,
        n_challenger=n_challenger,
        cohorts=cohorts,
        value=_number(value),
        low=_number(low),
        high=_number(high),
    )


def _bound(given: object) -> object:
    if isinstance(given, float) and math.isinf(given):
        return math.copysign(sys.float_info.max, given)
    return given


def _number(given: object) -> float | None:
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
        return None
    return float(given)
