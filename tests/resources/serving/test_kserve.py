"""Endpoints under KServe: what its controller makes, and what it cannot."""

from pathlib import Path

import pytest

from lifecycle.errors import LifecycleError
from resources.cluster.settings import ClusterSettings, ServingSettings
from resources.serving.k8s_units import units_of
from resources.serving.kserve_mode import Abilities, canary_problem
from resources.serving.kserve_service import facts_of, predictor, predictors_of, service, shares_of
from tests.doubles.kubernetes.server import Server
from tests.doubles.kubernetes.store import Key, Object
from tests.fakes.running import predict, wait_for
from tests.resources.serving.conftest import OnCluster
from tests.resources.serving.k8s_cases import CANARY, HOME, SERVING, SMALL, endpoint
from tests.resources.serving.test_k8s import spec, weights


@pytest.mark.parametrize(
    ("found", "why"),
    [
        pytest.param((True, True, False), None, id="v0.20"),
        pytest.param((True, True, True), None, id="v0.20 beside Knative"),
        pytest.param((False, False, False), "install KServe", id="no KServe"),
        pytest.param((True, False, True), "revisions of Knative only", id="an older one with Knative"),
        pytest.param((True, False, False), "all requests without a word", id="an older one, silent"),
    ],
)
def test_canary_problem(found: tuple[bool, bool, bool], why: str | None) -> None:
    kserve, canary, knative = found
    problem = canary_problem(Abilities(kserve=kserve, canary=canary, knative=knative))
    assert problem is None if why is None else why in (problem or "")


def test_a_service_that_was_read_is_the_one_that_was_written() -> None:
    cluster, serving = ClusterSettings.model_validate(SMALL), ServingSettings.model_validate(SERVING)
    units = units_of(HOME, endpoint(CANARY), "kserve", settled=True)
    predictors = {unit.name: predictor(HOME, unit, cluster, serving) for unit in units}
    shares = {unit.name: unit.weight for unit in units}
    facts = facts_of(HOME, units, cluster, "https://parcels.example.com")
    made = service(HOME, predictors, shares, units[0].name, facts)
    assert (predictors_of(HOME, made), shares_of(HOME, made)) == (predictors, shares)


@pytest.mark.parametrize(
    ("lacks", "why"),
    [
        pytest.param("/openapi/v3/apis/serving.kserve.io/v1beta1", "without a word", id="the silent mode"),
        pytest.param("/apis/serving.kserve.io/v1beta1", "install KServe", id="no KServe"),
    ],
)
def test_a_cluster_whose_canary_would_be_none_is_refused_before_anything_is_made(
    on_cluster: OnCluster, cluster: Server, tmp_path: Path, lacks: str, why: str
) -> None:
    del cluster.discovery[lacks]
    with pytest.raises(LifecycleError, match=why):
        on_cluster(routing="kserve").apply(spec(tmp_path, ("champion", "1", 100)))
    assert cluster.cluster.store.select("inferenceservices") == []


def the_service(cluster: Server) -> Object:
    (found,) = cluster.cluster.store.select("inferenceservices")
    return found


def test_a_version_takes_over_by_its_name_and_its_pods_stay(
    on_cluster: OnCluster, cluster: Server, tmp_path: Path, port: int
) -> None:
    serving = on_cluster(routing="kserve")
    serving.apply(spec(tmp_path, ("champion", "1", 100)))
    serving.apply(spec(tmp_path, ("champion", "1", 70), ("challenger", "2", 30)))
    pods = {pod["metadata"]["name"] for pod in cluster.cluster.store.select("pods")}
    assert {predict(port, {"id": number}).body["version"] for number in range(60)} == {"1", "2"}
    state = serving.apply(spec(tmp_path, ("champion", "2", 100)))
    assert (weights(state), state.can_mirror) == ({"2": 100}, False)
    assert "canary" not in the_service(cluster)["spec"]
    left = [pod for pod in cluster.cluster.store.select("pods") if "deletionTimestamp" not in pod["metadata"]]
    assert {pod["metadata"]["name"] for pod in left} < pods
    assert predict(port, {}).body["version"] == "2"


def test_shares_that_a_person_changed_are_seen_and_set_again(
    on_cluster: OnCluster, cluster: Server, tmp_path: Path
) -> None:
    serving, wanted = (
        on_cluster(routing="kserve"),
        spec(tmp_path, ("champion", "1", 95), ("challenger", "2", 5)),
    )
    serving.apply(wanted)

    def half(obj: Object) -> None:
        obj["spec"]["canary"][0]["trafficPercent"] = 50
        obj["metadata"]["generation"] += 1

    before = the_service(cluster)["metadata"]
    cluster.cluster.store.update(Key("inferenceservices", "team", before["name"]), half)
    wait_for(lambda: weights(serving.state("stub")) == {"1": 50, "2": 50})
    assert weights(serving.apply(wanted)) == {"1": 95, "2": 5}
