"""Partitions of a model's assets, and the windows of time they stand for."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import dagster as dg

from lifecycle.spec.records import Cadence, ModelSpec
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
Partitions = dg.TimeWindowPartitionsDefinition | dg.StaticPartitionsDefinition


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
    """Which upstream partitions Dagster makes a model's partition depend on: its training window."""
    if isinstance(partitions, dg.StaticPartitionsDefinition):
        return dg.IdentityPartitionMapping()
    count = spec.training.window.partitions or max(1, partitions.get_num_partitions())
    return dg.TimeWindowPartitionMapping(
        start_offset=1 - count, end_offset=0, allow_nonexistent_upstream_partitions=True
    )
