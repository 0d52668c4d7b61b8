"""TrainJob and PyTorchJob: turned into an Indexed Job, or into pods by role, as their controllers do."""

import contextlib
import copy
from collections.abc import Callable
from typing import Any

from tests.doubles.kubernetes.errors import ApiError
from tests.doubles.kubernetes.jobs import INDEX, add_condition, finished, owner_of
from tests.doubles.kubernetes.scheduling import ended
from tests.doubles.kubernetes.store import Key, Object, Store

TRAINER, TRAINING = "trainer.kubeflow.org/v1alpha1", "kubeflow.org/v1"
MASTER_PORT = 29500


class KubeflowControllers:
    """Both controllers; the only training runtime is `torch-distributed`, with one replicated job `node`."""

    def __init__(self, store: Store, delete_pod: Callable[[Object], None]) -> None:
        self.store = store
        self.delete_pod = delete_pod
        self.master_port = MASTER_PORT

    def sync_train_job(self, train_job: Object) -> None:
        meta, spec = train_job["metadata"], train_job["spec"]
        key, job_key = (
            Key("trainjobs", meta["namespace"], meta["name"]),
            Key("jobs", meta["namespace"], f"{meta['name']}-node-0"),
        )
        if finished(train_job):
            return
        if spec.get("suspend"):
            self._condition(key, "Suspended", "Suspended", "TrainJob is suspended")
            return
        job = self.store.find(job_key)
        if job is None:
            if spec["runtimeRef"]["name"] != "torch-distributed":
                self._condition(
                    key, "Failed", "TrainingRuntimeNotSupported", "the referenced runtime is not known"
                )
            else:
                self.store.create(job_key, self._job_of(train_job))
            return
        for condition in (job.get("status") or {}).get("conditions") or []:
            if condition["type"] == "Complete":
                self._condition(key, "Complete", "AllJobsCompleted", "jobset completed successfully")
            elif condition["type"] == "Failed":
                reason = condition["reason"] if condition["reason"] == "DeadlineExceeded" else "FailedJobs"
                self._condition(key, "Failed", reason, "jobset failed due to one or more job failures")

    def _job_of(self, train_job: Object) -> Object:
        meta, spec = train_job["metadata"], train_job["spec"]
        trainer, nodes = spec["trainer"], spec["trainer"].get("numNodes", 1)
        patch = _pod_patch(spec)
        torchrun = {
            "PET_NNODES": nodes,
            "PET_NPROC_PER_NODE": trainer.get("numProcPerNode", "auto"),
            "PET_MASTER_ADDR": f"{meta['name']}-node-0-0.{meta['name']}",
            "PET_MASTER_PORT": self.master_port,
        }
        rank = {"fieldRef": {"fieldPath": f"metadata.annotations['{INDEX}']"}}
        container = {
            "name": "node",
            "image": trainer["image"],
            "command": trainer["command"],
            "args": trainer.get("args", []),
            "resources": trainer.get("resourcesPerNode", {}),
            "env": [
                *trainer.get("env", []),
                *({"name": name, "value": str(value)} for name, value in torchrun.items()),
                {"name": "PET_NODE_RANK", "valueFrom": rank},
            ],
        }
        patched = copy.deepcopy(patch.get("spec", {}))
        for extra in patched.pop("containers", []):
            container |= {name: value for name, value in extra.items() if name != "env"}
        pod = {"restartPolicy": "Never", "subdomain": meta["name"], **patched, "containers": [container]}
        deadline = (
            {"activeDeadlineSeconds": spec["activeDeadlineSeconds"]}
            if "activeDeadlineSeconds" in spec
            else {}
        )
        return {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"ownerReferences": [owner_of(train_job, TRAINER, "TrainJob")]},
            "spec": {
                "completionMode": "Indexed",
                "completions": nodes,
                "parallelism": nodes,
                "backoffLimit": 0,
                **deadline,
                "template": {"metadata": patch.get("metadata", {}), "spec": pod},
            },
            "status": {},
        }

    def sync_pytorch_job(self, job: Object) -> None:
        meta = job["metadata"]
        key = Key("pytorchjobs", meta["namespace"], meta["name"])
        if finished(job):
            return
        if job["spec"].get("runPolicy", {}).get("suspend"):
            self._condition(key, "Suspended", "PyTorchJobSuspended", "PyTorchJob is suspended")
            return
        pods = self.store.owned("pods", job)
        if not job.get("status"):
            self._condition(key, "Created", "PyTorchJobCreated", "PyTorchJob is created")
            for rank, (role, index, replicas) in enumerate(_replicas(job)):
                self._create_replica(job, role, index, replicas, rank)
            return
        lost = len(list(_replicas(job))) > len(pods)
        if lost or any(pod["status"].get("phase") == "Failed" for pod in pods):
            for pod in pods:
                if not ended(pod):
                    self.delete_pod(pod)
            self._condition(key, "Failed", "PyTorchJobFailed", f"PyTorchJob {meta['name']} is failed")
        elif any(
            p["status"].get("phase") == "Succeeded" and "-master-" in p["metadata"]["name"] for p in pods
        ):
            self._condition(
                key,
                "Succeeded",
                "PyTorchJobSucceeded",
                f"PyTorchJob {meta['name']} is successfully completed",
            )

    def _create_replica(
        self, job: Object, role: str, index: int, replicas: dict[str, Any], rank: int
    ) -> None:
        meta, template = job["metadata"], copy.deepcopy(replicas["template"])
        given = template.get("metadata") or {}
        service = f"{meta['name']}-master-0"
        set_by_operator = {
            "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": self.master_port,
            "WORLD_SIZE": len(list(_replicas(job))),
            "RANK": rank,
        }
        for container in template["spec"]["containers"]:
            container.setdefault("env", []).extend(
                {"name": name, "value": str(value)} for name, value in set_by_operator.items()
            )
        labels = {
            "training.kubeflow.org/job-name": meta["name"],
            "training.kubeflow.org/replica-type": role.lower(),
            "training.kubeflow.org/replica-index": str(index),
        }
        spec = {
            **template["spec"],
            "restartPolicy": replicas.get("restartPolicy", "Never"),
            "hostname": service,
        }
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "labels": {**(given.get("labels") or {}), **labels},
                "annotations": given.get("annotations") or {},
                "ownerReferences": [owner_of(job, TRAINING, "PyTorchJob")],
            },
            "spec": spec,
            "status": {"phase": "Pending"},
        }
        self.store.create(Key("pods", meta["namespace"], f"{meta['name']}-{role.lower()}-{index}"), pod)

    def _condition(self, key: Key, kind: str, reason: str, message: str) -> None:
        with contextlib.suppress(ApiError):
            self.store.update(key, lambda obj: add_condition(obj, kind, reason, message))


def _replicas(job: Object) -> list[tuple[str, int, dict[str, Any]]]:
    specs = job["spec"]["pytorchReplicaSpecs"]
    roles = [role for role in ("Master", "Worker") if role in specs]
    return [(role, index, specs[role]) for role in roles for index in range(specs[role].get("replicas", 1))]


def _pod_patch(spec: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for patch in spec.get("runtimePatches", []):
        for job in patch["trainingRuntimeSpec"]["template"]["spec"]["replicatedJobs"]:
            if job["name"] == "node":
                found = job["template"]["spec"]["template"]
    return found
