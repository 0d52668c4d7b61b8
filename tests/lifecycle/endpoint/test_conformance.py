"""The endpoint held to its published contracts by tools that others wrote."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import schemathesis
import tritonclient.http as triton
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tritonclient.utils import InferenceServerException

from lifecycle.endpoint.access import Access
from lifecycle.endpoint.app import App
from lifecycle.endpoint.manifest import EndpointManifest, Settings, Variant, write_manifest
from lifecycle.spec.deployment import RequestLogSection
from tests.fakes.running import call, predict, running, wait_for
from tests.resources.serving.test_real_bundle import ROW, train

EXAMPLES = 15
"""Requests an operation and a mode: some seconds in all."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
REFUSALS = ["400", "404", "405", "413", "415", "422"]
"""What may answer a request that the document forbids; more rows than are allowed are 413."""


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder: Path = tmp_path_factory.mktemp("conformance")
    bundle = train(folder / "bundle", rounds=5)
    manifest = EndpointManifest(
        model="late",
        generation=1,
        variants=(Variant(version="7", bundle="bundle", digest=bundle.digest),),
        max_batch=5,
        settings=Settings(request_log=RequestLogSection(enabled=False)),
    )
    write_manifest(folder / "manifest.json", manifest)
    with running(App(folder / "manifest.json", poll_s=0.02, access=Access(None))) as port:
        wait_for(lambda: call(port, "GET", "/health/ready").status == 200)
        yield port


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_operation_keeps_to_the_openapi_document(port: int, mode: GenerationMode) -> None:
    config = SchemathesisConfig.from_dict(
        {"checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}}}
    )
    document = schemathesis.openapi.from_url(f"http://127.0.0.1:{port}/openapi.json", config=config)
    operations = [found.ok() for found in document.get_all_operations()]
    if mode is GenerationMode.NEGATIVE:
        operations = [one for one in operations if one.method == "post"]
    assert len(operations) >= 3
    for operation in operations:
        hold(operation, mode)


def hold(operation: APIOperation, mode: GenerationMode) -> None:
    """Send what the document allows, or what it does not, and judge each answer by the document."""
    checks = [*CHECKS]
    if mode is GenerationMode.NEGATIVE:
        checks.append(negative_data_rejection)
    elif not operation.path.startswith("/v2"):
        # That the shape of a V2 tensor is that of its data is beyond any schema.
        checks.append(positive_data_acceptance)

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def keeps_to_it(case: Case) -> None:
        case.call_and_validate(checks=checks, timeout=10)

    keeps_to_it()


def column(name: str, values: list[object], datatype: str) -> triton.InferInput:
    """One input tensor of a column."""
    tensor = triton.InferInput(name, [len(values)], datatype)
    held = np.array(values, dtype=np.float64 if datatype == "FP64" else object)
    return tensor.set_data_from_numpy(held, binary_data=False)


def test_an_open_inference_client_finds_and_asks_the_model(port: int) -> None:
    client = triton.InferenceServerClient(f"127.0.0.1:{port}")
    try:
        assert (client.is_server_live(), client.is_server_ready(), client.is_model_ready("late")) == (
            True,
            True,
            True,
        )
        metadata = client.get_model_metadata("late")
        assert (metadata["name"], metadata["versions"]) == ("late", ["7"])
        rows = [ROW | {"id": "a"}, ROW | {"id": "b", "distance": 10.0}]
        inputs = [
            column(name, [row[name] for row in rows], "FP64" if name == "distance" else "BYTES")
            for name in ROW
        ]
        outputs = [triton.InferRequestedOutput("probability", binary_data=False)]
        answer = client.infer("late", inputs, outputs=outputs, request_id="r-1", model_version="7")
        told = [one["probability"] for one in predict(port, rows).body["predictions"]]
        assert answer.get_response()["id"] == "r-1"
        assert answer.as_numpy("probability").tolist() == told
        with pytest.raises(InferenceServerException, match="row 0, distance: found nothing"):
            client.infer("late", [column("carrier", ["AA"], "BYTES")], outputs=outputs)
    finally:
        client.close()
