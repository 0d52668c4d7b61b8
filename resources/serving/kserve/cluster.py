"""The InferenceService of one endpoint in a cluster, in either mode of KServe."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lifecycle.errors import LifecycleError
from resources.cluster.api import ApiConflictError
from resources.cluster.pod import Manifest
from resources.serving.k8s.cluster import EndpointCluster
from resources.serving.k8s.objects import RENDERED_ANNOTATION
from resources.serving.k8s.route import FENCE, GENERATION, RouteFacts
from resources.serving.k8s.units import Unit
from resources.serving.kserve.mode import Mode
from resources.serving.kserve.service import COMPONENTS, SERVICE, URL_ANNOTATION, components

TRIES = 10


class KServeCluster(EndpointCluster):
    """What the cluster has of one endpoint under KServe. Nobody gets copies: KServe makes none."""

    kind = SERVICE
    opens_early = True
    mode: Mode
    problem: str | None = None
    """Why no endpoint can be made; None: one can."""

    @property
    def can_mirror(self) -> bool:
        """See `EndpointCluster.can_mirror`; whatever the settings say, KServe copies nothing."""
        return False

    def is_rolled_out(self, found: Mapping[str, Any] | None) -> bool:
        """Whether the predictor is there; how its pods are replaced is KServe's."""
        return found is not None

    def refuse_taken_url(self) -> None:
        """See `EndpointCluster.refuse_taken_url`; also, what KServe cannot do here is said now.

        Raises:
            LifecycleError: another endpoint has the URL, or no canary would be one.
        """
        self.refuse_mode()
        for obj in self.api.find(SERVICE.group_version, SERVICE.plural, _OURS):
            meta = obj["metadata"]
            same = (meta.get("annotations") or {}).get(URL_ANNOTATION) == self.url
            if same and meta["name"] != self.home.name:
                raise LifecycleError(
                    f"the endpoint of {self.home.model} cannot have {self.url}: the InferenceService "
                    f"{meta['name']} has it; let `serving.url` hold {{model}}, or remove that one"
                )

    def refuse_mode(self) -> None:
        """Make sure that the mode is one in which a canary is one.

        Raises:
            LifecycleError: it is not.
        """
        if self.problem is not None:
            raise LifecycleError(f"the endpoint of {self.home.model} cannot be deployed: {self.problem}")

    def remove_route(self) -> None:
        """Remove the InferenceService, and with it all that KServe made of it."""
        self.api.delete(SERVICE.group_version, SERVICE.plural, self.home.name)

    def write_route(self, units: Sequence[Unit], before: RouteFacts | None) -> None:
        """See `EndpointCluster.write_route`; `ensure` has made or changed the object since it was read."""
        now = self.route()
        if before is None:
            same = now is not None and now.fence == units[0].serves.fence
        else:
            same = now is not None and (now.generation, now.fence) == (before.generation, before.fence)
        super().write_route(units, now if same else before)

    def service(self) -> dict[str, Any] | None:
        """The InferenceService; None: there is none."""
        return self.api.get(SERVICE.group_version, SERVICE.plural, self.home.name)

    def edited(self, change: Callable[[Manifest], Manifest]) -> None:
        """Put the `spec` that a function makes of the one that is there in its place, and say nothing else.

        Raises:
            LifecycleError: somebody else changes it all the time.
        """
        for _ in range(TRIES):
            obj = self.service()
            if obj is None:
                return
            spec = change(obj["spec"])
            if spec == obj["spec"]:
                return
            kept = {part: obj["metadata"].get(part) or {} for part in ("labels", "annotations")}
            meta = {"name": self.home.name, "namespace": self.settings.namespace, **kept}
            body = {"apiVersion": SERVICE.group_version, "kind": SERVICE.kind, "metadata": meta, "spec": spec}
            try:
                version = obj["metadata"]["resourceVersion"]
                self.api.replace(SERVICE.group_version, SERVICE.plural, body, version=version)
            except ApiConflictError:
                continue  # its status was told, or a try of ours was carried out: looked at again
            return
        raise LifecycleError(f"the InferenceService {self.home.name} changes all the time: try again later")

    def have_components(self) -> None:
        """Have the containers of the user beside the predictors, as the settings say."""
        wanted = components(self.home, self.settings, self.serving)

        def changed(spec: Manifest) -> Manifest:
            there = {part: spec[part] for part in COMPONENTS if part in spec}
            if _marks(there) == _marks(wanted):
                return spec
            return {**{part: one for part, one in spec.items() if part not in COMPONENTS}, **wanted}

        self.edited(changed)

    def has_components(self) -> bool:
        """Whether they are there as they would be made now."""
        spec = (self.service() or {"spec": {}})["spec"]
        there = {part: spec[part] for part in COMPONENTS if part in spec}
        return _marks(there) == _marks(components(self.home, self.settings, self.serving))

    def written_for(self, obj: Mapping[str, Any]) -> tuple[int, int]:
        """Generation of the manifest that an InferenceService was written for, and number of the decision."""
        told = obj["metadata"].get("annotations") or {}
        return int(told.get(GENERATION, 0)), int(told.get(FENCE, 0))


_OURS = {"app.kubernetes.io/managed-by": "flywheel"}


def champion_of(units: Sequence[Unit]) -> Unit:
    """The unit whose version is the champion."""
    return next(unit for unit in units if unit.serves.champion.role == "champion")


def _marks(found: Mapping[str, Any]) -> dict[str, str | None]:
    return {part: mark(one) for part, one in found.items()}


def mark(found: Mapping[str, Any] | None) -> str | None:
    """What tells a predictor as it was rendered from all others."""
    return (found.get("annotations") or {}).get(RENDERED_ANNOTATION) if found is not None else None
