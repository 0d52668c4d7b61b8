"""What history features need of other partitions, and what of the past goes to the online path."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from assets.partitions import Partitions, partitions_overlapping
from lifecycle.features.history import HistorySource, lookback_s
from lifecycle.features.online_tables import KnownBy
from lifecycle.features.plan import FeaturePlan
from lifecycle.spec.model_spec import ModelSpec
from resources.warehouse.base import TableRef, TimeWindow, Warehouse

if TYPE_CHECKING:
    import pyarrow as pa

SnapshotOf = Callable[[str], TableRef]
"""The sound snapshot of a partition; an error where there is none: a hole is no smaller history."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def past_partitions(plan: FeaturePlan, partitions: Partitions, window: TimeWindow) -> list[str]:
    """Partitions before a window whose rows the history of its own rows looks back on, oldest first."""
    if not plan.own_lookback_s:
        return []
    start = window.start - timedelta(seconds=plan.own_lookback_s)
    return partitions_overlapping(partitions, TimeWindow(start=start, end=window.start))


def recent_history(
    spec: ModelSpec,
    plan: FeaturePlan,
    warehouse: Warehouse,
    partitions: Partitions,
    known_by: KnownBy,
    snapshot_of: SnapshotOf,
    *,
    margin: timedelta = timedelta(),
    left_out: Collection[str] = (),
) -> dict[str, "pa.Table"]:
    """The past that a question sees, by source of the plan.

    Args:
        known_by: moment of the question; what became known later is left out.
        margin: how much earlier a question may be that still sees all of its past.
        left_out: partitions whose rows are none of the past.
    """
    found = {}
    for source in plan.sources:
        until = known_by.of(source)
        reach = timedelta(seconds=lookback_s(source, plan.histories)) + margin
        # One partition at least, also where own rows end before what a question of now looks back on.
        start = min(known_by.moment - reach, until - timedelta.resolution)
        past = _own(source, partitions, [TimeWindow(start=start, end=until)], snapshot_of, left_out)
        since = known_by.moment - _longest(plan, source) - margin
        found[source.name] = warehouse.history_rows(
            spec, plan, source.name, since=since, known_by=until, past=past
        )
    return found


def asked_history(
    spec: ModelSpec,
    plan: FeaturePlan,
    warehouse: Warehouse,
    partitions: Partitions,
    requests: Sequence[Mapping[str, Any]],
    snapshot_of: SnapshotOf,
    *,
    before: datetime | None = None,
) -> dict[str, "pa.Table"]:
    """The past that some requests see, by source of the plan.

    Args:
        requests: rows of snapshots, with their event time; at least one.
        before: what a question at this time sees is left out: `recent_history` gives it.
    """
    import pyarrow as pa

    from lifecycle.data.columns import arrow_type

    read = dict.fromkeys([*plan.reads, plan.asked_at])
    asked = pa.table(
        {
            name: pa.array([row[name] for row in requests], arrow_type(plan.request[name].type))
            for name in read
        }
    )
    times = sorted({row[plan.asked_at] for row in requests})
    found = {}
    for source in plan.sources:
        reach = timedelta(seconds=lookback_s(source, plan.histories))
        windows = windows_before(times, reach)
        until = times[-1] if before is None else min(times[-1], before - _longest(plan, source))
        found[source.name] = warehouse.history_rows(
            spec,
            plan,
            source.name,
            since=_EPOCH,
            known_by=until,
            past=_own(source, partitions, windows, snapshot_of),
            asked=asked,
        )
    return found


def windows_before(times: Sequence[datetime], reach: timedelta) -> list[TimeWindow]:
    """The time that lies within reach before some times; what overlaps or touches is one window.

    Partitions of a window are counted by Dagster, at milliseconds each: not once for each of many requests.

    Args:
        times: rising.
        reach: how long before each of them.

    >>> times = [datetime(2024, 1, 2, hour, tzinfo=UTC) for hour in (12, 13, 20)]
    >>> [(window.start.hour, window.end.hour) for window in windows_before(times, timedelta(hours=2))]
    [(10, 13), (18, 20)]
    """
    found: list[TimeWindow] = []
    for at in times:
        start = at - reach
        if found and start <= found[-1].end:
            start = found.pop().start
        found.append(TimeWindow(start=start, end=at))
    return found


def _longest(plan: FeaturePlan, source: HistorySource) -> timedelta:
    """The longest window over a source."""
    return timedelta(seconds=max(h.window_s for h in plan.histories if h.source == source.name))


def _own(
    source: HistorySource,
    partitions: Partitions,
    windows: Iterable[TimeWindow],
    snapshot_of: SnapshotOf,
    left_out: Collection[str] = (),
) -> list[TableRef]:
    """Snapshots with the model's own rows of some times; none where the source is an event table."""
    if source.role == "events":
        return []
    keys = dict.fromkeys(key for window in windows for key in partitions_overlapping(partitions, window))
    return [snapshot_of(key) for key in keys if key not in left_out]
