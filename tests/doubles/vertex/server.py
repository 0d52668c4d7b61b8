"""The double of Vertex AI and Cloud Logging: real HTTP over loopback."""

import json
import re
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from resources.vertex.api import URL
from tests.doubles.kubernetes.faults import Faults
from tests.doubles.vertex.batches import Batches
from tests.doubles.vertex.endpoints import Endpoints
from tests.doubles.vertex.errors import HTTP, RpcError
from tests.doubles.vertex.jobs import Jobs
from tests.doubles.vertex.models import Models
from tests.doubles.vertex.operations import Operations
from tests.doubles.vertex.pipelines import Pipelines
from tests.doubles.vertex.routes import message_of, routes
from tests.doubles.vertex.tunings import Tunings

if TYPE_CHECKING:
    import pytest

_OPERATION = re.compile(r"/(?:ui|v1)/(projects/.+/operations/[^/:]+)")
_PREDICT = re.compile(r"/v1/(projects/[^/]+/locations/[^/]+/endpoints/[^/:]+):(?:predict|rawPredict)")


class Vertex:
    """The services, and the server in front of them."""

    def __init__(self, images: Collection[str] | None = None) -> None:
        known = set(images) if images is not None else None
        self.operations = Operations()
        self.jobs = Jobs(self.operations, known)
        self.batches = Batches(known)
        self.tunings = Tunings(known)
        self.models = Models(self.operations)
        self.endpoints = Endpoints(self.operations, self.models, known)
        self.pipelines = Pipelines()
        self.faults = Faults()
        self.requests: list[tuple[str, str]] = []
        """Method and path of every request."""
        self.calls: list[str] = []
        """Names of the calls that were carried out."""
        handler = type("Handler", (_Handler,), {"double": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()
        self._handlers: Mapping[str, Callable[[Any], Any]] = {
            "CreateCustomJob": self.jobs.create,
            "GetCustomJob": self.jobs.get,
            "ListCustomJobs": self.jobs.listed,
            "CancelCustomJob": self.jobs.cancel,
            "DeleteCustomJob": self.jobs.delete,
            "CreateHyperparameterTuningJob": self.tunings.create,
            "GetHyperparameterTuningJob": self.tunings.get,
            "ListHyperparameterTuningJobs": self.tunings.listed,
            "CancelHyperparameterTuningJob": self.tunings.cancel,
            "CreateBatchPredictionJob": self.batches.create,
            "GetBatchPredictionJob": self.batches.get,
            "ListBatchPredictionJobs": self.batches.listed,
            "CancelBatchPredictionJob": self.batches.cancel,
            "UploadModel": self.models.upload,
            "GetModel": self.models.get,
            "ListModelVersions": self.models.list_versions,
            "MergeVersionAliases": self.models.merge_aliases,
            "DeleteModelVersion": lambda request: self.models.delete_version(
                request, self.endpoints.is_deployed
            ),
            "CreateEndpoint": self.endpoints.create,
            "GetEndpoint": self.endpoints.get,
            "ListEndpoints": self.endpoints.listed,
            "UpdateEndpoint": self.endpoints.update,
            "DeployModel": self.endpoints.deploy,
            "UndeployModel": self.endpoints.undeploy,
            "DeleteEndpoint": self.endpoints.delete,
            "CreatePipelineJob": self.pipelines.create,
            "GetPipelineJob": self.pipelines.get,
        }

    def call(self, rpc: str, request: Any) -> Any:
        """Carry a call out."""
        if rpc not in self._handlers:
            raise RpcError("UNIMPLEMENTED", f"the double knows no {rpc}")
        self.calls.append(rpc)
        return self._handlers[rpc](request)

    def credentials(self, path: Path) -> Path:
        """Write the key of a service account, whose tokens this server takes: for default credentials."""
        path.write_text(json.dumps(service_account(self.url)))
        return path

    def reach(self, monkeypatch: "pytest.MonkeyPatch", folder: Path) -> None:
        """Let clients in this process find the services, with credentials that they look up themselves."""
        monkeypatch.setenv(URL, self.url)
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(self.credentials(folder / "key.json")))
        # Credentials ask a server of Google where their account may be used, beside the token's.
        monkeypatch.setattr(
            "google.oauth2.service_account.Credentials._is_regional_access_boundary_lookup_required",
            lambda credentials: False,
        )

    def close(self) -> None:
        """End every process that was started, then the server."""
        self.jobs.close()
        self.batches.close()
        self.tunings.close()
        self.endpoints.close()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)


@contextmanager
def vertex(images: Collection[str] | None = None) -> Iterator[Vertex]:
    """Services that run until the block ends, and no process of theirs after it."""
    double = Vertex(images)
    try:
        yield double
    finally:
        double.close()


_KEY: list[str] = []


def service_account(url: str) -> dict[str, str]:
    """The key file of a service account whose tokens come from a server."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    if not _KEY:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        _KEY.append(pem.decode())
    return {
        "type": "service_account",
        "project_id": "p1",
        "private_key_id": "1",
        "private_key": _KEY[0],
        "client_email": "run@p1.iam.example",
        "client_id": "1",
        "token_uri": f"{url}/token",
    }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536
    double: Vertex

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: a test's output is its own."""

    def _handle(self) -> None:
        url = urlsplit(self.path)
        path, query = unquote(url.path), dict(parse_qsl(url.query))
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.double.requests.append((self.command, path))
        fault = self.double.faults.next(self.command, path)
        if fault is not None and fault.harm == "slow":
            time.sleep(fault.delay_s)
        if fault is not None and fault.harm == "hang up":
            self.close_connection = True
            return
        headers: Mapping[str, str] = {}
        try:
            if fault is not None and fault.harm == "refuse":
                codes = {code: name for name, code in reversed(HTTP.items())}
                raise RpcError(codes[fault.code], "a planted fault")
            status, content, headers = self._answer(path, query, body)
        except RpcError as exc:
            status, content = HTTP[exc.code], json.dumps(exc.body).encode()
            if fault is not None and fault.retry_after_s is not None:
                headers = {"Retry-After": str(fault.retry_after_s)}
        if fault is not None and fault.harm == "lose the answer":
            self.close_connection = True
            return
        self._reply(status, content, headers)

    do_GET = do_POST = do_PATCH = do_DELETE = _handle

    def _answer(
        self, path: str, query: Mapping[str, str], body: bytes
    ) -> tuple[int, bytes, Mapping[str, str]]:
        from google.protobuf import json_format

        if path == "/token":
            token = {"access_token": "double", "token_type": "Bearer", "expires_in": 3600}
            return 200, json.dumps(token).encode(), {}
        if not self.headers.get("Authorization", "").startswith("Bearer "):
            raise RpcError("UNAUTHENTICATED", "Request is missing required authentication credential.")
        if predicted := _PREDICT.fullmatch(path):
            return self.double.endpoints.predict(predicted[1], body)
        if path == "/v2/entries:list":
            entries = self.double.jobs.log_entries(json.loads(body)["filter"])
            return 200, json.dumps({"entries": entries}).encode(), {}
        if operation := _OPERATION.fullmatch(path):
            found = self.double.operations.get(operation[1])
            return 200, json_format.MessageToJson(found).encode(), {}
        for route in routes():
            match = route.path.fullmatch(path) if route.method == self.command else None
            if match is not None:
                request = message_of(route, match.groups(), query, json.loads(body or b"{}"))
                answer = self.double.call(route.rpc, request)
                return 200, json_format.MessageToJson(getattr(answer, "_pb", answer)).encode(), {}
        raise RpcError("UNIMPLEMENTED", f"the double has no route {self.command} {path}")

    def _reply(self, status: int, content: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(content)
            self.wfile.flush()
        except OSError:
            # The client has gone, as it may.
            self.close_connection = True
