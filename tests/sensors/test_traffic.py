"""When logs are compacted and partitions become tables: in time, once, and for nobody who answers nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from assets.keys import ENDPOINT, LABELS, TRAFFIC, stage_key
from assets.partitions import partitions_of
from lifecycle import clock
from lifecycle.endpoint.log.writing import RequestLog
from lifecycle.spec.deployment import RequestLogSection
from lifecycle.spec.model_spec import ModelSpec
from resources.traffic.base import Backlog
from sensors.traffic import (
    GRACE,
    MOST_AGE,
    MOST_BYTES,
    compact_job,
    finished,
    traffic_sensors,
    waits_too_long,
)
from tests.fakes.flowers import flowers_spec
from tests.fakes.logged import append
from tests.fakes.orders import orders_spec
from tests.fakes.traffic import MemoryTraffic

AT = datetime(2024, 3, 5, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("backlog", "expected"),
    [
        pytest.param(Backlog(), False, id="nothing waits"),
        pytest.param(Backlog(segments=9, bytes=MOST_BYTES, oldest=AT - MOST_AGE), False, id="just within"),
        pytest.param(Backlog(segments=1, bytes=9, oldest=AT - MOST_AGE - SECOND), True, id="too old"),
        pytest.param(Backlog(segments=1, bytes=MOST_BYTES + 1, oldest=AT), True, id="too much"),
    ],
)
def test_waits_too_long(backlog: Backlog, expected: bool) -> None:
    assert waits_too_long(backlog, AT) is expected


@pytest.mark.parametrize(
    ("at", "changes", "expected"),
    [
        pytest.param(AT, (), "2024-03-04", id="the day before the one that runs"),
        pytest.param(AT.replace(hour=0), (), "2024-03-04", id="a day is over at its end"),
        pytest.param(AT.replace(day=1), (), None, id="the first day is not over"),
        pytest.param(AT.replace(year=2023), (), None, id="before the first day"),
        pytest.param(
            AT, (("start: 2024-03-01", "start: 2024-03-01, end: 2024-03-03"),), None, id="after the last day"
        ),
    ],
)
def test_finished(at: datetime, changes: tuple[tuple[str, str], ...], expected: str | None) -> None:
    assert finished(partitions_of(orders_spec(*changes)), at) == expected


def test_a_table_that_time_does_not_cut_is_never_finished() -> None:
    assert finished(partitions_of(flowers_spec()), AT) is None


@pytest.fixture(scope="module")
def kept() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as found:
        yield found


@pytest.fixture
def instance(kept: dg.DagsterInstance) -> dg.DagsterInstance:
    """Without a run or an event; to make another one takes longer than most tests."""
    kept.wipe()
    return kept


def sensors_of(specs: list[ModelSpec]) -> dict[str, dg.SensorDefinition]:
    found = traffic_sensors(specs).sensors or ()
    return {one.name: one for one in found if isinstance(one, dg.SensorDefinition)}


def test_a_log_that_waits_is_compacted_and_then_asked_for_no_more(
    tmp_path: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sensors.traffic.MOST_BYTES", 0)
    traffic = MemoryTraffic(tmp_path)
    log = RequestLog(tmp_path / "orders", "orders", RequestLogSection())
    append(log, "r-1")
    sensor = sensors_of([orders_spec(), flowers_spec()])["compact_request_log"]
    asked = dg.build_sensor_context(instance=instance, resources={"traffic": traffic})
    assert isinstance(sensor(asked), dg.SkipReason)  # its segment is being written
    log.close()
    (run,) = sensor(asked)  # type: ignore[misc]  # a list, or a reason
    done = compact_job.execute_in_process(
        run_config=run.run_config, instance=instance, resources={"traffic": traffic}
    )
    assert done.success
    assert traffic.backlog("orders") == Backlog()
    assert isinstance(sensor(asked), dg.SkipReason)


def test_a_partition_that_is_over_is_asked_for_once_where_something_was_deployed(
    tmp_path: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock_file = tmp_path / "clock"
    monkeypatch.setenv(clock.CLOCK, str(clock_file))
    clock.set_clock(clock_file, AT)
    sensor = sensors_of([orders_spec(), flowers_spec()])["traffic_tables"]
    assert tick(sensor, instance, None) == ([], "{}")
    instance.report_runless_asset_event(dg.AssetMaterialization(asset_key=stage_key("orders", ENDPOINT)))
    (run,), cursor = tick(sensor, instance, "{}")
    assert run.partition_key == "2024-03-04"
    assert run.asset_selection == [stage_key("orders", TRAFFIC), stage_key("orders", LABELS)]
    assert tick(sensor, instance, cursor) == ([], cursor)
    clock.set_clock(clock_file, AT.replace(day=6, hour=0) + GRACE - SECOND)
    assert tick(sensor, instance, cursor)[0] == []
    clock.set_clock(clock_file, AT.replace(day=6, hour=0) + GRACE)
    assert [one.partition_key for one in tick(sensor, instance, cursor)[0]] == ["2024-03-05"]


def tick(
    sensor: dg.SensorDefinition, instance: dg.DagsterInstance, cursor: str | None
) -> tuple[list[dg.RunRequest], str | None]:
    found = sensor(dg.build_sensor_context(instance=instance, cursor=cursor))
    assert isinstance(found, dg.SensorResult)
    return list(found.run_requests or ()), found.cursor


def test_no_model_no_sensor() -> None:
    assert traffic_sensors([]) == dg.Definitions()
