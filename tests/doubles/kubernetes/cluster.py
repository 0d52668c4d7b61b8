"""The cluster behind the double's API server: nodes, controllers, and what can befall a pod."""

import contextlib
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.doubles.kubernetes.deployments import DeploymentController
from tests.doubles.kubernetes.errors import ApiError
from tests.doubles.kubernetes.gateway import Gateway
from tests.doubles.kubernetes.jobs import JobController
from tests.doubles.kubernetes.kserve import KServeController
from tests.doubles.kubernetes.kubeflow import KubeflowControllers
from tests.doubles.kubernetes.kubelet import GRACE_S, Kubelet
from tests.doubles.kubernetes.process import OUT_OF_MEMORY
from tests.doubles.kubernetes.scheduling import choose, ended
from tests.doubles.kubernetes.store import Key, Object, Store, timestamp

Mishap = Literal["deleted", "preempted", "drained", "evicted", "node lost", "out of memory", "killed"]
QUEUE = "kueue.x-k8s.io/queue-name"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeFacts:
    """A node of the double: what can be asked of it, and of whom."""

    name: str = "node-0"
    allocatable: Mapping[str, str] = field(default_factory=lambda: {"cpu": "64", "memory": "256Gi"})
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: Sequence[Mapping[str, str]] = ()


GPU_NODE = NodeFacts(
    name="gpu-0",
    allocatable={"cpu": "64", "memory": "256Gi", "nvidia.com/gpu": "4"},
    labels={"accelerator": "gpu"},
    taints=({"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"},),
)


class Cluster:
    """Runs what was written into its store, until it is closed."""

    def __init__(
        self, nodes: Sequence[NodeFacts], images: Collection[str] | None, *, gateway_port: int = 0
    ) -> None:
        self.store = Store()
        self.kubelet = Kubelet(self.store, images)
        self.admits_queues = True
        """False: what names a queue waits, as it does under Kueue while its quota is used up."""
        self.jobs = JobController(self.store, self.delete_pod)
        self.kubeflow = KubeflowControllers(self.store, self.delete_pod)
        self.deployments = DeploymentController(self.store, self.delete_pod)
        self.kserve = KServeController(self.store)
        self.gateway = Gateway(self.store, port=gateway_port)
        self._closed = threading.Event()
        for node in nodes:
            self.store.create(Key("nodes", "", node.name), _node(node))
        self._thread = threading.Thread(target=self._loop, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        self._thread.join(GRACE_S)
        self.gateway.close()
        self.kubelet.stop_all()

    @property
    def closed(self) -> bool:
        """Whether it is to run no longer."""
        return self._closed.is_set()

    def delete_pod(self, pod: Object, *, grace_s: float | None = None) -> None:
        """Mark a pod as going; it is gone when its processes are."""
        meta = pod["metadata"]
        key = Key("pods", meta["namespace"], meta["name"])
        asked = pod["spec"].get("terminationGracePeriodSeconds", 30) if grace_s is None else grace_s
        marked = False

        def mark(obj: Object) -> None:
            nonlocal marked
            if obj["metadata"]["uid"] == meta["uid"] and "deletionTimestamp" not in obj["metadata"]:
                obj["metadata"] |= {"deletionTimestamp": timestamp(), "deletionGracePeriodSeconds": asked}
                marked = True

        with contextlib.suppress(ApiError):
            self.store.update(key, mark)
        if marked:
            threading.Thread(target=self._remove, args=(key, meta["uid"], asked), daemon=True).start()

    def befall(self, pod: Object, mishap: Mishap) -> None:
        """Let something happen to a pod."""
        meta = pod["metadata"]
        key, uid = Key("pods", meta["namespace"], meta["name"]), meta["uid"]
        if mishap == "out of memory":
            self.kubelet.kill(uid, OUT_OF_MEMORY)
        elif mishap == "killed":
            self.kubelet.kill(uid, "Error")
        elif mishap == "evicted":
            self._disrupt(key, "TerminationByKubelet")
            message = "The node was low on resource: memory. Threshold quantity: 100Mi, available: 80Mi."
            self.kubelet.stop(uid, status={"reason": "Evicted", "message": message})
        elif mishap == "node lost":
            # The node does not answer: the pod is to go, and nothing more is heard of it.
            self._disrupt(key, "DeletionByTaintManager")
            self.store.update(key, lambda obj: obj["metadata"].update(deletionTimestamp=timestamp()))
        else:
            reasons = {"preempted": "PreemptionByScheduler", "drained": "EvictionByEvictionAPI"}
            if mishap in reasons:
                self._disrupt(key, reasons[mishap])
            self.delete_pod(pod)

    def _disrupt(self, key: Key, reason: str) -> None:
        condition = {"type": "DisruptionTarget", "status": "True", "reason": reason, "message": reason}
        self.store.update(key, lambda obj: obj["status"].setdefault("conditions", []).append(condition))

    def _remove(self, key: Key, uid: str, grace_s: float) -> None:
        self.kubelet.stop(uid, grace_s=grace_s)
        with contextlib.suppress(ApiError):
            # One that never ran has ended, too: its Job is told.
            self.store.update(key, lambda obj: ended(obj) or obj["status"].update(phase="Failed"))
            while (pod := self.store.get(key))["metadata"].get("finalizers"):
                if self._orphaned(pod) or self.closed:
                    break
                self.store.wait_past(self.store.version, timeout_s=0.05)
            if pod["metadata"]["uid"] == uid:
                self.store.delete(key)

    def _loop(self) -> None:
        seen = -1
        while not self._closed.is_set():
            # Some things happen by the clock alone: they are looked after five times a second.
            seen = self.store.wait_past(seen, timeout_s=0.2)
            self._pass()

    def _pass(self) -> None:
        pods = self.store.select("pods")
        for pod in pods:
            if (
                not pod["spec"].get("nodeName")
                and not ended(pod)
                and "deletionTimestamp" not in pod["metadata"]
            ):
                self._schedule(pod)
        for plural, sync in (
            ("trainjobs", self.kubeflow.sync_train_job),
            ("pytorchjobs", self.kubeflow.sync_pytorch_job),
            ("jobs", self.jobs.sync),
            ("inferenceservices", self.kserve.sync),
            ("deployments", self.deployments.sync),
        ):
            for obj in self.store.select(plural):
                sync(obj)
        self.gateway.sync()
        self._collect_garbage()

    def _schedule(self, pod: Object) -> None:
        meta = pod["metadata"]
        key = Key("pods", meta["namespace"], meta["name"])
        lacking = [
            f'persistentvolumeclaim "{claim}" not found'
            for volume in pod["spec"].get("volumes") or []
            if (claim := (volume.get("persistentVolumeClaim") or {}).get("claimName"))
            and self.store.find(Key("persistentvolumeclaims", meta["namespace"], claim)) is None
        ]
        node, why = choose(pod, self.store.select("nodes"), self.store.select("pods"))
        if lacking or not node:
            told = {"status": "False", "reason": "Unschedulable", "message": lacking[0] if lacking else why}
            self._scheduled(key, meta["uid"], "", told)
        else:
            self._scheduled(key, meta["uid"], node, {"status": "True"})
            self.kubelet.start(self.store.get(key))

    def _scheduled(self, key: Key, uid: str, node: str, told: Mapping[str, Any]) -> None:
        def change(obj: Object) -> None:
            old = obj["status"].setdefault("conditions", [])
            same = [c for c in old if c["type"] == "PodScheduled" and c.get("message") == told.get("message")]
            if obj["metadata"]["uid"] == uid and (node or not same):
                others = [c for c in old if c["type"] != "PodScheduled"]
                obj["status"]["conditions"] = [*others, {"type": "PodScheduled", **told}]
                if node:
                    obj["spec"]["nodeName"] = node

        with contextlib.suppress(ApiError):
            self.store.update(key, change)

    def _orphaned(self, obj: Object) -> bool:
        """Whether what owned it is gone."""
        refs = {ref["uid"] for ref in obj["metadata"].get("ownerReferences", [])}
        owners = {
            owner["metadata"]["uid"]
            for plural in (
                "jobs",
                "trainjobs",
                "pytorchjobs",
                "deployments",
                "replicasets",
                "inferenceservices",
                "revisions",
            )
            for owner in self.store.select(plural)
        }
        return bool(refs) and not refs & owners

    def _collect_garbage(self) -> None:
        for plural in ("pods", "jobs", "services", "replicasets", "deployments", "httproutes", "revisions"):
            for obj in self.store.select(plural):
                if self._orphaned(obj):
                    if plural == "pods":
                        self.delete_pod(obj)
                    else:
                        with contextlib.suppress(ApiError):
                            self.store.delete(
                                Key(plural, obj["metadata"]["namespace"], obj["metadata"]["name"])
                            )


def _node(facts: NodeFacts) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"labels": dict(facts.labels)},
        "spec": {"taints": [dict(taint) for taint in facts.taints]},
        "status": {"allocatable": dict(facts.allocatable)},
    }
