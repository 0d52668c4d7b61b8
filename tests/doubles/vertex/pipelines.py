"""PipelineService: jobs of pipelines are checked and kept; nothing runs their steps."""

import re
from typing import Any

from tests.doubles.vertex.errors import RpcError
from tests.doubles.vertex.jobs import check_labels
from tests.doubles.vertex.resources import Kept, now

ID = re.compile(r"[a-z][-a-z0-9]{0,127}")


class Pipelines:
    """Pipeline jobs."""

    def __init__(self) -> None:
        self.kept = Kept("PipelineJob")

    def create(self, request: Any) -> Any:
        from google.cloud import aiplatform_v1 as v1
        from google.protobuf import json_format
        from kfp.pipeline_spec import pipeline_spec_pb2

        job = v1.PipelineJob(request.pipeline_job)
        job.name = f"{request.parent}/pipelineJobs/{request.pipeline_job_id}"
        if not ID.fullmatch(request.pipeline_job_id):
            raise RpcError("INVALID_ARGUMENT", f"pipeline_job_id {request.pipeline_job_id!r} is not valid.")
        if not job.runtime_config.gcs_output_directory.startswith("gs://"):
            raise RpcError("INVALID_ARGUMENT", "runtime_config.gcs_output_directory must be in a bucket.")
        check_labels(job.labels)
        raw = json_format.MessageToDict(v1.PipelineJob.pb(job).pipeline_spec)
        try:
            spec = json_format.ParseDict(raw, pipeline_spec_pb2.PipelineSpec())
        except json_format.ParseError as exc:
            raise RpcError("INVALID_ARGUMENT", f"Invalid pipeline spec: {exc}") from exc
        if lacking := set(spec.root.input_definitions.parameters) - set(job.runtime_config.parameter_values):
            raise RpcError("INVALID_ARGUMENT", f"The input parameter(s) {sorted(lacking)} is not provided.")
        if any(kept.name == job.name for kept in self.kept.all()):
            raise RpcError("ALREADY_EXISTS", f"The PipelineJob {job.name} already exists.")
        job.create_time = now()
        job.state = v1.PipelineState.PIPELINE_STATE_PENDING
        return self.kept.put(job)

    def get(self, request: Any) -> Any:
        return self.kept.read(request.name)
