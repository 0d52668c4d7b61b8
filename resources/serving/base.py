"""The serving port: where a model's endpoint runs and what may be asked of it."""

from dataclasses import dataclass
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
class EndpointState:
    """What an endpoint says of itself, read back from it."""

    model: str
    url: str
    healthy: bool
    version: str | None
    bundle_digest: str | None
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

    def state(self, model: str) -> EndpointState | None:
        """The endpoint as it is now, or None where none was ever deployed."""
        ...

    def stop(self, model: str) -> None:
        """End the endpoint; nothing happens where none runs."""
        ...
