"""The serving port: where a model's endpoint runs and what may be asked of it."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from lifecycle.endpoint.manifest import Role, Settings
from lifecycle.errors import LifecycleError


class BundleGone(LifecycleError):
    """The endpoint has no whole copy of a bundle that was not handed over: hand it over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A version that is to answer all requests of a model's endpoint."""

    model: str
    version: str
    bundle: Path
    bundle_digest: str
    port: int
    max_batch: int
    settings: Settings = field(default_factory=Settings)
    """Keys of the spec that the endpoint obeys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantSpec:
    """A version and its share of the requests."""

    name: str
    """How requests, answers and the log name it; it keeps its name for a whole rollout."""
    role: Role
    version: str
    bundle: Path | None
    """None: the endpoint has it already."""
    bundle_digest: str
    weight: int
    """Percent of the requests; 0 for a shadow."""
    mirrored: bool = False
    """It also scores a copy of what others answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSpec:
    """Everything that an endpoint is to serve: always the whole split, never a change of it."""

    model: str
    variants: tuple[VariantSpec, ...]
    """One champion; the weights add up to 100."""
    salt: str
    """One rollout keeps one: another salt assigns all keys anew."""
    port: int
    max_batch: int
    settings: Settings = field(default_factory=Settings)
    fence: int | None = None
    """Number of the decision that asks for this. An endpoint that obeyed a higher one refuses it, so that a
    controller that was held up undoes nothing. None: whatever was decided before, this is wanted now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantState:
    """A variant, read back from the endpoint."""

    name: str
    role: Role
    version: str
    bundle_digest: str
    weight: int
    ready: bool
    """Loaded, and not left alone for its failures: it gets its share. Else the champion gets it."""
    mirrored: bool = False
    """It scores a copy of what others answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshTables:
    """Lookups and past rows that are newer than those in the bundle an endpoint serves."""

    model: str
    folder: Path
    digest: str
    plan: str
    """Fingerprint of the feature plan that they are for."""
    known_by: datetime
    """What became known later is not in them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointState:
    """What an endpoint says of itself, read back from it."""

    model: str
    url: str
    healthy: bool
    version: str | None
    bundle_digest: str | None
    known_by: datetime | None
    """What became known later is in none of the lookups and histories that it answers with."""
    detail: str
    """Where it runs and since when; or why it is not healthy."""
    variants: tuple[VariantState, ...] = ()
    """Everything that is served, with the weights in force; `version` is the champion among them."""
    salt: str = ""
    can_mirror: bool = True
    """A variant without requests may get copies of what others answer; else it just waits."""
    gone: bool = False
    """Nothing runs there any more; else it is there, whether or not it answers just now."""


class Serving(Protocol):
    """Runs endpoints. Every call may be repeated: deploying what already answers changes nothing."""

    def deploy(self, deployment: Deployment) -> EndpointState:
        """Make the endpoint answer with this version; returns when it was read back healthy.

        A version that cannot be loaded leaves the one before it in place.

        Raises:
            LifecycleError: the port belongs to somebody else, the bundle is not what its digest says, or the
                endpoint did not become healthy in time (with its last log lines).
        """
        ...

    def apply(self, endpoint: EndpointSpec) -> EndpointState:
        """Make the endpoint serve these variants with these weights; returns when all were read back ready.

        `deploy` is this with one champion. Requests are answered all the while. If one variant cannot be
        loaded, nothing changes: what was served before goes on.

        Raises:
            BundleGone: a bundle that was not handed over is not there.
            LifecycleError: as `deploy`; or the variants are no full split, or it obeyed a later decision.
        """
        ...

    def refresh(self, tables: FreshTables) -> EndpointState:
        """Make the endpoint answer with newer tables; returns when it was read back with them.

        Requests are answered all the while. Tables that cannot be loaded leave the ones before in place, and
        so do tables for another plan than that of the version that answers.

        Raises:
            LifecycleError: no endpoint answers, the tables are not what their digest says or are for another
                plan, or the endpoint did not take them in time.
        """
        ...

    def state(self, model: str) -> EndpointState | None:
        """The endpoint as it is now, or None where none was ever deployed."""
        ...

    def stop(self, model: str, *, fence: int | None = None) -> None:
        """End the endpoint; nothing happens where none runs.

        Args:
            fence: number of the decision that asks for this, as in `EndpointSpec`. Earlier ones are refused
                from then on.

        Raises:
            LifecycleError: it cannot be ended, or it obeyed a later decision.
        """
        ...
