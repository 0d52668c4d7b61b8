"""Evidence of a rollout from a request log and a real source: each outage costs its own questions only."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from assets.rollout_measure import RolloutEvidence
from assets.rollout_profiles import PROFILE_FILE, Profiles
from lifecycle.endpoint.log.record import LoggedRow, LoggedVariant
from lifecycle.errors import LifecycleError
from lifecycle.registry.bundle import Bundle
from lifecycle.rollout.observations import Measurement, Version
from lifecycle.rollout.plan import PRIMARY, Plan
from lifecycle.rollout.questions import Question
from lifecycle.rollout.record import RolloutRecord
from lifecycle.spec.model_spec import ModelSpec
from resources.tracking.base import ModelVersion
from resources.warehouse.base import Warehouse
from resources.warehouse.duckdb import DuckDBWarehouse
from tests.fakes.bundles import make_bundle
from tests.fakes.orders import NOON, order, write_orders
from tests.fakes.rollout_world import MODEL, NEW, OLD, World, plan_with, spec_with
from tests.fakes.tracking import FakeTracking
from tests.fakes.traffic import MemoryTraffic
from tests.fakes.trainings import bare_training

NOW = NOON + timedelta(days=5)
PLAN = plan_with(
    guardrails=[
        {"metric": "error_rate", "max": 0.02},
        {"metric": "null_rate", "max": 0.1},
        {"metric": "prediction_drift", "max": 0.5},
    ],
    primary={"metric": "brier"},
    labelled={"samples": 100},
)
SPEC = spec_with(strategy="canary")
N = 400


class CountingTracking(FakeTracking):
    """A registry that counts how often bundles are fetched, and is down when told to."""

    fetched = 0
    down = False

    def version(self, model: str, version: str) -> ModelVersion:
        if self.down:
            raise LifecycleError("the registry does not answer")
        return super().version(model, version)

    def fetch_bundle(self, model: str, version: str, folder: Path) -> Path:
        self.fetched += 1
        return super().fetch_bundle(model, version, folder)


class BrokenWarehouse(DuckDBWarehouse):
    """A source that fails with an error of its driver."""

    def labels(self, spec: ModelSpec, *, since: datetime, until: datetime, known_by: datetime) -> pa.Table:
        raise RuntimeError("the database is restarting")


class BrokenTraffic(MemoryTraffic):
    """A log that cannot be read."""

    def read(
        self, model: str, *, since: datetime, until: datetime, columns: Sequence[str] | None = None
    ) -> pa.Table:
        raise pa.ArrowNotImplementedError("no such type")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return make_bundle(tmp_path_factory.mktemp("bundle"))


@dataclass
class Scene:
    """Orders that were scored by two versions, and what became of them."""

    spec: ModelSpec
    traffic: MemoryTraffic
    warehouse: Warehouse
    tracking: CountingTracking
    record: RolloutRecord
    profiles: Profiles

    def ask(self, *names: str) -> dict[str, Measurement]:
        evidence = RolloutEvidence(
            self.spec,
            traffic=self.traffic,
            warehouse=self.warehouse,
            tracking=self.tracking,
            profiles=self.profiles,
        )
        asked = [
            Question(check=PLAN.checks[name], since=NOON, alpha=PLAN.alpha_of(name, 1)) for name in names
        ]
        return {found.check: found for found in evidence.measure(self.record, asked, NOW)}


@pytest.fixture
def scene(tmp_path: Path, bundle: Bundle) -> Scene:
    home = tmp_path / "orders"
    home.mkdir()
    tracking = CountingTracking()
    first = _registered(tracking, "a", bundle)
    champion = Version(version=first.version, digest=first.bundle_digest)
    second = _registered(tracking, "b", bundle)
    challenger = Version(version=second.version, digest=second.bundle_digest)
    traffic = MemoryTraffic(tmp_path / "log")
    traffic.have(MODEL, [_row(i, challenger if i % 2 else champion) for i in range(N)])
    # Half of the orders come back, in both arms.
    write_orders(tmp_path, [order(f"o{i}", returned=i % 4 < 2) for i in range(N)])
    record = World(plan=PLAN, champion=OLD, challenger=NEW).open()
    return Scene(
        spec=SPEC.with_folder(home),
        traffic=traffic,
        warehouse=DuckDBWarehouse(root=str(tmp_path / "lake"), home=str(tmp_path), threads=1),
        tracking=tracking,
        record=record.model_copy(update={"champion": champion, "challenger": challenger}),
        profiles=Profiles(),
    )


def test_labels_of_the_source_meet_the_requests_of_both_arms(scene: Scene) -> None:
    found = scene.ask(PRIMARY)[PRIMARY]
    # Half are true: the challenger's 0.4 costs (0.36 + 0.16) / 2, the champion's 0.2 costs (0.64 + 0.04) / 2.
    assert found.problem is None
    assert found.value == pytest.approx(0.26 / 0.34)
    assert (found.n_champion, found.n_challenger) == (N // 2, N // 2)


@pytest.mark.parametrize("apart", [timedelta(days=-40), timedelta(days=40)], ids=["long ago", "to come"])
def test_labels_of_events_far_from_their_requests_are_found(
    scene: Scene, tmp_path: Path, apart: timedelta
) -> None:
    """A score is asked for when a trip is booked, or again when a bill from long ago is disputed."""
    event = NOON + apart
    scene.traffic = MemoryTraffic(tmp_path / "far")
    versions = (scene.record.champion, scene.record.challenger)
    assert versions[0] is not None
    rows = [_row(i, versions[i % 2] or versions[0]) for i in range(N)]
    told = {"ordered_at": f"{event:%Y-%m-%dT%H:%M:%SZ}"}
    scene.traffic.have(MODEL, [replace(row, columns=told) for row in rows])
    known_at = NOON + timedelta(days=3)
    made = [order(f"o{i}", ordered_at=event, returned=i % 4 < 2, known_at=known_at) for i in range(N)]
    write_orders(tmp_path, made)
    found = scene.ask(PRIMARY)[PRIMARY]
    assert (found.problem, found.n_champion, found.n_challenger) == (None, N // 2, N // 2)


@pytest.mark.parametrize("check", [PRIMARY, "error_rate_max", "null_rate_max"])
def test_a_log_that_cannot_be_read_is_a_problem_of_each_question(
    scene: Scene, check: str, tmp_path: Path
) -> None:
    scene.traffic = BrokenTraffic(tmp_path)
    assert scene.ask(check)[check].problem == "ArrowNotImplementedError: no such type"


def test_an_outage_of_the_labels_leaves_guardrails_alone(scene: Scene, tmp_path: Path) -> None:
    scene.warehouse = BrokenWarehouse(root=str(tmp_path / "lake"), home=str(tmp_path), threads=1)
    found = scene.ask(PRIMARY, "error_rate_max", "prediction_drift_max")
    assert found[PRIMARY].problem == "RuntimeError: the database is restarting"
    assert (found["error_rate_max"].value, found["error_rate_max"].problem) == (0.0, None)
    assert found["prediction_drift_max"].value == pytest.approx(1.0)


def test_an_outage_of_the_registry_leaves_what_needs_no_profile_alone(scene: Scene) -> None:
    scene.tracking.down = True
    found = scene.ask("null_rate_max", "error_rate_max")
    assert found["null_rate_max"].problem == "the registry does not answer"
    assert (found["error_rate_max"].value, found["error_rate_max"].problem) == (0.0, None)


def test_labels_of_a_sensitive_entity_are_told_as_a_problem(scene: Scene) -> None:
    data = scene.spec.data
    hidden = data.columns[data.entity].model_copy(update={"sensitive": True})
    columns = {**data.columns, data.entity: hidden}
    scene.spec = scene.spec.model_copy(update={"data": data.model_copy(update={"columns": columns})})
    found = scene.ask(PRIMARY, "error_rate_max")
    assert "the entity order_id of orders is sensitive" in str(found[PRIMARY].problem)
    assert found["error_rate_max"].problem is None


def test_a_bundle_is_fetched_once_however_often_it_is_looked_at(scene: Scene) -> None:
    for _ in range(3):
        assert scene.ask("null_rate_max")["null_rate_max"].problem is None
    # Both versions have the same bytes.
    assert scene.tracking.fetched == 1
    scene.tracking.down = True
    assert scene.ask("null_rate_max")["null_rate_max"].problem is None


def test_profiles_that_were_not_asked_for_the_longest_are_let_go(scene: Scene, tmp_path: Path) -> None:
    few, other = Profiles(most=1), make_bundle(tmp_path / "other", threshold=0.3)
    third = _registered(scene.tracking, "c", other)
    versions = [scene.record.challenger, Version(version=third.version, digest=third.bundle_digest)]
    for version in [*versions, versions[1], versions[0]]:
        assert few.of(scene.tracking, MODEL, version) == other.read_json(PROFILE_FILE)
    assert scene.tracking.fetched == 3


def test_another_bundle_under_the_version_is_no_profile_of_it(scene: Scene) -> None:
    changed = Version(version=scene.record.challenger.version, digest="9" * 64)
    with pytest.raises(LifecycleError, match="is another bundle by now"):
        scene.profiles.of(scene.tracking, MODEL, changed)


def test_power_is_planned_from_the_champions_labelled_requests(scene: Scene) -> None:
    scene.tracking.set_alias(
        MODEL, "champion", scene.record.champion.version if scene.record.champion else ""
    )
    planned = _planned(scene)
    assert "labelled keys of the version in" in planned, planned


def test_without_a_champion_or_with_a_broken_log_no_power_is_planned(scene: Scene, tmp_path: Path) -> None:
    assert _planned(scene) == "not planned: there is no champion"
    scene.tracking.set_alias(MODEL, "champion", "1")
    scene.traffic = BrokenTraffic(tmp_path)
    assert _planned(scene) == "not planned: ArrowNotImplementedError: no such type"


def _planned(scene: Scene, plan: Plan = PLAN) -> str:
    evidence = RolloutEvidence(
        scene.spec, traffic=scene.traffic, warehouse=scene.warehouse, tracking=scene.tracking
    )
    return evidence.plan_power(plan, NOW).told


def _registered(tracking: FakeTracking, identity: str, bundle: Bundle) -> ModelVersion:
    return tracking.register(
        bare_training(MODEL, bundle.path, bundle.digest, identity=identity, as_of="2024-02")
    )


def _row(i: int, version: Version) -> LoggedRow:
    variant = LoggedVariant(
        name="champion" if version.version == "1" else "challenger",
        role="champion" if version.version == "1" else "challenger",
        version=version.version,
        digest=version.digest,
        features=(("distance", "float"),),
    )
    return LoggedRow(
        request=f"r{i}",
        row=0,
        at=NOON + timedelta(seconds=i),
        latency_us=5000,
        scoring_us=2000,
        protocol="plain",
        generation=1,
        status=200,
        key=f"o{i}",
        bucket=0,
        assignment="hash",
        propensity=0.5,
        assigned=variant,
        answered=variant,
        reason=None,
        value=False,
        probability=0.2 if version.version == "1" else 0.4,
        probabilities=None,
        features={"distance": 1.0},
        columns={"ordered_at": f"{NOON:%Y-%m-%dT%H:%M:%SZ}"},
    )
