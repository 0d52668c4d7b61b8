"""What a tick of a model's schedule asks for."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from assets.keys import STAGES, TRIGGER_TAG, stage_key
from orchestration.schedules import model_schedule
from tests.fakes.orders import orders_spec

NEW_YORK = ("time_zone: UTC", "time_zone: America/New_York")
MONTHS = ("{every: day, start: 2024-03-01}", "{every: month, start: 2024-01-01}")


@pytest.fixture(scope="module")
def kept() -> Iterator[dg.DagsterInstance]:
    """One on disk: a schedule finds its instance by a reference."""
    with dg.instance_for_test() as found:
        yield found


@pytest.fixture
def instance(kept: dg.DagsterInstance) -> dg.DagsterInstance:
    kept.wipe()
    return kept


def tick(
    instance: dg.DagsterInstance, at: datetime, *changes: tuple[str, str]
) -> dg.RunRequest | dg.SkipReason:
    """What the schedule of a spec says when it ticks at a time."""
    schedule = model_schedule(orders_spec(*changes), "0 6 * * *")
    said = schedule(dg.build_schedule_context(instance, scheduled_execution_time=at))
    assert isinstance(said, dg.RunRequest | dg.SkipReason)
    return said


def tags_of(request: dg.RunRequest | dg.SkipReason) -> Mapping[str, str]:
    """Tags of the run that Dagster's scheduler makes of a request."""
    assert isinstance(request, dg.RunRequest)
    schedule = model_schedule(orders_spec(MONTHS), "0 6 * * *")
    more = {**dg.DagsterRun.tags_for_schedule(schedule), "dagster/run_key": request.run_key or ""}
    return {**request.tags, **more}


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
    instance: dg.DagsterInstance, at: datetime, changes: list[tuple[str, str]], partition: str
) -> None:
    said = tick(instance, at, *changes)
    assert isinstance(said, dg.RunRequest)
    assert (said.partition_key, said.run_key) == (partition, partition)
    assert said.tags[TRIGGER_TAG] == "schedule"
    assert said.asset_selection == [stage_key("orders", stage) for stage in STAGES]


S = dg.DagsterRunStatus


@pytest.mark.parametrize(
    ("runs", "again"),
    [
        pytest.param([S.NOT_STARTED], "is under way", id="it waits for its turn"),
        pytest.param([S.SUCCESS], "is done", id="it is done"),
        pytest.param([S.FAILURE], None, id="what failed is tried again"),
        pytest.param([S.FAILURE, S.STARTED], "is under way", id="it is being tried again"),
        pytest.param([S.SUCCESS, S.FAILURE], "is done", id="somebody made it twice, once well"),
        pytest.param([S.CANCELED], "was cancelled; to make it even so: dg launch", id="a person said no"),
    ],
)
def test_a_partition_is_made_once_however_often_the_schedule_ticks(
    instance: dg.DagsterInstance, runs: list[dg.DagsterRunStatus], again: str | None
) -> None:
    first = tick(instance, datetime(2024, 3, 1, 6, tzinfo=UTC), MONTHS)
    for status in runs:
        instance.add_run(dg.DagsterRun(job_name="life", status=status, tags=tags_of(first)))
    said = tick(instance, datetime(2024, 3, 2, 6, tzinfo=UTC), MONTHS)
    if again is None:
        assert said == first
    else:
        assert isinstance(said, dg.SkipReason)
        assert again in (said.skip_message or "")
    # The next month, and another model's schedule, are runs of their own.
    assert isinstance(tick(instance, datetime(2024, 4, 1, 6, tzinfo=UTC), MONTHS), dg.RunRequest)
    other = ("name: orders", "name: others")
    assert isinstance(tick(instance, datetime(2024, 3, 2, 6, tzinfo=UTC), MONTHS, other), dg.RunRequest)


@pytest.mark.parametrize(("stage", "again"), [("data", True), ("evaluation", False)])
def test_what_gates_refused_is_made_once_and_other_failures_are_tried_again(
    instance: dg.DagsterInstance, stage: str, again: bool
) -> None:
    """Data that break their contract may come anew; the same data make the same model."""
    key = stage_key("orders", stage)

    @dg.asset(key=key, check_specs=[dg.AssetCheckSpec("asked", asset=key, blocking=True)])
    def refuses() -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        yield dg.MaterializeResult()
        yield dg.AssetCheckResult(check_name="asked", passed=False)

    first = tick(instance, datetime(2024, 3, 1, 6, tzinfo=UTC), MONTHS)
    done = dg.materialize([refuses], instance=instance, tags=tags_of(first), raise_on_error=False)
    assert done.dagster_run.status == dg.DagsterRunStatus.FAILURE
    said = tick(instance, datetime(2024, 3, 2, 6, tzinfo=UTC), MONTHS)
    assert isinstance(said, dg.RunRequest) == again
    if isinstance(said, dg.SkipReason):
        assert "did not pass its gates; to make it even so: dg launch" in (said.skip_message or "")


def test_a_table_that_is_not_cut_is_read_anew_at_each_tick(instance: dg.DagsterInstance) -> None:
    once = ("{every: day, start: 2024-03-01}", "{every: once}")
    said = [tick(instance, datetime(2024, 3, day, 6, tzinfo=UTC), once) for day in (5, 6)]
    assert [run.partition_key for run in said if isinstance(run, dg.RunRequest)] == ["all", "all"]
    assert len({run.run_key for run in said if isinstance(run, dg.RunRequest)}) == 2


def test_before_the_first_partition_has_ended_there_is_nothing_to_do(instance: dg.DagsterInstance) -> None:
    assert tick(instance, datetime(2024, 3, 1, 6, tzinfo=UTC)) == dg.SkipReason(
        "no partition of orders has ended yet"
    )


def test_after_the_last_partition_it_stays_the_newest(instance: dg.DagsterInstance) -> None:
    ended = ("start: 2024-03-01}", "start: 2024-03-01, end: 2024-03-03}")
    said = tick(instance, datetime(2030, 1, 1, 6, tzinfo=UTC), ended)
    assert isinstance(said, dg.RunRequest)
    assert said.run_key == "2024-03-02"


def test_a_schedule_ticks_on_the_clock_of_its_model() -> None:
    schedule = model_schedule(orders_spec(NEW_YORK), "0 6 * * *")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 6 * * *", "America/New_York")
