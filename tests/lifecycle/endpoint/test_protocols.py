"""Every protocol asks the same model and gets the same answers, over HTTP, in its published shapes."""

import http.client
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from lifecycle.endpoint.access import Access
from lifecycle.endpoint.app import App
from lifecycle.endpoint.log.reading import read_log
from lifecycle.endpoint.manifest import EndpointManifest, Settings, Variant, write_manifest
from lifecycle.endpoint.protocols.tensors import parse_tensors
from lifecycle.endpoint.wire import Refusal
from lifecycle.spec.deployment import EndpointSection, LimitsSection, RequestLogSection
from tests.fakes.running import Reply, call, running, wait_for
from tests.resources.serving.test_real_bundle import ROW, train

TOKEN = "correct horse"
BEARER = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("protocols")


@pytest.fixture(scope="module")
def port(folder: Path) -> Iterator[int]:
    bundle = train(folder / "bundle", rounds=20)
    champion = Variant(version="7", bundle="bundle", digest=bundle.digest)
    settings = Settings(
        endpoint=EndpointSection(require_token=True),
        limits=LimitsSection(max_depth=8),
        request_log=RequestLogSection(columns=("carrier",)),
    )
    write_manifest(
        folder / "manifest.json",
        EndpointManifest(model="late", generation=1, variants=(champion,), max_batch=5, settings=settings),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIP_PREDICT_ROUTE", "/vertex/predict")
        patch.setenv("AIP_HEALTH_ROUTE", "/vertex/health")
        app = App(folder / "manifest.json", poll_s=0.02, access=Access(TOKEN))
    with running(app) as port:
        wait_for(lambda: call(port, "GET", "/health/ready").status == 200)
        yield port


def post(port: int, path: str, body: object) -> Reply:
    return call(port, "POST", path, json.dumps(body).encode(), headers=BEARER)


def get(port: int, path: str) -> Reply:
    return call(port, "GET", path, headers=BEARER)


COLUMNS: list[dict[str, Any]] = [
    {"name": "id", "shape": [2], "datatype": "BYTES", "data": ["a", "b"]},
    {"name": "at", "shape": [2, 1], "datatype": "BYTES", "data": [["2013-04-01T12:00:00Z"]] * 2},
    {"name": "distance", "shape": [2], "datatype": "FP64", "data": [100.0, 10]},
    {"name": "carrier", "shape": [2], "datatype": "BYTES", "data": ["AA", None]},
]
ROWS = [ROW | {"id": "a"}, {**ROW, "id": "b", "distance": 10, "carrier": None}]


def test_all_protocols_give_the_same_scores(port: int) -> None:
    plain = post(port, "/predict", ROWS).body
    assert post(port, "/v1/models/late:predict", {"instances": ROWS}).body == {
        "predictions": plain["predictions"],
        "model_version": "7",
    }
    vertex = {"instances": ROWS, "parameters": {}}
    assert post(port, "/vertex/predict", vertex).body["predictions"] == plain["predictions"]
    values = [p["value"] for p in plain["predictions"]]
    probabilities = [p["probability"] for p in plain["predictions"]]
    for path in ("/v2/models/late/infer", "/v2/models/late/versions/7/infer"):
        assert post(port, path, {"id": "r1", "inputs": COLUMNS}).body == {
            "model_name": "late",
            "model_version": "7",
            "id": "r1",
            "outputs": [
                {"name": "value", "datatype": "BOOL", "shape": [2], "data": values},
                {"name": "probability", "datatype": "FP64", "shape": [2], "data": probabilities},
            ],
        }


def test_open_inference_gives_the_outputs_asked_for(port: int) -> None:
    asked = {"inputs": COLUMNS, "outputs": [{"name": "probability"}, {"name": "version"}]}
    outputs = post(port, "/v2/models/late/infer", asked).body["outputs"]
    assert [output["name"] for output in outputs] == ["probability", "version"]
    refused = post(port, "/v2/models/late/infer", {"inputs": COLUMNS, "outputs": [{"name": "odds"}]})
    assert refused.body == {"error": "outputs: found 'odds'; allowed: value, probability, version"}


def test_each_protocol_tells_what_it_serves(port: int) -> None:
    assert get(port, "/v2").body == {"name": "flywheel", "version": "2", "extensions": []}
    described = get(port, "/v2/models/late").body
    assert (described["name"], described["versions"]) == ("late", ["7"])
    assert {"name": "distance", "datatype": "FP64", "shape": [-1]} in described["inputs"]
    assert described["outputs"] == [
        {"name": "value", "datatype": "BOOL", "shape": [-1]},
        {"name": "probability", "datatype": "FP64", "shape": [-1]},
    ]
    assert get(port, "/v1/models").body == {"models": ["late"]}
    assert get(port, "/v1/models/late").body == {"name": "late", "ready": True}
    for path in ("/v2/health/live", "/v2/health/ready", "/v2/models/late/ready", "/vertex/health"):
        assert call(port, "GET", path).status == 200
    assert get(port, "/v2/models/other").status == 404


@pytest.mark.parametrize(
    ("path", "body", "status", "fact"),
    [
        pytest.param("/v1/models/late:predict", {}, 422, "no `instances`", id="V1 without instances"),
        pytest.param(
            "/v1/models/late:predict", {"instances": {}}, 422, "found an object", id="V1 instances no array"
        ),
        pytest.param(
            "/v1/models/late:predict",
            {"instances": [{**ROW, "distance": "far"}]},
            422,
            "row 0, distance: found 'far'; allowed: a finite number",
            id="V1 names field, found and allowed",
        ),
        pytest.param(
            "/vertex/predict",
            {"instances": [ROW], "parameters": {"threshold": 1}},
            422,
            "this model takes no parameters",
            id="parameters without effect",
        ),
        pytest.param("/v2/models/late/infer", {}, 422, "no `inputs`", id="V2 without inputs"),
        pytest.param(
            "/v2/models/late/infer",
            {"inputs": [COLUMNS[2] | {"shape": [3]}]},
            422,
            "inputs[0].shape: found [3]; allowed: [2] or [2, 1]",
            id="V2 shape and data differ",
        ),
        pytest.param(
            "/v2/models/late/infer",
            {"inputs": [COLUMNS[2] | {"datatype": "FP128"}]},
            422,
            "inputs[0].datatype: found 'FP128'; allowed: BOOL",
            id="V2 unknown datatype",
        ),
        pytest.param(
            "/v2/models/late/infer",
            {"inputs": [COLUMNS[2] | {"data": [1, "far"]}]},
            422,
            "inputs[0].data[1]: found a string; allowed: FP64 or null",
            id="V2 data of another type",
        ),
        pytest.param(
            "/v2/models/late/infer",
            {"inputs": [COLUMNS[2], COLUMNS[2]]},
            422,
            "'distance' again",
            id="V2 a column twice",
        ),
        pytest.param(
            "/v1/models/late:predict", {"instances": [ROW] * 6}, 413, "6 rows, allowed are 5", id="too many"
        ),
        pytest.param(
            "/v1/models/late:predict", {"instances": [[[[[[[[]]]]]]]]}, 400, "nested too deep", id="too deep"
        ),
    ],
)
def test_a_bad_request_is_refused_in_the_words_of_its_protocol(
    port: int, path: str, body: object, status: int, fact: str
) -> None:
    reply = post(port, path, body)
    assert (reply.status, list(reply.body)) == (status, ["error"])
    assert fact in reply.body["error"]


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param("x\r\nset-cookie: y", id="two lines"),
        pytest.param("\ud800", id="half of a pair of surrogates"),
    ],
)
def test_an_id_that_could_break_a_header_is_not_sent_back_in_one(port: int, sent: str) -> None:
    reply = post(port, "/v2/models/late/infer", {"id": sent, "inputs": COLUMNS})
    assert (reply.status, reply.body["id"]) == (200, sent)
    assert "set-cookie" not in reply.headers
    assert re.fullmatch(r"[0-9a-f]{16}-[0-9a-f]+", reply.headers["x-request-id"])


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(None, id="no header"),
        pytest.param("Bearer wrong", id="another token"),
        pytest.param(f"Basic {TOKEN}", id="another scheme"),
        pytest.param(f"Bearer {TOKEN[:-1]}", id="a part of it"),
        pytest.param("Bearer ", id="nothing"),
    ],
)
def test_without_the_token_only_health_answers(port: int, sent: str | None) -> None:
    headers = {"authorization": sent} if sent else {}
    for method, path in [("POST", "/predict"), ("GET", "/"), ("GET", "/metrics"), ("GET", "/openapi.json")]:
        reply = call(port, method, path, b"{}" if method == "POST" else None, headers=headers)
        assert (reply.status, reply.headers["www-authenticate"]) == (401, "Bearer")
        assert TOKEN not in str(reply)
    assert call(port, "GET", "/health/live", headers=headers).status == 200


def test_an_endpoint_that_must_ask_for_a_token_serves_nothing_without_one(folder: Path, port: int) -> None:
    with running(App(folder / "manifest.json", poll_s=0.02, access=Access(None))) as other:
        wait_for(lambda: call(other, "GET", "/health/ready").body["last_error"] is not None)
        ready = call(other, "GET", "/health/ready")
        assert ready.status == 503
        assert "FLYWHEEL_ENDPOINT_TOKEN is not" in ready.body["last_error"]["message"]


def test_the_openapi_document_describes_what_is_accepted(port: int) -> None:
    found = get(port, "/openapi.json").body
    assert found["openapi"] == "3.1.0"
    assert found["security"] == [{"token": []}]
    schemas = found["components"]["schemas"]

    def validates(name: str, value: object) -> bool:
        schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}
        return jsonschema.Draft202012Validator(schema).is_valid(value)

    assert validates("Row", ROW)
    assert not validates("Row", {**ROW, "distance": -1})
    assert not validates("Row", {**ROW, "colour": "red"})
    assert not validates("Row", {"id": "a"})
    assert validates("Answer", post(port, "/predict", ROWS).body)
    assert validates("Refusal", post(port, "/predict", {**ROW, "distance": -1}).body)
    assert validates("Tensors", {"inputs": COLUMNS})
    assert set(found["paths"]) >= {"/predict", "/v1/models/late:predict", "/v2/models/late/infer"}


def test_metrics_count_by_variant_and_protocol(port: int) -> None:
    post(port, "/predict", ROW)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/metrics", headers=BEARER)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    assert response.getheader("content-type") == "text/plain; version=0.0.4; charset=utf-8"
    lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    asked = int(lines['flywheel_endpoint_requests_total{variant="champion"}'])
    assert asked == int(lines['flywheel_endpoint_latency_seconds_bucket{variant="champion",le="+Inf"}']) > 0
    assert int(lines['flywheel_endpoint_responses_total{protocol="plain",status="200"}']) > 0


def test_the_log_holds_features_and_allowed_columns_only(port: int, folder: Path) -> None:
    call(port, "POST", "/predict", json.dumps(ROW).encode(), headers=BEARER | {"x-request-id": "mine-1"})
    (row,) = [row for row in read_log(folder / "requests") if row.request == "mine-1"]
    assert row.features == {"miles": 200.0, "carrier": "AA"}
    # The event time is kept for the row's label to be found.
    assert row.columns == {"at": "2013-04-01T12:00:00Z", "carrier": "AA"}
    assert (row.key, row.value, row.probability is not None) == ("it's 1", True, True)


def test_a_tensor_without_rows_is_refused() -> None:
    with pytest.raises(Refusal, match="found no row"):
        parse_tensors({"inputs": [{"name": "a", "shape": [0], "datatype": "FP32", "data": []}]}, 100)
