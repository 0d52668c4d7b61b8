"""The rows of a request by the variants that they go to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from lifecycle.endpoint.log.hiding import secret_of
from lifecycle.endpoint.log.record import LoggedVariant
from lifecycle.endpoint.manifest import Settings, Variant
from lifecycle.endpoint.router import Assignment, How, assign, assigned, buckets_of, key_of
from lifecycle.endpoint.served import Served, ServedVariant
from lifecycle.endpoint.wire import Refusal
from lifecycle.registry.bundle import BundleManifest
from lifecycle.spec.hidden import sensitive_of

NO_BUCKET = -1
"""Of a row that no key assigned."""
Rows = Sequence[Mapping[str, object]]


class Asked(NamedTuple):
    """A request whose body was read."""

    id: str
    """As the answer names it: the caller's, or ours."""
    own_id: str
    """Never the caller's: chance that a caller can choose is none."""
    protocol: str
    rows: Rows
    override: str | None
    """Name of a variant that the caller wants."""
    at_us: int
    began_s: float


class Part(NamedTuple):
    """Rows of a request that go the same way."""

    assignment: Assignment
    positions: list[int]
    keys: list[str | None]
    """Of each row; None: it holds none."""
    buckets: list[int]
    """Of each row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What is served, and what follows from it for each request. A request takes it once."""

    served: Served
    key_column: str
    """Request column that decides the variant."""
    secret: bytes | None = field(repr=False)
    """What the log hides the key with; None: the key is not sensitive, and is logged as it is."""
    logged: Mapping[str, LoggedVariant]
    """Every variant of the manifest, loaded or not, by name."""
    columns: Sequence[str]
    """Request columns that the log keeps."""
    shadows: Sequence[ServedVariant]

    @property
    def settings(self) -> Settings:
        """The keys of the spec that are obeyed."""
        return self.served.manifest.settings


def route_of(served: Served, folder: Path) -> Route:
    """Everything about what is served that does not differ from request to request.

    Args:
        served: what is served.
        folder: of the manifest.

    Raises:
        LifecycleError: the key is sensitive, and what hides it cannot be read.
    """
    settings = served.manifest.settings
    bundle = served.champion.loaded.manifest
    key_column = settings.endpoint.assign_by or bundle.entity
    hidden = sensitive_of(bundle.request)
    shown = bundle.request.keys() - hidden
    return Route(
        served=served,
        key_column=key_column,
        secret=secret_of(folder) if key_column in hidden else None,
        logged={variant.name: _logged(served, variant) for variant in served.manifest.variants},
        columns=[name for name in _kept(settings, bundle, key_column) if name in shown],
        shadows=[
            one
            for one in served.variants.values()
            # Behind a gateway the copies come from there.
            if served.manifest.assigned_by == "endpoint"
            and (one.variant.role == "shadow" or one.variant.mirrored)
        ],
    )


def _kept(settings: Settings, bundle: BundleManifest, key_column: str) -> list[str]:
    """Request columns that the log keeps: those that the spec lists, and what finds the label of a row."""
    found_by = [bundle.entity] if bundle.entity != key_column else []
    found_by += [bundle.event_time] if bundle.event_time is not None else []
    return list(dict.fromkeys([*found_by, *settings.request_log.columns]))


def _logged(served: Served, variant: Variant) -> LoggedVariant:
    one = served.variants.get(variant.name)
    return LoggedVariant(
        name=variant.name,
        role=variant.role,
        version=variant.version,
        digest=variant.digest,
        features=one.loaded.features if one else (),
    )


def parts_of(route: Route, asked: Asked) -> list[Part]:
    """The rows of a request by the variants that they are assigned to.

    Raises:
        Refusal: the caller wants a variant that there is not (422).
    """
    split = route.served.split
    if asked.override is not None:
        return [_overridden(route, asked, asked.override)]
    if route.served.manifest.assigned_by != "endpoint":
        return [_arrived(route, asked)]
    keys = [key_of(row.get(route.key_column)) for row in asked.rows]
    if len(keys) == 1 and keys[0] is not None:
        only = assign(split, keys[0])
        return [Part(only, [0], keys, [only.bucket])]
    # No key: chance, of an id that no caller can choose.
    drawn = [f"{asked.own_id}:{i}" if key is None else key for i, key in enumerate(keys)]
    buckets = buckets_of(split.salt, drawn)
    if len(split.names) == 1 and None not in keys:
        return [Part(assigned(split, buckets[0], "hash"), list(range(len(keys))), keys, buckets)]
    grouped: dict[tuple[str, How], Part] = {}
    for position, (key, bucket) in enumerate(zip(keys, buckets, strict=True)):
        found = assigned(split, bucket, "random" if key is None else "hash")
        part = grouped.get((found.variant, found.how))
        if part is None:
            part = grouped[found.variant, found.how] = Part(found, [], [], [])
        part.positions.append(position)
        part.keys.append(key)
        part.buckets.append(bucket)
    return list(grouped.values())


def _overridden(route: Route, asked: Asked, wanted: str) -> Part:
    if wanted not in route.logged:
        allowed = ", ".join(route.logged)
        raise Refusal(422, f"the header x-flywheel-variant: found {wanted!r:.80}; allowed: {allowed}")
    n_rows = len(asked.rows)
    return Part(
        assignment=Assignment(variant=wanted, how="override", bucket=NO_BUCKET, propensity=1.0),
        positions=list(range(n_rows)),
        keys=[key_of(row.get(route.key_column)) for row in asked.rows],
        buckets=[NO_BUCKET] * n_rows,
    )


def _arrived(route: Route, asked: Asked) -> Part:
    """All rows, by the one variant of a process whose requests a gateway shares out."""
    manifest = route.served.manifest
    variant, n_rows = manifest.champion, len(asked.rows)
    how: How
    looks_on = variant.weight == 0 and (variant.mirrored or variant.role == "shadow")
    if manifest.assigned_by == "unsettled" or (variant.weight == 0 and not looks_on):
        how, propensity = "override", 1.0
    elif looks_on:
        # Nothing is sent to it: what comes is a copy of what another one answers.
        how, propensity = "shadow", route.settings.endpoint.shadow_share
    else:
        how, propensity = "random", variant.weight / 100
    return Part(
        assignment=Assignment(variant=variant.name, how=how, bucket=NO_BUCKET, propensity=propensity),
        positions=list(range(n_rows)),
        keys=[key_of(row.get(route.key_column)) for row in asked.rows],
        buckets=[NO_BUCKET] * n_rows,
    )
