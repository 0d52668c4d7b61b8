"""The pod that trains: the same for every kind of job."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lifecycle.errors import LifecycleError
from lifecycle.training.job import TrainingJob
from resources.cluster.pod import (
    CONTAINER_SECURITY,
    Manifest,
    env_sources,
    environment,
    escaped,
    own_labels,
    pod_security,
    volumes,
)
from resources.cluster.settings import AcceleratorNodes, ClusterSettings, Placement

JOB_LABEL, ATTEMPT_LABEL = "flywheel/job", "flywheel/attempt"
DIGEST_ANNOTATION = "flywheel/job-digest"
SHARED_MEMORY = "shared-memory"


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One start of a job on a cluster."""

    job: TrainingJob
    folder: Path
    """With the job file; the pods see it at the same path."""
    name: str
    """Of all objects of this attempt."""
    key: str
    """Of all attempts of this job: the value of their label."""
    attempt: int
    digest: str
    """Of the job file: who finds the object knows whether it is the very same job."""

    @property
    def labels(self) -> Mapping[str, str]:
        """What every object and pod of the attempt bears."""
        return {
            **own_labels("training", self.job.model),
            JOB_LABEL: self.key,
            ATTEMPT_LABEL: str(self.attempt),
        }


Rendezvous = Literal["alone", "one node", "by ranks", "by arguments", "by environment"]
"""How the processes of a job find each other.

`alone`: there is one. `one node`: our launcher starts them. `by ranks`: one on each node, told its rank by
the variables that torchrun would set. `by arguments` and `by environment`: by torchrun, which is told so. It
hides the exit codes of what it starts: it is the last resort.
"""


def command(
    asked: Submission, settings: ClusterSettings, how: Rendezvous, *, rank: str, master: str
) -> list[str]:
    """The command of the training container; never through a shell.

    Args:
        asked: what is started.
        settings: of the cluster.
        how: how the processes find each other.
        rank: variable that holds the number of the pod, where that goes by arguments.
        master: host name of the first pod, or a variable that holds it.
    """
    job = asked.job
    folder = escaped(str(asked.folder))
    if how == "one node":
        return [settings.python, "-m", "lifecycle.training.launch", folder]
    training = ["-m", "lifecycle.training", folder]
    if how in ("alone", "by ranks"):
        return [settings.python, *training]
    run = [settings.python, "-m", "torch.distributed.run"]
    if how == "by arguments":
        run += [
            f"--nnodes={job.nodes}",
            f"--nproc-per-node={job.count}",
            f"--node-rank=$({rank})",
            f"--master-addr={master}",
            f"--master-port={settings.master_port}",
        ]
    return [*run, *training]


def resources(job: TrainingJob, settings: ClusterSettings) -> Manifest:
    """What one pod asks for. Memory is a limit as well; processors are not: idle ones would be wasted."""
    memory = {"memory": f"{job.memory_gib or settings.memory_gib}Gi"}
    devices: dict[str, str] = {}
    if (nodes := _accelerator(job, settings)) is not None:
        devices = {nodes.resource: str(job.count)}
    return {"requests": {"cpu": str(job.threads), **memory, **devices}, "limits": {**memory, **devices}}


def training_volumes(settings: ClusterSettings) -> tuple[list[Manifest], list[Manifest]]:
    """Volumes of a training's pod, and where its container mounts them."""
    made, mounts = volumes(settings.volumes)
    if settings.shared_memory is not None:
        made.append(
            {"name": SHARED_MEMORY, "emptyDir": {"medium": "Memory", "sizeLimit": settings.shared_memory}}
        )
        mounts.append({"name": SHARED_MEMORY, "mountPath": "/dev/shm"})
    return made, mounts


def placement(job: TrainingJob, settings: ClusterSettings) -> Manifest:
    """Node selector and tolerations, of whichever of them there are.

    Raises:
        LifecycleError: the job wants spot machines, and the settings name none.
    """
    wanted: list[Placement] = [settings.placement]
    if (nodes := _accelerator(job, settings)) is not None:
        wanted.append(nodes)
    if job.spot:
        if settings.spot is None:
            raise LifecycleError(
                f"{job.model} asks for spot machines (training.compute.spot), and the cluster's settings "
                "name none: add `spot` with their node_selector and tolerations"
            )
        wanted.append(settings.spot)
    selector = {key: value for part in wanted for key, value in part.node_selector.items()}
    tolerations = [t.model_dump(exclude_none=True) for part in wanted for t in part.tolerations]
    found: Manifest = {"nodeSelector": selector} if selector else {}
    return found | ({"tolerations": tolerations} if tolerations else {})


def pod_template(asked: Submission, settings: ClusterSettings, container: str, told: list[str]) -> Manifest:
    """The template of a pod with one container, without what differs by the kind of job.

    Args:
        asked: what is started.
        settings: of the cluster.
        container: its name.
        told: its command.
    """
    made, mounts = training_volumes(settings)
    policy = settings.image_pull_policy
    sources = env_sources(settings.env_secrets)
    return {
        "metadata": {
            "labels": {**settings.labels, **asked.labels},
            "annotations": dict(settings.annotations),
        },
        "spec": {
            "restartPolicy": "Never",
            "activeDeadlineSeconds": asked.job.time_limit_s,
            "terminationGracePeriodSeconds": settings.grace_s,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            **({"serviceAccountName": settings.service_account} if settings.service_account else {}),
            **({"priorityClassName": settings.priority_class} if settings.priority_class else {}),
            **(
                {"imagePullSecrets": [{"name": n} for n in settings.image_pull_secrets]}
                if settings.image_pull_secrets
                else {}
            ),
            **placement(asked.job, settings),
            "securityContext": pod_security(settings),
            "containers": [
                {
                    "name": container,
                    "image": settings.image,
                    **({"imagePullPolicy": policy} if policy is not None else {}),
                    "command": told,
                    "env": environment(settings.env),
                    **({"envFrom": sources} if sources else {}),
                    "resources": resources(asked.job, settings),
                    "securityContext": dict(CONTAINER_SECURITY),
                    "volumeMounts": mounts,
                }
            ],
            "volumes": made,
        },
    }


def _accelerator(job: TrainingJob, settings: ClusterSettings) -> AcceleratorNodes | None:
    if job.accelerator is None:
        return None
    if job.accelerator not in settings.accelerators:
        raise LifecycleError(
            f"{job.model} asks for the accelerator {job.accelerator!r} (training.compute.accelerator), and "
            "the cluster's settings do not know it: add it to `accelerators`"
        )
    return settings.accelerators[job.accelerator]
