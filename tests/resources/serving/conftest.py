import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from resources.cluster.settings import ClusterSettings, ServingSettings
from resources.serving import process
from resources.serving.k8s import cluster as k8s_cluster
from resources.serving.k8s import objects
from resources.serving.k8s.serving import K8sServing
from resources.serving.local import LocalServing
from resources.serving.vertex import model as vertex_model
from resources.serving.vertex.serving import VertexServing
from resources.vertex.settings import VertexSettings
from tests.doubles.kubernetes.server import KSERVE_KNATIVE, Server, kubernetes
from tests.doubles.vertex.server import Vertex, vertex
from tests.fakes.ports import free_port
from tests.fakes.running import wait_for
from tests.fakes.stub_endpoint import stub_command


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """A folder of endpoints; every process that serves from it ends with the test."""
    root = tmp_path / "endpoints"
    yield root
    serving = [p for p in psutil.process_iter() if any(a.startswith(f"{root}/") for a in process._command(p))]
    for one in serving:
        one.kill()
        wait_for(lambda ended=one: not process._runs(ended))  # type: ignore[misc]  # bound now, called now


@pytest.fixture
def local(root: Path, monkeypatch: pytest.MonkeyPatch) -> LocalServing:
    """The adapter, with real processes whose bundles hold a constant in the place of a model."""
    monkeypatch.setattr(process, "endpoint_command", stub_command)
    return LocalServing(root=str(root), start_timeout_s=20)


IMAGE = "registry.example/endpoint:1"
OnCluster = Callable[..., K8sServing]


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, port: int) -> Iterator[Server]:
    """A cluster with a gateway; its pods hold a constant in the place of a model."""
    monkeypatch.setattr(k8s_cluster, "STALE_S", 0.5)
    monkeypatch.setattr(objects, "ENDPOINT_MODULE", "tests.fakes.stub_endpoint")
    with kubernetes(images={IMAGE}, gateway_port=port) as server:
        monkeypatch.setenv("KUBECONFIG", str(server.kubeconfig(tmp_path / "kubeconfig")))
        claims = "/api/v1/namespaces/team/persistentvolumeclaims"
        server.create(claims, {"metadata": {"name": "home"}, "spec": {}})
        yield server


@pytest.fixture
def on_cluster(cluster: Server, tmp_path: Path) -> OnCluster:
    """The adapter on the cluster; what is given changes its settings."""

    def build(*, patience: Mapping[str, int] | None = None, **changes: Any) -> K8sServing:
        if changes.get("routing") == "knative":
            cluster.discovery = dict(KSERVE_KNATIVE)
            changes["routing"] = "kserve"
        limits = {"schedule": 60, "start": 60, "image": 60, "ending": 30, "server": 60}
        settings = {
            "namespace": "team",
            "image": "training",
            "python": sys.executable,
            "volumes": [{"path": str(tmp_path), "claim": "home"}],
            "poll_s": 0.02,
            "patience": {**limits, **(patience or {})},
        }
        serving = {
            "image": IMAGE,
            "url": f"http://127.0.0.1:{cluster.cluster.gateway.port}",
            "gateway": {"name": "public"},
            "replicas": 1,
            "settle_s": 0.0,
            "ready": 60,
            "env": {"PYTHONPATH": str(Path(__file__).parents[3])},
            **changes,
        }
        return K8sServing(
            root=tmp_path / "endpoints",
            settings=ClusterSettings.model_validate(settings),
            serving=ServingSettings.model_validate(serving),
        )

    return build


OnVertex = Callable[..., VertexServing]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vertex]:
    """A project of Google Cloud; its containers hold a constant in the place of a model."""
    monkeypatch.setattr(vertex_model, "ENDPOINT_MODULE", "tests.fakes.stub_endpoint")
    with vertex(images={IMAGE}) as double:
        double.reach(monkeypatch, tmp_path)
        yield double


@pytest.fixture
def on_vertex(project: Vertex, tmp_path: Path) -> OnVertex:
    """The adapter on Vertex AI; what is given changes its settings for serving."""

    def build(*, patience: Mapping[str, int] | None = None, **changes: Any) -> VertexServing:
        limits = {"operation": 60, "ending": 20, "settle": 20, "server": 60}
        settings = {
            "project": "project-1",
            "region": "europe-west4",
            "staging": f"file://{tmp_path}/staging",
            "poll_s": 0.05,
            "patience": {**limits, **(patience or {})},
            "serving": {
                "image": IMAGE,
                "python": sys.executable,
                "replicas": 1,
                "dedicated": False,
                "follow_every": 0.1,
                "settle_s": 0.0,
                "ready": 60,
                "env": {"PYTHONPATH": str(Path(__file__).parents[3])},
                **changes,
            },
        }
        return VertexServing(root=tmp_path / "endpoints", settings=VertexSettings.model_validate(settings))

    return build


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def other_port(port: int) -> int:
    return next(p for p in iter(free_port, 0) if p != port)
