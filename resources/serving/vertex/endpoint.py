"""What Vertex AI has of one endpoint: deployed models that follow a manifest each, and the traffic split."""

import contextlib
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from lifecycle.endpoint.manifest import write_manifest
from lifecycle.errors import LifecycleError
from resources.cluster.settings import Routing
from resources.serving.k8s.judge import Verdict
from resources.serving.k8s.pods import ServingPod
from resources.serving.k8s.route import RouteFacts
from resources.serving.k8s.units import WHOLE_FILE, Home, Unit, weights_of
from resources.serving.vertex.calls import EndpointCalls
from resources.serving.vertex.judge import Wanted, judge
from resources.serving.vertex.model import (
    FENCE_LABEL,
    GENERATION_LABEL,
    Rendered,
    render,
    routing_of,
    serving_of,
)
from resources.serving.vertex.publish import publish, replicas
from resources.serving.vertex.registry import VertexRegistry
from resources.vertex.api import VertexApi, VertexAwayError, VertexRefusedError, service_url
from resources.vertex.places import endpoint_place
from resources.vertex.settings import VertexSettings


class VertexEndpoint:
    """One Endpoint and its DeployedModels.

    Args:
        api: of the region.
        home: of the endpoint.
        settings: with those for serving.
    """

    opens_early = False
    """See `UnitHome`."""

    def __init__(self, api: VertexApi, home: Home, settings: VertexSettings) -> None:
        self.api, self.home, self.settings = api, home, settings
        self.serving = serving_of(settings)
        self.name = f"{settings.location}/endpoints/{home.name}"
        self.staging = endpoint_place(settings, home.folder)
        self.calls = EndpointCalls(api, home, settings, self.name)
        self.registry = VertexRegistry(api, home, self.staging)
        self.takes_older = False
        """A unit that was deployed by other settings counts as the unit, where it is the only one."""
        self._begun: dict[str, tuple[Any, float]] = {}
        """Deployments under way by the unit: the operation, and since when; None: begun by somebody else."""

    @property
    def routing(self) -> Routing:
        """See `UnitHome.routing`."""
        return routing_of(self.settings)

    @property
    def can_mirror(self) -> bool:
        """Whether a version without requests may get copies: Vertex AI makes none, our endpoint does."""
        return self.routing == "endpoint"

    def url(self, found: Any) -> str:
        """Where clients find the endpoint; `:predict` follows."""
        host = found.dedicated_endpoint_dns.removeprefix("https://")
        return f"{f'https://{host}' if host else service_url(self.settings.region)}/v1/{self.name}"

    def hurry(self, patience_s: float) -> None:
        """See `UnitHome.hurry`."""
        self.api.patience_s = min(self.api.patience_s, patience_s)

    def tell(self, unit: Unit) -> None:
        """See `UnitHome.tell`; the local file is written last: it says what was handed over."""
        found = self.calls.found()
        # Of a home that was lost nobody knows what it handed over last; fences are kept by the Endpoint, too.
        anew = found is None or not (found.deployed_models or self._begun) or not unit.file.exists()
        publish(self.staging, self.home.folder, unit, anew=anew)
        write_manifest(unit.file, unit.serves)

    def route(self) -> RouteFacts | None:
        """See `UnitHome.route`."""
        return self.route_of(self.calls.found())

    def route_of(self, found: Any | None) -> RouteFacts | None:
        """The split of the Endpoint as it was read; None: no request goes anywhere."""
        if found is None or not found.traffic_split:
            return None
        names = {one["id"]: name for name, one in self.deployed_of(found).items()}
        return RouteFacts(
            version=found.etag,
            spec=0,
            weights={names.get(key, key): weight for key, weight in found.traffic_split.items() if weight},
            copied=frozenset(),
            generation=_number(found.labels.get(GENERATION_LABEL)),
            fence=_number(found.labels.get(FENCE_LABEL)),
            accepted=True,
            problem="",
        )

    def routed(self, units: Sequence[Unit], found: RouteFacts | None) -> bool:
        """See `UnitHome.routed`."""
        return found is not None and dict(found.weights) == _shared(units)

    def refuse_taken_url(self) -> None:
        """Nothing: every Endpoint has an address of its own."""

    def pods(self) -> list[ServingPod]:
        """See `UnitHome.pods`."""
        return self.pods_of(self.calls.found())

    def pods_of(self, found: Any | None) -> list[ServingPod]:
        """What the replicas of an Endpoint as it was read write into the staging folder."""
        if self.routing == "endpoint":
            units = {self.home.name: WHOLE_FILE}
        else:
            there = {one.display_name for one in found.deployed_models} if found is not None else set()
            units = {name: f"{name}.json" for name in sorted({*there, *self._begun})}
        return replicas(self.staging, units, stale_s=self.serving.stale)

    def deployed(self) -> dict[str, Mapping[str, Any]]:
        """See `UnitHome.deployed`; one that was rendered otherwise has its number in its name."""
        return self.deployed_of(self.calls.found())

    def deployed_of(self, found: Any | None) -> dict[str, Mapping[str, Any]]:
        """The deployed models of an Endpoint as it was read, by the name of the unit."""
        models = list(found.deployed_models) if found is not None else []
        named = {one.display_name: self._rendered(one.display_name).deployed_id for one in models}
        ids = {one.id for one in models}
        for one in models:
            if self.takes_older and named[one.display_name] not in ids:
                named[one.display_name] = one.id
        return {
            one.display_name if named[one.display_name] == one.id else f"{one.display_name}~{one.id}": {
                "id": one.id,
                "version": f"{one.model}@{one.model_version_id}",
            }
            for one in models
        }

    def is_as_rendered(self, units: Iterable[Unit]) -> bool:
        """See `UnitHome.is_as_rendered`."""
        there = self.deployed()
        return all(unit.name in there for unit in units)

    def ensure(self, units: Iterable[Unit]) -> None:
        """See `UnitHome.ensure`: begin to deploy what is not there, without traffic."""
        if self.calls.found() is None:
            self.calls.create()
        there = self.deployed()
        for unit in units:
            if unit.name not in there and unit.name not in self._begun:
                rendered = self._rendered(unit.name)
                version = self.registry.version_of(unit, rendered)
                self._begun[unit.name] = (self.calls.deploy(unit, rendered, version), time.monotonic())

    def restore(self, deployed: Mapping[str, Mapping[str, Any]]) -> None:
        """A DeployedModel cannot be changed, a changed one is another: what is there of a unit is taken."""
        self.takes_older = True

    def verdicts(self, units: Sequence[Unit], since: Mapping[str, float]) -> dict[str, Verdict]:
        """See `UnitHome.verdicts`."""
        found, now = self.calls.found(), time.monotonic()
        pods, there = self.pods_of(found), self.deployed_of(found)
        return {
            unit.name: judge(
                Wanted(
                    replicas=self.serving.replicas,
                    generation=unit.serves.generation,
                    deployed=unit.name in there,
                ),
                [pod for pod in pods if pod.unit == unit.name],
                ready_s=self.serving.ready,
                waited_s=now - since.get(unit.name, now),
            )
            for unit in units
        }

    def await_ready(self, units: Sequence[Unit]) -> None:
        """See `UnitHome.await_ready`.

        Raises:
            LifecycleError: one will not be, with what its replica or the service says.
        """
        began = time.monotonic()
        since = dict.fromkeys((unit.name for unit in units), began)
        while True:
            verdicts = self.verdicts(units, since)
            for unit in units:
                if verdicts[unit.name].stage == "failed":
                    raise LifecycleError(self._refusal(unit, verdicts[unit.name].told))
                if unit.name in self._begun and (why := self._ended(unit.name)):
                    raise LifecycleError(self._refusal(unit, why))
            if all(verdict.stage == "ready" for verdict in verdicts.values()):
                return
            time.sleep(self.settings.poll_s)

    def write_route(self, units: Sequence[Unit], before: RouteFacts | None) -> None:
        """See `UnitHome.write_route`: the whole split, with the etag that was read.

        Raises:
            LifecycleError: somebody else changed it in between, it does not add up, or it is not read back.
        """
        shares, serves = _shared(units), units[0].serves
        if sum(shares.values()) != 100:
            raise LifecycleError(
                f"the traffic split of {self.home.model} must add up to 100, it is {shares}: nothing "
                "was changed"
            )
        found = self.calls.found()
        if found is None:
            raise LifecycleError(f"{self.name} was deleted by somebody just now: deploy again")
        split = dict(found.traffic_split)
        if before is not None and (
            before.fence != _number(found.labels.get(FENCE_LABEL))
            or before.generation != _number(found.labels.get(GENERATION_LABEL))
        ):
            raise LifecycleError(self.calls.changed)
        there = self.deployed_of(found)
        if missing := sorted(set(shares) - set(there)):
            raise LifecycleError(
                f"{', '.join(missing)} is not deployed to {self.name} any more: deploy again"
            )
        wanted = {there[name]["id"]: weight for name, weight in shares.items()}
        if split != wanted or _number(found.labels.get(GENERATION_LABEL)) != serves.generation:
            told = {GENERATION_LABEL: str(serves.generation), FENCE_LABEL: str(serves.fence)}
            self.calls.update(found, wanted, told)
        self._await_split(units)
        # It is read back before every front end of the region has it.
        time.sleep(self.serving.settle_s)

    def remove(self, names: Collection[str]) -> None:
        """See `UnitHome.remove`: what has no traffic is undeployed, what is still on its way is called off.

        Raises:
            LifecycleError: one has traffic; nothing was removed.
        """
        if not names:
            return
        found = self.calls.found()
        there = self.deployed_of(found)
        split = dict(found.traffic_split) if found is not None else {}
        if busy := sorted(name for name in names if name in there and split.get(there[name]["id"])):
            raise LifecycleError(
                f"{', '.join(busy)} still gets requests by the traffic split of {self.name}, which somebody "
                "changed: it is not undeployed; deploy again"
            )
        for name in names:
            if name in self._begun and name not in there:
                self._call_off(name)
        operations = [self.calls.undeploy(there[name]["id"]) for name in names if name in there]
        for operation in operations:
            if operation is not None:
                self.api.wait(
                    "Endpoint",
                    operation,
                    asked=f"undeploy from {self.name}",
                    within_s=self.settings.patience.operation,
                )

    def remove_route(self) -> None:
        """See `UnitHome.remove_route`: an empty split."""
        found = self.calls.found()
        if found is not None and found.traffic_split:
            self.calls.update(found, {}, {})

    def remove_all(self) -> None:
        """Undeploy everything; the Endpoint stays, for its address is what clients know. It costs nothing."""
        self.remove_route()
        deadline = time.monotonic() + self.settings.patience.settle
        while (found := self.calls.found()) is not None and found.traffic_split:
            if time.monotonic() > deadline:
                raise LifecycleError(f"{self.name} still has traffic after it was taken away: try again")
            time.sleep(self.settings.poll_s)
        self.remove(list(self.deployed()))

    def _rendered(self, unit: str) -> Rendered:
        file = WHOLE_FILE if self.routing == "endpoint" else f"{unit}.json"
        return render(self.home, unit, file, self.staging, self.settings)

    def _ended(self, name: str) -> str:
        """Why a deployment failed; empty: it has not, or goes on."""
        operation, began = self._begun[name]
        waited_s = time.monotonic() - began
        if waited_s > self.settings.patience.operation:
            return f"its deployment has no end after {waited_s:.0f} s"
        if operation is None:
            return ""
        now = self.api.peek("Endpoint", operation)
        if now.done:
            del self._begun[name]
        return f"Vertex AI could not deploy it: {now.error.message}" if now.error.code else ""

    def _call_off(self, name: str) -> None:
        """End a deployment that is under way: without a manifest a container that never served ends."""
        operation, _ = self._begun.pop(name)
        self.staging.remove(WHOLE_FILE if self.routing == "endpoint" else f"{name}.json")
        if operation is not None:
            within_s = min(self.settings.patience.ending, self.api.patience_s)
            # It fails, as it is to; one that does not end in time is undeployed by the next change.
            with contextlib.suppress(VertexRefusedError, VertexAwayError):
                self.api.wait("Endpoint", operation, asked=f"call off {name}", within_s=within_s)

    def _await_split(self, units: Sequence[Unit]) -> None:
        deadline = time.monotonic() + self.settings.patience.settle
        while not self.routed(units, found := self.route()):
            if time.monotonic() > deadline:
                raise LifecycleError(
                    f"the split of {self.name} is read back as {dict(found.weights) if found else {}} "
                    f"after {self.settings.patience.settle} s, it was set to {_shared(units)}: somebody may "
                    "have changed it; deploy again"
                )
            time.sleep(self.settings.poll_s)

    def _refusal(self, unit: Unit, why: str) -> str:
        versions = ", ".join(variant.version for variant in unit.serves.variants)
        return f"the endpoint of {self.home.model} cannot serve version {versions}: {why}"


def _shared(units: Sequence[Unit]) -> dict[str, int]:
    return {name: weight for name, weight in weights_of(units).items() if weight}


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isdecimal() else 0
