"""What an endpoint says of itself at `/health/ready`: written by the application, read back by deployers."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from lifecycle.endpoint.manifest import Role


class LoadFailure(BaseModel):
    """Why the newest manifest is not served."""

    model_config = ConfigDict(frozen=True)

    generation: int | None
    """None: the manifest itself could not be read."""
    message: str


class VariantReadiness(BaseModel):
    """One variant of the manifest that is served."""

    model_config = ConfigDict(frozen=True)

    name: str
    role: Role
    version: str
    digest: str
    weight: int
    loaded: bool
    ready: bool
    """Loaded and not left alone for its failures; else the champion gets its requests."""
    mirrored: bool = False
    error: str | None = None
    """Why it is not ready."""


class Readiness(BaseModel):
    """The version that answers, and what went wrong since. Unknown keys are dropped: new code says more."""

    model_config = ConfigDict(frozen=True)

    ready: bool
    pid: int
    """Tells a deployer that the process it started answers, and not another one on the same port."""
    model: str | None = None
    version: str | None = None
    """Of the champion, as `digest`, `plan`, `tables` and `known_by`."""
    digest: str | None = None
    generation: int | None = None
    plan: str | None = None
    """Fingerprint of the feature plan."""
    tables: str | None = None
    """Digest of the tables in use; None: those of the bundle."""
    known_by: datetime | None = None
    """What became known later is in none of the lookups and histories in use."""
    variants: tuple[VariantReadiness, ...] = ()
    salt: str = ""
    last_error: LoadFailure | None = None
