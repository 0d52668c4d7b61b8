"""The model's own past rows as `online` gives them to an endpoint, where partitions break their contract."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import dagster as dg

from assets.history import SnapshotOf
from assets.keys import DATA, OWN_ROWS_CHECK
from assets.partitions import Partitions, partitions_overlapping, window_of
from lifecycle.errors import LifecycleError
from lifecycle.features.online_tables import KnownBy
from lifecycle.features.plan import FeaturePlan
from lifecycle.spec.model_spec import ModelSpec
from resources.warehouse.base import TimeWindow, Warehouse


def own_rows_known(
    spec: ModelSpec,
    plan: FeaturePlan,
    warehouse: Warehouse,
    partitions: Partitions,
    known: KnownBy,
    snapshot_of: SnapshotOf,
    *,
    margin: timedelta,
) -> tuple[KnownBy, Mapping[str, LifecycleError]]:
    """Until when the model's own past rows are known, and which partitions on the way are left out.

    A partition that breaks its contract is as good as one that has not come: it does not keep the rest from
    being fresh. The last ones end the own rows, as no question may take what nobody knows for nothing. None
    matters any more once no question looks back on it.

    Args:
        known: by when rows would be known if all partitions were sound.
        margin: how much earlier than now a question may be that sees all of its past.

    Raises:
        LifecycleError: a partition on the way was never made: that is for somebody to mend.
    """
    if not plan.own_lookback_s:
        return known, {}
    since = known.moment - timedelta(seconds=plan.own_lookback_s) - margin
    broken = dict[str, LifecycleError]()
    for key in partitions_overlapping(partitions, TimeWindow(start=since, end=known.own)):
        try:
            snapshot_of(key)
        except LifecycleError as exc:
            if warehouse.published(spec.name, DATA, key) is None:
                raise
            broken[key] = exc
    windows = [window_of(partitions, key) for key in broken]
    return replace(known, own=own_rows_end(known.own, windows)), broken


def own_rows_end(until: datetime, broken: Sequence[TimeWindow]) -> datetime:
    """When own rows end that are there until a moment, but for some windows, given in the order of time.

    >>> from datetime import UTC
    >>> at = [datetime(2024, 3, day, tzinfo=UTC) for day in range(1, 9)]
    >>> days = [TimeWindow(start=start, end=end) for start, end in zip(at, at[1:], strict=False)]
    >>> own_rows_end(at[7], [days[2], days[5], days[6]]).day, own_rows_end(at[7], [days[2]]).day
    (6, 8)
    """
    for window in reversed(broken):
        if window.end < until:
            break
        until = min(until, window.start)
    return until


def own_rows_spec(key: dg.AssetKey) -> dg.AssetCheckSpec:
    """The check of `online`."""
    return dg.AssetCheckSpec(
        OWN_ROWS_CHECK,
        asset=key,
        description="no partition that questions look back on breaks its contract: such ones are left out",
    )


def own_rows_result(known: KnownBy, broken: Mapping[str, LifecycleError]) -> dg.AssetCheckResult:
    """A warning where partitions that questions look back on are left out."""
    told = f"own rows are known by {known.own.isoformat()}"
    lacking = f"{told}, without {', '.join(sorted(broken))}: " + "; ".join(map(str, broken.values()))
    return dg.AssetCheckResult(
        check_name=OWN_ROWS_CHECK,
        passed=not broken,
        severity=dg.AssetCheckSeverity.WARN,
        description=lacking[:1000] if broken else told,
    )
