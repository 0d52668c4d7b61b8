"""Endpoints under KServe in both modes: what its controllers make, and what they cannot."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lifecycle.errors import LifecycleError
from resources.cluster.settings import ClusterSettings, ServingSettings
from resources.serving.k8s.objects import VERSION_LABEL
from resources.serving.k8s.units import units_of
from resources.serving.kserve.mode import FEATURES, Abilities, Mode, choose_mode
from resources.serving.kserve.service import facts_of, predictor, predictors_of, service, shares_of
from tests.doubles.kubernetes.server import Server
from tests.doubles.kubernetes.store import Key, Object
from tests.fakes.running import predict, wait_for
from tests.resources.serving.conftest import OnCluster
from tests.resources.serving.k8s_cases import BESIDE, CANARY, HOME, SERVING, SMALL, endpoint
from tests.resources.serving.test_k8s import spec, weights


@pytest.mark.parametrize(
    ("found", "asked", "mode"),
    [
        pytest.param("kserve canary", None, "standard", id="v0.20"),
        pytest.param("kserve canary knative", None, "standard", id="both: Deployments"),
        pytest.param(
            "kserve canary knative Serverless", None, "knative", id="both, and KServe is set to Knative"
        ),
        pytest.param(
            "kserve canary knative RawDeployment", None, "standard", id="both, and set to Deployments"
        ),
        pytest.param("kserve canary knative", "knative", "knative", id="both, and the settings say"),
        pytest.param("kserve knative RawDeployment", None, "knative", id="an older one: the mode that can"),
        pytest.param(
            "kserve knative", "standard", "without a word", id="an older one, asked for the silent mode"
        ),
        pytest.param("kserve RawDeployment", None, "without a word", id="an older one, silent"),
        pytest.param("kserve canary", "knative", "install Knative", id="no Knative"),
        pytest.param("", None, "install KServe", id="no KServe"),
    ],
)
def test_choose_mode(found: str, asked: Mode | None, mode: str) -> None:
    there = set(found.split())
    default = next(iter(there - {"kserve", "canary", "knative"}), None)
    offers = Abilities(
        kserve="kserve" in there, canary="canary" in there, knative="knative" in there, default=default
    )
    chosen = choose_mode(offers, asked=asked)
    assert chosen == mode if mode in ("standard", "knative") else mode in chosen


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


def test_knative_gives_no_third_version_anything(
    on_cluster: OnCluster, cluster: Server, tmp_path: Path
) -> None:
    """A predictor is changed without a share: what is newest meanwhile may be anything."""
    serving = on_cluster(routing="knative")
    serving.apply(spec(tmp_path, ("champion", "1", 100)))
    serving.apply(spec(tmp_path, ("champion", "1", 50), ("challenger", "2", 50)))
    seen: list[dict[str, int]] = []

    def watch(obj: Object) -> None:
        traffic = obj["status"]["components"]["predictor"]["traffic"]
        seen.append({one["revisionName"][-5:]: one["percent"] for one in traffic})

    with watched(cluster, watch):
        serving.apply(spec(tmp_path, ("champion", "1", 100)))
        state = serving.apply(spec(tmp_path, ("champion", "1", 70), ("challenger", "3", 30)))
    assert weights(state) == {"1": 70, "3": 30}
    # 00002 is version 2: it loses its share first, and never gets one again while 00003 and 00004 start.
    began = next(number for number, shares in enumerate(seen) if not shares.get("00002"))
    assert all(not shares.get("00002") for shares in seen[began:])
    with pytest.raises(LifecycleError, match="between two"):
        serving.apply(spec(tmp_path, ("champion", "1", 70), ("challenger", "3", 30), ("shadow", "2", 0)))
    assert weights(serving.state("stub")) == {"1": 70, "3": 30}


@contextmanager
def watched(cluster: Server, look: Callable[[Object], None]) -> Iterator[None]:
    """Look at each state that the InferenceService has in the block."""
    store = cluster.cluster.store
    began = store.version
    yield
    for _, _, key, obj in store.since(began):
        if key.plural == "inferenceservices":
            look(obj)


def test_a_champion_that_sleeps_in_the_bake_answers_again(
    on_cluster: OnCluster, cluster: Server, tmp_path: Path, port: int
) -> None:
    serving, store = on_cluster(routing="knative"), cluster.cluster.store
    serving.apply(spec(tmp_path, ("champion", "1", 100)))
    bake = spec(tmp_path, ("champion", "1", 0), ("challenger", "2", 100))
    assert [(v.version, v.weight, v.ready) for v in serving.apply(bake).variants] == [
        ("1", 0, True),
        ("2", 100, True),
    ]

    def pods(version: str) -> list[Object]:
        found = store.select("pods", labels=f"{VERSION_LABEL}={version}")
        return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]

    wait_for(lambda: not pods("1"))
    assert predict(port, {}).body["version"] == "2"
    generation = the_service(cluster)["metadata"]["generation"]
    serving.apply(bake)
    assert the_service(cluster)["metadata"]["generation"] == generation, "nothing was to be done"
    assert weights(serving.apply(spec(tmp_path, ("champion", "1", 100)))) == {"1": 100}
    assert predict(port, {}).body["version"] == "1"


def test_knative_that_refuses_what_pods_need_is_told_before_anything_is_made(
    on_cluster: OnCluster, cluster: Server, tmp_path: Path
) -> None:
    serving = on_cluster(routing="knative")
    cluster.discovery[FEATURES] = {"data": {"kubernetes.podspec-persistent-volume-claim": "enabled"}}
    with pytest.raises(LifecycleError, match="podspec-persistent-volume-write to enabled"):
        serving.apply(spec(tmp_path, ("champion", "1", 100)))
    assert cluster.cluster.store.select("inferenceservices") == []


def test_the_mode_of_what_is_there_is_kept(on_cluster: OnCluster, tmp_path: Path) -> None:
    on_cluster(routing="kserve").apply(spec(tmp_path, ("champion", "1", 100)))
    other = on_cluster(routing="knative", kserve_mode="knative")
    with pytest.raises(LifecycleError, match="which KServe keeps"):
        other.apply(spec(tmp_path, ("champion", "2", 100)))
    assert weights(other.state("stub")) == {"1": 100}


def test_shares_are_read_from_what_knative_says_and_not_from_what_it_was_asked(
    on_cluster: OnCluster, cluster: Server, tmp_path: Path
) -> None:
    serving, wanted = (
        on_cluster(routing="knative"),
        spec(tmp_path, ("champion", "1", 95), ("challenger", "2", 5)),
    )
    serving.apply(wanted)
    key = Key("inferenceservices", "team", the_service(cluster)["metadata"]["name"])
    cluster.cluster.store.update(key, lambda obj: obj["spec"]["predictor"].update(canaryTrafficPercent=50))
    wait_for(lambda: weights(serving.state("stub")) == {"1": 50, "2": 50})
    assert weights(serving.apply(wanted)) == {"1": 95, "2": 5}


def test_what_stands_beside_the_predictor_stays_through_a_rollout_and_goes_with_its_setting(
    on_cluster: OnCluster, cluster: Server, tmp_path: Path
) -> None:
    explainer = {"explainer": BESIDE["explainer"]}
    serving = on_cluster(routing="kserve", **explainer)
    serving.apply(spec(tmp_path, ("champion", "1", 100)))
    serving.apply(spec(tmp_path, ("champion", "1", 70), ("challenger", "2", 30)))
    image = the_service(cluster)["spec"]["explainer"]["containers"][0]["image"]
    assert image == BESIDE["explainer"]["image"]
    on_cluster(routing="kserve").apply(spec(tmp_path, ("champion", "1", 70), ("challenger", "2", 30)))
    assert set(the_service(cluster)["spec"]) == {"predictor", "canary"}
    with pytest.raises(LifecycleError, match="tell nothing of versions"):
        on_cluster(routing="kserve", **BESIDE).apply(spec(tmp_path, ("champion", "2", 100)))
