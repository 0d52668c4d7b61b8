"""The objects of one endpoint under KServe: one InferenceService, whose controller makes everything else."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from lifecycle.errors import LifecycleError
from resources.cluster.api import ApiConflictError
from resources.cluster.pod import Manifest
from resources.serving.k8s_cluster import EndpointCluster
from resources.serving.k8s_objects import RENDERED_ANNOTATION
from resources.serving.k8s_route import FENCE, GENERATION, ROUTE, RouteFacts, route_facts
from resources.serving.k8s_units import Unit
from resources.serving.kserve_mode import abilities, canary_problem
from resources.serving.kserve_service import (
    SERVICE,
    URL_ANNOTATION,
    facts_of,
    predictor,
    predictors_of,
    service,
    shares_of,
)

SUFFIX = "-predictor"
"""KServe's, of the Service of a predictor."""
TRIES = 10


class KServeCluster(EndpointCluster):
    """What the cluster has of one endpoint under KServe in Standard mode, v0.20 or later.

    The champion is the predictor, others are canaries. A new version begins as a canary without requests; it
    becomes the predictor by its name alone, and its pods stay. Nobody gets copies: KServe makes none.
    """

    kind = SERVICE
    can_mirror = False

    def route(self) -> RouteFacts | None:
        """The weights of the route that KServe made; None: there is no InferenceService."""
        obj = self._service()
        if obj is None:
            return None
        told, meta = obj["metadata"].get("annotations") or {}, obj["metadata"]
        made = self.api.get(ROUTE.group_version, ROUTE.plural, self.home.name)
        facts = route_facts(made) if made is not None else _NO_ROUTE
        names = {f"{name}{SUFFIX}": name for name in predictors_of(self.home, obj)}
        weights = {names.get(service, service): weight for service, weight in facts.weights.items()}
        # KServe leaves out of its route what gets nothing, or is not ready.
        return replace(
            facts,
            version=meta["resourceVersion"],
            spec=meta.get("generation") or 0,
            weights={**dict.fromkeys(names.values(), 0), **weights},
            generation=int(told.get(GENERATION, 0)),
            fence=int(told.get(FENCE, 0)),
        )

    def deployed(self) -> dict[str, Mapping[str, Any]]:
        """Predictors by the name of the unit."""
        obj = self._service()
        return dict(predictors_of(self.home, obj)) if obj is not None else {}

    def is_rolled_out(self, found: Mapping[str, Any] | None) -> bool:
        """Whether the predictor is there; how its pods are replaced is KServe's."""
        return found is not None

    def refuse_taken_url(self) -> None:
        """See `EndpointCluster.refuse_taken_url`; also, what KServe cannot do here is said now.

        Raises:
            LifecycleError: another endpoint has the URL, or no canary would be one.
        """
        if problem := canary_problem(abilities(self.api)):
            raise LifecycleError(f"the endpoint of {self.home.model} cannot be deployed: {problem}")
        for obj in self.api.find(SERVICE.group_version, SERVICE.plural, _OURS):
            meta = obj["metadata"]
            same = (meta.get("annotations") or {}).get(URL_ANNOTATION) == self.url
            if same and meta["name"] != self.home.name:
                raise LifecycleError(
                    f"the endpoint of {self.home.model} cannot have {self.url}: the InferenceService "
                    f"{meta['name']} has it; let `serving.url` hold {{model}}, or remove that one"
                )

    def ensure(self, units: Iterable[Unit]) -> None:
        """Have a predictor of each unit; new ones get no requests, and nobody loses any."""
        wanted = list(units)
        made = {unit.name: self._predictor(unit) for unit in wanted}
        if self._service() is None:
            self.api.create(SERVICE.group_version, SERVICE.plural, self._body(wanted))
            return

        def add(found: dict[str, Manifest], shares: dict[str, int]) -> None:
            found |= made

        self._edit(add)

    def restore(self, deployed: Mapping[str, Mapping[str, Any]]) -> None:
        """Give predictors the templates back that they had."""

        def back(found: dict[str, Manifest], shares: dict[str, int]) -> None:
            found |= {name: dict(deployed[name]) for name in found if name in deployed}

        if self._service() is not None:
            self._edit(back)

    def is_as_rendered(self, units: Iterable[Unit]) -> bool:
        """Whether all predictors are there as they would be made now."""
        there = self.deployed()
        return all(_mark(there.get(unit.name)) == _mark(self._predictor(unit)) for unit in units)

    def remove(self, names: Collection[str]) -> None:
        """Remove predictors that get no requests.

        Raises:
            LifecycleError: one of them does; nothing was removed.
        """
        obj = self._service()
        if obj is None or not names:
            return
        shares = shares_of(self.home, obj)
        if busy := sorted(name for name in names if shares.get(name)):
            raise LifecycleError(
                f"{', '.join(busy)} still gets requests by the InferenceService {self.home.name}, which "
                "somebody changed: it is not removed; deploy again"
            )

        def drop(found: dict[str, Manifest], shares: dict[str, int]) -> None:
            for name in names:
                found.pop(name, None)

        self._edit(drop)

    def remove_route(self) -> None:
        """Remove the InferenceService, and with it all that KServe made of it."""
        self.api.delete(SERVICE.group_version, SERVICE.plural, self.home.name)

    def routed(self, units: Sequence[Unit], found: RouteFacts | None) -> bool:
        """See `EndpointCluster.routed`; also, the champion is the predictor: nobody else need stay."""
        obj = self._service()
        stable = next(iter(predictors_of(self.home, obj)), None) if obj is not None else None
        return stable == _champion(units).name and super().routed(units, found)

    def write_route(self, units: Sequence[Unit], before: RouteFacts | None) -> None:
        """See `EndpointCluster.write_route`; `ensure` has changed the object since it was read."""
        now = self.route()
        same = before and now and (now.generation, now.fence) == (before.generation, before.fence)
        super().write_route(units, now if same else before)

    def _body(self, units: Sequence[Unit]) -> dict[str, Any]:
        obj = self._service()
        # Those that are to go stay without requests until they were read back so.
        staying = predictors_of(self.home, obj) if obj is not None else {}
        made = {**staying, **{unit.name: self._predictor(unit) for unit in units}}
        shares = {unit.name: unit.weight for unit in units}
        facts = facts_of(self.home, units, self.settings, self.url)
        return service(self.home, made, shares, _champion(units).name, facts)

    def _edit(self, change: Callable[[dict[str, Manifest], dict[str, int]], None]) -> None:
        """Change predictors of the InferenceService as it is, without a word about anything else."""
        for _ in range(TRIES):
            obj = self._service()
            if obj is None:
                return
            found, shares = predictors_of(self.home, obj), shares_of(self.home, obj)
            before = dict(found)
            stable = next(iter(found))
            change(found, shares)
            if found == before:
                return
            kept = {part: obj["metadata"].get(part) or {} for part in ("labels", "annotations")}
            facts = {"namespace": self.settings.namespace, **kept}
            body = service(self.home, found, shares, stable, facts)
            try:
                self.api.replace(
                    SERVICE.group_version, SERVICE.plural, body, version=obj["metadata"]["resourceVersion"]
                )
            except ApiConflictError:
                continue  # its status was told, or a try of ours was carried out: looked at again
            return
        raise LifecycleError(f"the InferenceService {self.home.name} changes all the time: try again later")

    def _predictor(self, unit: Unit) -> Manifest:
        return predictor(self.home, unit, self.settings, self.serving)

    def _service(self) -> dict[str, Any] | None:
        return self.api.get(SERVICE.group_version, SERVICE.plural, self.home.name)


_OURS = {"app.kubernetes.io/managed-by": "flywheel"}
_NO_ROUTE = RouteFacts(
    version="", spec=0, weights={}, copied=frozenset(), generation=0, fence=0, accepted=False, problem=""
)


def _champion(units: Sequence[Unit]) -> Unit:
    return next(unit for unit in units if unit.serves.champion.role == "champion")


def _mark(found: Mapping[str, Any] | None) -> str | None:
    return (found.get("annotations") or {}).get(RENDERED_ANNOTATION) if found is not None else None
