"""The double's API server: real HTTP over loopback."""

import http.client
import json
import re
import threading
import time
import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.doubles.kubernetes.admission import admit
from tests.doubles.kubernetes.cluster import QUEUE, Cluster, NodeFacts
from tests.doubles.kubernetes.defaults import put_in_defaults
from tests.doubles.kubernetes.errors import ApiError
from tests.doubles.kubernetes.faults import Faults
from tests.doubles.kubernetes.kinds import Target, target
from tests.doubles.kubernetes.logs import log_lines
from tests.doubles.kubernetes.selectors import field_match, label_match
from tests.doubles.kubernetes.store import Key, Object
from tests.doubles.kubernetes.strict import refuse_unknown_fields

HAS_STATUS = ("pods", "jobs", "trainjobs", "pytorchjobs", "deployments", "httproutes", "inferenceservices")
_SPEC = {"properties": {"predictor": {}, "canary": {}}}
KSERVE_STANDARD: dict[str, Object] = {
    "/apis/serving.kserve.io/v1beta1": {"kind": "APIResourceList"},
    "/openapi/v3/apis/serving.kserve.io/v1beta1": {
        "components": {
            "schemas": {"io.kserve.serving.v1beta1.InferenceService": {"properties": {"spec": _SPEC}}}
        }
    },
}
"""KServe v0.20 without Knative."""
KEDA: dict[str, Object] = {"/apis/keda.sh/v1alpha1": {"kind": "APIResourceList"}}
KSERVE_KNATIVE: dict[str, Object] = {
    "/apis/serving.kserve.io/v1beta1": {"kind": "APIResourceList"},
    "/apis/serving.knative.dev/v1": {"kind": "APIResourceList"},
    "/api/v1/namespaces/kserve/configmaps/inferenceservice-config": {
        "data": {"deploy": '{"defaultDeploymentMode": "Serverless"}'}
    },
    "/api/v1/namespaces/knative-serving/configmaps/config-features": {
        "data": {
            "kubernetes.podspec-persistent-volume-claim": "enabled",
            "kubernetes.podspec-persistent-volume-write": "enabled",
        }
    },
}
"""KServe before v0.20, with Knative."""
APPLY = "application/apply-patch+yaml"
_PROXY = re.compile(r"/api/v1/namespaces/([^/]+)/pods/([^/:]+):([0-9]+)/proxy(/.*)")


class Server:
    """A cluster and the server in front of it."""

    def __init__(
        self,
        nodes: Sequence[NodeFacts] = (NodeFacts(),),
        images: Collection[str] | None = None,
        *,
        gateway_port: int = 0,
    ) -> None:
        self.cluster = Cluster(nodes, images, gateway_port=gateway_port)
        self.faults = Faults()
        self.discovery: dict[str, Object] = dict(KSERVE_STANDARD)
        """What the server says of groups of the API that a cluster may lack."""
        self.requests: list[tuple[str, str]] = []
        """Method and path of every request."""
        handler = type("Handler", (_Handler,), {"server_double": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        self.cluster.close()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)

    def create(self, path: str, body: Object) -> Object:
        """Create an object as the cluster's administrator would: nothing of it is looked at."""
        named = target(path)
        key = Key(named.kind.plural, named.namespace, body["metadata"]["name"])
        return self.cluster.store.create(key, {"kind": named.kind.name, **body})

    def kubeconfig(self, path: Path) -> Path:
        """Write a file that clients find this server by."""
        cluster, user = {"server": self.url}, {"token": "double"}
        context = {"cluster": "double", "user": "double", "namespace": "default"}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "double",
            "clusters": [{"name": "double", "cluster": cluster}],
            "users": [{"name": "double", "user": user}],
            "contexts": [{"name": "double", "context": context}],
        }
        path.write_text(json.dumps(config))
        return path


@contextmanager
def kubernetes(
    nodes: Sequence[NodeFacts] = (NodeFacts(),),
    images: Collection[str] | None = None,
    *,
    gateway_port: int = 0,
) -> Iterator[Server]:
    """A server that runs until the block ends, and no process of its pods after it."""
    server = Server(nodes, images, gateway_port=gateway_port)
    try:
        yield server
    finally:
        server.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server_double: Server

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: a test's output is its own."""

    def _handle(self) -> None:
        url = urlsplit(self.path)
        path, self.query = unquote(url.path), dict(parse_qsl(url.query, keep_blank_values=True))
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else {}
        self.server_double.requests.append((self.command, path))
        fault = self.server_double.faults.next(self.command, path)
        try:
            if fault is not None and fault.harm == "slow":
                time.sleep(fault.delay_s)
            if fault is not None and fault.harm == "hang up":
                self.close_connection = True
                return
            if fault is not None and fault.harm == "refuse":
                raise ApiError(fault.code, "Fault", "a planted fault", retry_after_s=fault.retry_after_s)
            code, answer = self._answer(path, body)
            if fault is not None and fault.harm == "lose the answer":
                self.close_connection = True
                return
            if answer is not None:
                self._reply(code, answer)
        except ApiError as exc:
            self._reply(exc.code, exc.body, retry_after_s=exc.retry_after_s)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _handle

    def _answer(self, path: str, body: dict[str, Any]) -> tuple[int, Object | None]:
        if path == "/version":
            return 200, {"major": "1", "minor": "36", "gitVersion": "v1.36.0-double"}
        if path in self.server_double.discovery:
            return 200, self.server_double.discovery[path]
        if proxied := _PROXY.fullmatch(path):
            self._proxy(*proxied.groups())
            return 200, None
        named = target(path)
        key = Key(named.kind.plural, named.namespace, named.name)
        store = self.server_double.cluster.store
        if named.sub == "log":
            self._stream("text/plain", log_lines(self.server_double.cluster, key, self.query))
            return 200, None
        if self.command == "GET" and named.name:
            return 200, store.get(key)
        if self.command == "GET":
            return self._list(named)
        if self.command == "POST":
            return 201, self._create(named, body)
        if self.command == "DELETE":
            return 200, self._delete(key, body)
        if self.command == "PATCH" and self.headers.get("Content-Type") == APPLY:
            return 200, self._apply(named, key, body)
        return 200, self._change(named, key, body)

    def _list(self, named: Target) -> tuple[int, Object | None]:
        store = self.server_double.cluster.store
        labels, fields = self.query.get("labelSelector", ""), self.query.get("fieldSelector", "")
        if self.query.get("watch", "").lower() in ("true", "1"):
            self._stream("application/json", self._changes(named, labels, fields))
            return 200, None
        items = store.select(named.kind.plural, named.namespace, labels=labels, fields=fields)
        meta = {"resourceVersion": str(store.version)}
        kind = {"kind": f"{named.kind.name}List", "apiVersion": named.kind.group_version}
        return 200, {**kind, "metadata": meta, "items": items}

    def _create(self, named: Target, body: dict[str, Any]) -> Object:
        if self.query.get("fieldValidation", "").lower() == "strict":
            refuse_unknown_fields(named.kind, body)
        meta = body.setdefault("metadata", {})
        name = meta.get("name") or f"{meta.get('generateName', '')}{uuid.uuid4().hex[:5]}"
        admit(named.kind, name, body)
        put_in_defaults(named.kind, body)
        body = {"apiVersion": named.kind.group_version, "kind": named.kind.name, **body}
        if named.kind.plural in HAS_STATUS:
            body["status"] = {"phase": "Pending"} if named.kind.plural == "pods" else {}
        if not self.server_double.cluster.admits_queues and QUEUE in (meta.get("labels") or {}):
            policy = (
                body["spec"].setdefault("runPolicy", {}) if named.kind.name == "PyTorchJob" else body["spec"]
            )
            policy["suspend"] = True
        return self.server_double.cluster.store.create(Key(named.kind.plural, named.namespace, name), body)

    def _change(self, named: Target, key: Key, body: dict[str, Any]) -> Object:
        store = self.server_double.cluster.store
        asked = (body.get("metadata") or {}).get("resourceVersion")
        current = store.get(key)["metadata"]["resourceVersion"]
        if asked is not None and asked != current:
            raise ApiError(409, "Conflict", f'{key.plural} "{key.name}": the object has been modified')
        if self.query.get("fieldValidation", "").lower() == "strict" and self.command == "PUT":
            refuse_unknown_fields(named.kind, {name: part for name, part in body.items() if name != "status"})

        put_in_defaults(named.kind, body)

        def put(obj: Object) -> None:
            if named.sub == "status":
                _merge(obj.setdefault("status", {}), body.get("status") or {})
                return
            before = json.dumps(obj.get("spec"), sort_keys=True)
            if self.command == "PUT":
                obj["spec"] = body.get("spec")
                for part in ("labels", "annotations"):
                    obj["metadata"][part] = (body.get("metadata") or {}).get(part) or {}
            else:
                _merge(obj, {name: part for name, part in body.items() if name != "status"})
            if json.dumps(obj.get("spec"), sort_keys=True) != before:
                obj["metadata"]["generation"] += 1

        return store.update(key, put)

    def _proxy(self, namespace: str, name: str, port: str, path: str) -> None:
        """Hand a request on to a pod."""
        pod = self.server_double.cluster.store.get(Key("pods", namespace, name))
        connection = http.client.HTTPConnection(pod["status"].get("podIP", ""), int(port), timeout=5)
        try:
            connection.request(self.command, path)
            response = connection.getresponse()
            code, content = response.status, response.read()
        except (OSError, http.client.HTTPException) as exc:
            raise ApiError(503, "ServiceUnavailable", f"error trying to reach service: {exc}") from exc
        finally:
            connection.close()
        self.send_response(code)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def _apply(self, named: Target, key: Key, body: dict[str, Any]) -> Object:
        """Server-side apply, without the memory of who owns which field."""
        if not self.query.get("fieldManager"):
            raise ApiError(400, "BadRequest", "fieldManager: Required value: is required for apply patch")
        if self.server_double.cluster.store.find(key) is None:
            return self._create(named, body)
        if self.query.get("fieldValidation", "").lower() == "strict":
            refuse_unknown_fields(named.kind, body)
        admit(named.kind, named.name, body)
        return self._change(named, key, body)

    def _delete(self, key: Key, body: dict[str, Any]) -> Object:
        cluster = self.server_double.cluster
        obj = cluster.store.get(key)
        if key.plural == "pods":
            grace = body.get("gracePeriodSeconds", self.query.get("gracePeriodSeconds"))
            cluster.delete_pod(obj, grace_s=None if grace is None else float(grace))
            return cluster.store.find(key) or obj
        # Of Jobs the API leaves the pods alone where it is not told otherwise, "for back compatibility".
        default = "Orphan" if key.plural == "jobs" else "Background"
        policy = body.get("propagationPolicy", self.query.get("propagationPolicy", default))
        if policy == "Orphan":
            for pod in cluster.store.owned("pods", obj):
                pod_key = Key("pods", pod["metadata"]["namespace"], pod["metadata"]["name"])
                cluster.store.update(pod_key, _orphan)
        cluster.store.delete(key)
        details = {"name": key.name, "uid": obj["metadata"]["uid"], "kind": key.plural}
        return {"kind": "Status", "apiVersion": "v1", "status": "Success", "details": details}

    def _changes(self, named: Target, labels: str, fields: str) -> Iterator[bytes]:
        store = self.server_double.cluster.store
        asked = self.query.get("resourceVersion", "")
        end = time.monotonic() + float(self.query.get("timeoutSeconds", 3600))
        with store.changed:
            seen = int(asked) if asked not in ("", "0") else store.version
            first = store.select(named.kind.plural, named.namespace, labels=labels, fields=fields)
        if asked in ("", "0"):
            yield from (_line("ADDED", obj) for obj in first)
        while time.monotonic() < end and not self.server_double.cluster.closed:
            store.wait_past(seen, timeout_s=0.2)
            for version, change, key, obj in store.since(seen):
                seen = version
                if (
                    key.plural == named.kind.plural
                    and named.namespace in ("", key.namespace)
                    and label_match(labels, obj["metadata"].get("labels") or {})
                    and field_match(fields, obj)
                ):
                    yield _line(change, obj)
            if self.server_double.faults.next("WATCH", urlsplit(self.path).path) is not None:
                return

    def _stream(self, content_type: str, chunks: Iterator[bytes]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            self.wfile.flush()
            for chunk in chunks:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
                self.wfile.flush()
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            # The client has gone, as it may.
            self.close_connection = True

    def _reply(self, code: int, answer: Object, *, retry_after_s: int | None = None) -> None:
        content = json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if retry_after_s is not None:
            self.send_header("Retry-After", str(retry_after_s))
        self.end_headers()
        try:
            self.wfile.write(content)
            self.wfile.flush()
        except OSError:
            # The client has gone, as it may.
            self.close_connection = True


def _orphan(pod: Object) -> None:
    """Without a Job nobody has to count the pod before it may go."""
    for part in ("ownerReferences", "finalizers"):
        pod["metadata"].pop(part, None)


def _line(change: str, obj: Object) -> bytes:
    return json.dumps({"type": change, "object": obj}).encode() + b"\n"


def _merge(into: dict[str, Any], patch: dict[str, Any]) -> None:
    """A JSON merge patch (RFC 7386)."""
    for name, value in patch.items():
        if value is None:
            into.pop(name, None)
        elif isinstance(value, dict) and isinstance(into.get(name), dict):
            _merge(into[name], value)
        else:
            into[name] = value
