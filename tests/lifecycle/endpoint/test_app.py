import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from lifecycle.endpoint.app import App
from lifecycle.endpoint.lane import INLINE_ROWS
from lifecycle.endpoint.loading import Loaded
from lifecycle.endpoint.manifest import Settings, write_manifest
from lifecycle.spec.deployment import LimitsSection
from tests.fakes.running import Reply, call, predict, running, wait_for
from tests.fakes.stub_endpoint import (
    KNOWN_BY,
    StubScorer,
    load_stub,
    load_stub_tables,
    make_bundle,
    make_tables,
    manifest_of,
    with_tables,
)

MAX_BODY_BYTES = 64 * 2**10
SHAPE = "send one JSON object for one row, or an array of objects for many"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    port: int
    manifest: Path
    digest: str
    app: App

    def ready(self) -> Reply:
        return call(self.port, "GET", "/health/ready")

    def raw(self, sent: bytes, *, seconds: float = 10) -> bytes:
        """Everything that comes back over one connection until the server closes it."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as connection:
            connection.sendall(sent)
            return b"".join(iter(lambda: connection.recv(65_536), b""))


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """One endpoint for all tests that only ask."""
    folder = tmp_path_factory.mktemp("endpoint")
    bundle = make_bundle(folder / "bundle", 1.5)
    settings = Settings(limits=LimitsSection(max_body_bytes=MAX_BODY_BYTES))
    manifest = manifest_of(bundle, "3", max_batch=100).model_copy(update={"settings": settings})
    write_manifest(folder / "manifest.json", manifest)
    app = App(
        folder / "manifest.json",
        load=load_stub,
        load_tables=load_stub_tables,
        poll_s=0.02,
        body_s=0.3,
    )
    with running(app) as port:
        wait_for(lambda: call(port, "GET", "/health/ready").status == 200)
        yield Endpoint(port=port, manifest=folder / "manifest.json", digest=bundle.digest, app=app)


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        pytest.param({"id": 1}, 1, id="an object is one row"),
        pytest.param([{"id": 1}], 1, id="an array of one is one row"),
        pytest.param([{"id": 1}, {"id": 2}], 2, id="an array is many rows"),
        pytest.param([{"id": i} for i in range(100)], 100, id="as many as allowed"),
    ],
)
def test_an_answer_holds_one_prediction_a_row(endpoint: Endpoint, rows: object, count: int) -> None:
    reply = predict(endpoint.port, rows)
    assert (reply.status, reply.body) == (
        200,
        {"model": "stub", "version": "3", "predictions": [{"value": 1.5}] * count},
    )


JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status", "message"),
    [
        pytest.param("POST", "/predict", b"", JSON, 400, "the body is not JSON", id="empty"),
        pytest.param("POST", "/predict", b'{"a": 1', JSON, 400, "the body is not JSON", id="half"),
        pytest.param("POST", "/predict", b"\xff\xfe{}", JSON, 400, "the body is not JSON", id="not UTF-8"),
        pytest.param(
            "POST", "/predict", b'{"a": NaN}', JSON, 400, "NaN is no JSON value; write null", id="NaN"
        ),
        pytest.param(
            "POST", "/predict", b'{"a": -Infinity}', JSON, 400, "-Infinity is no JSON", id="infinity"
        ),
        pytest.param(
            "POST", "/predict", b"[" * 60_000, JSON, 400, f"nested too deep; {SHAPE}", id="too deep"
        ),
        pytest.param(
            "POST", "/predict", b'{"a":' * 12_000, JSON, 400, "nested too deep", id="too deep in objects"
        ),
        pytest.param("POST", "/predict", b"1" * 5000, JSON, 400, "not JSON", id="a number of 5,000 digits"),
        pytest.param("POST", "/predict", b"null", JSON, 422, f"the body holds no row; {SHAPE}", id="null"),
        pytest.param("POST", "/predict", b"[]", JSON, 422, "the body holds no row", id="no row"),
        pytest.param(
            "POST",
            "/predict",
            b"[" + b"{}," * 100 + b"{}]",
            JSON,
            413,
            "101 rows, allowed are 100",
            id="rows",
        ),
        pytest.param(
            "POST", "/predict", b" " * (MAX_BODY_BYTES + 1), JSON, 413, "longer than 65536 bytes", id="bytes"
        ),
        pytest.param(
            "POST",
            "/predict",
            b"a=1",
            {"content-type": "application/x-www-form-urlencoded"},
            415,
            "send the header content-type: application/json",
            id="curl's own media type",
        ),
        pytest.param(
            "POST", "/predict", b"{}", {"content-encoding": "gzip"}, 415, "not be compressed", id="compressed"
        ),
        pytest.param("GET", "/predict", None, None, 405, "this path takes POST", id="wrong method"),
        pytest.param(
            "DELETE", "/health/live", None, None, 405, "this path takes GET", id="wrong method there"
        ),
        pytest.param(
            "GET", "/../../etc/passwd", None, None, 404, "no such path; there are GET /", id="traversal"
        ),
        pytest.param("GET", "/%00%2e%2e", None, None, 404, "no such path", id="control characters"),
    ],
)
def test_a_bad_request_is_refused_with_the_reason(
    endpoint: Endpoint,
    method: str,
    path: str,
    body: bytes | None,
    headers: dict[str, str] | None,
    status: int,
    message: str,
) -> None:
    reply = call(endpoint.port, method, path, body, headers=headers)
    assert (reply.status, set(reply.body), reply.body["error"]["problems"]) == (status, {"error"}, [])
    assert message in reply.body["error"]["message"]
    assert predict(endpoint.port, {}).status == 200


def test_a_wrong_method_is_told_the_right_one(endpoint: Endpoint) -> None:
    assert call(endpoint.port, "PUT", "/predict", b"{}").headers["allow"] == "POST"
    assert call(endpoint.port, "POST", "/", b"{}").headers["allow"] == "GET, HEAD"


def test_problems_of_rows_name_row_field_found_and_allowed(endpoint: Endpoint) -> None:
    reply = predict(endpoint.port, [{}, {"wrong": 5}])
    assert (reply.status, reply.body) == (
        422,
        {
            "error": {
                "message": "row 1, wrong: found 5; allowed: nothing",
                "problems": [{"row": 1, "field": "wrong", "found": "5", "allowed": "nothing"}],
            }
        },
    )


def test_rows_that_are_no_objects_are_named(endpoint: Endpoint) -> None:
    reply = predict(endpoint.port, [{}, 1, None, "a", [], True])
    found = {problem["row"]: problem["found"] for problem in reply.body["error"]["problems"]}
    assert (reply.status, found) == (
        422,
        {1: "a number", 2: "null", 3: "a string", 4: "an array", 5: "a boolean"},
    )


def test_a_wrong_batch_names_the_first_problems_only(endpoint: Endpoint) -> None:
    assert len(predict(endpoint.port, [{"wrong": 1}] * 100).body["error"]["problems"]) == 50


def test_a_crash_of_the_model_shows_nothing_of_its_inner_workings(endpoint: Endpoint) -> None:
    reply = predict(endpoint.port, {"crash": True})
    assert (reply.status, reply.body) == (
        500,
        {"error": {"message": "the endpoint failed on this request; its log says why", "problems": []}},
    )
    assert predict(endpoint.port, {}).status == 200


def test_a_body_that_never_ends_is_given_up(endpoint: Endpoint) -> None:
    head = (
        b"POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n"
    )
    reply = endpoint.raw(head + b'{"a"')
    assert reply.startswith(b"HTTP/1.1 408 ")
    assert b"the body was not whole after 0.3 s" in reply


def test_a_body_far_too_long_ends_the_connection(endpoint: Endpoint) -> None:
    head = b"POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999\r\n\r\n"
    assert endpoint.raw(head + b" " * (4 * MAX_BODY_BYTES + 1)).startswith(b"HTTP/1.1 413 ")


def test_a_client_that_leaves_harms_nobody(endpoint: Endpoint) -> None:
    with socket.create_connection(("127.0.0.1", endpoint.port)) as connection:
        connection.sendall(b"POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{")
    assert predict(endpoint.port, {}).status == 200


def test_what_is_not_http_is_refused(endpoint: Endpoint) -> None:
    assert endpoint.raw(b"\x16\x03\x01 no http at all\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert predict(endpoint.port, {}).status == 200


def test_readiness_names_what_answers(endpoint: Endpoint) -> None:
    reply = endpoint.ready()
    assert (reply.status, reply.body) == (
        200,
        {
            "ready": True,
            "pid": os.getpid(),
            "model": "stub",
            "version": "3",
            "digest": endpoint.digest,
            "generation": 1,
            "plan": "",
            "tables": None,
            "known_by": "2013-04-01T00:00:00Z",
            "variants": [
                {
                    "name": "champion",
                    "role": "champion",
                    "version": "3",
                    "digest": endpoint.digest,
                    "weight": 100,
                    "loaded": True,
                    "ready": True,
                    "mirrored": False,
                    "error": None,
                }
            ],
            "salt": "",
            "last_error": None,
        },
    )
    assert "server" not in reply.headers


def test_the_root_says_what_a_request_may_hold(endpoint: Endpoint) -> None:
    reply = call(endpoint.port, "GET", "/")
    expected = {
        "model": "stub",
        "version": "3",
        "digest": endpoint.digest,
        "max_batch": 100,
        "known_by": "2013-04-01T00:00:00+00:00",
        "example": {"id": 1},
    }
    assert (reply.status, reply.body) == (200, expected)
    assert call(endpoint.port, "HEAD", "/") == Reply(status=200, headers=reply.headers, body=None)


def test_health_and_single_rows_answer_while_a_batch_is_scored(endpoint: Endpoint) -> None:
    batch = threading.Thread(target=predict, args=(endpoint.port, [{"hold_s": 1}] + [{}] * INLINE_ROWS))
    batch.start()
    time.sleep(0.1)
    began = time.monotonic()
    statuses = {endpoint.ready().status for _ in range(5)} | {
        predict(endpoint.port, {}).status for _ in range(5)
    }
    assert (statuses, time.monotonic() - began < 0.7, batch.is_alive()) == ({200}, True, True)
    batch.join()


Serve = Callable[[Path], int]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts an endpoint on a manifest of its own, for tests that change it."""
    with ExitStack() as stack:
        yield lambda manifest: stack.enter_context(
            running(App(manifest, load=load_stub, load_tables=load_stub_tables, poll_s=0.02))
        )


def test_before_a_version_is_loaded_it_lives_but_is_not_ready(tmp_path: Path, serve: Serve) -> None:
    port = serve(tmp_path / "manifest.json")
    wait_for(lambda: call(port, "GET", "/health/ready").body["last_error"] is not None)
    assert call(port, "GET", "/health/live").body == {"live": True}
    ready = call(port, "GET", "/health/ready")
    assert (ready.status, ready.body["ready"], ready.body["version"]) == (503, False, None)
    assert "cannot be read" in ready.body["last_error"]["message"]
    refused = predict(port, {})
    assert (refused.status, refused.headers["retry-after"]) == (503, "1")
    write_manifest(tmp_path / "manifest.json", manifest_of(make_bundle(tmp_path / "a", 1.0), "1"))
    wait_for(lambda: call(port, "GET", "/health/ready").status == 200)
    assert predict(port, {}).body["predictions"] == [{"value": 1.0}]


def test_a_new_manifest_is_served_without_a_failed_request(tmp_path: Path, serve: Serve) -> None:
    path = tmp_path / "manifest.json"
    bundles = [make_bundle(tmp_path / str(i), float(i)) for i in range(4)]
    write_manifest(path, manifest_of(bundles[0], "v0"))
    port = serve(path)
    wait_for(lambda: call(port, "GET", "/health/ready").status == 200)
    answers: list[Reply] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            answers.append(predict(port, {}))

    clients = [threading.Thread(target=ask) for _ in range(3)]
    for client in clients:
        client.start()
    for number in (1, 2, 3):
        write_manifest(path, manifest_of(bundles[number], f"v{number}", generation=number + 1))
        wait_for(lambda n=number: call(port, "GET", "/health/ready").body["generation"] == n + 1)  # type: ignore[misc]
    stop.set()
    for client in clients:
        client.join()
    assert {reply.status for reply in answers} == {200}
    # No answer mixes the name of one version with the value of another.
    seen = {(reply.body["version"], reply.body["predictions"][0]["value"]) for reply in answers}
    assert seen <= {(f"v{number}", float(number)) for number in range(4)}
    assert predict(port, {}).body["version"] == "v3"


def test_a_version_that_cannot_be_loaded_leaves_the_one_before(tmp_path: Path, serve: Serve) -> None:
    path = tmp_path / "manifest.json"
    good = make_bundle(tmp_path / "good", 1.0)
    broken = make_bundle(tmp_path / "broken", 2.0, fault="broken")
    changed = make_bundle(tmp_path / "changed", 3.0)
    (changed.path / "stub.json").write_text('{"value": 4.0, "fault": "fine"}')
    write_manifest(path, manifest_of(good, "good"))
    port = serve(path)
    wait_for(lambda: call(port, "GET", "/health/ready").status == 200)

    def error() -> dict[str, object] | None:
        body = call(port, "GET", "/health/ready").body
        assert (body["ready"], body["version"], body["generation"]) == (True, "good", 1)
        found: dict[str, object] | None = body["last_error"]
        return found

    write_manifest(path, manifest_of(broken, "broken", generation=2))
    wait_for(lambda: error() == {"generation": 2, "message": "the stub refuses to load"})
    write_manifest(path, manifest_of(changed, "changed", generation=3))
    wait_for(lambda: (error() or {})["generation"] == 3)
    assert "is not what its manifest says" in str(error())
    path.write_text('{"format": 1, "mod')
    wait_for(lambda: (error() or {})["generation"] is None)
    assert predict(port, {}).body["predictions"] == [{"value": 1.0}]


def test_going_back_needs_no_bundle_on_disk(tmp_path: Path, serve: Serve) -> None:
    path = tmp_path / "manifest.json"
    good = make_bundle(tmp_path / "good", 1.0)
    write_manifest(path, manifest_of(good, "good"))
    port = serve(path)
    wait_for(lambda: call(port, "GET", "/health/ready").status == 200)
    (good.path / "bundle.json").unlink()
    write_manifest(path, manifest_of(good, "good", generation=3))
    wait_for(lambda: call(port, "GET", "/health/ready").body["generation"] == 3)
    assert call(port, "GET", "/health/ready").body["last_error"] is None


@pytest.mark.parametrize(
    ("days", "plan", "value"),
    [
        pytest.param(1, "", 5.0, id="newer tables answer"),
        pytest.param(1, "another", 1.0, id="tables for another plan do not"),
        pytest.param(-1, "", 1.0, id="nor do tables that are older than the bundle's"),
    ],
)
def test_newer_tables_take_the_place_of_the_bundles(
    tmp_path: Path, serve: Serve, days: int, plan: str, value: float
) -> None:
    path, bundle = tmp_path / "manifest.json", make_bundle(tmp_path / "bundle", 1.0)
    tables = make_tables(tmp_path / "tables", 5.0, plan=plan, known_by=KNOWN_BY + timedelta(days=days))
    write_manifest(path, manifest_of(bundle, "3"))
    port = serve(path)
    wait_for(lambda: call(port, "GET", "/health/ready").status == 200)
    write_manifest(path, with_tables(manifest_of(bundle, "3", generation=2), tables))
    wait_for(lambda: call(port, "GET", "/health/ready").body["generation"] == 2)
    assert predict(port, {}).body["predictions"] == [{"value": value}]
    taken = call(port, "GET", "/health/ready").body["tables"]
    assert taken == (tables.digest if value == 5.0 else None)


def test_tables_that_cannot_be_loaded_leave_the_ones_before(tmp_path: Path, serve: Serve) -> None:
    path, bundle = tmp_path / "manifest.json", make_bundle(tmp_path / "bundle", 1.0)
    later = KNOWN_BY + timedelta(days=1)
    good = make_tables(tmp_path / "good", 5.0, known_by=later)
    write_manifest(path, with_tables(manifest_of(bundle, "3"), good))
    port = serve(path)
    wait_for(lambda: call(port, "GET", "/health/ready").status == 200)
    refused = make_tables(tmp_path / "refused", -1.0, known_by=later)
    write_manifest(path, with_tables(manifest_of(bundle, "3", generation=2), refused))
    wait_for(lambda: call(port, "GET", "/health/ready").body["last_error"] is not None)
    body = call(port, "GET", "/health/ready").body
    assert (body["generation"], body["tables"]) == (1, good.digest)
    assert body["last_error"] == {"generation": 2, "message": "the stub refuses the tables"}
    assert predict(port, {}).body["predictions"] == [{"value": 5.0}]


def test_rows_go_to_a_thread_only_where_that_pays(tmp_path: Path) -> None:
    scorer = StubScorer(1.0)
    bundle = make_bundle(tmp_path / "bundle", 1.0)
    write_manifest(tmp_path / "manifest.json", manifest_of(bundle, "1"))

    def load(path: Path, digest: str) -> Loaded:
        return replace(load_stub(path, digest), scorer=scorer)

    with running(App(tmp_path / "manifest.json", load=load, poll_s=0.02)) as port:
        wait_for(lambda: call(port, "GET", "/health/ready").status == 200)
        predict(port, [{}] * INLINE_ROWS)
        predict(port, [{}] * (INLINE_ROWS + 1))
    inline, threaded = scorer.threads
    assert (inline.startswith("batch"), threaded.startswith("batch")) == (False, True)


@pytest.mark.parametrize(
    "parent",
    [
        pytest.param('exec "$@"', id="a parent that leaves signals alone"),
        # uvicorn raises the signal again for the handler it found: here nobody's, there the default.
        pytest.param("trap '' TERM; exec \"$@\"", id="a parent that ignores them"),
    ],
)
def test_sigterm_lets_requests_under_way_finish_and_ends_with_0(tmp_path: Path, parent: str) -> None:
    bundle = make_bundle(tmp_path / "bundle", 1.0)
    write_manifest(tmp_path / "manifest.json", manifest_of(bundle, "1"))
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "tests.fakes.stub_endpoint",
        "--manifest",
        str(tmp_path / "manifest.json"),
    ]
    process = subprocess.Popen(
        ["sh", "-c", parent, "sh", *command, "--port", str(port)], stderr=subprocess.DEVNULL
    )
    try:

        def ready() -> bool:
            try:
                return call(port, "GET", "/health/ready").status == 200
            except OSError:
                return False

        wait_for(ready)
        replies: list[Reply] = []
        rows = [{"hold_s": 0.5}] + [{}] * INLINE_ROWS
        client = threading.Thread(target=lambda: replies.append(predict(port, rows)))
        client.start()
        time.sleep(0.2)
        process.terminate()
        client.join()
        assert [reply.status for reply in replies] == [200]
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()
