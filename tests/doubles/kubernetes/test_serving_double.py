"""Does the double serve as a cluster does? Deployments, readiness, server-side apply, the gateway."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.doubles.kubernetes.server import APPLY, Server, kubernetes
from tests.fakes.running import call, wait_for

Object = dict[str, Any]
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
SERVICES = "/api/v1/namespaces/default/services"
ROUTES = "/apis/gateway.networking.k8s.io/v1/namespaces/default/httproutes"
PODS = "/api/v1/namespaces/default/pods"
# Answers its argument to every request; "broken" is never ready, "deadly" ends at once.
SERVER = """
import http.server, json, sys
host, word = sys.argv[1:]
if word == "deadly": print("last words", flush=True); sys.exit(3)
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(503 if word == "broken" else 200)
        content = json.dumps(word).encode()
        self.send_header("Content-Length", str(len(content))); self.end_headers(); self.wfile.write(content)
    def log_message(self, *a): pass
http.server.ThreadingHTTPServer((host, 8080), H).serve_forever()
"""


@pytest.fixture
def server() -> Iterator[Server]:
    with kubernetes(images={"web"}) as running:
        yield running


def ask(
    server: Server, method: str, path: str, body: Object | None = None, *, media: str = "", **query: str
) -> tuple[int, Any]:
    import urllib3

    text = "&".join(f"{name}={value}" for name, value in query.items())
    content = None if body is None else json.dumps(body)
    url, headers = f"{server.url}{path}?{text}", {"Content-Type": media or "application/json"}
    answer = urllib3.request(method, url, body=content, headers=headers, retries=False, timeout=10)
    return answer.status, json.loads(answer.data)


def deployment(name: str, word: str, *, replicas: int = 1) -> Object:
    container = {
        "name": "web",
        "image": "web",
        "command": [sys.executable, "-c", SERVER, "0.0.0.0", word],
        "ports": [{"name": "http", "containerPort": 8080}],
        "readinessProbe": {"httpGet": {"path": "/", "port": "http"}},
    }
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template},
    }


def route(**weights: int) -> Object:
    refs = [{"name": name, "port": 80, "weight": weight} for name, weight in weights.items()]
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": "web"},
        "spec": {"parentRefs": [{"name": "public"}], "rules": [{"backendRefs": refs}]},
    }


def run(server: Server, name: str, word: str, *, replicas: int = 1) -> None:
    assert ask(server, "POST", DEPLOYMENTS, deployment(name, word, replicas=replicas))[0] == 201
    ports = [{"port": 80, "targetPort": "http"}]
    body = {"metadata": {"name": name}, "spec": {"selector": {"app": name}, "ports": ports}}
    assert ask(server, "POST", SERVICES, body)[0] == 201


def ready(server: Server, name: str) -> int:
    _, found = ask(server, "GET", f"{DEPLOYMENTS}/{name}")
    return int(found["status"].get("readyReplicas", 0))


def conditions(server: Server) -> dict[str, str]:
    _, found = ask(server, "GET", f"{ROUTES}/web")
    parents = found["status"].get("parents") or [{"conditions": []}]
    return {c["type"]: c["status"] for c in parents[0]["conditions"]}


def pods(server: Server, app: str) -> list[Object]:
    items = ask(server, "GET", PODS, labelSelector=f"app={app}")[1]["items"]
    return [pod for pod in items if "deletionTimestamp" not in pod["metadata"]]


def test_a_deployment_keeps_its_number_of_pods_and_each_has_an_address(server: Server) -> None:
    run(server, "a", "one", replicas=2)
    wait_for(lambda: ready(server, "a") == 2)
    first = pods(server, "a")
    assert len({pod["status"]["podIP"] for pod in first}) == 2
    ask(server, "DELETE", f"{PODS}/{first[0]['metadata']['name']}", {"gracePeriodSeconds": 0})
    wait_for(lambda: ready(server, "a") == 2 and first[0] not in pods(server, "a"))


def test_a_pod_that_is_not_ready_gets_no_request_and_none_ready_is_a_503(server: Server) -> None:
    run(server, "bad", "broken")
    assert ask(server, "POST", ROUTES, route(bad=1))[0] == 201
    wait_for(lambda: conditions(server) == {"Accepted": "True", "ResolvedRefs": "True"})
    wait_for(lambda: [pod["status"]["phase"] for pod in pods(server, "bad")] == ["Running"])
    import urllib3

    url = f"http://127.0.0.1:{server.cluster.gateway.port}/"
    assert urllib3.request("GET", url, retries=False).status == 503


def test_the_gateway_shares_requests_out_by_weight(server: Server) -> None:
    run(server, "a", "one")
    run(server, "b", "two")
    wait_for(lambda: ready(server, "a") == ready(server, "b") == 1)
    ask(server, "POST", ROUTES, route(a=3, b=1))
    wait_for(lambda: conditions(server).get("Accepted") == "True")
    found = Counter(call(server.cluster.gateway.port, "GET", "/").body for _ in range(200))
    assert 20 < found["two"] < 85
    _, now = ask(server, "GET", f"{ROUTES}/web")
    none = {**route(a=1, b=0), "metadata": now["metadata"]}
    assert ask(server, "PUT", f"{ROUTES}/web", none)[0] == 200
    wait_for(lambda: {call(server.cluster.gateway.port, "GET", "/").body for _ in range(9)} == {"one"})
    assert ask(server, "PUT", f"{ROUTES}/web", none)[0] == 409, "of a version that is no longer the newest"


def test_a_route_to_a_service_that_is_not_there_is_not_resolved(server: Server) -> None:
    ask(server, "POST", ROUTES, route(gone=1))
    wait_for(lambda: conditions(server) == {"Accepted": "True", "ResolvedRefs": "False"})


def test_a_container_that_ends_is_started_again_and_its_last_words_stay(server: Server) -> None:
    run(server, "a", "deadly")

    def told() -> Object:
        found = pods(server, "a")
        return (found[0]["status"].get("containerStatuses") or [{}])[0] if found else {}

    wait_for(lambda: told().get("restartCount", 0) >= 2)
    assert told()["lastState"]["terminated"]["exitCode"] == 3
    import urllib3

    name = pods(server, "a")[0]["metadata"]["name"]
    text = urllib3.request("GET", f"{server.url}{PODS}/{name}/log?previous=true").data
    assert b"last words" in text


def test_a_new_template_takes_no_ready_pod_away_before_its_own_are_ready(server: Server) -> None:
    run(server, "a", "one")
    wait_for(lambda: ready(server, "a") == 1)
    apply = {"media": APPLY, "fieldManager": "test", "fieldValidation": "Strict"}
    broken = deployment("a", "broken")
    assert ask(server, "PATCH", f"{DEPLOYMENTS}/a", broken, **apply)[0] == 200  # type: ignore[arg-type]
    wait_for(lambda: len(pods(server, "a")) == 2)
    assert ready(server, "a") == 1
    ask(server, "PATCH", f"{DEPLOYMENTS}/a", deployment("a", "two"), **apply)  # type: ignore[arg-type]

    def answers() -> list[object]:
        found = pods(server, "a")
        return [ask(server, "GET", f"{PODS}/{pod['metadata']['name']}:8080/proxy/") for pod in found]

    wait_for(lambda: answers() == [(200, "two")])


def test_server_side_apply_creates_wants_a_manager_and_is_strict(server: Server) -> None:
    body, path = deployment("a", "one"), f"{DEPLOYMENTS}/a"
    assert ask(server, "PATCH", path, body, media=APPLY)[0] == 400
    misspelt = {**body, "spec": {**body["spec"], "replica": 2}}
    strict = {"fieldManager": "test", "fieldValidation": "Strict"}
    assert ask(server, "PATCH", path, misspelt, media=APPLY, **strict)[0] == 400
    assert ask(server, "PATCH", path, body, media=APPLY, **strict)[0] == 200
    apart = {**body, "spec": {**body["spec"], "selector": {"matchLabels": {"app": "b"}}}}
    assert ask(server, "POST", DEPLOYMENTS, {**apart, "metadata": {"name": "b"}})[0] == 422


def test_a_pod_that_does_not_listen_cannot_be_asked_through_the_server(server: Server) -> None:
    run(server, "a", "one")
    wait_for(lambda: ready(server, "a") == 1)
    (only,) = pods(server, "a")
    assert ask(server, "GET", f"{PODS}/{only['metadata']['name']}:9/proxy/")[0] == 503
