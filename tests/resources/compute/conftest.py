import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from resources.cluster.settings import ClusterSettings
from resources.compute.base import Compute
from resources.compute.k8s import K8sCompute
from resources.compute.local import LocalCompute
from tests.doubles.kubernetes.cluster import GPU_NODE, NodeFacts
from tests.doubles.kubernetes.server import Server, kubernetes
from tests.fakes.compute import FakeCompute


@pytest.fixture
def local(tmp_path: Path) -> LocalCompute:
    return LocalCompute(root=str(tmp_path / "jobs"))


IMAGE = "registry.example/training:1"
OnCluster = Callable[..., K8sCompute]


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A cluster of two nodes, one with GPUs; the processes of its pods see this machine's files."""
    with kubernetes(nodes=(NodeFacts(), GPU_NODE), images={IMAGE}) as server:
        monkeypatch.setenv("KUBECONFIG", str(server.kubeconfig(tmp_path / "kubeconfig")))
        claims = "/api/v1/namespaces/team/persistentvolumeclaims"
        server.create(claims, {"metadata": {"name": "home"}, "spec": {}})
        yield server


@pytest.fixture
def on_cluster(cluster: Server, tmp_path: Path) -> OnCluster:
    """Compute on the cluster; what is given changes its settings."""

    def build(**changes: Any) -> K8sCompute:
        patience = {"queue": 60, "schedule": 60, "start": 60, "image": 60, "ending": 60, "server": 60}
        settings = {
            "namespace": "team",
            "image": IMAGE,
            "python": sys.executable,
            "volumes": [{"path": str(tmp_path), "claim": "home"}],
            "memory_gib": 1,
            "poll_s": 0.05,
            "grace_s": 2,
            "patience": {**patience, **changes.pop("patience", {})},
        }
        return K8sCompute(
            root=tmp_path / "jobs", settings=ClusterSettings.model_validate({**settings, **changes})
        )

    return build


@pytest.fixture(params=["fake", "local", "k8s"])
def compute(request: pytest.FixtureRequest, tmp_path: Path) -> Compute:
    """Every adapter of the port, and the fake that stands in for them."""
    root = tmp_path / "jobs"
    if request.param == "k8s":
        build: OnCluster = request.getfixturevalue("on_cluster")
        return build()
    return FakeCompute(root) if request.param == "fake" else LocalCompute(root=str(root))
