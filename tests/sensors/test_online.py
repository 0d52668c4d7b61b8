"""When tables beside endpoints are made anew: never before they were, once a period, at one cost for all."""

import time
from collections.abc import Iterator

import dagster as dg
import pytest

from assets.keys import ONLINE, TRIGGER_TAG, stage_key
from lifecycle.spec.model_spec import ModelSpec
from sensors.online import is_due, refresh_sensor, run_key
from tests.fakes.flowers import flowers_spec
from tests.fakes.orders import orders_spec

DAY_S = 86_400


@pytest.mark.parametrize(
    ("made_s", "expected"),
    [
        pytest.param(None, False, id="never made: nothing to refresh"),
        pytest.param(100_000.0, False, id="made just now"),
        pytest.param(100_000.0 - DAY_S + 1, False, id="a second too young"),
        pytest.param(100_000.0 - DAY_S, True, id="as old as is allowed"),
        pytest.param(0.0, True, id="much older"),
    ],
)
def test_is_due(made_s: float | None, expected: bool) -> None:
    assert is_due(made_s, 100_000.0, every_s=DAY_S) is expected


@pytest.fixture(scope="module")
def kept() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as found:
        yield found


@pytest.fixture
def instance(kept: dg.DagsterInstance) -> dg.DagsterInstance:
    kept.wipe()
    return kept


def evaluate(specs: list[ModelSpec], instance: dg.DagsterInstance) -> dg.SensorResult | list[dg.RunRequest]:
    definitions = refresh_sensor(specs)
    (sensor,) = definitions.sensors or ()
    assert isinstance(sensor, dg.SensorDefinition)
    context = dg.build_sensor_context(instance=instance)
    found = sensor(context)
    return [] if isinstance(found, dg.SkipReason) else found  # type: ignore[return-value]  # a list, or a reason


def test_what_was_never_put_beside_an_endpoint_is_left_alone(instance: dg.DagsterInstance) -> None:
    assert evaluate([orders_spec()], instance) == []


def test_old_tables_are_asked_for_once_a_period(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = stage_key("orders", ONLINE)
    instance.report_runless_asset_event(dg.AssetMaterialization(asset_key=key))
    assert evaluate([orders_spec()], instance) == []
    later = time.time() + 2 * DAY_S
    monkeypatch.setattr(time, "time", lambda: later)
    (asked,) = evaluate([orders_spec()], instance)
    assert asked.asset_selection == [key]
    assert asked.tags[TRIGGER_TAG] == "refresh"
    # A tick that comes twice asks for the same run, which Dagster then starts once.
    (again,) = evaluate([orders_spec()], instance)
    assert again.run_key == asked.run_key == run_key("orders", later, every_s=DAY_S)


def test_a_model_that_reads_nothing_beside_its_requests_has_no_sensor() -> None:
    assert refresh_sensor([flowers_spec()]) == dg.Definitions()
