"""Who may talk to an endpoint, and whom it may ask: by the pods that the adapter really makes."""

from collections.abc import Iterator, Mapping
from typing import Any

import helm_python
import pytest

from resources.cluster.settings import ClusterSettings, ServingSettings
from resources.serving.k8s.worker import WorkerFacts, worker_objects
from tests.deploy.chart import EVERYTHING, named
from tests.resources.serving.k8s_cases import BESIDE, CASES, HOME, SERVING, SMALL, rendered

KNATIVE = {"user-port", "queue-port", "https-port", "http-queueadm", "http-autometric", "http-usermetric"}
"""What Knative calls a container's own port, and those of the proxy before it (its `queue.go`)."""
OPEN = [{}]
BROKER = {"to": [{"ipBlock": {"cidr": "10.1.0.7/32"}}], "ports": [{"port": 6379}]}
WORKER = WorkerFacts(queue="redis://10.1.0.7:6379/0#parcels", results=None)


def policy(**values: Any) -> dict[str, Any]:
    """The spec of the policy of endpoints."""
    found: dict[str, Any] = named(values, "NetworkPolicy", "flywheel-endpoints")["spec"]
    return found


def workers() -> list[dict[str, Any]]:
    """The objects of the workers of a broker."""
    serving = ServingSettings.model_validate({**SERVING, "routing": "endpoint"})
    return worker_objects(HOME, WORKER, ClusterSettings.model_validate(SMALL), serving)


def pods(made: Any) -> Iterator[tuple[Mapping[str, str], set[str]]]:
    """Labels of each pod that is told of somewhere in a manifest, and the names of its ports."""
    if isinstance(made, list):
        for one in made:
            yield from pods(one)
    elif isinstance(made, dict):
        pod = made.get("spec", made)
        if isinstance(pod, dict) and "containers" in pod:
            labels = made["metadata"]["labels"] if "spec" in made else made["labels"]
            yield labels, {port["name"] for one in pod["containers"] for port in one["ports"]}
        else:
            yield from pods(list(made.values()))


@pytest.mark.parametrize("case", [*CASES, "workers"])
def test_every_port_of_every_pod_of_an_endpoint_is_admitted(case: str) -> None:
    made = policy()
    admitted = {one["port"] for rule in made["ingress"] for one in rule["ports"]}
    found = list(pods(workers() if case == "workers" else rendered(case)))
    assert found
    for labels, ports in found:
        assert made["podSelector"]["matchLabels"].items() <= labels.items()
        assert ports
        assert ports <= admitted
    assert admitted >= KNATIVE


def test_endpoints_may_ask_each_other_and_names() -> None:
    peers, names = policy()["egress"]
    ((labels, _), *_) = pods(rendered("kserve_components"))
    assert peers["to"][0]["podSelector"]["matchLabels"].items() <= labels.items()
    assert names == {"ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]}


def test_the_way_to_a_broker_can_be_opened() -> None:
    closed, opened = policy(), policy(networkPolicies={"endpointEgress": [BROKER]})
    assert opened == {**closed, "egress": [*closed["egress"], BROKER]}
    assert BROKER in policy(**EVERYTHING)["egress"]


@pytest.mark.parametrize(
    ("component", "mode", "egress", "refused"),
    [
        pytest.param("transformer", "knative", [], True, id="a transformer that cannot reach its predictor"),
        pytest.param("transformer", "knative", OPEN, False, id="a way for it"),
        pytest.param("explainer", "standard", [], False, id="an explainer asks pods"),
        pytest.param("explainer", None, [], True, id="an explainer of who knows which mode"),
    ],
)
def test_a_component_that_could_not_ask_its_predictor_is_refused(
    component: str, mode: str | None, egress: list[dict[str, Any]], refused: bool
) -> None:
    serving = {
        "image": "endpoint",
        "url": "https://{model}.example.com",
        "routing": "kserve",
        "kserve_mode": mode,
        component: BESIDE[component],
    }
    values = {
        "cluster": {"image": "training", "serving": serving},
        "networkPolicies": {"endpointEgress": egress},
    }
    if refused:
        with pytest.raises(helm_python.HelmError, match=r"networkPolicies\.endpointEgress"):
            policy(**values)
    else:
        assert policy(**values)["egress"][2:] == egress
        # Who applies no policies is kept from nothing.
    off = {**values, "networkPolicies": {"enabled": False}}
    assert named(off, "ConfigMap", "flywheel-cluster")
