import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from lifecycle.training.job import JOB_FILE
from lifecycle.training.run import run_job
from resources.cluster.settings import ClusterSettings
from resources.compute.base import Compute
from resources.compute.k8s.compute import K8sCompute
from resources.compute.local import LocalCompute
from resources.compute.vertex.compute import VertexCompute
from resources.vertex.settings import VertexSettings
from tests.doubles.kubernetes.cluster import GPU_NODE, NodeFacts
from tests.doubles.kubernetes.server import Server, kubernetes
from tests.doubles.vertex.server import Vertex, vertex
from tests.fakes.bundles import parcels, write_job
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


OnVertex = Callable[..., VertexCompute]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vertex]:
    """A project of Google Cloud; the processes of its jobs see this machine's files."""
    with vertex(images={IMAGE}) as double:
        double.reach(monkeypatch, tmp_path)
        yield double


@pytest.fixture
def on_vertex(project: Vertex, tmp_path: Path) -> OnVertex:
    """Compute on Vertex AI; what is given changes its settings, `training` its part of them."""

    def build(training: Mapping[str, Any] | None = None, **changes: Any) -> VertexCompute:
        patience = {"queue": 60, "ending": 2, "server": 60, "operation": 60, "settle": 60}
        settings = VertexSettings.model_validate(
            {
                "project": "project-1",
                "region": "europe-west4",
                "staging": f"file://{tmp_path}/staging",
                "poll_s": 0.05,
                **changes,
                "patience": {**patience, **changes.get("patience", {})},
                "training": {
                    "image": IMAGE,
                    "python": sys.executable,
                    "log_every": 0.05,
                    "env": {"PYTHONPATH": str(Path(__file__).parents[3])},
                    **(training or {}),
                },
            }
        )
        assert settings.training is not None
        return VertexCompute(root=tmp_path / "jobs", settings=settings, training=settings.training)

    return build


Script = Callable[[str], str]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a training leaves beside its job file. No test changes it."""
    folder = tmp_path_factory.mktemp("made")
    write_job(folder, parcels())
    run_job(folder, progress=lambda line: None)
    (folder / JOB_FILE).unlink()
    return folder


@pytest.fixture
def script(tmp_path: Path, made: Path) -> Script:
    """Writes an interpreter that runs a script instead; `$folder` is the job's, `train` leaves a result."""

    def write(body: str) -> str:
        file = tmp_path / "interpreter"
        train = f'train() {{ cp {made}/*.* "$folder"; }}'
        file.write_text(f"#!/bin/sh\nfor folder; do :; done\n{train}\n{body}\n")
        file.chmod(0o755)
        return str(file)

    return write


@pytest.fixture(params=["fake", "local", "k8s", "vertex"])
def compute(request: pytest.FixtureRequest, tmp_path: Path) -> Compute:
    """Every adapter of the port, and the fake that stands in for them."""
    root = tmp_path / "jobs"
    if request.param == "k8s":
        build: OnCluster = request.getfixturevalue("on_cluster")
        return build()
    if request.param == "vertex":
        on_vertex: OnVertex = request.getfixturevalue("on_vertex")
        return on_vertex()
    return FakeCompute(root) if request.param == "fake" else LocalCompute(root=str(root))
