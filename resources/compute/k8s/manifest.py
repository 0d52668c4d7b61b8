"""Objects that run a training on a cluster, rendered as plain dictionaries: Job, TrainJob, PyTorchJob."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lifecycle.training.job import TrainingJob
from resources.cluster.pod import CONTAINER_SECURITY, Manifest, environment, pod_security
from resources.cluster.settings import ClusterSettings, JobKind
from resources.compute.k8s.pod import (
    DIGEST_ANNOTATION,
    Rendezvous,
    Submission,
    command,
    placement,
    pod_template,
    resources,
    training_volumes,
)

QUEUE_LABEL = "kueue.x-k8s.io/queue-name"
INDEX = "batch.kubernetes.io/job-completion-index"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKind:
    """Where objects of a kind lie in the API."""

    kind: str
    group_version: str
    plural: str


KINDS: Mapping[JobKind, ApiKind] = {
    "job": ApiKind(kind="Job", group_version="batch/v1", plural="jobs"),
    "train_job": ApiKind(kind="TrainJob", group_version="trainer.kubeflow.org/v1alpha1", plural="trainjobs"),
    "pytorch_job": ApiKind(kind="PyTorchJob", group_version="kubeflow.org/v1", plural="pytorchjobs"),
}


def kind_of(job: TrainingJob, settings: ClusterSettings) -> JobKind:
    """The kind of object that runs a job: with one process, or ranks of xgboost, a Job is all that is needed.

    Operators start processes by torchrun, which an image for trees does not have.
    """
    return settings.kind if job.processes > 1 and job.trainer != "xgboost" else "job"


def submission(job: TrainingJob, folder: Path, *, attempt: int) -> Submission:
    """Names of a job's start; the same folder and attempt, the same names.

    The name has at most 41 characters: controllers append what makes pods and host names of it.
    """
    key = hashlib.sha256(str(folder).encode()).hexdigest()[:32]
    slug = re.sub("[^a-z0-9]+", "-", job.model.lower())[:20].strip("-") or "model"
    content = json.dumps(job.model_dump(mode="json"), sort_keys=True)
    return Submission(
        job=job,
        folder=folder,
        name=f"fw-{slug}-{key[:12]}-{attempt}",
        key=key,
        attempt=attempt,
        digest=hashlib.sha256(content.encode()).hexdigest(),
    )


def manifest(asked: Submission, settings: ClusterSettings) -> Manifest:
    """The object to create.

    Raises:
        LifecycleError: the job asks for something that the cluster's settings do not know.
    """
    return _RENDER[kind_of(asked.job, settings)](asked, settings)


def service(asked: Submission, settings: ClusterSettings, owner: Manifest) -> Manifest | None:
    """The headless Service by which pods of an indexed Job find each other; None: the job needs none of ours.

    Args:
        asked: what is started.
        settings: of the cluster.
        owner: the Job as the API server keeps it: the Service goes when it goes.
    """
    if asked.job.nodes == 1 or kind_of(asked.job, settings) != "job":
        return None
    meta = owner["metadata"]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": asked.name,
            "labels": {**settings.labels, **asked.labels},
            "ownerReferences": [
                {"apiVersion": "batch/v1", "kind": "Job", "name": meta["name"], "uid": meta["uid"]}
            ],
        },
        "spec": {
            "clusterIP": "None",
            "selector": {"batch.kubernetes.io/job-name": asked.name},
            # The first pod must be found before it is ready: the others wait for it.
            "publishNotReadyAddresses": True,
            "ports": [{"name": "rendezvous", "port": settings.master_port}],
        },
    }


def outer_limit_s(job: TrainingJob, settings: ClusterSettings) -> int:
    """After so long the cluster ends the object itself, whether anybody still watches it or not."""
    patience = settings.patience
    return job.time_limit_s + patience.schedule + patience.start + patience.ending + settings.grace_s


def _rendezvous(job: TrainingJob) -> Rendezvous:
    if job.nodes > 1:
        return "by ranks" if job.count == 1 else "by arguments"
    return "one node" if job.count > 1 else "alone"


def _metadata(asked: Submission, settings: ClusterSettings) -> Manifest:
    queue = {QUEUE_LABEL: settings.queue} if settings.queue is not None else {}
    return {
        "name": asked.name,
        "namespace": settings.namespace,
        "labels": {**settings.labels, **asked.labels, **queue},
        "annotations": {**settings.annotations, DIGEST_ANNOTATION: asked.digest},
    }


def _job(asked: Submission, settings: ClusterSettings) -> Manifest:
    job, indexed, how = asked.job, asked.job.nodes > 1, _rendezvous(asked.job)
    master = f"{asked.name}-0.{asked.name}"
    told = command(asked, settings, how, rank="NODE_RANK", master=master)
    template = pod_template(asked, settings, "trainer", told)
    if indexed:
        template["spec"]["subdomain"] = asked.name
        number = {"fieldRef": {"fieldPath": f"metadata.annotations['{INDEX}']"}}
        ranks: list[Manifest] = [{"name": "NODE_RANK", "valueFrom": number}]
        if how == "by ranks":
            at = {"WORLD_SIZE": job.nodes, "MASTER_ADDR": master, "MASTER_PORT": settings.master_port}
            ranks = [{"name": "RANK", "valueFrom": number}]
            ranks += [{"name": name, "value": str(value)} for name, value in at.items()]
        template["spec"]["containers"][0]["env"] += ranks
    return {
        "apiVersion": KINDS["job"].group_version,
        "kind": KINDS["job"].kind,
        "metadata": _metadata(asked, settings),
        "spec": {
            # No second pod behind our back: why one failed decides whether the job is started again.
            "backoffLimit": 0,
            # A pod that was taken away may be gone before anybody looks: the Job remembers that it was.
            "podFailurePolicy": {
                "rules": [
                    {
                        "action": "FailJob",
                        "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}],
                    }
                ]
            },
            **({"completionMode": "Indexed"} if indexed else {}),
            "completions": job.nodes,
            "parallelism": job.nodes,
            "activeDeadlineSeconds": outer_limit_s(job, settings),
            "ttlSecondsAfterFinished": settings.keep,
            "template": template,
        },
    }


def _pytorch_job(asked: Submission, settings: ClusterSettings) -> Manifest:
    job = asked.job
    how = _rendezvous(job)
    # The operator numbers the pods, and tells it by these variables, in every version.
    told = command(asked, settings, how, rank="RANK", master="$(MASTER_ADDR)")
    replicas = {"Master": 1, **({"Worker": job.nodes - 1} if job.nodes > 1 else {})}
    return {
        "apiVersion": KINDS["pytorch_job"].group_version,
        "kind": KINDS["pytorch_job"].kind,
        "metadata": _metadata(asked, settings),
        "spec": {
            "nprocPerNode": str(job.count),
            "runPolicy": {
                "backoffLimit": 0,
                "cleanPodPolicy": "Running",
                "activeDeadlineSeconds": outer_limit_s(job, settings),
                "ttlSecondsAfterFinished": settings.keep,
            },
            "pytorchReplicaSpecs": {
                role: {
                    "replicas": count,
                    "restartPolicy": "Never",
                    "template": pod_template(asked, settings, "pytorch", told),
                }
                for role, count in replicas.items()
            },
        },
    }


def _train_job(asked: Submission, settings: ClusterSettings) -> Manifest:
    job = asked.job
    made, mounts = training_volumes(settings)
    secrets = [{"name": name} for name in settings.image_pull_secrets]
    pod: Manifest = {
        **({"serviceAccountName": settings.service_account} if settings.service_account else {}),
        **({"imagePullSecrets": secrets} if secrets else {}),
        **placement(job, settings),
        "securityContext": pod_security(settings),
        "containers": [{"name": "node", "volumeMounts": mounts, "securityContext": dict(CONTAINER_SECURITY)}],
        "volumes": made,
    }
    template = {
        "metadata": {
            "labels": {**settings.labels, **asked.labels},
            "annotations": dict(settings.annotations),
        },
        "spec": pod,
    }
    node = {"name": "node", "template": {"spec": {"template": template}}}
    return {
        "apiVersion": KINDS["train_job"].group_version,
        "kind": KINDS["train_job"].kind,
        "metadata": _metadata(asked, settings),
        "spec": {
            "runtimeRef": {"name": settings.runtime},
            "activeDeadlineSeconds": outer_limit_s(job, settings),
            "trainer": {
                "image": settings.image,
                # The runtime sets torchrun's arguments as variables.
                "command": command(asked, settings, "by environment", rank="", master=""),
                "env": environment(settings.env),
                "numNodes": job.nodes,
                "numProcPerNode": job.count,
                "resourcesPerNode": resources(job, settings),
            },
            "runtimePatches": [
                {
                    "manager": "flywheel",
                    "trainingRuntimeSpec": {"template": {"spec": {"replicatedJobs": [node]}}},
                }
            ],
        },
    }


_RENDER: Mapping[JobKind, Callable[[Submission, ClusterSettings], Manifest]] = {
    "job": _job,
    "train_job": _train_job,
    "pytorch_job": _pytorch_job,
}
