"""When logs are compacted and partitions become tables: in time, once, and for nobody who answers nothing."""

import time
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
    LOOKS_S,
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
    specs = [orders_spec(), flowers_spec()]
    assert compactions(specs, traffic, instance).run_requests == []  # its segment is being written
    log.close()
    (run,) = compactions(specs, traffic, instance).run_requests or ()
    assert run.tags["flywheel/model"] == "orders"  # whom to tell where it fails
    done = compact_job.execute_in_process(
        run_config=run.run_config, instance=instance, resources={"traffic": traffic}
    )
    assert done.success
    assert traffic.backlog("orders") == Backlog()
    assert compactions(specs, traffic, instance).run_requests == []


class Waiting(MemoryTraffic):
    """Logs that all wait; a look takes its time by a clock of its own, and some cannot be looked at."""

    def __init__(self, folder: Path, *, look_s: float = 0.0, broken: tuple[str, ...] = ()) -> None:
        super().__init__(folder)
        self.look_s, self.broken, self.now_s = look_s, broken, 0.0

    def backlog(self, model: str) -> Backlog:
        self.now_s += self.look_s
        if model in self.broken:
            raise ValueError(f"a file in the log of {model}")
        return Backlog(segments=1, bytes=MOST_BYTES + 1)

    def clock(self) -> float:
        return self.now_s


def named(*names: str) -> list[ModelSpec]:
    return [orders_spec(("name: orders", f"name: {name}")) for name in names]


def compactions(
    specs: list[ModelSpec], traffic: MemoryTraffic, instance: dg.DagsterInstance, cursor: str | None = None
) -> dg.SensorResult:
    clock = traffic.clock if isinstance(traffic, Waiting) else time.monotonic
    found = traffic_sensors(specs, clock=clock).sensors or ()
    (sensor,) = (one for one in found if one.name == "compact_request_log")
    assert isinstance(sensor, dg.SensorDefinition)
    asked = dg.build_sensor_context(instance=instance, cursor=cursor, resources={"traffic": traffic})
    said = sensor(asked)
    assert isinstance(said, dg.SensorResult)
    return said


def models_in(result: dg.SensorResult) -> list[str]:
    return [run.tags["flywheel/model"] for run in result.run_requests or ()]


def test_a_log_that_cannot_be_looked_at_keeps_no_other_from_being_compacted(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    said = compactions(named("a", "b"), Waiting(tmp_path, broken=("a",)), instance)
    assert (models_in(said), said.skip_reason) == (["b"], None)
    alone = compactions(named("a"), Waiting(tmp_path, broken=("a",)), instance)
    assert alone.skip_reason == dg.SkipReason("a: ValueError: a file in the log of a")


def test_slow_logs_end_a_tick_in_time_and_have_their_turns(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    names, cursor, found = ["a", "b", "c", "d", "e"], None, list[list[str]]()
    for _ in range(3):
        said = compactions(named(*names), Waiting(tmp_path, look_s=LOOKS_S * 0.6), instance, cursor)
        cursor = said.cursor
        found.append(models_in(said))
    assert found == [["a", "b"], ["c", "d"], ["e", "a"]]


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
