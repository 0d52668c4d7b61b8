"""The serving port: where a model's endpoint runs and what may be asked of it."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A version that is to answer all requests of a model's endpoint."""

    model: str
    version: str
    bundle: Path
    bundle_digest: str
    port: int
    max_batch: int


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

    def stop(self, model: str) -> None:
        """End the endpoint; nothing happens where none runs."""
        ...
