"""Partitions, the windows of time they stand for, and which of them a model trains on."""

from datetime import UTC, datetime
from itertools import pairwise

import dagster as dg
import pytest

from assets.partitions import (
    newest_mapping,
    next_partition,
    partitions_of,
    training_mapping,
    training_partitions,
    window_of,
)
from lifecycle.spec.data import Cadence
from lifecycle.spec.model_spec import ModelSpec
from resources.warehouse.base import ALL_TIME, TimeWindow
from tests.fakes.flowers import flowers_spec
from tests.fakes.orders import orders_spec

# Looking back over partitions that are missing is beta in Dagster; this module is what pins it.
pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning")


def cut(every: Cadence, start: str, end: str, zone: str = "UTC", window: str = "") -> ModelSpec:
    """The model of orders with other partitions."""
    training = f"training: {{window: {window}}}\n" if window else ""
    return orders_spec(
        ("{every: day, start: 2024-03-01}", f"{{every: {every}, start: {start}, end: {end}}}"),
        ("time_zone: UTC", f"time_zone: {zone}"),
        ("evaluation:\n", f"{training}evaluation:\n"),
    )


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]  # the parts are year to minute


@pytest.mark.parametrize(
    ("every", "start", "end", "first", "last", "count"),
    [
        pytest.param("hour", "2024-03-01", "2024-03-02", "2024-03-01-00", "2024-03-01-23", 24, id="hours"),
        pytest.param("day", "2024-02-27", "2024-03-02", "2024-02-27", "2024-03-01", 4, id="days"),
        pytest.param("week", "2024-03-04", "2024-04-01", "2024-03-04", "2024-03-25", 4, id="ISO weeks"),
        pytest.param("month", "2024-01-01", "2025-01-01", "2024-01", "2024-12", 12, id="months"),
        pytest.param("year", "2019-01-01", "2024-01-01", "2019", "2023", 5, id="years"),
    ],
)
def test_a_cadence_cuts_time_into_named_partitions(
    every: Cadence, start: str, end: str, first: str, last: str, count: int
) -> None:
    keys = partitions_of(cut(every, start, end)).get_partition_keys()
    assert (keys[0], keys[-1], len(keys)) == (first, last, count)


@pytest.mark.parametrize(
    ("every", "partition", "start", "end"),
    [
        pytest.param("month", "2024-03", utc(2024, 3, 1, 5), utc(2024, 4, 1, 4), id="a month an hour short"),
        pytest.param("year", "2024", utc(2024, 1, 1, 5), utc(2025, 1, 1, 5), id="a leap year"),
        pytest.param("day", "2024-03-10", utc(2024, 3, 10, 5), utc(2024, 3, 11, 4), id="a day of 23 hours"),
        pytest.param("day", "2024-11-03", utc(2024, 11, 3, 4), utc(2024, 11, 4, 5), id="a day of 25 hours"),
        pytest.param("week", "2024-03-04", utc(2024, 3, 4, 5), utc(2024, 3, 11, 4), id="a week of 167 hours"),
        pytest.param(
            "hour", "2024-11-03-01", utc(2024, 11, 3, 5), utc(2024, 11, 3, 6), id="one o'clock, once"
        ),
        pytest.param(
            "hour", "2024-11-03-01-0500", utc(2024, 11, 3, 6), utc(2024, 11, 3, 7), id="and once again"
        ),
    ],
)
def test_local_partitions_are_windows_in_utc(
    every: Cadence, partition: str, start: datetime, end: datetime
) -> None:
    last = "2024-12-30" if every == "week" else "2025-01-01"
    partitions = partitions_of(cut(every, "2024-01-01", last, "America/New_York"))
    assert window_of(partitions, partition) == TimeWindow(start=start, end=end)


# When New York and Santiago change their clocks. Hours are many: for them the days alone.
DAYS = [("2024-03-10", "2024-03-11"), ("2024-04-06", "2024-04-08"), ("2024-11-03", "2024-11-04")]
SEASONS = [("2024-03-01", "2024-05-01"), ("2024-09-01", "2024-12-01")]
YEARS = [("1999-01-01", "2030-01-01")]
MONDAYS = [("2024-03-04", "2024-04-29"), ("2024-09-02", "2024-12-02")]


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "America/Santiago", "Asia/Kolkata"])
@pytest.mark.parametrize("every", ["hour", "day", "week", "month", "year"])
def test_windows_leave_no_gap_and_do_not_overlap(every: Cadence, zone: str) -> None:
    spans: dict[Cadence, list[tuple[str, str]]] = {"hour": DAYS, "week": MONDAYS, "year": YEARS}
    for start, end in spans.get(every, SEASONS):
        partitions = partitions_of(cut(every, start, end, zone))
        windows = [window_of(partitions, key) for key in partitions.get_partition_keys()]
        assert all(before.end == after.start for before, after in pairwise(windows))
        assert all(window.start < window.end for window in windows)


@pytest.mark.parametrize(
    ("window", "as_of", "expected"),
    [
        pytest.param("{kind: expanding}", "2024-03", ["2024-01", "2024-02", "2024-03"], id="all history"),
        pytest.param("{kind: expanding}", "2024-01", ["2024-01"], id="the first has only itself"),
        pytest.param(
            "{kind: rolling, partitions: 2}", "2024-04", ["2024-03", "2024-04"], id="the last partitions"
        ),
        pytest.param("{kind: rolling, partitions: 2}", "2024-01", ["2024-01"], id="or as many as there are"),
    ],
)
def test_a_model_trains_on_its_window(window: str, as_of: str, expected: list[str]) -> None:
    spec = cut("month", "2024-01-01", "2024-07-01", window=window)
    assert training_partitions(spec, partitions_of(spec), as_of) == expected


@pytest.mark.parametrize("window", ["{kind: expanding}", "{kind: rolling, partitions: 3}"])
@pytest.mark.parametrize("every", ["hour", "day", "week", "month", "year"])
def test_dagster_sees_the_partitions_that_are_trained_on(every: Cadence, window: str) -> None:
    ends: dict[Cadence, str] = {
        "hour": "2024-01-03",
        "day": "2024-02-01",
        "week": "2024-06-03",
        "month": "2025-01-01",
        "year": "2034-01-01",
    }
    end = ends[every]
    spec = cut(every, "2024-01-01", end, "America/New_York", window=window)
    partitions = partitions_of(spec)
    mapping = training_mapping(spec, partitions)
    for as_of in partitions.get_partition_keys():
        wanted = partitions.subset_with_partition_keys([as_of])
        found = mapping.get_upstream_mapped_partitions_result_for_partitions(wanted, partitions, partitions)
        assert sorted(found.partitions_subset.get_partition_keys()) == training_partitions(
            spec, partitions, as_of
        )


def test_without_an_end_partitions_follow_the_clock() -> None:
    partitions = partitions_of(orders_spec())
    with dg.partition_loading_context(effective_dt=utc(2024, 3, 4, 12)):
        assert partitions.get_partition_keys() == ["2024-03-01", "2024-03-02", "2024-03-03"]


ONCE = ("{every: day, start: 2024-03-01}", "{every: once}")


@pytest.mark.parametrize("spec", [flowers_spec(), orders_spec(ONCE)], ids=["without a time", "with one"])
def test_a_table_that_is_not_cut_is_one_partition(spec: ModelSpec) -> None:
    partitions = partitions_of(spec)
    assert partitions.get_partition_keys() == ["all"]
    assert window_of(partitions, "all") == ALL_TIME
    assert training_partitions(spec, partitions, "all") == ["all"]
    assert next_partition(partitions, "all") is None
    wanted = partitions.subset_with_partition_keys(["all"])
    found = training_mapping(spec, partitions).get_upstream_mapped_partitions_result_for_partitions(
        wanted, partitions, partitions
    )
    assert list(found.partitions_subset.get_partition_keys()) == ["all"]


@pytest.mark.parametrize("every", ["day", "month"])
def test_an_expanding_window_grows_while_the_code_stays_loaded(every: Cadence) -> None:
    spec = orders_spec(("every: day, start: 2024-03-01", f"every: {every}, start: 2024-03-01"))
    partitions = partitions_of(spec)
    with dg.partition_loading_context(effective_dt=utc(2024, 5, 1)):
        mapping = training_mapping(spec, partitions)
    with dg.partition_loading_context(effective_dt=utc(2026, 5, 1)):
        keys = list(partitions.get_partition_keys())
        wanted = partitions.subset_with_partition_keys(keys[-1:])
        found = mapping.get_upstream_mapped_partitions_result_for_partitions(wanted, partitions, partitions)
        assert sorted(found.partitions_subset.get_partition_keys()) == keys


def test_an_endpoint_is_watched_for_the_newest_partitions() -> None:
    partitions = partitions_of(cut("day", "2024-01-01", "2024-12-01"))
    mapping = newest_mapping(partitions)
    assert isinstance(mapping, dg.SpecificPartitionsPartitionMapping)
    assert mapping.partition_keys == list(partitions.get_partition_keys())[-99:]
    with dg.partition_loading_context(effective_dt=utc(2024, 3, 1, 1)):
        assert newest_mapping(partitions_of(orders_spec())) is None
