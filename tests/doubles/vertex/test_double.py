"""The double keeps to what is documented of the services."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from google.cloud.aiplatform_v1 import types

from resources.vertex.api import VertexApi, VertexRefusedError
from resources.vertex.messages import message
from resources.vertex.settings import VertexSettings
from tests.doubles.vertex.routes import routes
from tests.doubles.vertex.server import Vertex, vertex
from tests.resources.compute.vertex_cases import SMALL

PARENT = "projects/project-1/locations/europe-west4"


@pytest.fixture
def double(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vertex]:
    with vertex() as found:
        found.reach(monkeypatch, tmp_path)
        yield found


@pytest.fixture
def api(double: Vertex) -> VertexApi:
    return VertexApi(settings=VertexSettings.model_validate({**SMALL, "poll_s": 0.02}), patience_s=5)


def test_every_call_that_is_carried_out_has_a_route_of_the_client(double: Vertex) -> None:
    known = {route.rpc for route in routes()}
    assert set(double._handlers) <= known


def test_what_the_client_can_and_the_double_cannot_is_said(api: VertexApi) -> None:
    request = types.DeleteModelRequest(name=f"{PARENT}/models/m")
    with pytest.raises(VertexRefusedError, match="the double knows no DeleteModel"):
        api.call("Model", "delete_model", request, asked="delete m")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        pytest.param({"displayName": "j"}, "worker_pool_specs are required", id="no machines"),
        pytest.param(
            {"displayName": "j", "labels": {"Team": "a"}, "jobSpec": {"workerPoolSpecs": [{}]}},
            "machine_type is required",
            id="no machine type",
        ),
    ],
)
def test_a_job_that_the_service_would_refuse_is_refused(api: VertexApi, body: object, told: str) -> None:
    job = message(types.CustomJob, body)  # type: ignore[arg-type]  # the table holds dictionaries
    request = types.CreateCustomJobRequest(parent=PARENT, custom_job=job)
    with pytest.raises(VertexRefusedError, match=told):
        api.call("Job", "create_custom_job", request, asked="create j")


def test_an_alias_belongs_to_one_version_and_the_first_is_the_default(api: VertexApi) -> None:
    name = f"{PARENT}/models/m"
    for where in ({"model_id": "m"}, {"parent_model": name}):
        model = types.Model(display_name="m", version_aliases=["live"])
        request = types.UploadModelRequest(parent=PARENT, model=model, **where)
        operation = api.call("Model", "upload_model", request, asked="upload")
        api.wait("Model", operation, asked="upload", within_s=5)
    request = types.ListModelVersionsRequest(name=name)
    found = {
        m.version_id: list(m.version_aliases)
        for m in api.call("Model", "list_model_versions", request, asked="")
    }
    assert found == {"1": ["default"], "2": ["live"]}


def test_an_endpoint_that_was_changed_since_it_was_read_is_not_overwritten(api: VertexApi) -> None:
    made = types.Endpoint(display_name="e")
    request = types.CreateEndpointRequest(parent=PARENT, endpoint=made, endpoint_id="e1")
    operation = api.call("Endpoint", "create_endpoint", request, asked="create")
    api.wait("Endpoint", operation, asked="create", within_s=5)
    read = types.GetEndpointRequest(name=f"{PARENT}/endpoints/e1")
    before = api.call("Endpoint", "get_endpoint", read, asked="read")
    for labels, refused in (({"a": "1"}, False), ({"a": "2"}, True)):
        changed = types.Endpoint(name=before.name, etag=before.etag, labels=labels)
        request = types.UpdateEndpointRequest(endpoint=changed, update_mask={"paths": ["labels"]})
        if refused:
            with pytest.raises(VertexRefusedError, match="etag does not match"):
                api.call("Endpoint", "update_endpoint", request, asked="change")
        else:
            api.call("Endpoint", "update_endpoint", request, asked="change")
    assert dict(api.call("Endpoint", "get_endpoint", read, asked="read").labels) == {"a": "1"}
