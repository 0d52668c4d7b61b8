"""The objects of one endpoint in the cluster: made, waited for, read back, removed in the safe order."""

import http.client
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from lifecycle.endpoint.manifest import write_manifest
from lifecycle.errors import LifecycleError
from resources.cluster.api import ApiConflictError, ApiRefusedError, ClusterApi
from resources.cluster.settings import ClusterSettings, GatewayListener, Routing, ServingSettings
from resources.serving.k8s.judge import Verdict, Wanted, judge
from resources.serving.k8s.objects import (
    AUTOSCALER,
    DEPLOYMENT,
    ENDPOINT_LABEL,
    RENDERED_ANNOTATION,
    SCALED_OBJECT,
    UNIT_KINDS,
    is_kedas,
    is_scaled,
    objects_of,
)
from resources.serving.k8s.pods import ServingPod, look_at_pods
from resources.serving.k8s.route import ROUTE, RouteFacts, claims, route, route_facts, taking, url_of
from resources.serving.k8s.units import Home, Unit, weights_of

LAST_LINES = 15
STALE_S = 5.0
"""A problem of the route that is told for longer is one."""


class EndpointCluster:
    """What the cluster has of one endpoint: a Deployment a unit, and an HTTPRoute.

    Args:
        api: of the namespace.
        home: of the endpoint.
        settings: of the cluster.
        serving: how endpoints run there.
    """

    kind = ROUTE
    """Of the object that has the weights."""
    opens_early = False
    """See `UnitHome`."""

    def __init__(
        self, api: ClusterApi, home: Home, settings: ClusterSettings, serving: ServingSettings
    ) -> None:
        self.api, self.home, self.settings, self.serving = api, home, settings, serving

    @property
    def can_mirror(self) -> bool:
        """Whether shadows get copies: by the route, or by an endpoint that routes itself."""
        return self.serving.mirror or self.serving.routing == "endpoint"

    @property
    def url(self) -> str:
        """Where clients find the endpoint."""
        return url_of(self.home.model, self.serving)

    @property
    def routing(self) -> Routing:
        """Who shares the requests out."""
        return self.serving.routing

    def hurry(self, patience_s: float) -> None:
        """Wait no longer than that for an API server that does not answer."""
        self.api.patience_s = min(self.api.patience_s, patience_s)

    def tell(self, unit: Unit) -> None:
        """Hand the pods of a unit its manifest: they see the file."""
        write_manifest(unit.file, unit.serves)

    def route(self) -> RouteFacts | None:
        """The route as it is; None: there is none."""
        obj = self.api.get(ROUTE.group_version, ROUTE.plural, self.home.name)
        return route_facts(obj) if obj is not None else None

    def pods(self) -> list[ServingPod]:
        """All pods that are not on their way out, each asked how it is."""
        return look_at_pods(self.api, self.home, self.serving.port)

    def deployed(self) -> dict[str, Mapping[str, Any]]:
        """Deployments of the endpoint by the name of the unit, those of no manifest among them."""
        found = self.api.find(DEPLOYMENT.group_version, DEPLOYMENT.plural, {ENDPOINT_LABEL: self.home.key})
        return {obj["metadata"]["name"]: obj for obj in found}

    def refuse_taken_url(self) -> None:
        """Make sure that no other endpoint's route takes the requests.

        Raises:
            LifecycleError: one does, with its model; or the cluster has no such routes.
        """
        namespace, ours = self.settings.namespace, {"app.kubernetes.io/managed-by": "flywheel"}
        mine = claims(taking(self.home.model, self.serving, self._gateway), namespace)
        try:
            routes = self.api.find(ROUTE.group_version, ROUTE.plural, ours)
        except ApiRefusedError as exc:
            if exc.status != http.client.NOT_FOUND:
                raise
            raise LifecycleError(
                f"the cluster knows no {ROUTE.kind} ({ROUTE.group_version}): install the Gateway API and a "
                "controller of it"
            ) from exc
        for obj in routes:
            labels = obj["metadata"].get("labels") or {}
            if claims(obj["spec"], namespace) == mine and labels.get(ENDPOINT_LABEL) != self.home.key:
                raise LifecycleError(
                    f"the endpoint of {self.home.model} cannot have {self.url}: the route "
                    f"{obj['metadata']['name']} of {labels.get('flywheel/model')} takes its requests; let "
                    "`serving.url` hold {model}, or remove that route"
                )

    def ensure(self, units: Iterable[Unit]) -> None:
        """Create or change the objects of units; what is as it is to be is left alone."""
        deployed = self.deployed()
        by_keda = is_scaled(self.serving) and self.serving.keda is not None
        if by_keda and self.api.discovered(f"/apis/{SCALED_OBJECT.group_version}") is None:
            raise LifecycleError(
                f"the cluster knows no {SCALED_OBJECT.kind} ({SCALED_OBJECT.group_version}): install KEDA, "
                "or leave `keda` out of the cluster's settings"
            )
        for unit in units:
            before = deployed.get(unit.name)
            if before is not None and is_kedas(before) and not by_keda:
                self.api.delete(SCALED_OBJECT.group_version, SCALED_OBJECT.plural, unit.name)
            if by_keda or not is_scaled(self.serving):
                self.api.delete(AUTOSCALER.group_version, AUTOSCALER.plural, unit.name)
            for kind, body in objects_of(self.home, unit, self.settings, self.serving):
                if kind is DEPLOYMENT and _same(before, body):
                    continue
                self.api.apply(kind.group_version, kind.plural, body)

    def restore(self, deployed: Mapping[str, Mapping[str, Any]]) -> None:
        """Give Deployments the templates back that they had, whatever the settings say by now."""
        for name, now in self.deployed().items():
            before = deployed.get(name)
            if before is not None and _rendered(now) != _rendered(before):
                body = _written(before)
                if is_scaled(self.serving):
                    body["spec"] = {part: one for part, one in body["spec"].items() if part != "replicas"}
                self.api.apply(DEPLOYMENT.group_version, DEPLOYMENT.plural, body)

    def is_as_rendered(self, units: Iterable[Unit]) -> bool:
        """Whether all Deployments are there as they would be made now."""
        deployed = self.deployed()
        for unit in units:
            _, body = objects_of(self.home, unit, self.settings, self.serving)[0]
            if not _same(deployed.get(unit.name), body):
                return False
        return True

    def verdicts(self, units: Sequence[Unit], since: Mapping[str, float]) -> dict[str, Verdict]:
        """What is to be made of each unit now."""
        pods = self.pods()
        deployed = self.deployed()
        now = time.monotonic()
        found = {}
        for unit in units:
            wanted = Wanted(unit=unit.name, pods=self.serving.replicas, generation=unit.serves.generation)
            mine = [pod for pod in pods if pod.unit == unit.name]
            verdict = judge(
                wanted,
                mine,
                self.settings.patience,
                ready_s=self.serving.ready,
                waited_s=now - since.get(unit.name, now),
            )
            if verdict.stage == "ready" and not self.is_rolled_out(deployed.get(unit.name)):
                verdict = Verdict("starting", "is replaced pod by pod")
            found[unit.name] = verdict
        return found

    def is_rolled_out(self, found: Mapping[str, Any] | None) -> bool:
        """Whether no pod of an older template is left."""
        if found is None:
            return False
        status, meta = found.get("status") or {}, found["metadata"]
        newest = status.get("observedGeneration") == meta.get("generation")
        return bool(newest and status.get("updatedReplicas", 0) == status.get("replicas", 0))

    def can_wake(self, unit: Unit) -> bool:
        """Whether a unit that has no pods gets some when requests come."""
        return False

    def await_ready(self, units: Sequence[Unit]) -> None:
        """Wait until enough pods of every unit serve its manifest.

        Raises:
            LifecycleError: one will not, with the reason and the last lines of its pod.
        """
        stages: dict[str, str] = {}
        since: dict[str, float] = {}
        while True:
            verdicts = self.verdicts(units, since)
            for unit in units:
                verdict = verdicts[unit.name]
                if verdict.stage == "failed":
                    raise LifecycleError(self._told(unit, verdict))
                if stages.get(unit.name) != verdict.stage:
                    stages[unit.name], since[unit.name] = verdict.stage, time.monotonic()
            if all(verdict.stage == "ready" for verdict in verdicts.values()):
                return
            time.sleep(self.settings.poll_s)

    def write_route(self, units: Sequence[Unit], before: RouteFacts | None) -> None:
        """Put the whole split into the route, and wait until it was read back and a gateway has taken it.

        Args:
            units: all of the endpoint's.
            before: the route as it was read; None: there was none.

        Raises:
            LifecycleError: somebody else changed it in between, or no gateway takes it in time.
        """
        if not self._written(self._body(units), before) and not self._is_ours(units):
            raise LifecycleError(
                f"the route {self.home.name} was changed by somebody else just now: nothing of this change "
                "holds; try again"
            )
        self._await_route(units)
        # Its controller has it; the proxies that send requests hear of it a little later.
        time.sleep(self.serving.settle_s)

    def routed(self, units: Sequence[Unit], found: RouteFacts | None) -> bool:
        """Whether a route sends what it is to send where it is to go, and a gateway has taken it."""
        return (
            found is not None
            and _shared(found.weights) == _shared(weights_of(units))
            and found.copied == {unit.name for unit in units if unit.copied and self.can_mirror}
            and found.accepted
        )

    def remove(self, names: Collection[str]) -> None:
        """Remove units that get no requests.

        Raises:
            LifecycleError: the route sends requests to one of them; nothing was removed.
        """
        if not names:
            return
        found = self.route()
        gets = {name for name, weight in found.weights.items() if weight} | found.copied if found else set()
        if busy := sorted(gets & set(names)):
            raise LifecycleError(
                f"{', '.join(busy)} still gets requests by the route {self.home.name}, which somebody "
                "changed: it is not removed; deploy again"
            )
        deployed = self.deployed()
        for name in names:
            if name in deployed and is_kedas(deployed[name]):
                self.api.delete(SCALED_OBJECT.group_version, SCALED_OBJECT.plural, name)
            # The Deployment last: who finds it knows that something is left.
            for kind in reversed(UNIT_KINDS):
                self.api.delete(kind.group_version, kind.plural, name)

    def remove_route(self) -> None:
        """Send no requests any more."""
        self.api.delete(ROUTE.group_version, ROUTE.plural, self.home.name)

    def remove_all(self) -> None:
        """Remove the route, then all units, and wait until their pods have drained."""
        self.remove_route()
        self.remove(list(self.deployed()))
        deadline = time.monotonic() + self.settings.patience.ending
        while self.api.find("v1", "pods", {ENDPOINT_LABEL: self.home.key}):
            if time.monotonic() > deadline:
                raise LifecycleError(
                    f"pods of the endpoint of {self.home.model} are still there "
                    f"{self.settings.patience.ending} s after they were told to end: look at their nodes"
                )
            time.sleep(self.settings.poll_s)

    def _body(self, units: Sequence[Unit]) -> dict[str, Any]:
        """The object that has the weights, with these."""
        return route(self.home, units, self.settings, self.serving, self._gateway)

    @property
    def _gateway(self) -> GatewayListener:
        assert self.serving.gateway is not None, "checked by the settings"
        return self.serving.gateway

    def _written(self, body: Mapping[str, Any], before: RouteFacts | None) -> bool:
        """Whether the route was put in the place of the one that was read; False: another one is there."""
        if before is None:
            return self.api.create(self.kind.group_version, self.kind.plural, body) is not None
        now: RouteFacts | None = before
        # Only its status may be another than was read: a gateway tells it whenever it likes.
        while now is not None and (now.spec, now.fence) == (before.spec, before.fence):
            try:
                self.api.replace(self.kind.group_version, self.kind.plural, body, version=now.version)
            except ApiConflictError:
                now = self.route()
            else:
                return True
        return False

    def _is_ours(self, units: Sequence[Unit]) -> bool:
        """Whether the route is what we wrote, by a try whose answer was lost."""
        found, serves = self.route(), units[0].serves
        return found is not None and (found.generation, found.fence) == (serves.generation, serves.fence)

    def _await_route(self, units: Sequence[Unit]) -> None:
        began = time.monotonic()
        while True:
            found = self.route()
            if self.routed(units, found):
                return
            problem = found.problem if found is not None else "it is gone"
            waited_s = time.monotonic() - began
            # What is told may be older than what it is told of: a Service that was just made, say.
            if (problem and waited_s > STALE_S) or waited_s > self.settings.patience.ending:
                late = (
                    f"no gateway has taken it after {self.settings.patience.ending} s, or somebody changed "
                    f"it (weights {dict(found.weights) if found else {}})"
                )
                copies = any(unit.copied for unit in units) and self.can_mirror
                hint = "; if it cannot copy requests, set `serving.mirror: false`" if copies else ""
                raise LifecycleError(
                    f"the route {self.home.name} of {self.home.model} does not hold: {problem or late}; "
                    f"look at its status, and at the Gateway{hint}"
                )
            time.sleep(self.settings.poll_s)

    def _told(self, unit: Unit, verdict: Verdict) -> str:
        versions = ", ".join(variant.version for variant in unit.serves.variants)
        told = f"the endpoint of {self.home.model} cannot serve version {versions}: {verdict.told}"
        if verdict.pod is None:
            return told
        text = self.api.log(verdict.pod, tail=LAST_LINES, previous=verdict.restarted)
        lines = [line.partition(" ")[2] for line in text.splitlines()]
        shown = "".join(f"\n  {line}" for line in lines) or "\n  (nothing was logged)"
        return f"{told}\nlast lines of the pod {verdict.pod}:{shown}"


def _shared(weights: Mapping[str, int]) -> dict[str, int]:
    """Those that get requests: one without a share may also be left out."""
    return {name: weight for name, weight in weights.items() if weight}


def _same(found: Mapping[str, Any] | None, body: Mapping[str, Any]) -> bool:
    """Whether a Deployment is as rendered, and nobody has scaled it by hand."""
    if found is None or _rendered(found) != _rendered(body):
        return False
    if is_kedas(found) != is_kedas(body):
        return False
    asked = body["spec"].get("replicas")
    return asked is None or bool(found["spec"].get("replicas") == asked)


def _rendered(deployment: Mapping[str, Any]) -> str | None:
    return (deployment["metadata"].get("annotations") or {}).get(RENDERED_ANNOTATION)


def _written(found: Mapping[str, Any]) -> dict[str, Any]:
    """A Deployment as it was read, without what the server keeps."""
    meta = {part: found["metadata"].get(part) or {} for part in ("labels", "annotations")}
    kind = {"apiVersion": DEPLOYMENT.group_version, "kind": DEPLOYMENT.kind}
    return {**kind, "metadata": {"name": found["metadata"]["name"], **meta}, "spec": found["spec"]}
