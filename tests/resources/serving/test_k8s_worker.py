"""Workers of a queue on a cluster, before there is one.

`python -m tests.resources.serving.test_k8s_worker` writes the golden file anew; read the diff.
"""

from pathlib import Path

import kubernetes_validate
import promql_parser
import pytest
import yaml

from lifecycle.endpoint.asynchronous.__main__ import QUEUE_PATH as SERVED_PATH
from lifecycle.errors import LifecycleError
from orchestration.environments import load_environment
from orchestration.worker_cli import worker_text
from resources.cluster.settings import ClusterSettings, ServingSettings
from resources.serving.k8s.worker import QUEUE_PATH, WorkerFacts, worker_objects
from tests.resources.serving.k8s_cases import HOME, LARGE, LARGE_SERVING, SERVING, SMALL

GOLDEN = Path(__file__).parents[2] / "golden" / "k8s_worker" / "worker.yaml"
FACTS = WorkerFacts(queue=str(HOME.folder / "queue"), results=str(HOME.folder / "results"))


def rendered() -> str:
    cluster = ClusterSettings.model_validate(LARGE)
    serving = ServingSettings.model_validate({**LARGE_SERVING, "routing": "endpoint"})
    return yaml.safe_dump_all(worker_objects(HOME, FACTS, cluster, serving), sort_keys=False, width=110)


def test_the_manifests_are_what_was_read_and_kept() -> None:
    assert rendered() == GOLDEN.read_text()


def test_deployment_and_service_hold_no_field_that_the_api_does_not_know() -> None:
    deployment, service, scaled = yaml.safe_load_all(rendered())
    for made in (deployment, service):
        kubernetes_validate.validate(made, "1.36", strict=True)
    assert service["spec"]["selector"].items() <= deployment["spec"]["template"]["metadata"]["labels"].items()
    assert scaled["spec"]["scaleTargetRef"]["name"] == deployment["metadata"]["name"]
    (trigger,) = scaled["spec"]["triggers"]
    assert trigger["metadata"]["url"] == f"http://{service['metadata']['name']}.team.svc:80{SERVED_PATH}"
    assert QUEUE_PATH == SERVED_PATH


def test_versions_with_manifests_of_their_own_have_no_workers() -> None:
    cluster, serving = ClusterSettings.model_validate(SMALL), ServingSettings.model_validate(SERVING)
    with pytest.raises(LifecycleError, match="set `routing: endpoint`"):
        worker_objects(HOME, FACTS, cluster, serving)


def test_the_command_prints_them_or_says_how_to_start_one_here(tmp_path: Path) -> None:
    told = {"FLYWHEEL_HOME": "/flywheel", "FLYWHEEL_ENV": "k8s", "FLYWHEEL_CLUSTER": str(tmp_path / "c.yaml")}
    serving = {**SERVING, "routing": "endpoint"}
    (tmp_path / "c.yaml").write_text(yaml.safe_dump({**SMALL, "serving": serving}))
    limits = {"waiting_per_pod": 7, "max_replicas": 3}
    *_, scaled = yaml.safe_load_all(worker_text(load_environment(told), "parcels", limits))
    assert scaled["spec"]["maxReplicaCount"] == 3
    assert scaled["spec"]["triggers"][0]["metadata"]["targetValue"] == "7"
    broker = {**limits, "queue": "kafka://kafka:9092/parcels", "results": "env"}
    deployment, *_ = yaml.safe_load_all(worker_text(load_environment(told), "parcels", broker))
    command = deployment["spec"]["template"]["spec"]["containers"][0]["command"]
    assert command[command.index("--queue") + 1] == "kafka://kafka:9092/parcels"
    assert "--results" not in command
    told_by_google = {**limits, "queue": "pubsub://team/parcels", "results": "env"}
    *_, scaled, log_in = yaml.safe_load_all(worker_text(load_environment(told), "parcels", told_by_google))
    (trigger,) = scaled["spec"]["triggers"]
    query = (
        "sum(pubsub_googleapis_com:subscription_num_undelivered_messages"
        '{monitored_resource="pubsub_subscription",subscription_id="parcels"})'
    )
    promql_parser.parse(query)
    assert trigger == {
        "type": "prometheus",
        "metricType": "AverageValue",
        "metadata": {
            "serverAddress": "https://monitoring.googleapis.com/v1/projects/team/location/global/prometheus",
            "query": query,
            "threshold": "7",
            "ignoreNullValues": "false",
        },
        "authenticationRef": {"name": log_in["metadata"]["name"]},
    }
    assert (log_in["kind"], log_in["spec"]) == (
        "TriggerAuthentication",
        {"podIdentity": {"provider": "gcp"}},
    )
    with pytest.raises(LifecycleError, match=r"python -m lifecycle\.endpoint\.asynchronous --manifest"):
        worker_text(load_environment({"FLYWHEEL_HOME": "/flywheel"}), "parcels", limits)


if __name__ == "__main__":
    GOLDEN.write_text(rendered())
