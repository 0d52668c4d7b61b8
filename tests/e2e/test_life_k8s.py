"""The life of the example on a cluster: `FLYWHEEL_ENV=k8s`, and nothing else is changed."""

import sys
from pathlib import Path

import pytest
import yaml

from orchestration.environments import CLUSTER, ENVIRONMENT, load_environment
from resources.cluster.settings import ClusterSettings, ServingSettings
from resources.serving.base import EndpointSpec, EndpointState
from resources.serving.k8s import K8sServing
from tests.assets.test_rollout_drive import Shop
from tests.doubles.kubernetes.cluster import GPU_NODE, NodeFacts
from tests.doubles.kubernetes.server import kubernetes
from tests.e2e.life import LIFE, NAME, NEWEST, Life, checks_of, errors_of
from tests.fakes.bundles import make_bundle
from tests.fakes.ports import free_port
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
        "serving": {
            "image": "endpoint",
            "url": f"http://127.0.0.1:{tables.port}",
            "gateway": {"name": "public"},
            "replicas": 1,
            "settle_s": 0.0,
        },
    }
    (tmp_path / "cluster.yaml").write_text(yaml.safe_dump(settings))
    told = {ENVIRONMENT: "k8s", CLUSTER: str(tmp_path / "cluster.yaml")}
    images = {"training", "endpoint"}
    with kubernetes(nodes=(NodeFacts(), GPU_NODE), images=images, gateway_port=tables.port) as server:
        monkeypatch.setenv("KUBECONFIG", str(server.kubeconfig(tmp_path / "kubeconfig")))
        claims = "/api/v1/namespaces/team/persistentvolumeclaims"
        server.create(claims, {"metadata": {"name": "home"}, "spec": {}})
        done = tables.run(*LIFE, partition=NEWEST, environment=load_environment({**tables.variables, **told}))
        assert errors_of(done) == []
        assert all(checks_of(done).values())
        pod, serving = server.cluster.store.select("pods")
        champion = tables.champion()
        assert champion is not None
        assert call(tables.port, "GET", "/").body["version"] == champion.version
    assert serving["metadata"]["labels"]["flywheel/version"] == champion.version
    assert pod["spec"]["nodeName"] == "gpu-0"
    assert pod["metadata"]["labels"]["flywheel/model"] == NAME
    assert pod["status"]["phase"] == "Succeeded"


def test_a_rollout_goes_over_two_deployments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real loop, with real pods behind a gateway; only what is measured is made up."""
    cluster = ClusterSettings.model_validate(
        {
            "namespace": "team",
            "image": "training",
            "python": sys.executable,
            "volumes": [{"path": str(tmp_path), "claim": "home"}],
            "poll_s": 0.05,
        }
    )
    port = free_port()
    with kubernetes(images={"endpoint"}, gateway_port=port) as server:
        monkeypatch.setenv("KUBECONFIG", str(server.kubeconfig(tmp_path / "kubeconfig")))
        claims = "/api/v1/namespaces/team/persistentvolumeclaims"
        server.create(claims, {"metadata": {"name": "home"}, "spec": {}})
        told = {"image": "endpoint", "gateway": {"name": "public"}, "replicas": 1, "settle_s": 0.0}
        serving = WatchedServing(
            K8sServing(
                root=tmp_path / "endpoints",
                settings=cluster,
                serving=ServingSettings.model_validate({**told, "url": f"http://127.0.0.1:{port}"}),
            )
        )
        bundles = [make_bundle(tmp_path / f"{part}", threshold=part) for part in (0.4, 0.5)]
        shop = Shop(bundles, serving=serving)  # type: ignore[arg-type]  # another adapter of the port
        shop.register(1)
        shop.run()
        shop.register(2)
        shop.run()
        assert (shop.served, shop.holder("champion")) == ({"2": 100}, "2")
        weights = [split.get("2", 0) for split in serving.splits]
        assert weights == sorted(weights)
        assert {0, 5, 100} <= set(weights)
        assert {len(split) for split in serving.splits} == {1, 2}, "two Deployments while both serve"
        (left,) = server.cluster.store.select("deployments")
        assert left["metadata"]["labels"]["flywheel/version"] == "2"
        assert call(port, "GET", "/").body["version"] == "2"


class WatchedServing:
    """An adapter that remembers every split that it read back."""

    def __init__(self, serving: K8sServing) -> None:
        self._serving = serving
        self.splits: list[dict[str, int]] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._serving, name)

    def apply(self, endpoint: EndpointSpec) -> EndpointState:
        state = self._serving.apply(endpoint)
        self.splits.append({v.version: v.weight for v in state.variants})
        return state
