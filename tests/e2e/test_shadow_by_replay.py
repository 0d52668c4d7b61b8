"""Dagster leads a rollout over places that copy no requests: it passes its shadow by replay and goes on."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.rollout_asset import rolled_out_endpoint_asset
from lifecycle.clock import now
from lifecycle.registry.bundle import Bundle
from lifecycle.rollout.record import RolloutRecord
from lifecycle.spec.model_spec import ModelSpec
from lifecycle.spec.rollout import Rollout
from resources.cluster.settings import ClusterSettings, ServingSettings
from resources.serving.base import Serving
from resources.serving.k8s.serving import K8sServing
from resources.serving.vertex.serving import VertexServing
from resources.traffic.base import Traffic
from resources.traffic.local import LocalTraffic
from resources.traffic.vertex import VertexTraffic
from resources.vertex.api import VertexApi
from resources.vertex.settings import VertexSettings
from resources.warehouse.duckdb import DuckDBWarehouse
from tests.doubles.kubernetes.server import kubernetes
from tests.doubles.vertex.server import vertex
from tests.fakes.bundles import make_bundle, parcels
from tests.fakes.ports import free_port
from tests.fakes.rollout_world import MemoryRollouts
from tests.fakes.running import predict, wait_for
from tests.fakes.tracking import FakeTracking
from tests.fakes.trainings import bare_evaluation, bare_training

pytestmark = pytest.mark.e2e
MODEL, N, BATCH = "parcels", 120, 10
MADE = parcels(n_rows=N)
ROLLOUT = {
    "strategy": "canary",
    "steps": [50],
    "promote_on": "guardrails",
    "shadow": {"requests": N // BATCH, "time": 0},
    "guardrails": [
        {"metric": "error_rate", "max": 0.5},
        {"metric": "prediction_drift", "max": 0.9},
        {"metric": "p99_latency_ms", "margin": 9.0},
    ],
}
Ask = Callable[[list[dict[str, Any]]], None]


@dataclass
class Place:
    """Where a model is served, how it is asked, and where its log comes home."""

    serving: Serving
    traffic: Traffic
    ask: Ask


@contextmanager
def kserve(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """KServe in Standard mode."""
    port = free_port()
    with kubernetes(images={"endpoint"}, gateway_port=port) as server:
        monkeypatch.setenv("KUBECONFIG", str(server.kubeconfig(folder / "kubeconfig")))
        claims = "/api/v1/namespaces/team/persistentvolumeclaims"
        server.create(claims, {"metadata": {"name": "home"}, "spec": {}})
        volumes = [{"path": str(folder), "claim": "home"}]
        told = {"namespace": "team", "image": "training", "python": sys.executable, "poll_s": 0.05}
        how = {"image": "endpoint", "routing": "kserve", "replicas": 1, "settle_s": 0.0}
        serving = K8sServing(
            root=folder / "endpoints",
            settings=ClusterSettings.model_validate({**told, "volumes": volumes}),
            serving=ServingSettings.model_validate({**how, "url": f"http://127.0.0.1:{port}"}),
        )

        def ask(rows: list[dict[str, Any]]) -> None:
            assert predict(port, rows).status == 200

        yield Place(serving, _local(folder), ask)


@contextmanager
def split_of_vertex(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """Vertex AI's own split."""
    with vertex(images={"serving"}) as double:
        double.reach(monkeypatch, folder)
        container: Mapping[str, Any] = {"env": {"PYTHONPATH": str(Path(__file__).parents[2])}}
        how = {"image": "serving", "routing": "gateway", "replicas": 1, "dedicated": False, "settle_s": 0.0}
        settings = VertexSettings.model_validate(
            {
                "project": "project-1",
                "region": "europe-west4",
                "staging": f"file://{folder}/staging",
                "poll_s": 0.05,
                "serving": {**container, **how, "python": sys.executable, "follow_every": 0.1},
                "patience": {"ending": 5, "settle": 20, "operation": 60},
            }
        )
        serving, api = (
            VertexServing(root=folder / "endpoints", settings=settings),
            VertexApi(settings=settings, patience_s=5),
        )

        def ask(rows: list[dict[str, Any]]) -> None:
            state = serving.state(MODEL)
            assert state is not None
            api.post(f"{state.url}:predict", {"instances": rows}, asked="predict")

        yield Place(serving, VertexTraffic(local=_local(folder), settings=settings), ask)


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> list[Bundle]:
    """Of two versions that differ in their threshold alone."""
    folder = tmp_path_factory.mktemp("bundles")
    return [make_bundle(folder / f"{part}", threshold=part) for part in (0.4, 0.5)]


@pytest.mark.parametrize("place_of", [kserve, split_of_vertex])
def test_a_rollout_passes_its_shadow_by_replay_and_goes_on(
    place_of: Callable[..., Any], bundles: list[Bundle], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, tracking, store = _spec(), FakeTracking(), MemoryRollouts()
    began = now()
    with place_of(tmp_path, monkeypatch) as place:

        def look() -> tuple[RolloutRecord, Mapping[str, Any]]:
            done = dg.materialize(
                [rolled_out_endpoint_asset(spec)],
                resources={
                    "tracking": tracking,
                    "serving": place.serving,
                    "rollouts": store,
                    "traffic": place.traffic,
                    "warehouse": DuckDBWarehouse(root=str(tmp_path / "lake"), home=str(tmp_path), threads=1),
                },
            )
            stored = store.read(MODEL)
            assert stored is not None
            (made,) = done.asset_materializations_for_node(f"{MODEL}__endpoint")
            return stored.record, made.metadata

        def logged(assignment: str) -> list[Mapping[str, Any]]:
            rows = place.traffic.read(MODEL, since=began, until=now()).to_pylist()
            return [row for row in rows if row["assignment"] == assignment]

        _register(tracking, bundles[0], "1")
        look()
        _register(tracking, bundles[1], "2")
        record, told = look()
        assert (record.stage.name, record.state.replayed) == ("shadow", "challenger")
        assert "by replay" in told["shadow"].value and "by replay of the log" in told["power_plan"].value

        for at in range(0, N, BATCH):
            place.ask([_request(row) for row in MADE.rows[at : at + BATCH]])
        wait_for(lambda: len(logged("random")) == N, seconds=20, every_s=0.1)
        record, told = look()
        assert (record.stage.label, record.state.replayed) == ("canary 50 %", None)
        assert told["replay"].value == f"shadow of version 2 by replay: {N // BATCH} requests scored, 0 wait"
        state = place.serving.state(MODEL)
        assert state is not None
        assert {v.version: v.weight for v in state.variants} == {"1": 50, "2": 50}
    rows = logged("shadow")
    answered = {row["key"]: row["probability"] for row in logged("random")}
    assert {row["key"]: row["probability"] for row in rows} == pytest.approx(answered)
    assert {(row["assigned_version"], row["digest"], row["protocol"]) for row in rows} == {
        ("2", bundles[1].digest, "replay")
    }
    assert len(rows) == N
    looked_at = {one.measurement.check for entry in record.entries for one in entry.evidence}
    assert looked_at == {"smoke", "error_rate_max", "prediction_drift_max"}


def _local(folder: Path) -> LocalTraffic:
    return LocalTraffic(endpoints=str(folder / "endpoints"), lake=str(folder / "lake"))


def _spec() -> ModelSpec:
    spec = MADE.spec
    rollout = Rollout.model_validate(ROLLOUT)
    return spec.model_copy(update={"deployment": spec.deployment.model_copy(update={"rollout": rollout})})


def _request(row: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: row[name] for name in ("parcel", "distance", "carrier")}
    request: dict[str, Any] = json.loads(json.dumps({**told, "sent_at": row["sent_at"].isoformat()}))
    return request


def _register(tracking: FakeTracking, bundle: Bundle, version: str) -> None:
    record = bare_training(MODEL, bundle.path, bundle.digest, identity=bundle.digest, as_of="2024-02")
    assert tracking.register(record).version == version
    tracking.record_evaluation(MODEL, version, bare_evaluation("pass", bundle.digest))
    tracking.set_alias(MODEL, "challenger", version)
