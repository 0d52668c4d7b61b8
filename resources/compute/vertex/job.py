"""The CustomJob that runs a training on Vertex AI, rendered as its REST API takes it."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lifecycle.endpoint.staging import Staging
from lifecycle.errors import LifecycleError
from lifecycle.training.job import TrainingJob
from resources.vertex.jobs import ATTEMPT_LABEL
from resources.vertex.settings import Machine, TrainingSettings, VertexSettings

JOB_LABEL, DIGEST_LABEL = "flywheel-job", "flywheel-digest"
MODEL_LABEL, MANAGED = "flywheel-model", {"managed-by": "flywheel"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One start of a job on Vertex AI."""

    job: TrainingJob
    """As containers see it: its tables are paths that they have."""
    folder: Staging
    """With the job file."""
    name: str
    """What people see; Vertex AI numbers jobs itself."""
    key: str
    """Of all attempts of this job: the value of their label."""
    attempt: int
    digest: str
    """Of the job file: who finds the job knows whether it is the very same."""

    @property
    def labels(self) -> Mapping[str, str]:
        """What the job bears, and is found by."""
        return {
            **MANAGED,
            MODEL_LABEL: label_value(self.job.model),
            JOB_LABEL: self.key,
            ATTEMPT_LABEL: str(self.attempt),
            DIGEST_LABEL: self.digest,
        }


def submission(job: TrainingJob, folder: Staging, *, attempt: int) -> Submission:
    """Names of a job's start; the same folder and attempt, the same names."""
    key = hashlib.sha256(folder.url.encode()).hexdigest()[:32]
    slug = re.sub("[^a-z0-9]+", "-", job.model.lower())[:40].strip("-") or "model"
    content = json.dumps(job.model_dump(mode="json"), sort_keys=True)
    return Submission(
        job=job,
        folder=folder,
        name=f"fw-{slug}-{key[:12]}-{attempt}",
        key=key,
        attempt=attempt,
        digest=hashlib.sha256(content.encode()).hexdigest()[:32],
    )


def label_value(text: str) -> str:
    """A text as a label may hold it.

    >>> label_value("Flight Delay/2")
    'flight-delay-2'
    """
    return re.sub("[^a-z0-9_-]", "-", text.lower())[:63]


def as_mounted(job: TrainingJob, tables: Sequence[str]) -> TrainingJob:
    """The job with paths that containers have.

    Args:
        job: as the run made it.
        tables: where containers find its tables.

    Raises:
        LifecycleError: its checkpoints are in a folder of this machine.
    """
    checkpoints = job.checkpoints
    if checkpoints is not None and checkpoints.startswith("gs://"):
        checkpoints = Staging(checkpoints).mounted
    elif checkpoints is not None and "://" not in checkpoints:
        raise LifecycleError(
            f"containers of Vertex AI would not find {checkpoints}, the folder of checkpoints: give a URL, "
            "or none: they are kept in the job's folder then, which lies in the staging folder"
        )
    return job.model_copy(update={"tables": tuple(tables), "checkpoints": checkpoints})


def machine_for(job: TrainingJob, training: TrainingSettings) -> Machine:
    """The first machine that has what each node of a job asks for.

    Raises:
        LifecycleError: none has; with what was asked for and what there is.
    """
    accelerators = job.count if job.accelerator is not None else 0
    for machine in training.machines:
        if (
            machine.accelerator == job.accelerator
            and machine.accelerators == accelerators
            and machine.cpus >= job.threads
            and machine.memory_gib >= (job.memory_gib or 0)
        ):
            return machine
    asked = f"{job.threads} cpus" + (f", {job.memory_gib} GiB" if job.memory_gib is not None else "")
    asked += f", {accelerators} x {job.accelerator}" if accelerators else ""
    there = ", ".join(machine.type for machine in training.machines)
    raise LifecycleError(
        f"{job.model} asks for {asked} a node (training.compute), and no machine of the settings has exactly "
        f"these accelerators and as much of the rest ({there}): add one to `training.machines`"
    )


def custom_job(asked: Submission, settings: VertexSettings, training: TrainingSettings) -> dict[str, Any]:
    """The CustomJob to create.

    Raises:
        LifecycleError: the job asks for what the settings do not know, or what does not go together.
    """
    job = asked.job
    if job.spot and training.reservation is not None:
        raise LifecycleError(
            f"{job.model} asks for spot machines (training.compute.spot), and the settings take machines "
            "from a reservation: leave out one of them"
        )
    # The first pool is the one replica that has rank 0.
    counts = [1, job.nodes - 1] if job.nodes > 1 else [1]
    pools = [{**_pool(asked, training), "replicaCount": str(count)} for count in counts]
    account, network = settings.service_account, settings.network
    return {
        "displayName": asked.name,
        "labels": {**settings.labels, **asked.labels},
        "jobSpec": {
            "workerPoolSpecs": pools,
            "scheduling": {
                "timeout": f"{job.time_limit_s}s",
                "strategy": "SPOT" if job.spot else "STANDARD",
                # No second start behind our back: why one ended decides whether the job is started again.
                "disableRetries": True,
                "restartJobOnWorkerRestart": False,
            },
            **({"serviceAccount": account} if account is not None else {}),
            **({"network": network} if network is not None else {}),
        },
        **({"encryptionSpec": {"kmsKeyName": settings.kms_key}} if settings.kms_key is not None else {}),
    }


def command(asked: Submission, training: TrainingSettings) -> list[str]:
    """The command of the containers; never through a shell."""
    job, folder = asked.job, asked.folder.mounted
    if job.nodes > 1:
        module = "lifecycle.training.cluster_spec"
    else:
        module = "lifecycle.training.launch" if job.count > 1 else "lifecycle.training"
    return [training.python, "-m", module, folder]


def _pool(asked: Submission, training: TrainingSettings) -> dict[str, Any]:
    machine = machine_for(asked.job, training)
    spec: dict[str, Any] = {"machineType": machine.type}
    if machine.accelerator_type is not None:
        spec |= {"acceleratorType": machine.accelerator_type, "acceleratorCount": machine.accelerators}
    if training.reservation is not None:
        spec["reservationAffinity"] = {
            "reservationAffinityType": "SPECIFIC_RESERVATION",
            "key": "compute.googleapis.com/reservation-name",
            "values": [training.reservation.name],
        }
    shares = [
        {"server": share.server, "path": share.path, "mountPoint": share.mount_point}
        for share in training.shares
    ]
    own = {"PYTHONUNBUFFERED": "1", "PYTHONSAFEPATH": "1"}
    return {
        "machineSpec": spec,
        "diskSpec": {"bootDiskType": "pd-ssd", "bootDiskSizeGb": training.disk_gib},
        **({"nfsMounts": shares} if shares else {}),
        "containerSpec": {
            "imageUri": training.image,
            "command": command(asked, training),
            "env": [{"name": name, "value": value} for name, value in {**own, **training.env}.items()],
        },
    }
