"""What reaches people of rollouts and endpoints: by the real sensor, adapters and receiver."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import dagster as dg
import pytest

from assets.keys import DRIFT, stage_key
from assets.links import DAGSTER_URL
from lifecycle.errors import LifecycleError
from resources.alerts.apprise import AppriseAlerts
from resources.rollouts.base import RolloutStore, Stored
from resources.serving.base import EndpointState
from resources.serving.local import LocalServing
from sensors import alerts
from sensors.alerts import alert_sensor
from tests.fakes.orders import orders_spec
from tests.fakes.rollout_world import MemoryRollouts, World, plan_with, rolled_back
from tests.fakes.webhook import Webhook, listening

pytestmark = pytest.mark.skipif(find_spec("apprise") is None, reason="needs the extra `alerts`")
ADDRESS = "PAGER"


@pytest.fixture(scope="module")
def kept() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as found:
        yield found


@pytest.fixture
def instance(kept: dg.DagsterInstance) -> dg.DagsterInstance:
    kept.wipe()
    return kept


@pytest.fixture
def webhook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Webhook]:
    with listening() as server:
        monkeypatch.setenv(ADDRESS, server.url)
        monkeypatch.setenv(DAGSTER_URL, "http://ui")
        yield server


class Unreadable(MemoryRollouts):
    """A store whose disk is gone."""

    def read(self, model: str) -> Stored | None:
        raise LifecycleError("the disk is gone")


class Ports:
    """The endpoints and rollouts that a tick asks, and the cursor between ticks."""

    def __init__(self, root: Path, *names: str) -> None:
        self.root, self.rollouts, self.cursor = root, MemoryRollouts(), ""
        told = "evaluation:\n", f"alerts: {{to: [{ADDRESS}]}}\nevaluation:\n"
        self.specs = [orders_spec(told, ("name: orders", f"name: {name}")) for name in names or ("orders",)]

    def tick(self, instance: dg.DagsterInstance, rollouts: RolloutStore | None = None) -> None:
        (sensor,) = alert_sensor(self.specs).sensors or ()
        assert isinstance(sensor, dg.SensorDefinition)
        resources = {
            "alerts": AppriseAlerts(),
            "rollouts": rollouts or self.rollouts,
            "serving": LocalServing(root=str(self.root)),
        }
        context = dg.build_sensor_context(instance=instance, cursor=self.cursor, resources=resources)
        result = sensor(context)
        assert isinstance(result, dg.SensorResult)
        self.cursor = result.cursor or ""

    def deployed(self, model: str) -> Path:
        """An endpoint that was deployed and whose process is gone."""
        manifest = self.root / model / "manifest.json"
        manifest.parent.mkdir(parents=True)
        manifest.write_text("{}", encoding="utf-8")
        return manifest


def told(webhook: Webhook) -> list[tuple[str, str]]:
    return [(message["title"], message["message"]) for message in webhook.taken]


def unlike(instance: dg.DagsterInstance, *days: str) -> None:
    """A judged week, some of whose days stand out."""
    told = f"unlike other days: {', '.join(days)} (temp: 100.0% missing; also humid)"
    instance.report_runless_asset_event(
        dg.AssetMaterialization(
            asset_key=stage_key("orders", DRIFT),
            partition="2024-03-04",
            metadata={
                "partition": "2024-03-04",
                "drifted": False,
                "incidents": ", ".join(days),
                "incident_message": told if days else "",
            },
        )
    )


def test_single_bad_days_are_told_once_and_others_anew(
    instance: dg.DagsterInstance, webhook: Webhook, tmp_path: Path
) -> None:
    ports, first, second = Ports(tmp_path), "2024-03-05", "2024-03-06"
    unlike(instance)
    ports.tick(instance)
    assert told(webhook) == []
    for days in ((first,), (first,), (first, second), ()):
        unlike(instance, *days)
        ports.tick(instance)
    assert told(webhook) == [
        (
            "orders: incident",
            f"in 2024-03-04, unlike other days: {days} (temp: 100.0% missing; also humid)\n"
            "http://ui/assets/orders/drift",
        )
        for days in (first, f"{first}, {second}")
    ]


def test_a_rollback_is_told_once_with_its_reason(
    instance: dg.DagsterInstance, webhook: Webhook, tmp_path: Path
) -> None:
    ports = Ports(tmp_path)
    ports.rollouts = rolled_back(World(plan=plan_with())).store
    for _ in range(2):
        ports.tick(instance)
    ((title, message),) = told(webhook)
    assert title == "orders: rollback"
    assert message.startswith("version 2 was taken back: ")
    assert "error_rate_max" in message
    assert message.endswith("\nhttp://ui/assets/orders/endpoint")


def test_a_rollout_that_cannot_be_read_has_not_cleared(
    instance: dg.DagsterInstance, webhook: Webhook, tmp_path: Path
) -> None:
    ports = Ports(tmp_path)
    ports.rollouts = rolled_back(World(plan=plan_with())).store
    ports.tick(instance)
    ports.tick(instance, Unreadable())
    ports.tick(instance)
    assert len(told(webhook)) == 1


def test_an_endpoint_that_went_silent_is_told_again_after_it_answered(
    instance: dg.DagsterInstance, webhook: Webhook, tmp_path: Path
) -> None:
    ports = Ports(tmp_path)
    ports.tick(instance)
    assert told(webhook) == []  # what was never deployed is not silent
    manifest = ports.deployed("orders")
    for _ in range(2):
        ports.tick(instance)
    silent = (
        "orders: silent endpoint",
        "the endpoint does not answer: no process was started; deploy the model\n"
        "http://ui/assets/orders/endpoint",
    )
    assert told(webhook) == [silent]
    manifest.unlink()
    ports.tick(instance)
    manifest.write_text("{}", encoding="utf-8")
    ports.tick(instance)
    assert told(webhook) == [silent, silent]


def test_endpoints_that_had_no_turn_have_not_cleared(
    instance: dg.DagsterInstance, webhook: Webhook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts, "ASK_S", -1)  # one a tick
    asked = list[str]()
    state = LocalServing.state

    def noted(serving: LocalServing, model: str) -> EndpointState | None:
        asked.append(model)
        return state(serving, model)

    monkeypatch.setattr(LocalServing, "state", noted)
    ports = Ports(tmp_path, "a", "b", "c")
    ports.deployed("b")
    for _ in range(6):
        ports.tick(instance)
    assert asked == ["a", "b", "c", "a", "b", "c"]
    assert [title for title, _ in told(webhook)] == ["b: silent endpoint"]
