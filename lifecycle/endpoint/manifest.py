"""The manifest of an endpoint: which versions it is to serve. A deployer writes it, the endpoint obeys it."""

import json
import reprlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator

from lifecycle.durable import replace_file
from lifecycle.errors import LifecycleError
from lifecycle.spec.deployment import EndpointSection, LimitsSection, RequestLogSection
from lifecycle.spec.kinds import Name, Record

FORMAT: Literal[3] = 3
OLD_FORMATS = (1, 2)
Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Role = Literal["champion", "challenger", "shadow"]
AssignedBy = Literal["endpoint", "gateway", "unsettled"]
"""Who decides which variant a request goes to.

`endpoint`: the process, by the key. `gateway`: something before it, by chance; the process holds one variant
and answers whatever comes. `unsettled`: the same while the gateway's weights change: nobody knows how
probable it was that a request came here, so none of them counts for a comparison.
"""


class Variant(Record):
    """One version of the model and its share of the requests."""

    name: Name = Field("champion", description="how requests, answers and the log name it")
    role: Role = Field("champion", description="the champion is also who answers where another cannot")
    version: str = Field(description="registered version, as answers report it")
    bundle: str = Field(description="folder of the bundle, relative to the folder of the manifest")
    digest: Digest = Field(description="digest the bundle must have")
    weight: Annotated[int, Field(ge=0, le=100)] = Field(
        100, description="percent of the requests; 0 for a shadow, which only looks on"
    )
    mirrored: bool = Field(
        False, description="it also scores a copy of what others answer; a shadow does so in any case"
    )


class Settings(Record):
    """The spec's keys that the endpoint obeys, handed over as they are."""

    endpoint: EndpointSection = EndpointSection()
    limits: LimitsSection = LimitsSection()
    request_log: RequestLogSection = RequestLogSection()


class Tables(Record):
    """Lookups and past rows that are newer than those in the bundle."""

    folder: str = Field(description="folder of the tables, relative to the folder of the manifest")
    digest: Digest = Field(description="digest the tables must have")
    plan: str = Field(description="fingerprint of the feature plan that they are for")
    known_by: datetime = Field(description="what became known later is not in them")


class EndpointManifest(Record):
    """What one endpoint serves. Every write has a higher generation than all before it.

    Format 1 had no tables, format 2 a single variant without a role, and no settings.
    """

    format: Literal[1, 2, 3] = FORMAT
    model: Name
    generation: Annotated[int, Field(ge=1)]
    variants: tuple[Variant, ...]
    salt: str = Field("", description="another salt assigns all keys anew; one rollout keeps one")
    fence: Annotated[int, Field(ge=0)] = Field(
        0, description="number of the decision that led here; an older decision is not obeyed any more"
    )
    assigned_by: AssignedBy = Field(
        "endpoint", description="who shares the requests out; else than `endpoint` there is one variant"
    )
    tables: Tables | None = None
    max_batch: Annotated[int, Field(ge=1)] = Field(description="most rows in one request")
    settings: Settings = Settings()

    @property
    def champion(self) -> Variant:
        """The variant that answers where another cannot; behind a gateway the only one."""
        if self.assigned_by != "endpoint":
            return self.variants[0]
        return next(variant for variant in self.variants if variant.role == "champion")

    @model_validator(mode="after")
    def _all_requests_go_somewhere(self) -> Self:
        if self.assigned_by != "endpoint":
            if len(self.variants) != 1:
                raise ValueError(
                    f"behind a gateway a process holds one variant, these are {len(self.variants)}"
                )
            return self
        if problem := split_problem([(v.name, v.role, v.weight) for v in self.variants]):
            raise ValueError(problem)
        return self


def split_problem(variants: Sequence[tuple[str, Role, int]]) -> str | None:
    """Why variants, each a name, a role and a weight, are no full split; None where they are one.

    >>> split_problem([("champion", "champion", 95), ("challenger", "challenger", 4)])
    'the weights of the variants must add up to 100, these to 99'
    """
    names = [name for name, _, _ in variants]
    if len(set(names)) < len(names):
        return f"two variants share a name: {', '.join(names)}"
    if seeing := [name for name, role, weight in variants if role == "shadow" and weight]:
        return f"a shadow answers no request: give {seeing[0]!r} the weight 0"
    if (total := sum(weight for _, _, weight in variants)) != 100:
        return f"the weights of the variants must add up to 100, these to {total}"
    if [role for _, role, _ in variants].count("champion") != 1:
        return "there must be exactly one champion"
    return None


def read_manifest(path: Path) -> EndpointManifest:
    """Read a manifest of a known format.

    Raises:
        LifecycleError: the file is missing or unreadable, half written, of another format, or says what no
            endpoint can obey.
    """
    try:
        text = path.read_text(encoding="utf-8")
        raw = json.loads(text)
    except OSError as exc:
        raise LifecycleError(
            f"the manifest {path} cannot be read ({exc.strerror}); deploy the model"
        ) from exc
    except (ValueError, RecursionError) as exc:
        raise LifecycleError(
            f"the manifest {path} is not whole JSON ({exc}); deploy the model again"
        ) from exc
    found = raw.get("format") if isinstance(raw, dict) else None
    if found not in (FORMAT, *OLD_FORMATS):
        raise LifecycleError(
            f"the manifest {path} has format {reprlib.repr(found)}, this code reads up to {FORMAT}: "
            "deploy with the version of Flywheel that the endpoint runs"
        )
    try:
        # An older format says less, and nothing else: what is written from here on is of the newest one.
        return EndpointManifest.model_validate_json(text).model_copy(update={"format": FORMAT})
    except ValidationError as exc:
        problems = "; ".join(
            f"{'.'.join(map(str, e['loc'])) or 'manifest'}: {e['msg']}, found {reprlib.repr(e['input'])}"
            for e in exc.errors()[:5]
        )
        raise LifecycleError(
            f"the manifest {path} cannot be obeyed: {problems}; deploy the model again"
        ) from exc


def write_manifest(path: Path, manifest: EndpointManifest) -> None:
    """Put a manifest in the place of the one before; a reader sees all of one or all of the other."""
    write_record(path, manifest)


def write_record(path: Path, record: Record) -> None:
    """Write a record as JSON so that a crash leaves the old file or the new one, never a part."""
    replace_file(path, record.model_dump_json(indent=2) + "\n")
