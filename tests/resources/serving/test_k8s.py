"""Endpoints on a cluster: real requests through a gateway, and everything that can go wrong."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lifecycle.endpoint.log.hiding import SECRET_FILE
from lifecycle.endpoint.log.reading import read_log
from lifecycle.endpoint.manifest import Settings
from lifecycle.errors import LifecycleError
from resources.serving.base import Deployment, EndpointSpec, EndpointState, VariantSpec
from resources.serving.folder import endpoint_folder
from resources.serving.k8s.change import is_cut_short
from resources.serving.k8s.cluster import EndpointCluster
from resources.serving.k8s.objects import AUTOSCALER, SCALED_OBJECT
from resources.serving.k8s.state import BY_CHANCE
from tests.doubles.kubernetes.faults import Fault
from tests.doubles.kubernetes.server import KEDA, Server
from tests.doubles.kubernetes.store import Key, Object
from tests.fakes.running import Reply, call, predict, wait_for
from tests.fakes.stub_endpoint import make_bundle
from tests.resources.serving.conftest import IMAGE, OnCluster
from tests.resources.serving.k8s_cases import BY_LATENCY

ROUTES, DEPLOYMENTS = ".*/httproutes.*", ".*/deployments.*"


def spec(folder: Path, *shares: tuple[str, str, int], **changes: Any) -> EndpointSpec:
    """An endpoint of stub versions: role, version (what it answers), weight."""
    variants = []
    for role, version, weight in shares:
        path = folder / f"bundle-{version}"
        bundle = make_bundle(path, float(version)) if not path.exists() else None
        digest = (folder / f"digest-{version}").read_text() if bundle is None else bundle.digest
        (folder / f"digest-{version}").write_text(digest)
        variants.append(
            VariantSpec(
                name=role,
                role=role,  # type: ignore[arg-type]  # variants bear the names of roles here
                version=version,
                bundle=path,
                bundle_digest=digest,
                weight=weight,
            )
        )
    facts = {"model": "stub", "salt": "rollout-1", "port": 8710, "max_batch": 10}
    return replace(EndpointSpec(variants=tuple(variants), **facts), **changes)  # type: ignore[arg-type]


def weights(state: EndpointState | None) -> dict[str, int]:
    assert state is not None
    return {variant.version: variant.weight for variant in state.variants}


def the_route(cluster: Server) -> Object:
    (found,) = cluster.cluster.store.select("httproutes")
    return found


def versions(cluster: Server) -> list[str]:
    found = cluster.cluster.store.select("deployments")
    return sorted(obj["metadata"]["labels"]["flywheel/version"] for obj in found)


def test_requests_are_shared_out_by_weight_and_logged_as_they_were(
    on_cluster: OnCluster, tmp_path: Path, port: int
) -> None:
    serving = on_cluster()
    state = serving.apply(spec(tmp_path, ("champion", "1", 70), ("challenger", "2", 30)))
    assert BY_CHANCE in state.detail
    answers = Counter(predict(port, {"id": number}).body["version"] for number in range(200))
    # Five standard deviations around 60 of 200.
    assert 28 < answers["2"] < 92
    rows = list(read_log(tmp_path / "endpoints" / "stub" / "requests"))
    assert Counter(row.assigned.version for row in rows) == answers
    told = {(row.assigned.version, row.assignment, row.propensity, row.generation) for row in rows}
    assert told == {("1", "random", 0.7, 1), ("2", "random", 0.3, 1)}


def test_one_autoscaler_at_a_time_has_the_pods(
    on_cluster: OnCluster, cluster: Server, tmp_path: Path
) -> None:
    def scalers() -> list[str]:
        found = (cluster.cluster.store.select(kind.plural) for kind in (AUTOSCALER, SCALED_OBJECT))
        return [obj["kind"] for objects in found for obj in objects]

    wanted = spec(tmp_path, ("champion", "1", 100))
    with pytest.raises(LifecycleError, match="install KEDA"):
        on_cluster(max_replicas=3, keda=BY_LATENCY).apply(wanted)
    cluster.discovery |= KEDA
    on_cluster(max_replicas=3, keda=BY_LATENCY).apply(wanted)
    assert scalers() == ["ScaledObject"]
    on_cluster(max_replicas=3).apply(wanted)
    assert scalers() == ["HorizontalPodAutoscaler"]
    on_cluster(max_replicas=3, keda=BY_LATENCY).apply(wanted)
    assert scalers() == ["ScaledObject"]
    on_cluster().stop("stub")
    assert scalers() == []


def test_a_change_of_weights_loses_no_request_and_counts_none_whose_chance_is_unknown(
    on_cluster: OnCluster, tmp_path: Path, port: int
) -> None:
    serving = on_cluster()
    serving.apply(spec(tmp_path, ("champion", "1", 100)))
    replies: list[Reply] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            replies.append(predict(port, {"id": len(replies)}))

    clients = [threading.Thread(target=ask) for _ in range(2)]
    for client in clients:
        client.start()
    try:
        for share in (5, 50, 100):
            serving.apply(spec(tmp_path, ("champion", "1", 100 - share), ("challenger", "2", share)))
        serving.apply(spec(tmp_path, ("champion", "2", 100)))
    finally:
        stop.set()
        for client in clients:
            client.join()
    assert {reply.status for reply in replies} == {200}
    rows = list(read_log(tmp_path / "endpoints" / "stub" / "requests"))
    assert len(rows) == len(replies)
    counted = {(r.generation, r.assigned.version, r.propensity) for r in rows if r.assignment == "random"}
    shares: dict[int, dict[str, float]] = {}
    for generation, version, propensity in counted:
        assert shares.setdefault(generation, {}).setdefault(version, propensity) == propensity
    assert all(sum(found.values()) <= 1.0 for found in shares.values()), shares


def test_a_shadow_gets_copies_and_answers_nobody(on_cluster: OnCluster, tmp_path: Path, port: int) -> None:
    serving = on_cluster()
    state = serving.apply(spec(tmp_path, ("champion", "1", 100), ("shadow", "2", 0)))
    assert [(v.version, v.mirrored) for v in state.variants] == [("1", False), ("2", True)]
    assert {predict(port, {"id": number}).body["version"] for number in range(20)} == {"1"}
    folder = tmp_path / "endpoints" / "stub" / "requests"
    wait_for(lambda: sum(row.assignment == "shadow" for row in read_log(folder)) == 20)
    rows = list(read_log(folder))
    answered = {row.request for row in rows if row.assignment == "random"}
    assert {row.request for row in rows if row.assignment == "shadow"} == answered, "by one id"


def test_a_gateway_that_cannot_copy_is_told_of_and_the_shadow_then_waits_for_a_replay(
    on_cluster: OnCluster, cluster: Server, tmp_path: Path
) -> None:
    serving = on_cluster()
    served = serving.apply(spec(tmp_path, ("champion", "1", 100)))
    cluster.cluster.gateway.can_mirror = False
    looked_on = spec(tmp_path, ("champion", "1", 100), ("shadow", "2", 0))
    refused = r"does not hold: UnsupportedValue: RequestMirror.*set `serving.mirror: false`"
    with pytest.raises(LifecycleError, match=refused):
        serving.apply(looked_on)
    assert serving.state("stub") == served
    assert versions(cluster) == ["1"]
    state = on_cluster(mirror=False).apply(looked_on)
    assert (state.can_mirror, [(v.version, v.ready, v.mirrored) for v in state.variants]) == (
        False,
        [("1", True, False), ("2", True, False)],
    )


def test_units_that_no_manifest_names_are_removed_after_they_lost_their_requests(
    on_cluster: OnCluster, cluster: Server, tmp_path: Path
) -> None:
    serving = on_cluster()
    serving.apply(spec(tmp_path, ("champion", "1", 50), ("challenger", "2", 50)))
    (busy,) = (
        o["metadata"]["name"]
        for o in cluster.cluster.store.select("deployments")
        if o["metadata"]["labels"]["flywheel/version"] == "2"
    )
    cluster.requests.clear()
    serving.apply(spec(tmp_path, ("champion", "1", 100)))
    written = [
        (method, path.rsplit("/", 2)[-2:]) for method, path in cluster.requests if method in ("PUT", "DELETE")
    ]
    order = [(method, plural) for method, (plural, name) in written if method == "PUT" or name == busy]
    assert order == [
        ("PUT", "httproutes"),
        ("DELETE", "poddisruptionbudgets"),
        ("DELETE", "horizontalpodautoscalers"),
        ("DELETE", "services"),
        ("DELETE", "deployments"),
    ]
    assert versions(cluster) == ["1"]
    kept = {path.name for path in (tmp_path / "endpoints" / "stub").glob("fw-*.json")}
    assert len(kept) == 1
    assert (tmp_path / "endpoints" / "stub" / SECRET_FILE).exists()


def by_hand(cluster: Server, change: Callable[[Object], object]) -> None:
    """A person changes the route with kubectl."""
    meta = the_route(cluster)["metadata"]

    def changed(obj: Object) -> None:
        change(obj)
        obj["metadata"]["generation"] += 1

    cluster.cluster.store.update(Key("httproutes", meta["namespace"], meta["name"]), changed)


def test_weights_that_a_person_changed_are_seen_and_set_again(
    on_cluster: OnCluster, cluster: Server, tmp_path: Path
) -> None:
    serving, wanted = on_cluster(), spec(tmp_path, ("champion", "1", 95), ("challenger", "2", 5))
    serving.apply(wanted)

    def half(obj: Object) -> None:
        for ref in obj["spec"]["rules"][0]["backendRefs"]:
            ref["weight"] = 1

    by_hand(cluster, half)
    assert weights(serving.state("stub")) == {"1": 50, "2": 50}
    assert weights(serving.apply(wanted)) == {"1": 95, "2": 5}

    def elsewhere(obj: Object) -> None:
        obj["spec"]["rules"][0]["backendRefs"][1]["name"] = "mine"

    by_hand(cluster, elsewhere)
    state = serving.state("stub")
    assert weights(state) == {"1": 95, "2": 0}
    assert state is not None and "the route sends 5 % to mine" in state.detail
    assert weights(serving.apply(wanted)) == {"1": 95, "2": 5}


@pytest.mark.parametrize("what", ["services", "deployments", "httproutes"])
def test_what_a_person_deleted_is_seen_and_made_again(
    on_cluster: OnCluster, cluster: Server, tmp_path: Path, port: int, what: str
) -> None:
    serving, wanted = on_cluster(), spec(tmp_path, ("champion", "1", 100))
    served = serving.apply(wanted)
    (obj,) = cluster.cluster.store.select(what)
    cluster.cluster.store.delete(Key(what, "team", obj["metadata"]["name"]))
    wait_for(lambda: not (state := serving.state("stub")) or not state.healthy)
    assert serving.apply(wanted) == served == serving.state("stub")
    assert predict(port, {}).status == 200


def test_a_unit_that_was_scaled_to_nothing_is_scaled_up_again(
    on_cluster: OnCluster, cluster: Server, tmp_path: Path
) -> None:
    serving, wanted = on_cluster(), spec(tmp_path, ("champion", "1", 100))
    served = serving.apply(wanted)
    (obj,) = cluster.cluster.store.select("deployments")
    key = Key("deployments", "team", obj["metadata"]["name"])
    cluster.cluster.store.update(key, lambda one: one["spec"].update(replicas=0))
    wait_for(lambda: not cluster.cluster.store.select("pods"))
    assert serving.apply(wanted) == served


def test_a_second_deployer_in_between_is_noticed(
    on_cluster: OnCluster, cluster: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serving = on_cluster()
    served = serving.apply(spec(tmp_path, ("champion", "1", 100)))
    write = EndpointCluster.write_route

    def late(self: EndpointCluster, *args: Any) -> None:
        by_hand(cluster, lambda obj: obj["metadata"]["labels"].update(touched="yes"))
        monkeypatch.undo()
        write(self, *args)

    monkeypatch.setattr(EndpointCluster, "write_route", late)
    # What `undo` takes back as well is set again: the module that pods run, and where the cluster is.
    with pytest.raises(LifecycleError, match="was changed by somebody else just now"):
        serving.apply(spec(tmp_path, ("champion", "1", 95), ("challenger", "2", 5)))
    assert served.version == "1"


@pytest.mark.parametrize(
    ("changes", "patience", "why"),
    [
        pytest.param(
            {"image": "registry.example/gone:2"},
            {"image": 0},
            r"cannot start \(ErrImagePull: failed to pull.*correct `serving.image`",
            id="an image that does not pull",
        ),
        pytest.param(
            {"cpu": "500"}, {"schedule": 1}, r"waits for a node \(0/1 nodes.*Insufficient cpu", id="no node"
        ),
        pytest.param(
            {"env_secrets": ["gone"]},
            {"image": 0},
            "cannot start .CreateContainerConfigError.*correct `serving.image`, `serving.env_secrets`",
            id="a secret that is not there",
        ),
        pytest.param(
            {"env": {"PYTHONPATH": "/nowhere"}},
            {},
            r"ends as soon as it starts \(Error, exit code 1, [0-9]+ restarts\)\n.*\n.*No module named",
            id="a container that ends at once",
        ),
    ],
)
def test_pods_that_never_serve_end_the_change_in_bounded_time(
    on_cluster: OnCluster,
    cluster: Server,
    tmp_path: Path,
    port: int,
    changes: dict[str, Any],
    patience: dict[str, int],
    why: str,
) -> None:
    served = on_cluster().apply(spec(tmp_path, ("champion", "1", 100)))
    broken = on_cluster(patience=patience, **changes)
    began = time.monotonic()
    with pytest.raises(LifecycleError, match=rf"(?s)cannot serve version .: {why}"):
        broken.apply(spec(tmp_path, ("champion", "1", 95), ("challenger", "2", 5)))
    assert time.monotonic() - began < 30
    assert on_cluster().state("stub") == served
    assert versions(cluster) == ["1"]
    assert predict(port, {}).body["version"] == "1"
    assert weights(on_cluster().apply(spec(tmp_path, ("champion", "1", 95), ("challenger", "2", 5)))) == {
        "1": 95,
        "2": 5,
    }


def test_an_ill_version_does_not_hold_up_its_own_end(
    on_cluster: OnCluster, cluster: Server, tmp_path: Path, port: int
) -> None:
    serving = on_cluster()
    serving.apply(spec(tmp_path, ("champion", "1", 70), ("challenger", "2", 30)))
    ill = next(
        pod
        for pod in cluster.cluster.store.select("pods")
        if pod["metadata"]["labels"]["flywheel/version"] == "2"
    )
    cluster.cluster.kubelet.images = set()
    cluster.cluster.befall(ill, "deleted")
    wait_for(lambda: not any(v.ready for v in serving.state("stub").variants if v.version == "2"))  # type: ignore[union-attr]
    back = serving.apply(spec(tmp_path, ("champion", "1", 100), ("challenger", "2", 0)))
    assert [(v.version, v.weight, v.ready) for v in back.variants] == [("1", 100, True), ("2", 0, False)]
    assert {predict(port, {"id": number}).status for number in range(20)} == {200}


class Killed(BaseException):
    """The deployer is gone. No `except` of ours may catch it."""


@pytest.mark.parametrize("step", ["ensure", "await_ready", "write_route", "remove"])
def test_a_deployer_that_dies_anywhere_is_made_good_by_the_next(
    on_cluster: OnCluster, cluster: Server, tmp_path: Path, port: int, step: str
) -> None:
    serving = on_cluster()
    old = spec(tmp_path, ("champion", "1", 100))
    canary = spec(tmp_path, ("champion", "1", 70), ("challenger", "2", 30))
    whole = getattr(EndpointCluster, step)
    for after in (False, True):
        for wanted in (old, canary, old):

            def dies(self: EndpointCluster, *args: Any, after: bool = after) -> None:
                if after:
                    whole(self, *args)
                raise Killed

            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(EndpointCluster, step, dies)
                with suppress(Killed):
                    serving.apply(wanted)
            assert weights(serving.apply(wanted)) == {v.version: v.weight for v in wanted.variants}
            assert versions(cluster) == [v.version for v in wanted.variants]
            assert predict(port, {}).status == 200
            assert not is_cut_short(endpoint_folder(serving.root, "stub"))


def test_a_change_whose_maker_died_is_finished_by_whoever_looks(
    on_cluster: OnCluster, tmp_path: Path, port: int
) -> None:
    serving = on_cluster()
    serving.apply(spec(tmp_path, ("champion", "1", 100)))
    whole = EndpointCluster.write_route

    def dies(self: EndpointCluster, *args: Any) -> None:
        whole(self, *args)
        raise Killed

    with pytest.MonkeyPatch.context() as patch, suppress(Killed):
        patch.setattr(EndpointCluster, "write_route", dies)
        serving.apply(spec(tmp_path, ("champion", "1", 70), ("challenger", "2", 30)))
    folder = endpoint_folder(serving.root, "stub")
    assert is_cut_short(folder)
    assert weights(serving.state("stub")) == {"1": 70, "2": 30}
    assert not is_cut_short(folder)
    predict(port, {"id": 0})

    def counted() -> bool:
        predict(port, {"id": 0})
        last = max(read_log(folder.path / "requests"), key=lambda row: row.at)
        return (last.assignment, last.propensity) in (("random", 0.7), ("random", 0.3))

    wait_for(counted)


def test_two_deployers_at_once_leave_what_one_of_them_wanted(on_cluster: OnCluster, tmp_path: Path) -> None:
    on_cluster().apply(spec(tmp_path, ("champion", "1", 100)))
    wanted = [spec(tmp_path, ("champion", "1", 100 - share), ("challenger", "2", share)) for share in (5, 30)]
    deployers = [threading.Thread(target=on_cluster().apply, args=(one,)) for one in wanted]
    for deployer in deployers:
        deployer.start()
    for deployer in deployers:
        deployer.join()
    state = on_cluster().state("stub")
    assert weights(state) in ({"1": 95, "2": 5}, {"1": 70, "2": 30})
    assert state is not None and all(variant.ready for variant in state.variants)


def test_a_later_decision_is_known_by_the_route_where_the_folder_is_lost(
    on_cluster: OnCluster, tmp_path: Path
) -> None:
    serving = on_cluster()
    serving.apply(spec(tmp_path, ("champion", "1", 100), fence=9))
    (serving.root / "stub" / "manifest.json").unlink()
    with pytest.raises(LifecycleError, match="obeyed decision 9 already, 8 is older"):
        serving.apply(spec(tmp_path, ("champion", "1", 100), fence=8))


@pytest.mark.parametrize("routing", ["gateway", "endpoint", "kserve"])
def test_a_version_that_cannot_be_loaded_is_told_by_its_pod_at_once(
    on_cluster: OnCluster, tmp_path: Path, routing: str
) -> None:
    serving = on_cluster(routing=routing)
    broken = make_bundle(tmp_path / "broken", 2.0, fault="broken")
    began = time.monotonic()
    with pytest.raises(LifecycleError, match=r"cannot serve version 2: .*the stub refuses to load"):
        serving.deploy(
            Deployment(
                model="stub",
                version="2",
                bundle=broken.path,
                bundle_digest=broken.digest,
                port=8710,
                max_batch=10,
            )
        )
    assert time.monotonic() - began < 20, "not the time that a start may take"
    assert serving.state("stub") is None


def test_a_version_that_kills_its_process_is_told_with_its_last_lines(
    on_cluster: OnCluster, cluster: Server, tmp_path: Path
) -> None:
    serving = on_cluster()
    served = serving.apply(spec(tmp_path, ("champion", "1", 100)))
    deadly = make_bundle(tmp_path / "deadly", 2.0, fault="deadly")
    with pytest.raises(LifecycleError, match=r"(?s)exit code 3.*the stub ends its process"):
        serving.deploy(
            Deployment(
                model="stub",
                version="2",
                bundle=deadly.path,
                bundle_digest=deadly.digest,
                port=8710,
                max_batch=10,
            )
        )
    assert serving.state("stub") == served


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Fault(harm="refuse", code=500, path=ROUTES, times=2), id="500"),
        pytest.param(Fault(harm="refuse", code=429, path=DEPLOYMENTS, retry_after_s=1), id="429"),
        pytest.param(Fault(harm="hang up", path=DEPLOYMENTS, method="PATCH"), id="a request is lost"),
        pytest.param(Fault(harm="lose the answer", path=ROUTES, method="PUT"), id="set, and not told"),
        pytest.param(
            Fault(harm="lose the answer", path=DEPLOYMENTS, method="PATCH"), id="made, and not told"
        ),
        pytest.param(Fault(harm="refuse", code=503, path=".*/proxy/.*", times=3), id="pods cannot be asked"),
    ],
)
def test_an_api_server_that_hiccups_changes_nothing_of_the_outcome(
    on_cluster: OnCluster, cluster: Server, tmp_path: Path, fault: Fault
) -> None:
    serving = on_cluster()
    serving.apply(spec(tmp_path, ("champion", "1", 100)))
    cluster.faults.plant(fault)
    applied = serving.apply(spec(tmp_path, ("champion", "1", 95), ("challenger", "2", 5)))
    assert weights(applied) == {"1": 95, "2": 5}
    assert cluster.faults.met == fault.times


def test_an_api_server_that_is_away_is_a_failure_and_not_an_empty_endpoint(
    on_cluster: OnCluster, cluster: Server, tmp_path: Path
) -> None:
    on_cluster().apply(spec(tmp_path, ("champion", "1", 100)))
    cluster.faults.plant(Fault(harm="refuse", times=1000))
    with pytest.raises(LifecycleError, match="did not answer"):
        on_cluster(patience={"server": 0}).state("stub")
    cluster.faults.clear()


def test_a_route_that_no_gateway_takes_ends_the_change_in_bounded_time(
    on_cluster: OnCluster, cluster: Server, tmp_path: Path
) -> None:
    serving = on_cluster(patience={"ending": 1})
    served = serving.apply(spec(tmp_path, ("champion", "1", 100)))
    cluster.cluster.gateway.holds = True
    with pytest.raises(LifecycleError, match=r"(?s)no gateway has taken it after 1 s.*could not be put back"):
        serving.apply(spec(tmp_path, ("champion", "1", 95), ("challenger", "2", 5)))
    cluster.cluster.gateway.holds = False
    assert serving.apply(spec(tmp_path, ("champion", "1", 100))) == replace(served, salt="rollout-1")
    assert versions(cluster) == ["1"]


def test_a_gateway_that_lags_is_waited_for(on_cluster: OnCluster, cluster: Server, tmp_path: Path) -> None:
    serving = on_cluster()
    serving.apply(spec(tmp_path, ("champion", "1", 100)))
    cluster.cluster.gateway.holds = True
    threading.Timer(1.0, lambda: setattr(cluster.cluster.gateway, "holds", False)).start()
    applied = serving.apply(spec(tmp_path, ("champion", "1", 95), ("challenger", "2", 5)))
    assert weights(applied) == {"1": 95, "2": 5}


def test_a_change_of_the_image_loses_no_request(
    on_cluster: OnCluster, cluster: Server, tmp_path: Path, port: int
) -> None:
    wanted = spec(tmp_path, ("champion", "1", 100))
    on_cluster().apply(wanted)
    assert cluster.cluster.kubelet.images is not None
    cluster.cluster.kubelet.images = {IMAGE, "registry.example/endpoint:2"}
    statuses: list[int] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            statuses.append(predict(port, {}).status)

    client = threading.Thread(target=ask)
    client.start()
    on_cluster(image="registry.example/endpoint:2").apply(wanted)
    stop.set()
    client.join()
    assert set(statuses) == {200}
    pods = cluster.cluster.store.select("pods")
    running = [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]
    assert [p["spec"]["containers"][0]["image"] for p in running] == ["registry.example/endpoint:2"]


def test_an_autoscaler_decides_the_number_of_pods_as_long_as_one_is_asked_for(
    on_cluster: OnCluster, cluster: Server, tmp_path: Path
) -> None:
    wanted = spec(tmp_path, ("champion", "1", 100))
    on_cluster(max_replicas=3).apply(wanted)
    (unit,) = cluster.cluster.store.select("deployments")
    key = Key("deployments", "team", unit["metadata"]["name"])
    (scaler,) = cluster.cluster.store.select("horizontalpodautoscalers")
    assert scaler["spec"]["scaleTargetRef"]["name"] == unit["metadata"]["name"]
    cluster.cluster.store.update(key, lambda one: one["spec"].update(replicas=2))
    on_cluster(max_replicas=3).apply(replace(wanted, max_batch=11))
    assert cluster.cluster.store.get(key)["spec"]["replicas"] == 2, "the autoscaler's, not ours"
    on_cluster().apply(wanted)
    assert cluster.cluster.store.select("horizontalpodautoscalers") == []
    assert cluster.cluster.store.get(key)["spec"]["replicas"] == 1


def test_a_cluster_without_the_gateway_api_is_told_so(
    on_cluster: OnCluster, cluster: Server, tmp_path: Path
) -> None:
    cluster.faults.plant(Fault(harm="refuse", code=404, path=ROUTES, times=9))
    with pytest.raises(LifecycleError, match=r"knows no HTTPRoute .*: install the Gateway API"):
        on_cluster().apply(spec(tmp_path, ("champion", "1", 100)))
    assert cluster.cluster.store.select("deployments") == []


def test_a_folder_that_pods_cannot_see_is_refused(on_cluster: OnCluster, tmp_path: Path) -> None:
    serving = replace(on_cluster(), root=Path("/elsewhere"))
    with pytest.raises(LifecycleError, match="pods would not find /elsewhere/stub"):
        serving.apply(spec(tmp_path, ("champion", "1", 100)))


def test_callers_may_choose_a_version_where_the_spec_lets_them(
    on_cluster: OnCluster, tmp_path: Path, port: int
) -> None:
    settings = Settings.model_validate({"endpoint": {"header_override": True}})
    both = spec(tmp_path, ("champion", "1", 100), ("challenger", "2", 0), settings=settings)
    on_cluster().apply(both)
    headers = {"content-type": "application/json", "x-flywheel-variant": "challenger"}
    reply = call(port, "POST", "/predict", json.dumps({}).encode(), headers=headers)
    assert (reply.status, reply.body["version"]) == (200, "2")
