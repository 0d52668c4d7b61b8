"""Every version that an endpoint holds is a version of its Model, so that Vertex AI's console shows it."""

import logging

from lifecycle.endpoint.manifest import EndpointManifest
from lifecycle.errors import LifecycleError
from resources.serving.k8s.units import Home, Unit, unit_key, units_of
from resources.serving.vertex.endpoint import VertexEndpoint
from resources.serving.vertex.model import render
from resources.serving.vertex.registry import VertexRegistry
from resources.vertex.api import VertexApi

log = logging.getLogger(__name__)

LINK_S = 60
"""How long a registry that does not answer is asked: nothing that serves waits for it."""


def link_versions(there: VertexEndpoint, manifest: EndpointManifest) -> None:
    """Have a version of the Model for each version that is served, under its role as alias.

    Where Vertex AI shares requests out, they are there already: it deploys them. A registry that cannot be
    written is told in the log and undoes no change: requests are answered as they are to be, and the next
    change tries again.
    """
    patience = there.settings.patience
    brief = patience.model_copy(update={"operation": min(LINK_S, patience.operation)})
    settings = there.settings.model_copy(update={"patience": brief})
    api = VertexApi(settings=settings, patience_s=min(LINK_S, patience.server))
    registry = VertexRegistry(api, there.home, there.staging)
    try:
        if there.routing == "endpoint":
            units = shown_units(there.home, manifest)
            for unit in units:
                how = render(there.home, unit.name, unit.file.name, there.staging, there.settings)
                registry.version_of(unit, how)
        else:
            units = units_of(there.home, manifest, there.routing, settled=True)
        registry.label(units)
    except LifecycleError as exc:
        log.warning("versions of %s in the Model Registry are not up to date: %s", there.home.model, exc)


def shown_units(home: Home, manifest: EndpointManifest) -> tuple[Unit, ...]:
    """A unit for each version, named as where it had a container of its own; of two, the champion's."""
    units: dict[str, Unit] = {}
    for variant in sorted(manifest.variants, key=lambda one: one.role != "champion"):
        name = f"{home.name}-{unit_key(variant.version, variant.digest)}"
        serves = manifest.model_copy(update={"variants": (variant,), "assigned_by": "gateway"})
        file = home.folder / f"{name}.json"
        units.setdefault(name, Unit(name=name, file=file, serves=serves, weight=0, copied=False))
    return tuple(units.values())
