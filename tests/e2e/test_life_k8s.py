"""The life of the example with its training in a pod: `FLYWHEEL_ENV=k8s`, and nothing else is changed."""

import sys
from pathlib import Path

import pytest
import yaml

from orchestration.environments import CLUSTER, ENVIRONMENT, load_environment
from tests.doubles.kubernetes.cluster import GPU_NODE, NodeFacts
from tests.doubles.kubernetes.server import kubernetes
from tests.e2e.life import LIFE, NAME, NEWEST, Life, checks_of, errors_of
from tests.fakes.running import call

pytestmark = pytest.mark.e2e


def test_the_example_is_trained_on_a_gpu_node_and_served(
    tables: Life, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {
        "namespace": "team",
        "image": "training",
        "python": sys.executable,
        "volumes": [{"path": str(tables.home), "claim": "home"}],
        # The double's GPUs are numbers only: the training is placed beside them, and asks for none.
        "placement": {
            "node_selector": {"accelerator": "gpu"},
            "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists"}],
        },
        "poll_s": 0.1,
    }
    (tmp_path / "cluster.yaml").write_text(yaml.safe_dump(settings))
    told = {ENVIRONMENT: "k8s", CLUSTER: str(tmp_path / "cluster.yaml")}
    with kubernetes(nodes=(NodeFacts(), GPU_NODE), images={"training"}) as server:
        monkeypatch.setenv("KUBECONFIG", str(server.kubeconfig(tmp_path / "kubeconfig")))
        claims = "/api/v1/namespaces/team/persistentvolumeclaims"
        server.create(claims, {"metadata": {"name": "home"}, "spec": {}})
        done = tables.run(*LIFE, partition=NEWEST, environment=load_environment({**tables.variables, **told}))
        assert errors_of(done) == []
        assert all(checks_of(done).values())
        (pod,) = server.cluster.store.select("pods")
    assert pod["spec"]["nodeName"] == "gpu-0"
    assert pod["metadata"]["labels"]["flywheel/model"] == NAME
    assert pod["status"]["phase"] == "Succeeded"
    champion = tables.champion()
    assert champion is not None
    assert call(tables.port, "GET", "/").body["version"] == champion.version
