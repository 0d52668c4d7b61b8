"""The BatchPredictionJob that scores a table on Vertex AI, rendered as its REST API takes it."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lifecycle.endpoint.batch.files import ROW
from lifecycle.endpoint.batch.server import HEALTH, PREDICT
from lifecycle.endpoint.staging import Staging
from resources.vertex.settings import BatchSettings, VertexSettings

BATCH_LABEL, VERSION_LABEL, DIGEST_LABEL = "flywheel-batch", "flywheel-version", "flywheel-digest"
MODEL_LABEL, MANAGED = "flywheel-model", {"managed-by": "flywheel"}
MODULE, PORT = "lifecycle.endpoint.batch", 8080


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One batch to score."""

    model: str
    version: str
    digest: str
    """Of the bundle."""
    name: str
    """Of the rows, for people."""
    instances: Staging
    """File with a line for each row, named after its content."""
    bundle: Staging
    """Folder of the bundle."""
    answers: Staging
    """Folder for what comes of it."""


def batch_job(asked: Asked, settings: VertexSettings, batch: BatchSettings) -> dict[str, Any]:
    """The BatchPredictionJob to create.

    Its model is the container itself, and no Model of the registry: what only scores features is nothing that
    somebody could deploy, and there is nothing to remove after the job.
    """
    machine = batch.machine
    spec: dict[str, Any] = {"machineType": machine.type}
    if machine.accelerator_type is not None:
        spec |= {"acceleratorType": machine.accelerator_type, "acceleratorCount": machine.accelerators}
    own = {"PYTHONUNBUFFERED": "1", "PYTHONSAFEPATH": "1", "OMP_NUM_THREADS": "1"}
    account = settings.service_account
    body = {
        "displayName": f"fw-{_slug(asked.model)}-{_slug(asked.name)}-v{_slug(asked.version)}"[:128],
        "unmanagedContainerModel": {
            "containerSpec": {
                "imageUri": batch.image,
                "command": [batch.python, "-m", MODULE],
                "args": [
                    *("--bundle", asked.bundle.url, "--digest", asked.digest, "--host", "0.0.0.0"),
                ],
                "env": [{"name": name, "value": value} for name, value in {**own, **batch.env}.items()],
                "ports": [{"containerPort": PORT}],
                "predictRoute": PREDICT,
                "healthRoute": HEALTH,
            }
        },
        "inputConfig": {"instancesFormat": "jsonl", "gcsSource": {"uris": [asked.instances.url]}},
        # The number is kept from the container and stands beside its answer, in the place of the instance.
        "instanceConfig": {"instanceType": "object", "keyField": ROW},
        "outputConfig": {
            "predictionsFormat": "jsonl",
            "gcsDestination": {"outputUriPrefix": asked.answers.url},
        },
        "dedicatedResources": {
            "machineSpec": spec,
            "startingReplicaCount": batch.replicas,
            "maxReplicaCount": batch.max_replicas,
        },
        "manualBatchTuningParameters": {"batchSize": batch.batch_rows},
        **({"serviceAccount": account} if account is not None else {}),
        **({"encryptionSpec": {"kmsKeyName": settings.kms_key}} if settings.kms_key is not None else {}),
    }
    key = hashlib.sha256(repr(sorted(body.items())).encode()).hexdigest()[:32]
    labels = {
        **settings.labels,
        **MANAGED,
        MODEL_LABEL: _slug(asked.model)[:63],
        VERSION_LABEL: _slug(asked.version)[:63],
        DIGEST_LABEL: asked.digest[:63],
        BATCH_LABEL: key,
    }
    return {**body, "labels": labels}


def counts(job: Any) -> Mapping[str, int]:
    """Rows of a job by how they ended, as the service counts them."""
    told = job.completion_stats
    return {
        "answered": int(told.successful_count),
        "failed": int(told.failed_count),
        "not reached": max(0, int(told.incomplete_count)),  # -1: it does not know
    }


def _slug(text: str) -> str:
    return re.sub("[^a-z0-9]+", "-", text.lower()).strip("-") or "x"
