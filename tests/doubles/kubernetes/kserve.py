"""KServe's controller: in Standard mode Deployments, Services and a route of an InferenceService."""

import contextlib
from typing import Any

from tests.doubles.kubernetes.deployments import is_ready
from tests.doubles.kubernetes.errors import ApiError
from tests.doubles.kubernetes.gateway import GATEWAY
from tests.doubles.kubernetes.jobs import owner_of
from tests.doubles.kubernetes.knative import MODE, KnativeController, put_owned
from tests.doubles.kubernetes.store import Key, Object, Store

_OWN = ("name", "minReplicas", "maxReplicas", "labels", "annotations", "canaryTrafficPercent", "timeout")
_API, _KIND = "serving.kserve.io/v1beta1", "InferenceService"


class KServeController:
    """One pass over an InferenceService at a time. Whoever asks for the wrong mode gets no canary."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.knative = KnativeController(store)

    def sync(self, service: Object) -> None:
        if (service["metadata"].get("annotations") or {}).get(MODE) in ("Serverless", "Knative"):
            self.knative.sync(service)
            return
        spec = service["spec"]
        shares = {one["predictor"]["name"]: one.get("trafficPercent", 0) for one in spec.get("canary") or []}
        predictors = {one["predictor"]["name"]: one["predictor"] for one in spec.get("canary") or []}
        stable = spec["predictor"].get("name", "")
        predictors = {stable: spec["predictor"], **predictors}
        for name, predictor in predictors.items():
            self._predictor(service, name, predictor)
        for plural in ("deployments", "services"):
            for obj in self.store.owned(plural, service):
                if obj["metadata"]["name"] not in {_full(service, name) for name in predictors}:
                    key = Key(plural, obj["metadata"]["namespace"], obj["metadata"]["name"])
                    with contextlib.suppress(ApiError):
                        self.store.delete(key)
        ready = {name: share for name, share in shares.items() if share and self._is_ready(service, name)}
        weights = {stable: 100 - sum(ready.values()), **ready}
        self._route(service, {_full(service, name): weight for name, weight in weights.items()})

    def _predictor(self, service: Object, name: str, predictor: dict[str, Any]) -> None:
        full = _full(service, name)
        pod = {key: part for key, part in predictor.items() if key not in _OWN}
        labels = {**(predictor.get("labels") or {}), "app": f"isvc.{full}"}
        template = {
            "metadata": {"labels": labels, "annotations": predictor.get("annotations") or {}},
            "spec": pod,
        }
        replicas = predictor.get("minReplicas", 1)
        selector = {"matchLabels": {"app": f"isvc.{full}"}}
        self._put(
            service,
            "deployments",
            full,
            {"replicas": replicas, "selector": selector, "template": template},
        )
        port = pod["containers"][0]["ports"][0]["containerPort"]
        ports = [{"name": full, "port": 80, "targetPort": port}]
        self._put(service, "services", full, {"selector": {"app": f"isvc.{full}"}, "ports": ports})

    def _route(self, service: Object, weights: dict[str, int]) -> None:
        refs = [{"name": name, "port": 80, "weight": weight} for name, weight in weights.items()]
        every = {"path": {"type": "RegularExpression", "value": "^/.*$"}}
        rules = [{"matches": [every], "backendRefs": refs}]
        spec = {"parentRefs": [{"name": GATEWAY}], "rules": rules}
        self._put(service, "httproutes", service["metadata"]["name"], spec)

    def _put(self, service: Object, plural: str, name: str, spec: dict[str, Any]) -> None:
        put_owned(self.store, owner_of(service, _API, _KIND), Key(plural, _namespace(service), name), spec)

    def _is_ready(self, service: Object, name: str) -> bool:
        label = f"app=isvc.{_full(service, name)}"
        return any(map(is_ready, self.store.select("pods", service["metadata"]["namespace"], labels=label)))


def _namespace(service: Object) -> str:
    return str(service["metadata"]["namespace"])


def _full(service: Object, name: str) -> str:
    return (
        f"{service['metadata']['name']}-{name}-predictor"
        if name
        else f"{service['metadata']['name']}-predictor"
    )
