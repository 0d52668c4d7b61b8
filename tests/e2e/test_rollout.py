"""A rollout with nothing faked: trainings, registry, endpoint process and requests, and a kill on the way."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.keys import ENDPOINT, EVALUATION, MODEL, stage_key
from lifecycle.clock import CLOCK, set_clock
from lifecycle.registry.bundle import GOLDEN_FILE, open_bundle
from lifecycle.rollout.record import RolloutRecord
from sensors.rollout import rollout_sensor
from tests.e2e.life import NAME, NEWEST, Life
from tests.fakes.running import predict

pytestmark = pytest.mark.e2e
BEGIN = datetime(2013, 2, 1, 12, tzinfo=UTC)
STEP = timedelta(seconds=61)
REQUESTS = 150
ROLLOUT: Mapping[str, object] = {
    "strategy": "canary",
    "steps": [50],
    "promote_on": "guardrails",
    "shadow": {"requests": 20, "time": "60s"},
    "hold": "60s",
    "bake": "60s",
    "every": "60s",
    "guardrails": [{"metric": "error_rate", "max": 0.2}],
}


@dataclass
class Play:
    """The life, its clock, and requests that differ by their entity alone."""

    life: Life
    clock: Path
    request: Mapping[str, Any]
    instance: dg.DagsterInstance
    now: datetime = BEGIN
    asked: int = 0
    cursor: str | None = None
    weights: list[dict[str, int]] = field(default_factory=list)

    def ask(self) -> None:
        """Requests of new flights, each of which is answered."""
        for _ in range(REQUESTS):
            self.asked += 1
            reply = predict(self.life.port, [{**self.request, "flight_id": f"f{self.asked}"}])
            assert reply.status == 200, reply.body

    def look(self) -> None:
        """A minute passes, and the sensor looks as the daemon has it do."""
        self.now += STEP
        set_clock(self.clock, self.now)
        environment = self.life.environment
        (sensor,) = rollout_sensor([self.life.spec]).sensors or ()
        assert isinstance(sensor, dg.SensorDefinition)
        context = dg.build_sensor_context(
            instance=self.instance, cursor=self.cursor, resources=dict(environment.resources)
        )
        told = sensor(context)
        assert isinstance(told, dg.SensorResult)
        self.cursor = told.cursor
        for event in told.asset_events:
            self.instance.report_runless_asset_event(event)
        if self.split not in self.weights[-1:]:
            self.weights.append(self.split)

    @property
    def split(self) -> dict[str, int]:
        """What the endpoint has, by version."""
        state = self.life.environment.serving.state(NAME)
        return {v.version: v.weight for v in state.variants} if state and state.healthy else {}

    @property
    def record(self) -> RolloutRecord:
        stored = self.life.environment.rollouts.read(NAME)
        assert stored is not None
        return stored.record

    def materializations(self) -> list[dg.AssetMaterialization]:
        """Of the endpoint, oldest first, as the instance keeps them."""
        records = self.instance.fetch_materializations(stage_key(NAME, ENDPOINT), limit=50).records
        return [r.asset_materialization for r in reversed(records) if r.asset_materialization]


@pytest.fixture
def play(life: Life, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Play]:
    """A champion that answers in February 2013, and a second version that passed its gates."""
    clock = tmp_path / "clock"
    set_clock(clock, BEGIN)
    monkeypatch.setenv(CLOCK, str(clock))
    champion = life.champion()
    assert champion is not None
    bundle = open_bundle(life.environment.tracking.fetch_bundle(NAME, champion.version, tmp_path / "bundle"))
    life.edit({"deployment.rollout": ROLLOUT})
    assert life.run(ENDPOINT).success
    life.edit({"training.rounds": 16})
    assert life.run(MODEL, EVALUATION, partition=NEWEST).success
    with life.instance() as instance:
        yield Play(
            life=life,
            clock=clock,
            request=bundle.read_json(GOLDEN_FILE)[-1]["request"],
            instance=instance,
        )


def test_a_version_takes_over_step_by_step_though_its_endpoint_is_killed_on_the_way(play: Play) -> None:
    play.look()
    killed = False
    for _ in range(20):
        if play.record.state.closed:
            break
        play.ask()
        if play.split == {"1": 50, "2": 50} and not killed:
            (endpoint,) = play.life.endpoints()
            endpoint.kill()
            endpoint.wait(10)
            assert play.split == {}
            play.look()
            # One look puts it back, with the split it had and no other.
            assert (play.split, play.record.stage.label) == ({"1": 50, "2": 50}, "canary 50 %")
            killed = True
            continue
        play.look()
    outcome = play.record.state.outcome
    assert outcome is not None, json.dumps(play.record.state.waits_for)
    assert (killed, outcome.kind, play.record.state.closed) == (True, "promoted", True)
    assert play.weights == [{"1": 100, "2": 0}, {"1": 50, "2": 50}, {"1": 0, "2": 100}, {"2": 100}]
    champion = play.life.champion()
    assert champion is not None and champion.version == "2"
    assert predict(play.life.port, [play.request]).body["version"] == "2"

    told = [m for m in play.materializations() if "rollout" in m.metadata]
    assert told[-1].metadata["weights"].value == "version 1: 0 %, version 2: 100 %"
    assert "picture" in told[-1].metadata
    done = play.life.command("flywheel", "tick", NAME)
    assert (done.returncode, done.stdout.strip()) == (
        0,
        f"{NAME}: no rollout is open, and no version waits for one",
    )
