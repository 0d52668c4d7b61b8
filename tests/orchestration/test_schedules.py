"""What a tick of a model's schedule asks for."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from assets.keys import STAGES, TRIGGER_TAG, stage_key
from orchestration.schedules import model_schedule
from tests.fakes.orders import orders_spec

NEW_YORK = ("time_zone: UTC", "time_zone: America/New_York")
MONTHS = ("{every: day, start: 2024-03-01}", "{every: month, start: 2024-01-01}")


def tick(at: datetime, *changes: tuple[str, str]) -> dg.RunRequest | dg.SkipReason:
    """What the schedule of a spec says when it ticks at a time."""
    schedule = model_schedule(orders_spec(*changes), "0 6 * * *")
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_schedule_context(instance, scheduled_execution_time=at)
        said = schedule(context)
    assert isinstance(said, dg.RunRequest | dg.SkipReason)
    return said


@pytest.mark.parametrize(
    ("at", "changes", "partition"),
    [
        pytest.param(datetime(2024, 3, 5, 6, tzinfo=UTC), [], "2024-03-04", id="yesterday, in the morning"),
        pytest.param(datetime(2024, 3, 5, 0, tzinfo=UTC), [], "2024-03-04", id="at the very end of a day"),
        pytest.param(datetime(2024, 3, 2, 0, tzinfo=UTC), [], "2024-03-01", id="the first partition"),
        pytest.param(datetime(2024, 3, 1, 6, tzinfo=UTC), [MONTHS], "2024-02", id="the month before"),
        pytest.param(datetime(2024, 3, 31, 6, tzinfo=UTC), [MONTHS], "2024-02", id="not the one that runs"),
        pytest.param(datetime(2024, 3, 5, 3, tzinfo=UTC), [NEW_YORK], "2024-03-03", id="by its own clock"),
        pytest.param(datetime(2024, 3, 5, 6, tzinfo=ZoneInfo("America/New_York")), [NEW_YORK], "2024-03-04",
                     id="the tick's own zone"),
    ],
)  # fmt: skip  # one case a line or two
def test_a_tick_asks_for_the_partition_that_ended_last(
    at: datetime, changes: list[tuple[str, str]], partition: str
) -> None:
    said = tick(at, *changes)
    assert isinstance(said, dg.RunRequest)
    # The run key is the partition: Dagster launches it once, however often the schedule ticks.
    assert (said.partition_key, said.run_key) == (partition, partition)
    assert said.tags[TRIGGER_TAG] == "schedule"
    assert said.asset_selection == [stage_key("orders", stage) for stage in STAGES]


def test_a_table_that_is_not_cut_is_read_anew_at_each_tick() -> None:
    once = ("{every: day, start: 2024-03-01}", "{every: once}")
    said = [tick(datetime(2024, 3, day, 6, tzinfo=UTC), once) for day in (5, 6)]
    assert [run.partition_key for run in said if isinstance(run, dg.RunRequest)] == ["all", "all"]
    # Another run key each time: Dagster launches one key once and never again.
    assert len({run.run_key for run in said if isinstance(run, dg.RunRequest)}) == 2


def test_before_the_first_partition_has_ended_there_is_nothing_to_do() -> None:
    assert tick(datetime(2024, 3, 1, 6, tzinfo=UTC)) == dg.SkipReason("no partition of orders has ended yet")


def test_after_the_last_partition_it_stays_the_newest() -> None:
    ended = ("start: 2024-03-01}", "start: 2024-03-01, end: 2024-03-03}")
    said = tick(datetime(2030, 1, 1, 6, tzinfo=UTC), ended)
    assert isinstance(said, dg.RunRequest)
    assert said.run_key == "2024-03-02"


def test_a_schedule_ticks_on_the_clock_of_its_model() -> None:
    schedule = model_schedule(orders_spec(NEW_YORK), "0 6 * * *")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 6 * * *", "America/New_York")
