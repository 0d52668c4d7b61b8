"""Partitions of a model's assets, and the windows of time they stand for."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import dagster as dg

from lifecycle.spec.data import Cadence
from lifecycle.spec.model_spec import ModelSpec
from resources.warehouse.base import ALL_TIME, TimeWindow

ALL = "all"
"""Key of the one partition of a model whose rows are not cut by time."""
# Cron line and key format of each cadence; a week starts on Monday, as in ISO 8601.
_CADENCES: dict[Cadence, tuple[str, str]] = {
    "hour": ("0 * * * *", "%Y-%m-%d-%H"),
    "day": ("0 0 * * *", "%Y-%m-%d"),
    "week": ("0 0 * * 1", "%Y-%m-%d"),
    "month": ("0 0 1 * *", "%Y-%m"),
    "year": ("0 0 1 1 *", "%Y"),
}
# The least that a partition lasts: clocks go forward by two hours at most.
_SHORTEST_S: dict[Cadence, int] = {
    "hour": 3600,
    "day": 22 * 3600,
    "week": 166 * 3600,
    "month": 670 * 3600,
    "year": 8758 * 3600,
}
Partitions = dg.TimeWindowPartitionsDefinition | dg.StaticPartitionsDefinition
# Partitions of ten years, but for those whose offsets Dagster counts one by one.
_LOADED_AT_MOST: dict[Cadence, int] = {"hour": 87_600, "day": 3_650, "week": 520, "month": 120, "year": 10}
# From 100 upstream partitions on, Dagster does not look whether one of them changed.
_WATCHED_AT_MOST = 99


def partitions_of(spec: ModelSpec) -> Partitions:
    """Partitions of all of a model's partitioned assets, keyed by their local start; or `all` alone."""
    partition, zone = spec.data.partition, ZoneInfo(spec.data.time_zone)
    if partition.every == "once" or partition.start is None:
        return dg.StaticPartitionsDefinition([ALL])
    cron, fmt = _CADENCES[partition.every]
    return dg.TimeWindowPartitionsDefinition(
        cron_schedule=cron,
        fmt=fmt,
        start=datetime.combine(partition.start, time(), zone),
        end=None if partition.end is None else datetime.combine(partition.end, time(), zone),
        timezone=spec.data.time_zone,
    )


def window_of(partitions: Partitions, partition: str) -> TimeWindow:
    """Event times of a partition, in UTC."""
    if isinstance(partitions, dg.StaticPartitionsDefinition):
        return ALL_TIME
    window = partitions.time_window_for_partition_key(partition)
    return TimeWindow(start=window.start.astimezone(UTC), end=window.end.astimezone(UTC))


def partitions_overlapping(partitions: Partitions, window: TimeWindow) -> list[str]:
    """Keys of the partitions that hold a time of a window, oldest first; none before the first one."""
    if isinstance(partitions, dg.StaticPartitionsDefinition):
        return [ALL]
    found: list[str] = []
    last = window.end - timedelta(microseconds=1)
    key = partitions.get_partition_key_for_timestamp(last.timestamp())
    held: dg.TimeWindow | None = partitions.time_window_for_partition_key(key)
    while held is not None and held.end > window.start:
        if partitions.start <= held.start and (partitions.end is None or held.end <= partitions.end):
            found.append(partitions.get_partition_key_for_timestamp(held.start.timestamp()))
        held = partitions.get_prev_partition_window(held.start)
    return found[::-1]


def start_of_last(partitions: Partitions, window: TimeWindow, count: int) -> datetime:
    """When the last partitions up to one of a window began, itself counted: months are not equally long.

    It may lie before the first partition.
    """
    start = window.start
    if isinstance(partitions, dg.StaticPartitionsDefinition):
        return start
    for _ in range(count - 1):
        before = partitions.get_prev_partition_window(start)
        if before is None:
            break
        start = before.start.astimezone(UTC)
    return start


def next_partition(partitions: Partitions, partition: str) -> str | None:
    """The partition that comes after one in time; `all` has none."""
    if isinstance(partitions, dg.StaticPartitionsDefinition):
        return None
    return partitions.get_next_partition_key(partition)


def training_partitions(spec: ModelSpec, partitions: Partitions, as_of: str) -> list[str]:
    """Partitions that a model as of the end of one trains on, oldest first."""
    if isinstance(partitions, dg.StaticPartitionsDefinition):
        return [as_of]
    past = partitions.get_partition_keys_in_range(
        dg.PartitionKeyRange(start=partitions.get_first_partition_key() or as_of, end=as_of)
    )
    count = spec.training.window.partitions
    return list(past if count is None else past[-count:])


def training_mapping(spec: ModelSpec, partitions: Partitions) -> dg.PartitionMapping:
    """Which upstream partitions Dagster makes a model's partition depend on: its training window.

    An expanding window reaches back over all partitions that there will be while the code stays loaded; the
    first partition bounds it.
    """
    if isinstance(partitions, dg.StaticPartitionsDefinition):
        return dg.IdentityPartitionMapping()
    count = spec.training.window.partitions
    if count is None:
        count = partitions.get_num_partitions() + _LOADED_AT_MOST[spec.data.partition.every]
    return dg.TimeWindowPartitionMapping(
        start_offset=1 - count, end_offset=0, allow_nonexistent_upstream_partitions=True
    )


def past_mapping(spec: ModelSpec, lookback_s: int) -> dg.PartitionMapping:
    """Which upstream partitions Dagster makes a partition depend on that looks back on earlier rows."""
    if spec.data.partition.every == "once":
        return dg.IdentityPartitionMapping()
    count = -(-lookback_s // _SHORTEST_S[spec.data.partition.every])
    return dg.TimeWindowPartitionMapping(
        start_offset=-count, end_offset=0, allow_nonexistent_upstream_partitions=True
    )


def newest_mapping(partitions: Partitions) -> dg.PartitionMapping | None:
    """The partitions that an asset without partitions is watched for: the newest ones of those there are.

    Left alone, Dagster takes it to depend on all of them, and then looks for changes in none. None where
    there is no partition yet.
    """
    newest = list(partitions.get_partition_keys())[-_WATCHED_AT_MOST:]
    return dg.SpecificPartitionsPartitionMapping(newest) if newest else None
