"""The Role of the chart allows what trainings and endpoints really ask of the API server."""

import re
import sys
from collections.abc import Mapping, Set
from pathlib import Path

import pytest

from lifecycle.training.job import JOB_FILE
from lifecycle.training.run import run_job
from resources.cluster.settings import ClusterSettings
from resources.compute.k8s.compute import K8sCompute
from resources.serving.k8s import objects
from resources.serving.k8s.serving import K8sServing
from tests.deploy.chart import named
from tests.doubles.kubernetes.cluster import NodeFacts
from tests.doubles.kubernetes.server import Server, kubernetes
from tests.fakes.bundles import parcels, write_job
from tests.fakes.ports import free_port
from tests.resources.serving.test_k8s import spec

IMAGE = "registry.example/training:1"
CLAIMS = "/api/v1/namespaces/team/persistentvolumeclaims"
PATH = re.compile(
    r"^/(?:api/v1|apis/(?P<group>[^/]+)/[^/]+)/namespaces/[^/]+"
    r"/(?P<what>[^/]+)(?:/(?P<name>[^/]+))?(?:/(?P<sub>[^/]+).*)?$"
)
VERBS = {"POST": "create", "DELETE": "delete", "PATCH": "patch", "PUT": "update"}

Right = tuple[str, str, str]
"""Group, resource, verb."""


def rights(role: Mapping[str, list[dict[str, list[str]]]]) -> Set[Right]:
    return {
        (group, resource, verb)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def asked(server: Server) -> Set[Right]:
    """What was asked of a server, in the words of a Role."""
    found = set()
    for method, path in server.requests:
        if (at := PATH.match(path.partition("?")[0])) is None:
            continue
        resource = "/".join(filter(None, (at["what"], at["sub"])))
        verb = VERBS.get(method) or ("get" if at["name"] else "list")
        found.add((at["group"] or "", resource, verb))
    return found


def test_a_training_is_allowed_all_that_it_asks_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = tmp_path / "made"
    made.mkdir()
    job = write_job(made, parcels(n_rows=200))
    run_job(made, progress=lambda line: None)
    (made / JOB_FILE).unlink()
    interpreter = tmp_path / "interpreter"
    interpreter.write_text(f'#!/bin/sh\nfor folder; do :; done\ncp {made}/*.* "$folder"\n')
    interpreter.chmod(0o755)
    settings = {
        "namespace": "team",
        "image": IMAGE,
        "python": str(interpreter),
        "volumes": [{"path": str(tmp_path), "claim": "home"}],
        "memory_gib": 1,
        "poll_s": 0.05,
    }
    with kubernetes(nodes=(NodeFacts(), NodeFacts(name="other")), images={IMAGE}) as server:
        monkeypatch.setenv("KUBECONFIG", str(server.kubeconfig(tmp_path / "kubeconfig")))
        server.create(CLAIMS, {"metadata": {"name": "home"}, "spec": {}})
        server.requests.clear()
        compute = K8sCompute(root=tmp_path / "jobs", settings=ClusterSettings.model_validate(settings))
        compute.train(job.model_copy(update={"nodes": 2}), "of-two-nodes", progress=lambda line: None)
        told = asked(server)
    assert ("batch", "jobs", "create") in told
    assert ("", "services", "create") in told
    assert told <= rights(named({}, "Role", "flywheel"))  # type: ignore[arg-type]


def test_an_endpoint_is_allowed_all_that_it_asks_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    serving = {
        "image": IMAGE,
        "url": f"http://127.0.0.1:{port}",
        "gateway": {"name": "public"},
        "replicas": 1,
        "max_replicas": 2,
        "settle_s": 0.0,
        "env": {"PYTHONPATH": str(Path(__file__).parents[2])},
    }
    settings = ClusterSettings.model_validate(
        {
            "namespace": "team",
            "image": "training",
            "python": sys.executable,
            "volumes": [{"path": str(tmp_path), "claim": "home"}],
            "poll_s": 0.02,
            "serving": serving,
        }
    )
    assert settings.serving is not None
    monkeypatch.setattr(objects, "ENDPOINT_MODULE", "tests.fakes.stub_endpoint")
    with kubernetes(images={IMAGE}, gateway_port=port) as server:
        monkeypatch.setenv("KUBECONFIG", str(server.kubeconfig(tmp_path / "kubeconfig")))
        server.create(CLAIMS, {"metadata": {"name": "home"}, "spec": {}})
        server.requests.clear()
        adapter = K8sServing(root=tmp_path / "endpoints", settings=settings, serving=settings.serving)
        adapter.apply(spec(tmp_path, ("champion", "1", 100)))
        adapter.apply(spec(tmp_path, ("champion", "1", 90), ("challenger", "2", 10)))
        adapter.apply(spec(tmp_path, ("champion", "2", 100)))
        adapter.stop("stub")
        told = asked(server)
    assert {"httproutes", "deployments", "horizontalpodautoscalers"} <= {resource for _, resource, _ in told}
    values = {"cluster": {"image": "training", "serving": serving}}
    allowed = rights(named(values, "Role", "flywheel"))  # type: ignore[arg-type]
    assert told <= allowed
