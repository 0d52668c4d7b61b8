"""What an endpoint is made of on a cluster: units of pods that serve one manifest each, and their names."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lifecycle.endpoint.manifest import AssignedBy, EndpointManifest
from lifecycle.errors import LifecycleError
from resources.cluster.settings import Routing

WHOLE_FILE = "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """Pods that all follow one manifest: those of a version, or of a whole endpoint."""

    name: str
    """Of its Deployment, Service, autoscaler and disruption budget; at most 41 characters."""
    file: Path
    """The manifest's; pods see it at the same path."""
    serves: EndpointManifest
    weight: int
    """Percent of the requests that are sent to it."""
    copied: bool
    """It also gets a copy of what others answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where the endpoint of one model lives, on the volume and in the cluster."""

    model: str
    folder: Path
    """Of its files; pods see it at the same path."""
    installation: str = ""
    """Tells it from that of another installation with the same folder, where both share a project."""

    @property
    def key(self) -> str:
        """What all of its objects are found by: two homes may share a namespace."""
        return hashlib.sha256(f"{self.installation}{self.folder}".encode()).hexdigest()[:32]

    @property
    def name(self) -> str:
        """Of its route, and the beginning of all other names; at most 32 characters."""
        slug = re.sub("[^a-z0-9]+", "-", self.model.lower())[:20].strip("-") or "model"
        return f"fw-{slug}-{self.key[:8]}"


def units_of(home: Home, manifest: EndpointManifest, routing: Routing, *, settled: bool) -> tuple[Unit, ...]:
    """The units that serve a manifest.

    Args:
        home: of the endpoint.
        manifest: of the whole endpoint, with every variant.
        routing: who shares the requests out.
        settled: False: the weights on the way to the pods are not the manifest's yet.

    Raises:
        LifecycleError: the split is none that a route can make.
    """
    if routing == "endpoint":
        file = home.folder / WHOLE_FILE
        return (Unit(name=home.name, file=file, serves=manifest, weight=100, copied=False),)
    by: AssignedBy = "gateway" if settled else "unsettled"
    units = []
    for variant in manifest.variants:
        if variant.mirrored and variant.weight:
            raise LifecycleError(
                f"variant {variant.name} of {home.model} is to answer requests and to get copies: behind a "
                "route its pods cannot tell one from the other; give it the weight 0, or set "
                "`routing: endpoint` in the cluster's settings"
            )
        name = f"{home.name}-{unit_key(variant.version, variant.digest)}"
        units.append(
            Unit(
                name=name,
                file=home.folder / f"{name}.json",
                serves=manifest.model_copy(update={"variants": (variant,), "assigned_by": by}),
                weight=variant.weight,
                copied=variant.mirrored or variant.role == "shadow",
            )
        )
    if len({unit.name for unit in units}) < len(units):
        raise LifecycleError(
            f"two variants of {home.model} are the same version, and behind a route each version has its own "
            "pods: set `routing: endpoint` in the cluster's settings to compare a version with itself"
        )
    return tuple(units)


def unit_key(version: str, digest: str) -> str:
    """What tells the units of an endpoint apart: a version keeps its pods while its name and role change.

    >>> unit_key("3", "ab" * 32)
    'b9d448cc'
    """
    return hashlib.sha256(f"{version}\0{digest}".encode()).hexdigest()[:8]


def host_label(model: str) -> str:
    """A model's part of a host name: `_` is not allowed there, and what is lost by that is told apart.

    >>> host_label("flight_delay"), host_label("a_"), host_label("a__b")
    ('flight-delay', 'a-571fb0', 'a-b-63e5c1')
    """
    label = re.sub("_+", "-", model)[:50].strip("-")
    if label.replace("-", "_") == model:
        return label
    return f"{label}-{hashlib.sha256(model.encode()).hexdigest()[:6]}"


def weights_of(units: Sequence[Unit]) -> dict[str, int]:
    """Percent by the name of the unit."""
    return {unit.name: unit.weight for unit in units}
