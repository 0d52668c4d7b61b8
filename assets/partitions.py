"""Partitions of a model's assets, and the windows of time they stand for."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import dagster as dg

from lifecycle.spec.records import Cadence, ModelSpec
from resources.warehouse.base import TimeWindow

# Cron line and key format of each cadence; a week starts on Monday, as in ISO 8601.
_CADENCES: dict[Cadence, tuple[str, str]] = {
    "hour": ("0 * * * *", "%Y-%m-%d-%H"),
    "day": ("0 0 * * *", "%Y-%m-%d"),
    "week": ("0 0 * * 1", "%Y-%m-%d"),
    "month": ("0 0 1 * *", "%Y-%m"),
}
# Partitions of ten years, but for those whose offsets Dagster counts one by one.
_LOADED_AT_MOST: dict[Cadence, int] = {"hour": 87_600, "day": 3_650, "week": 520, "month": 120}
# From 100 upstream partitions on, Dagster does not look whether one of them changed.
_WATCHED_AT_MOST = 99


def partitions_of(spec: ModelSpec) -> dg.TimeWindowPartitionsDefinition:
    """Partitions of all of a model's partitioned assets, keyed by their local start."""
    partition, zone = spec.data.partition, ZoneInfo(spec.data.time_zone)
    cron, fmt = _CADENCES[partition.every]
    return dg.TimeWindowPartitionsDefinition(
        cron_schedule=cron,
        fmt=fmt,
        start=datetime.combine(partition.start, time(), zone),
        end=None if partition.end is None else datetime.combine(partition.end, time(), zone),
        timezone=spec.data.time_zone,
    )


def window_of(partitions: dg.TimeWindowPartitionsDefinition, partition: str) -> TimeWindow:
    """Event times of a partition, in UTC."""
    window = partitions.time_window_for_partition_key(partition)
    return TimeWindow(start=window.start.astimezone(UTC), end=window.end.astimezone(UTC))


def training_partitions(
    spec: ModelSpec, partitions: dg.TimeWindowPartitionsDefinition, as_of: str
) -> list[str]:
    """Partitions that a model as of the end of one trains on, oldest first."""
    past = partitions.get_partition_keys_in_range(
        dg.PartitionKeyRange(start=partitions.get_first_partition_key() or as_of, end=as_of)
    )
    count = spec.training.window.partitions
    return list(past if count is None else past[-count:])


def training_mapping(spec: ModelSpec, partitions: dg.TimeWindowPartitionsDefinition) -> dg.PartitionMapping:
    """Which upstream partitions Dagster makes a model's partition depend on: its training window.

    An expanding window reaches back over all partitions that there will be while the code stays loaded; the
    first partition bounds it.
    """
    count = spec.training.window.partitions
    if count is None:
        count = partitions.get_num_partitions() + _LOADED_AT_MOST[spec.data.partition.every]
    return dg.TimeWindowPartitionMapping(
        start_offset=1 - count, end_offset=0, allow_nonexistent_upstream_partitions=True
    )


def newest_mapping(partitions: dg.TimeWindowPartitionsDefinition) -> dg.PartitionMapping | None:
    """The partitions that an asset without partitions is watched for: the newest ones of those there are.

    Left alone, Dagster takes it to depend on all of them, and then looks for changes in none. None where
    there is no partition yet.
    """
    newest = list(partitions.get_partition_keys())[-_WATCHED_AT_MOST:]
    return dg.SpecificPartitionsPartitionMapping(newest) if newest else None
