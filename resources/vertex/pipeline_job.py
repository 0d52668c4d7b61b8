"""A pipeline on Vertex AI Pipelines: what is submitted, before there is a project, and its submission."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lifecycle.errors import LifecycleError
from resources.vertex.api import VertexApi, VertexRefusedError
from resources.vertex.messages import message
from resources.vertex.settings import VertexSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineRun:
    """One run of a pipeline."""

    name: str
    """Of the pipeline."""
    pipeline: Mapping[str, Any]
    """Its specification, in its JSON form."""
    partition: str
    at: datetime
    """When it was asked for; a second run of the same partition is another one."""
    account: str | None = None
    """Service account of its steps: that of runs, not that of training containers. None: Vertex AI's own."""

    @property
    def id(self) -> str:
        """Id of the job: a creation that is repeated since its answer was lost makes no second one."""
        digest = hashlib.sha256(repr((self.partition, self.account, self.pipeline)).encode()).hexdigest()[:8]
        return f"{self.name[:90]}-{self.at:%Y%m%d%H%M%S}-{digest}"


def pipeline_job(run: PipelineRun, settings: VertexSettings) -> dict[str, Any]:
    """The PipelineJob to create.

    Raises:
        LifecycleError: the staging folder is none that Vertex AI Pipelines can write to.
    """
    if not settings.staging.startswith("gs://"):
        raise LifecycleError(
            f"Vertex AI Pipelines keep what steps tell each other in a bucket, and `staging` is "
            f"{settings.staging}: let it be gs://BUCKET/FOLDER"
        )
    labels = {"flywheel-pipeline": run.name[:63], "flywheel-partition": _label(run.partition)}
    return {
        "displayName": f"{run.name} {run.partition}"[:128],
        "labels": {**settings.labels, **labels},
        "pipelineSpec": dict(run.pipeline),
        "runtimeConfig": {
            "gcsOutputDirectory": f"{settings.staging.rstrip('/')}/pipelines",
            "parameterValues": {"partition": run.partition},
            # A step that failed has blocked those after it; the others would only cost.
            "failurePolicy": "PIPELINE_FAILURE_POLICY_FAIL_FAST",
        },
        **({"serviceAccount": run.account} if run.account is not None else {}),
        **({"network": settings.network} if settings.network is not None else {}),
        **({"encryptionSpec": {"kmsKeyName": settings.kms_key}} if settings.kms_key is not None else {}),
    }


def submit(api: VertexApi, run: PipelineRun) -> str:
    """Create the job of a run; its resource name.

    Raises:
        VertexRefusedError: the service said no.
        VertexAwayError: it was busy or away for too long; the job may have been created.
    """
    from google.cloud.aiplatform_v1 import types

    settings = api.settings
    request = types.CreatePipelineJobRequest(
        parent=settings.location,
        pipeline_job=message(types.PipelineJob, pipeline_job(run, settings)),
        pipeline_job_id=run.id,
    )
    try:
        created = api.call("Pipeline", "create_pipeline_job", request, asked=f"create the pipeline {run.id}")
    except VertexRefusedError as exc:
        if exc.code != "ALREADY_EXISTS":
            raise
        # The answer to the first try was lost.
        return f"{settings.location}/pipelineJobs/{run.id}"
    return str(created.name)


def console_url(settings: VertexSettings, name: str) -> str:
    """Where people see a pipeline job."""
    number = name.rsplit("/", 1)[1]
    return (
        f"https://console.cloud.google.com/vertex-ai/pipelines/locations/{settings.region}/runs/{number}"
        f"?project={settings.project}"
    )


def _label(text: str) -> str:
    return re.sub("[^a-z0-9_-]", "-", text.lower())[:63]
