"""A pipeline on Vertex AI: what is submitted, and a submission whose answer is lost."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from google.cloud.aiplatform_v1 import types

from lifecycle.errors import LifecycleError
from resources.vertex.api import VertexApi, VertexRefusedError
from resources.vertex.pipeline_job import PipelineRun, console_url, pipeline_job, submit
from resources.vertex.settings import VertexSettings
from tests.doubles.kubernetes.faults import Fault
from tests.doubles.vertex.server import vertex
from tests.resources.compute.vertex_cases import LARGE, SMALL

KEPT = Path(__file__).parents[2] / "golden" / "kfp" / "cached_on_google.yaml"
RUN = PipelineRun(
    name="orders",
    pipeline=yaml.safe_load(KEPT.read_text()),
    partition="2024-03-02",
    at=datetime(2024, 3, 3, 6, tzinfo=UTC),
    account="run@project-1.iam.gserviceaccount.com",
)
LOCATION = "projects/project-1/locations/europe-west4"


def settings(body: Any = SMALL) -> VertexSettings:
    return VertexSettings.model_validate({**body, "poll_s": 0.02})


def test_what_is_submitted() -> None:
    made = pipeline_job(RUN, settings(LARGE))
    assert made.pop("pipelineSpec") == RUN.pipeline
    assert made == {
        "displayName": "orders 2024-03-02",
        "labels": {
            "team": "delays",
            "cost-centre": "42",
            "flywheel-pipeline": "orders",
            "flywheel-partition": "2024-03-02",
        },
        "runtimeConfig": {
            "gcsOutputDirectory": "gs://delays/flywheel/pipelines",
            "parameterValues": {"partition": "2024-03-02"},
            "failurePolicy": "PIPELINE_FAILURE_POLICY_FAIL_FAST",
        },
        "serviceAccount": "run@project-1.iam.gserviceaccount.com",
        "network": "projects/123456789/global/networks/training",
        "encryptionSpec": {"kmsKeyName": LARGE["kms_key"]},
    }


def test_a_second_run_of_a_partition_has_a_name_of_its_own_and_a_repeated_call_has_not() -> None:
    assert RUN.id == replace(RUN).id
    later = replace(RUN, at=datetime(2024, 3, 3, 7, tzinfo=UTC))
    edited = replace(RUN, pipeline={**RUN.pipeline, "sdkVersion": "x"})
    assert len({RUN.id, later.id, edited.id, replace(RUN, partition="2024-03-01").id}) == 4


def test_a_staging_folder_that_pipelines_cannot_write_to_is_refused() -> None:
    with pytest.raises(LifecycleError, match="`staging` is file:///shared: let it be gs://"):
        pipeline_job(RUN, settings({**SMALL, "staging": "file:///shared"}))


def test_the_service_takes_it_once_also_when_the_answer_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with vertex() as double:
        double.reach(monkeypatch, tmp_path)
        double.faults.plant(Fault(method="POST", path=".*pipelineJobs", harm="lose the answer"))
        api = VertexApi(settings=settings(), patience_s=10)
        name = submit(api, RUN)
        assert name == f"{LOCATION}/pipelineJobs/{RUN.id}"
        assert double.calls == ["CreatePipelineJob", "CreatePipelineJob"]
        (kept,) = double.pipelines.kept.all()
        assert (kept.service_account, dict(kept.runtime_config.parameter_values)) == (
            RUN.account,
            {"partition": "2024-03-02"},
        )
        request = types.GetPipelineJobRequest(name=name)
        found = api.call("Pipeline", "get_pipeline_job", request, asked="read it")
        assert found.state.name == "PIPELINE_STATE_PENDING"
        broken = replace(RUN, pipeline={**RUN.pipeline, "rooot": {}})
        with pytest.raises(VertexRefusedError, match="Invalid pipeline spec"):
            submit(api, broken)
    assert console_url(settings(), name).endswith(
        f"/vertex-ai/pipelines/locations/europe-west4/runs/{RUN.id}?project=project-1"
    )
