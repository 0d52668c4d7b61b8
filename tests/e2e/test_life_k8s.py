"""The life of the example on a cluster: `FLYWHEEL_ENV=k8s`, and nothing else is changed."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest
import yaml

from orchestration.environments import CLUSTER, ENVIRONMENT, load_environment
from resources.cluster.settings import ClusterSettings, ServingSettings
from resources.serving.k8s.serving import K8sServing
from tests.assets.test_rollout_drive import Shop
from tests.doubles.kubernetes.cluster import GPU_NODE, NodeFacts
from tests.doubles.kubernetes.server import Server, kubernetes
from tests.e2e.life import LIFE, NAME, NEWEST, Life, checks_of, errors_of
from tests.fakes.bundles import make_bundle
from tests.fakes.ports import free_port
from tests.fakes.running import call, wait_for
from tests.fakes.watched_serving import WatchedServing

pytestmark = pytest.mark.e2e
PASSED = ("FLYWHEEL_HOME", "FLYWHEEL_MODELS", "FLYWHEEL_ENV", "FLYWHEEL_CLUSTER", "KUBECONFIG", "PATH")
"""Variables of the pod of a run."""


ON_GPU_NODES = {
    # The double's GPUs are numbers only: the training is placed beside them, and asks for none.
    "node_selector": {"accelerator": "gpu"},
    "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists"}],
}
NETWORK: Mapping[str, object] = {
    "training.trainer": "torch",
    "training.parameters": {"width": 16, "batch_rows": 2048},
    "training.rounds": 2,
    "training.early_stopping_rounds": 2,
    "training.compute": {"cpu": 1, "nodes": 2, "attempts": 2, "time_limit": "10m"},
}


@contextmanager
def on_cluster(life: Life, folder: Path, **changes: object) -> Iterator[tuple[Server, Mapping[str, str]]]:
    """A cluster that mounts the life's home, and the variables by which the life runs there."""
    settings = {
        "namespace": "team",
        "image": "training",
        "python": sys.executable,
        "volumes": [{"path": str(life.home), "claim": "home"}],
        "poll_s": 0.1,
        "serving": {
            "image": "endpoint",
            "url": f"http://127.0.0.1:{life.port}",
            "gateway": {"name": "public"},
            "replicas": 1,
            "settle_s": 0.0,
        },
        **changes,
    }
    (folder / "cluster.yaml").write_text(yaml.safe_dump(settings))
    images = {"training", "endpoint", "code"}
    with kubernetes(nodes=(NodeFacts(), GPU_NODE), images=images, gateway_port=life.port) as server:
        claims = "/api/v1/namespaces/team/persistentvolumeclaims"
        server.create(claims, {"metadata": {"name": "home"}, "spec": {}})
        told = {
            ENVIRONMENT: "k8s",
            CLUSTER: str(folder / "cluster.yaml"),
            "KUBECONFIG": str(server.kubeconfig(folder / "kubeconfig")),
        }
        yield server, {**life.variables, **told}


def test_the_example_is_trained_on_a_gpu_node_and_served(
    tables: Life, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with on_cluster(tables, tmp_path, placement=ON_GPU_NODES) as (server, variables):
        monkeypatch.setenv("KUBECONFIG", variables["KUBECONFIG"])
        done = tables.run(*LIFE, partition=NEWEST, environment=load_environment(variables))
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


def test_a_run_in_a_pod_of_its_own_trains_a_network_by_two_ranks(
    tables: Life, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real run launcher makes the run's Job; the run makes the Job of the training."""
    tables.edit(NETWORK)
    port = free_port()
    # Pods of the double share one network: nothing of it is to be reached from others.
    ranks = {"master_port": port, "env": {"GLOO_SOCKET_IFNAME": "lo", "OMP_NUM_THREADS": "1"}}
    with on_cluster(tables, tmp_path, **ranks) as (server, variables):
        # What the image of the code location would bring: the program, and how the API server is found.
        monkeypatch.setenv("PATH", variables["PATH"])
        passed = [f"{name}={variables[name]}" for name in PASSED]
        home = Path(variables["DAGSTER_HOME"])
        launcher = {
            "load_incluster_config": False,
            "kubeconfig_file": variables["KUBECONFIG"],
            "job_namespace": "team",
            "job_image": "code",
            "dagster_home": str(home),
            "instance_config_map": "dagster-instance",
            "service_account_name": "flywheel",
            "env_vars": passed,
            "fail_pod_on_run_failure": True,
        }
        instance = {
            "telemetry": {"enabled": False},
            "run_coordinator": {
                "module": "dagster._core.run_coordinator",
                "class": "DefaultRunCoordinator",
            },
            "run_launcher": {"module": "dagster_k8s", "class": "K8sRunLauncher", "config": launcher},
        }
        (home / "dagster.yaml").write_text(yaml.safe_dump(instance))
        config_maps = "/api/v1/namespaces/team/configmaps"
        server.create(config_maps, {"metadata": {"name": "dagster-instance"}, "data": {}})
        asked = [*("-m", "orchestration.definitions"), *("-j", NAME)]
        tags = json.dumps({"dagster/partition": NEWEST})
        started = tables.command("dagster", "job", "launch", *asked, "--tags", tags, variables=variables)
        assert started.returncode == 0, started.stderr[-5000:]
        wait_for(lambda: ended(server), seconds=180, every_s=0.1)
        pods = server.cluster.store.select("pods")
        with tables.instance() as kept:
            (run,) = kept.get_runs(limit=1)
            lines = [event.user_message for event in kept.all_logs(run.run_id)]
    assert run.status == dg.DagsterRunStatus.SUCCESS, "\n".join(lines)[-5000:]
    made = [
        (pod["metadata"]["labels"]["app.kubernetes.io/component"], pod["status"]["phase"]) for pod in pods
    ]
    assert made == [("run_worker", "Succeeded"), *[("training", "Succeeded")] * 2]
    (version,) = tables.versions()
    assert (version.as_of, version.verdict, version.aliases) == (NEWEST, "pass", ("challenger",))


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


def ended(server: Server) -> bool:
    """Whether the pod of the run has ended, and so has everything that it waited for."""
    runs = server.cluster.store.select("pods", labels="app.kubernetes.io/component=run_worker")
    return any(pod["status"].get("phase") in ("Succeeded", "Failed") for pod in runs)
