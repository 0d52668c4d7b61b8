"""The objects of one endpoint under KServe in Standard mode, whose controller makes everything else."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from lifecycle.errors import LifecycleError
from resources.cluster.pod import Manifest
from resources.serving.k8s.route import ROUTE, RouteFacts, route_facts
from resources.serving.k8s.units import Unit
from resources.serving.kserve.cluster import KServeCluster, champion_of, mark
from resources.serving.kserve.mode import Mode
from resources.serving.kserve.service import (
    COMPONENTS,
    SERVICE,
    components,
    facts_of,
    predictor,
    predictors_of,
    service,
    shares_of,
)

SUFFIX = "-predictor"
"""KServe's, of the Service of a predictor."""


class StandardCluster(KServeCluster):
    """What the cluster has of one endpoint under KServe in Standard mode, v0.20 or later.

    The champion is the predictor, others are canaries. A new version begins as a canary without requests; it
    becomes the predictor by its name alone, and its pods stay.
    """

    mode: Mode = "standard"

    def route(self) -> RouteFacts | None:
        """The weights of the route that KServe made; None: there is no InferenceService."""
        obj = self.service()
        if obj is None:
            return None
        made = self.api.get(ROUTE.group_version, ROUTE.plural, self.home.name)
        facts = route_facts(made) if made is not None else _NO_ROUTE
        names = {f"{name}{SUFFIX}": name for name in predictors_of(self.home, obj)}
        weights = {names.get(service, service): weight for service, weight in facts.weights.items()}
        generation, fence = self.written_for(obj)
        # KServe leaves out of its route what gets nothing, or is not ready.
        return replace(
            facts,
            version=obj["metadata"]["resourceVersion"],
            spec=obj["metadata"].get("generation") or 0,
            weights={**dict.fromkeys(names.values(), 0), **weights},
            generation=generation,
            fence=fence,
        )

    def deployed(self) -> dict[str, Mapping[str, Any]]:
        """Predictors by the name of the unit."""
        obj = self.service()
        return dict(predictors_of(self.home, obj)) if obj is not None else {}

    def ensure(self, units: Iterable[Unit]) -> None:
        """Have a predictor of each unit; new ones get no requests, and nobody loses any."""
        self.refuse_mode()
        wanted = list(units)
        made = {unit.name: self._predictor(unit) for unit in wanted}
        if self.service() is None:
            self.api.create(SERVICE.group_version, SERVICE.plural, self._body(wanted))
            return
        self._edit(lambda found: found.update(made))
        self.have_components()

    def restore(self, deployed: Mapping[str, Mapping[str, Any]]) -> None:
        """Give predictors the templates back that they had."""
        self._edit(lambda found: found.update({n: dict(deployed[n]) for n in found if n in deployed}))

    def remove(self, names: Collection[str]) -> None:
        """Remove predictors that get no requests.

        Raises:
            LifecycleError: one of them does; nothing was removed.
        """
        obj = self.service()
        if obj is None or not names:
            return
        shares = shares_of(self.home, obj)
        if busy := sorted(name for name in names if shares.get(name)):
            raise LifecycleError(
                f"{', '.join(busy)} still gets requests by the InferenceService {self.home.name}, which "
                "somebody changed: it is not removed; deploy again"
            )

        def drop(found: dict[str, Manifest]) -> None:
            for name in names:
                found.pop(name, None)

        self._edit(drop)

    def routed(self, units: Sequence[Unit], found: RouteFacts | None) -> bool:
        """See `EndpointCluster.routed`; also, the champion is the predictor: nobody else need stay."""
        obj = self.service()
        stable = next(iter(predictors_of(self.home, obj)), None) if obj is not None else None
        return stable == champion_of(units).name and super().routed(units, found)

    def is_as_rendered(self, units: Iterable[Unit]) -> bool:
        """Whether all predictors are there as they would be made now."""
        there = self.deployed()
        same = all(mark(there.get(unit.name)) == mark(self._predictor(unit)) for unit in units)
        return same and self.has_components()

    def _predictor(self, unit: Unit) -> Manifest:
        return predictor(self.home, unit, self.settings, self.serving)

    def _body(self, units: Sequence[Unit]) -> dict[str, Any]:
        obj = self.service()
        # Those that are to go stay without requests until they were read back so.
        staying = predictors_of(self.home, obj) if obj is not None else {}
        made = {**staying, **{unit.name: self._predictor(unit) for unit in units}}
        shares = {unit.name: unit.weight for unit in units}
        facts = facts_of(self.home, units, self.settings, self.url)
        written = service(self.home, made, shares, champion_of(units).name, facts)
        written["spec"] |= components(self.home, self.settings, self.serving)
        return written

    def _edit(self, change: Callable[[dict[str, Manifest]], None]) -> None:
        """Change predictors of the InferenceService as it is, without a word about anything else."""

        def changed(spec: Manifest) -> Manifest:
            found, shares = predictors_of(self.home, {"spec": spec}), shares_of(self.home, {"spec": spec})
            before = dict(found)
            stable = next(iter(found))
            change(found)
            made: Manifest = service(self.home, found, shares, stable, {})["spec"]
            beside = {part: spec[part] for part in COMPONENTS if part in spec}
            return {**made, **beside} if found != before else spec

        self.edited(changed)


_NO_ROUTE = RouteFacts(
    version="", spec=0, weights={}, copied=frozenset(), generation=0, fence=0, accepted=False, problem=""
)
