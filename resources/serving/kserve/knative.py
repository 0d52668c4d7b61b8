"""One endpoint under KServe with Knative: an InferenceService whose revisions share requests.

The newest revision gets `canaryTrafficPercent`, the one that was rolled out last gets the rest; there is no
third. "Newest" means the newest one that is ready: until a new one is, its share goes to the one before it,
whatever that is. So a predictor is only ever changed with a share of 0, and gets one when it is ready.
"""

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from lifecycle.errors import LifecycleError
from resources.cluster.pod import Manifest
from resources.serving.k8s.judge import Verdict
from resources.serving.k8s.objects import ENDPOINT_LABEL
from resources.serving.k8s.route import RouteFacts
from resources.serving.k8s.units import Unit
from resources.serving.kserve.cluster import KServeCluster, champion_of, mark
from resources.serving.kserve.mode import Mode, features_off
from resources.serving.kserve.revisions import REVISION, Revisions, revisions_of
from resources.serving.kserve.service import SERVICE, newest_service, revision

MOST_VERSIONS = 2
ALL = 100
PERCENT = "canaryTrafficPercent"


class KnativeCluster(KServeCluster):
    """What the cluster has of one endpoint under KServe with Knative.

    Two versions at most: the one that was rolled out last, which is the champion, and the newest one. A
    version without a share sleeps once another one has everything, and is started when requests come.
    """

    mode: Mode = "knative"

    def route(self) -> RouteFacts | None:
        """The weights that Knative tells; None: there is no InferenceService."""
        obj = self.service()
        if obj is None:
            return None
        found = self._revisions(obj)
        generation, fence = self.written_for(obj)
        return RouteFacts(
            version=obj["metadata"]["resourceVersion"],
            spec=obj["metadata"].get("generation") or 0,
            weights=found.weights,
            copied=frozenset(),
            generation=generation,
            fence=fence,
            accepted=found.routed and bool(found.shares),
            problem="" if found.routed else found.problem,
        )

    def deployed(self) -> dict[str, Mapping[str, Any]]:
        """What there is by the name of the unit: the predictor, and revisions that its route names."""
        found = self._found()
        if found is None:
            return {}
        there = {found.stable, *(found.units.get(name, "") for name in found.shares)} - {"", found.newest}
        newest = {**_shared(found.percent), **found.predictor}
        return {found.newest: newest, **{unit: {} for unit in sorted(there)}}

    def ensure(self, units: Iterable[Unit]) -> None:
        """Have a revision of each unit; who is not the champion gets no request by it.

        Raises:
            LifecycleError: more than two versions; the cluster's Knative lacks something; or the champion
                cannot serve, which has to before anybody else is there.
        """
        self.refuse_mode()
        wanted = list(units)
        if len(wanted) > MOST_VERSIONS:
            raise LifecycleError(
                f"the endpoint of {self.home.model} is to serve {len(wanted)} versions: Knative shares "
                "requests out between two, the newest and the one before it; set `routing: gateway` for more"
            )
        champion = champion_of(wanted)
        newest = next((unit for unit in wanted if unit is not champion), champion)
        found = self._found()
        if found is None:
            self._create(champion)
            self._roll_out(champion)
        elif newest is not champion and found.stable != champion.name and not _has_all(newest, found):
            self._roll_out(champion)
        self._bring(newest)
        self.have_components()

    def restore(self, deployed: Mapping[str, Mapping[str, Any]]) -> None:
        """Make the newest revision what it was, with the share that it had.

        Raises:
            LifecycleError: the version that had the rest was rolled out of the way already.
        """
        was = next((one for one in deployed.values() if one), None)
        found = self._found()
        if was is None or found is None:
            return
        if found.stable not in deployed:
            raise LifecycleError(f"{found.stable} has the requests of {self.home.name} by now: deploy again")
        made = {part: one for part, one in was.items() if part != PERCENT}
        if mark(made) != mark(found.predictor):
            self._replace(made, percent=0)
            self._await_newest()
        self._share(was.get(PERCENT))

    def verdicts(self, units: Sequence[Unit], since: Mapping[str, float]) -> dict[str, Verdict]:
        """See `EndpointCluster.verdicts`; a version that sleeps is as ready as it gets."""
        found = self._found()
        told = super().verdicts(units, since)
        for unit in units:
            if found is not None and self._sleeps(unit, found):
                told[unit.name] = Verdict("ready", "sleeps: its pods are started when requests come")
        return told

    def can_wake(self, unit: Unit) -> bool:
        """See `EndpointCluster.can_wake`."""
        found = self._found()
        return found is not None and self._sleeps(unit, found)

    def await_ready(self, units: Sequence[Unit]) -> None:
        """See `EndpointCluster.await_ready`; also, Knative must have seen that the newest one is."""
        super().await_ready(units)
        found = self._found()
        if found is not None and found.newest in {unit.name for unit in units}:
            self._await_newest()

    def is_as_rendered(self, units: Iterable[Unit]) -> bool:
        """Whether the newest revision is as it would be made now: an older one cannot be changed."""
        found = self._found()
        if found is None:
            return False
        newest = next((unit for unit in units if unit.name == found.newest), None)
        same = newest is None or mark(found.predictor) == mark(self._predictor(newest))
        return same and self.has_components()

    def remove(self, names: Collection[str]) -> None:
        """Make sure that units get no requests: Knative clears revisions away by itself.

        Raises:
            LifecycleError: one of them does.
        """
        found = self._found()
        weights = found.weights if found is not None else {}
        if busy := sorted(name for name in names if weights.get(name)):
            raise LifecycleError(
                f"{', '.join(busy)} still gets requests by the InferenceService {self.home.name}, which "
                "somebody changed: deploy again"
            )

    def routed(self, units: Sequence[Unit], found: RouteFacts | None) -> bool:
        """See `EndpointCluster.routed`; also, who is alone is the newest, and no other is kept."""
        there = self._found()
        if there is None:
            return False
        alone = len(units) > 1 or (there.newest == units[0].name and there.percent in (None, ALL))
        return alone and super().routed(units, found)

    def _predictor(self, unit: Unit) -> Manifest:
        return revision(self.home, unit, self.settings, self.serving)

    def _create(self, champion: Unit) -> None:
        made = self._predictor(champion)
        if off := features_off(self.api, made):
            raise LifecycleError(
                f"the endpoint of {self.home.model} cannot be deployed: the cluster's Knative refuses what "
                f"its pods need; set {', '.join(off)} to enabled in the ConfigMap config-features of "
                "knative-serving, or set `routing: gateway`"
            )
        self.api.create(SERVICE.group_version, SERVICE.plural, self._body([champion]))

    def _bring(self, unit: Unit) -> None:
        """Have the newest revision be of a unit; a new one of another unit gets no request."""
        found = self._found()
        assert found is not None, "made before"
        made = self._predictor(unit)
        if found.newest != unit.name:
            self._replace(made, percent=0)
        elif mark(found.predictor) != mark(made):
            # The same version: whichever of its two revisions is ready may have its share.
            self._replace(made, percent=found.percent)

    def _roll_out(self, unit: Unit) -> None:
        """Give a unit everything, once its pods serve."""
        self._bring(unit)
        self.await_ready([unit])
        self._share(None)
        self._await(
            lambda found: found.stable == unit.name and found.weights == {unit.name: ALL}, "rolled out"
        )

    def _replace(self, made: Manifest, *, percent: int | None) -> None:
        self.edited(lambda spec: {**spec, "predictor": {**_shared(percent), **made}})

    def _share(self, percent: int | None) -> None:
        def shared(spec: Manifest) -> Manifest:
            rest = {part: one for part, one in spec["predictor"].items() if part != PERCENT}
            return {**spec, "predictor": {**_shared(percent), **rest}}

        self.edited(shared)

    def _body(self, units: Sequence[Unit]) -> dict[str, Any]:
        return newest_service(self.home, units, self.settings, self.serving, self.url)

    def _await_newest(self) -> None:
        self._await(lambda found: found.is_newest_ready, "made ready")

    def _await(self, holds: Callable[[Revisions], bool], what: str) -> None:
        """Wait until Knative says so."""
        patience_s = self.serving.ready + self.settings.patience.ending
        deadline = time.monotonic() + patience_s
        while (found := self._found()) is not None and not holds(found):
            if time.monotonic() > deadline:
                raise LifecycleError(
                    f"the newest revision of {self.home.name} was not {what} by Knative within "
                    f"{patience_s} s ({found.problem or 'it does not say why'}); look at "
                    "the status of the InferenceService"
                )
            time.sleep(self.settings.poll_s)

    def _sleeps(self, unit: Unit, found: Revisions) -> bool:
        named = {found.newest, found.stable, *found.weights}
        return not unit.weight and unit.name not in named and found.can_wake(unit.name)

    def _found(self) -> Revisions | None:
        obj = self.service()
        return self._revisions(obj) if obj is not None else None

    def _revisions(self, obj: Mapping[str, Any]) -> Revisions:
        made = self.api.find(REVISION.group_version, REVISION.plural, {ENDPOINT_LABEL: self.home.key})
        return revisions_of(obj, made)


def _shared(percent: int | None) -> dict[str, int]:
    return {} if percent is None else {PERCENT: percent}


def _has_all(unit: Unit, found: Revisions) -> bool:
    """Whether a unit has all requests, and is to keep them: the champion sleeps beside it."""
    return unit.weight == ALL and found.newest == found.stable == unit.name
