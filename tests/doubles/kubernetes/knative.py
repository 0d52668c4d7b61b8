"""KServe's controller with Knative: revisions of a predictor, their pods, and the shares of two of them.

The shares after `createKnativeService` and `PropagateStatus` of KServe v0.15 and later: the newest revision
that is ready gets `canaryTrafficPercent`, the one that was rolled out last gets the rest.
"""

import contextlib
from typing import Any

from tests.doubles.kubernetes.deployments import is_ready
from tests.doubles.kubernetes.errors import ApiError
from tests.doubles.kubernetes.gateway import GATEWAY
from tests.doubles.kubernetes.jobs import owner_of
from tests.doubles.kubernetes.store import Key, Object, Store

MODE = "serving.kserve.io/deploymentMode"
REVISION_LABEL = "serving.knative.dev/revision"
_API, _KIND = "serving.kserve.io/v1beta1", "InferenceService"
_REFUSED = ("terminationGracePeriodSeconds", "securityContext")
_REFUSED_OF_CONTAINERS = ("lifecycle", "startupProbe")
_OWN = ("minReplicas", "maxReplicas", "labels", "annotations", "timeout")


class KnativeController:
    """One pass over an InferenceService at a time."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def sync(self, service: Object) -> None:
        template = {
            k: part for k, part in service["spec"]["predictor"].items() if k != "canaryTrafficPercent"
        }
        if refused := _refused(template):
            message = f"admission webhook denied the request: must not set the field(s): {refused}"
            self._tell(service, {}, {"PredictorReady": ("False", message)})
            return
        made = self._revisions(service)
        if not made or made[-1]["spec"] != template:
            made.append(self._revise(service, template, number=len(made) + 1))
        ready = [one["metadata"]["name"] for one in made if self._is_ready(one)]
        told = dict((((service.get("status") or {}).get("components")) or {}).get("predictor") or {})
        told |= {"latestCreatedRevision": made[-1]["metadata"]["name"]}
        told |= {"latestReadyRevision": ready[-1]} if ready else {}
        told["traffic"] = _traffic(service["spec"]["predictor"].get("canaryTrafficPercent"), told)
        _roll_out(told)
        named = {target["revisionName"] for target in told["traffic"]} | {told["latestCreatedRevision"]}
        for one in made:
            self._run(one, is_named=one["metadata"]["name"] in named)
        holds = self._route(service, told["traffic"])
        self._tell(service, told, {"PredictorRouteReady": ("True" if holds else "Unknown", "")})

    def _revisions(self, service: Object) -> list[Object]:
        return sorted(self.store.owned("revisions", service), key=lambda one: str(one["metadata"]["name"]))

    def _revise(self, service: Object, template: dict[str, Any], *, number: int) -> Object:
        meta = service["metadata"]
        key = Key("revisions", meta["namespace"], f"{meta['name']}-predictor-{number:05}")
        parts = {part: template.get(part) or {} for part in ("labels", "annotations")}
        owner = {"ownerReferences": [owner_of(service, _API, _KIND)]}
        return self.store.create(key, {"metadata": {**parts, **owner}, "spec": template, "status": {}})

    def _run(self, one: Object, *, is_named: bool) -> None:
        """Pods of a revision: as many as it asks for while a route names it, else none."""
        meta, template = one["metadata"], one["spec"]
        pod = {key: part for key, part in template.items() if key not in _OWN}
        labels = {**(template.get("labels") or {}), REVISION_LABEL: meta["name"]}
        owner, selector = owner_of(one, "serving.knative.dev/v1", "Revision"), {REVISION_LABEL: meta["name"]}
        spec = {
            "replicas": template.get("minReplicas", 1) if is_named else 0,
            "selector": {"matchLabels": selector},
            "template": {
                "metadata": {"labels": labels, "annotations": template.get("annotations") or {}},
                "spec": pod,
            },
        }
        put_owned(
            self.store, owner, Key("deployments", meta["namespace"], f"{meta['name']}-deployment"), spec
        )
        port = {"port": 80, "targetPort": pod["containers"][0]["ports"][0]["containerPort"]}
        services = Key("services", meta["namespace"], meta["name"])
        put_owned(self.store, owner, services, {"selector": selector, "ports": [port]})

    def _is_ready(self, one: Object) -> bool:
        """Whether a revision has ever served: it stays so when it sleeps."""
        meta = one["metadata"]
        if (one.get("status") or {}).get("conditions"):
            return True
        label = f"{REVISION_LABEL}={meta['name']}"
        if not any(map(is_ready, self.store.select("pods", meta["namespace"], labels=label))):
            return False
        ready = {"conditions": [{"type": "Ready", "status": "True"}]}
        self.store.update(
            Key("revisions", meta["namespace"], meta["name"]), lambda obj: obj.update(status=ready)
        )
        return True

    def _route(self, service: Object, traffic: list[dict[str, Any]]) -> bool:
        """Whether a gateway sends requests as it is to."""
        meta = service["metadata"]
        key = Key("httproutes", meta["namespace"], f"{meta['name']}-knative")
        refs = [{"name": one["revisionName"], "port": 80, "weight": one["percent"]} for one in traffic]
        if not refs:
            return False
        spec = {"parentRefs": [{"name": GATEWAY}], "rules": [{"backendRefs": refs}]}
        put_owned(self.store, owner_of(service, _API, _KIND), key, spec)
        made = self.store.get(key)
        newest = made["metadata"]["generation"]
        parents = (made.get("status") or {}).get("parents") or []
        conditions = [condition for parent in parents for condition in parent["conditions"]]
        return bool(conditions) and all(
            c["status"] == "True" and c["observedGeneration"] == newest for c in conditions
        )

    def _tell(self, service: Object, told: dict[str, Any], conditions: dict[str, tuple[str, str]]) -> None:
        status = {
            "deploymentMode": "Knative",
            "components": {"predictor": told},
            "conditions": [
                {"type": kind, "status": value, "message": message}
                for kind, (value, message) in conditions.items()
            ],
        }
        meta = service["metadata"]
        with contextlib.suppress(ApiError):
            self.store.update(
                Key("inferenceservices", meta["namespace"], meta["name"]),
                lambda obj: obj.update(status=status),
            )


def put_owned(store: Store, owner: dict[str, Any], key: Key, spec: dict[str, Any]) -> None:
    """Have an object of a controller's, with this `spec`."""
    if store.find(key) is None:
        store.create(key, {"metadata": {"ownerReferences": [owner]}, "spec": spec, "status": {}})
        return

    def change(obj: Object) -> None:
        if obj["spec"] != spec:
            obj["spec"] = spec
            obj["metadata"]["generation"] += 1

    with contextlib.suppress(ApiError):
        store.update(key, change)


def _traffic(percent: int | None, told: dict[str, Any]) -> list[dict[str, Any]]:
    """What the route is asked for, with the newest revision that is ready put in."""
    latest, rolled_out = told.get("latestReadyRevision"), told.get("latestRolledoutRevision")
    if latest is None:
        return []
    if percent is None or rolled_out is None:
        return [{"latestRevision": True, "revisionName": latest, "percent": 100}]
    found = [{"latestRevision": True, "revisionName": latest, "percent": percent}]
    if percent < 100:
        found.append(
            {"latestRevision": False, "revisionName": rolled_out, "percent": 100 - percent, "tag": "prev"}
        )
    return found


def _roll_out(told: dict[str, Any]) -> None:
    """Remember who had all requests last, and before that."""
    latest, rolled_out = told.get("latestReadyRevision"), told.get("latestRolledoutRevision")
    previous = told.get("previousRolledoutRevision")
    share = next((one["percent"] for one in told["traffic"] if one["latestRevision"]), None)
    if share is None:
        return
    if latest != rolled_out:
        if share == 100:
            told |= {"previousRolledoutRevision": rolled_out, "latestRolledoutRevision": latest}
    elif latest == told["latestCreatedRevision"] and share < 100 and previous:
        both = sum(one["percent"] for one in told["traffic"] if one["revisionName"] == latest)
        told |= {"latestRolledoutRevision": previous} if both == 100 else {}


def _refused(template: dict[str, Any]) -> str:
    """Parts of a pod that Knative takes only with a feature that is off as it comes, or never."""
    found = [part for part in _REFUSED if part in template]
    containers = template.get("containers") or []
    found += [f"containers.{part}" for part in _REFUSED_OF_CONTAINERS for one in containers if part in one]
    return ", ".join(found)
