"""A Gateway: takes HTTPRoutes, and sends real requests to ready pods by their weights."""

import contextlib
import http.client
import random
import threading
import uuid
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.doubles.kubernetes.deployments import is_ready
from tests.doubles.kubernetes.errors import ApiError
from tests.doubles.kubernetes.selectors import label_match
from tests.doubles.kubernetes.store import Key, Object, Store

GATEWAY = "public"
CONTROLLER = "example.com/double"
TIMEOUT_S = 30


class Gateway:
    """A Gateway named `public`, on a port of this machine.

    Args:
        store: of the cluster.
        port: to listen on; 0: any.
        seed: of the chance that shares requests out.
    """

    def __init__(self, store: Store, *, port: int = 0, seed: int = 7) -> None:
        self.store = store
        self.can_mirror = True
        self.holds = False
        """True: its controller is busy, and takes no route."""
        self._taken: dict[tuple[str, str], Object] = {}
        """What its proxies send by: routes as they were accepted last."""
        self._chance = random.Random(seed)
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"gateway": self})
        self._http = _Server(("127.0.0.1", port), handler)
        self.port = self._http.server_port
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)

    def sync(self) -> None:
        """Take the routes as they are now, and say so in their statuses."""
        if self.holds:
            return
        routes = self.store.select("httproutes")
        there = {(r["metadata"]["namespace"], r["metadata"]["name"]) for r in routes}
        with self._lock:
            for gone in set(self._taken) - there:
                del self._taken[gone]
        for route in routes:
            if any(parent["name"] == GATEWAY for parent in route["spec"].get("parentRefs") or []):
                self._take(route)

    def choose(self, host: str, headers: Mapping[str, str]) -> tuple[str, list[str], int]:
        """Where a request goes: a pod's address, those of pods that get copies, the status if it is none."""
        with self._lock:
            routes = list(self._taken.values())
        rule = next((r for route in routes if (r := _rule(route, host, headers)) is not None), None)
        if rule is None:
            return "", [], 404
        namespace, found = rule
        refs = found.get("backendRefs") or []
        weights = [ref.get("weight", 1) for ref in refs]
        if not sum(weights):
            return "", [], 500
        with self._lock:
            (ref,) = self._chance.choices(refs, weights)
        copies = [
            address
            for one in found.get("filters") or []
            if one["type"] == "RequestMirror"
            and (address := self._address(namespace, one["requestMirror"]["backendRef"]))
        ]
        if self.store.find(Key("services", namespace, ref["name"])) is None:
            return "", [], 500
        address = self._address(namespace, ref)
        return address, copies, 200 if address else 503

    def _take(self, route: Object) -> None:
        meta, spec = route["metadata"], route["spec"]
        key = Key("httproutes", meta["namespace"], meta["name"])
        filters = [f for rule in spec.get("rules") or [] for f in rule.get("filters") or []]
        refs = [ref for rule in spec.get("rules") or [] for ref in rule.get("backendRefs") or []]
        refs += [f["requestMirror"]["backendRef"] for f in filters if f["type"] == "RequestMirror"]
        accepted = self.can_mirror or not any(f["type"] == "RequestMirror" for f in filters)
        lacking = [
            ref["name"]
            for ref in refs
            if self.store.find(Key("services", meta["namespace"], ref["name"])) is None
        ]
        conditions = [
            _condition("Accepted", accepted, meta, "UnsupportedValue", "RequestMirror is not supported"),
            _condition(
                "ResolvedRefs", not lacking, meta, "BackendNotFound", f"service {lacking[:1]} not found"
            ),
        ]
        if accepted:
            with self._lock:
                self._taken[meta["namespace"], meta["name"]] = route
        parents = [
            {"parentRef": parent, "controllerName": CONTROLLER, "conditions": conditions}
            for parent in spec["parentRefs"]
        ]
        with contextlib.suppress(ApiError):
            self.store.update(key, lambda obj: obj.setdefault("status", {}).update(parents=parents))

    def _address(self, namespace: str, ref: Mapping[str, Any]) -> str:
        """A ready pod of a Service; empty: there is none."""
        service = self.store.find(Key("services", namespace, ref["name"]))
        if service is None:
            return ""
        selector = ",".join(f"{key}={value}" for key, value in service["spec"]["selector"].items())
        port = next(p for p in service["spec"]["ports"] if p["port"] == ref["port"])
        pods = [
            pod
            for pod in self.store.select("pods", namespace)
            if label_match(selector, pod["metadata"].get("labels") or {}) and is_ready(pod)
        ]
        if not pods:
            return ""
        with self._lock:
            pod = self._chance.choice(pods)
        return f"{pod['status']['podIP']}:{_port(pod, port.get('targetPort', port['port']))}"


def _condition(
    kind: str, is_true: bool, meta: Mapping[str, Any], reason: str, message: str
) -> dict[str, Any]:
    told = {"reason": kind, "message": ""} if is_true else {"reason": reason, "message": message}
    status = "True" if is_true else "False"
    return {"type": kind, "status": status, "observedGeneration": meta["generation"], **told}


def _rule(route: Object, host: str, headers: Mapping[str, str]) -> tuple[str, Mapping[str, Any]] | None:
    """The rule of a route that fits best: one that names a header that the request has."""
    spec = route["spec"]
    if spec.get("hostnames") and host not in spec["hostnames"]:
        return None

    def fits(rule: Mapping[str, Any]) -> int:
        matches = rule.get("matches") or [{}]
        wanted = [m.get("headers") or [] for m in matches]
        return max(
            (len(w) + 1 for w in wanted if all(headers.get(h["name"].lower()) == h["value"] for h in w)),
            default=0,
        )

    best = max(spec.get("rules") or [], key=fits, default=None)
    return (route["metadata"]["namespace"], best) if best is not None and fits(best) else None


def _port(pod: Object, target: object) -> object:
    named = {
        port.get("name"): port["containerPort"]
        for container in pod["spec"]["containers"]
        for port in container.get("ports") or []
    }
    return named.get(target, target) if isinstance(target, str) else target


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    gateway: Gateway

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: a test's output is its own."""

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        headers.setdefault("x-request-id", uuid.uuid4().hex)
        host = headers.get("host", "").rpartition(":")[0]
        address, copies, status = self.gateway.choose(host, headers)
        for copy in copies:
            threading.Thread(target=self._sent, args=(copy, headers, body), daemon=True).start()
        answer = self._sent(address, headers, body) if address else (status, {}, b"no healthy upstream")
        code, told, content = answer or (502, {}, b"upstream connect error")
        self.send_response(code)
        for name, value in told.items():
            if name.lower() not in ("content-length", "connection", "transfer-encoding", "date", "server"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(content)
            self.wfile.flush()

    do_GET = do_POST = do_HEAD = _handle

    def _sent(
        self, address: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes] | None:
        connection = http.client.HTTPConnection(address, timeout=TIMEOUT_S)
        kept = {n: v for n, v in headers.items() if n not in ("host", "connection", "content-length")}
        try:
            connection.request(self.command, self.path, body or None, kept)
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
