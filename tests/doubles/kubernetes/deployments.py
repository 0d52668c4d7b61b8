"""The Deployment controller: ReplicaSets, their pods, and the change from one template to the next."""

import contextlib
import copy
import hashlib
import json
import uuid
from collections.abc import Callable
from typing import Any

from tests.doubles.kubernetes.errors import ApiError
from tests.doubles.kubernetes.jobs import owner_of
from tests.doubles.kubernetes.scheduling import ended
from tests.doubles.kubernetes.store import Key, Object, Store

HASH = "pod-template-hash"


def is_ready(pod: Object) -> bool:
    """Whether requests may be sent to a pod."""
    conditions = pod["status"].get("conditions") or []
    going = "deletionTimestamp" in pod["metadata"]
    return not going and any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


class DeploymentController:
    """One pass over a Deployment at a time: `maxUnavailable: 0`, `maxSurge: 1`, whatever it asks for."""

    def __init__(self, store: Store, delete_pod: Callable[[Object], None]) -> None:
        self.store = store
        self.delete_pod = delete_pod

    def sync(self, deployment: Object) -> None:
        meta, spec = deployment["metadata"], deployment["spec"]
        wanted = spec.get("replicas", 1)
        newest = self._replica_set(deployment)
        sets = self.store.owned("replicasets", deployment)
        pods = {rs["metadata"]["name"]: self._pods(rs) for rs in sets}
        new = pods.get(newest["metadata"]["name"], [])
        old = [pod for name, found in pods.items() if name != newest["metadata"]["name"] for pod in found]
        if len(new) < wanted and len(new) + len(old) <= wanted:
            self._create_pod(newest)
        for pod in [p for p in new if not is_ready(p)][: max(0, len(new) - wanted)] or new[wanted:]:
            self.delete_pod(pod)
        ready = sum(map(is_ready, [*new, *old]))
        for pod in old:
            if not is_ready(pod):
                self.delete_pod(pod)
            elif ready > wanted:
                ready -= 1
                self.delete_pod(pod)
        status = {
            "observedGeneration": meta["generation"],
            "replicas": len(new) + len(old),
            "updatedReplicas": len(new),
            "readyReplicas": sum(map(is_ready, [*new, *old])),
        }
        key = Key("deployments", meta["namespace"], meta["name"])
        with contextlib.suppress(ApiError):
            self.store.update(key, lambda obj: obj.setdefault("status", {}).update(status))

    def _replica_set(self, deployment: Object) -> Object:
        meta, template = deployment["metadata"], copy.deepcopy(deployment["spec"]["template"])
        mark = hashlib.sha256(json.dumps(template, sort_keys=True).encode()).hexdigest()[:9]
        key = Key("replicasets", meta["namespace"], f"{meta['name']}-{mark}")
        found = self.store.find(key)
        if found is not None:
            return found
        template.setdefault("metadata", {}).setdefault("labels", {})[HASH] = mark
        return self.store.create(
            key,
            {
                "apiVersion": "apps/v1",
                "kind": "ReplicaSet",
                "metadata": {
                    "labels": template["metadata"]["labels"],
                    "ownerReferences": [owner_of(deployment, "apps/v1", "Deployment")],
                },
                "spec": {"template": template},
            },
        )

    def _pods(self, owner: Object) -> list[Object]:
        found = self.store.owned("pods", owner)
        return [pod for pod in found if "deletionTimestamp" not in pod["metadata"] and not ended(pod)]

    def _create_pod(self, owner: Object) -> None:
        meta, template = owner["metadata"], copy.deepcopy(owner["spec"]["template"])
        given: dict[str, Any] = template.get("metadata") or {}
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "labels": given.get("labels") or {},
                "annotations": given.get("annotations") or {},
                "ownerReferences": [owner_of(owner, "apps/v1", "ReplicaSet")],
            },
            "spec": {"restartPolicy": "Always", **template["spec"]},
            "status": {"phase": "Pending"},
        }
        self.store.create(Key("pods", meta["namespace"], f"{meta['name']}-{uuid.uuid4().hex[:5]}"), pod)
