"""What a retraining is decided on, read from results alone: events, checks, runs, and open rollouts."""

import json
import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import dagster as dg
from dagster._core.events import DagsterEventType

from assets.keys import CONTRACT_CHECK, DATA, DRIFT, FEATURES, MODEL, PERFORMANCE, stage_key
from assets.metadata import CODE_VERSION_TAG, DATA_VERSION_TAG
from assets.partitions import Partitions, partitions_of
from assets.provenance import code_version
from lifecycle.errors import LifecycleError
from lifecycle.evaluation.metrics.registry import metric
from lifecycle.spec.fingerprint import fingerprint
from lifecycle.spec.model_spec import ModelSpec
from lifecycle.triggers.facts import (
    DriftWindow,
    Facts,
    Interval,
    PerformanceWindow,
    ReasonKind,
    Request,
    RequestStatus,
    Target,
    Trained,
)
from resources.rollouts.base import RolloutStore
from sensors.traffic import finished

RETRAIN_TAG = "flywheel/retrain"
"""Run tag: whose retraining it is."""
AT_TAG, LEARNS_TAG, EVIDENCE_TAG = (
    "flywheel/retrain_at",
    "flywheel/retrain_learns",
    "flywheel/retrain_evidence",
)
EVENTS = 200
"""Newest events of a report that are read: more than any `of`, and than a backfill in between hides."""

W = TypeVar("W", DriftWindow, PerformanceWindow)
_Fact = TypeVar("_Fact")
Values = Mapping[str, object]
"""Metadata of an event as plain values."""


def requests_by_model(
    instance: dg.DagsterInstance, models: Sequence[str]
) -> Mapping[str, tuple[Request, ...]]:
    """The retrainings that were asked for, in one query for all models."""
    found: dict[str, list[Request]] = {model: [] for model in models}
    if models:
        for run in instance.get_runs(dg.RunsFilter(tags={RETRAIN_TAG: list(models)})):
            if (request := request_of(run)) is not None:
                found[run.tags[RETRAIN_TAG]].append(request)
    return {model: tuple(requests) for model, requests in found.items()}


def request_of(run: dg.DagsterRun) -> Request | None:
    """The request that a run was started for; None: its tags are not ours, or were changed by hand."""
    try:
        evidence: dict[ReasonKind, str] = json.loads(run.tags[EVIDENCE_TAG])
        at = datetime.fromisoformat(run.tags[AT_TAG]).astimezone(UTC)
        return Request(at=at, status=_status(run), learns=run.tags[LEARNS_TAG], evidence=evidence)
    except (KeyError, ValueError):
        return None


def _status(run: dg.DagsterRun) -> RequestStatus:
    if run.status == dg.DagsterRunStatus.SUCCESS:
        return "succeeded"
    # Who cancels a retraining does not want it again at once.
    return "failed" if run.is_failure_or_canceled else "open"


def facts_of(
    spec: ModelSpec,
    instance: dg.DagsterInstance,
    rollouts: RolloutStore,
    requests: tuple[Request, ...],
    *,
    now: datetime,
) -> Facts:
    """What is known of one model, in a handful of queries; asked for models with news only.

    Events of partitions that the spec has no more, as before its cadence changed, are left out: their keys do
    not sort among today's.
    """
    # At once: to ask for one key after the other takes ten times as long.
    ours = frozenset(partitions_of(spec).get_partition_keys())
    made = _of(ours, _versions(instance, stage_key(spec.name, FEATURES)))
    ids = _of(ours, _newest_ids(instance, stage_key(spec.name, FEATURES)))
    target = _target(spec, instance, made, ids, now)
    rules = spec.retrain
    return Facts(
        now=now,
        target=target,
        trained=_trained(spec, instance, ours, made, ids, target),
        rollout_open=_rollout_open(rollouts, spec.name),
        # Reports that no rule asks about are not read: reading them is most of a look.
        drift=tuple(_windows(instance, ours, stage_key(spec.name, DRIFT), drift_window))
        if rules.drift
        else (),
        performance=tuple(
            _windows(
                instance,
                ours,
                stage_key(spec.name, PERFORMANCE),
                lambda *e: performance_window(spec, *e),
            )
        )
        if rules.performance or rules.labels
        else (),
        requests=requests,
    )


def _of(ours: Collection[str], by_partition: Mapping[str, _Fact]) -> Mapping[str, _Fact]:
    return {key: fact for key, fact in by_partition.items() if key in ours}


def drift_window(partition: str, seq: int, values: Values) -> DriftWindow | None:
    """The window that an event of `drift` tells of; None: it tells of a whole range."""
    if "partition" not in values:
        return None
    judged = values.get("status", "judged") == "judged"
    return DriftWindow(
        partition=partition,
        seq=seq,
        # A report that could not be judged is no report of peace.
        drifted=_flag(values, "drifted") if judged else None,
        certain=_flag(values, "certain"),
        score=_number(values, "drift_score"),
        columns=str(values.get("drifted_columns", "")),
    )


def performance_window(spec: ModelSpec, partition: str, seq: int, values: Values) -> PerformanceWindow | None:
    """The window that an event of `performance` tells of; None: it tells of a whole range."""
    if "partition" not in values or "metric" not in values:
        return None
    name = str(values["metric"])
    return PerformanceWindow(
        partition=partition,
        seq=seq,
        metric=name,
        realised=_interval(values, "realised"),
        estimated=_interval(values, "estimated"),
        baseline=_number(values, "baseline"),
        mature=values.get("mature") is True,
        labelled_rows=int(_number(values, "labelled_rows") or 0),
        greater_is_better=_greater_is_better(spec, name),
    )


def _greater_is_better(spec: ModelSpec, name: str) -> bool | None:
    try:
        better = metric(name, spec.model.task).better
    except LifecycleError:
        return None
    return None if better == "neither" else better == "higher"


def _flag(values: Values, key: str) -> bool | None:
    found = values.get(key)
    return found if isinstance(found, bool) else None


def _number(values: Values, key: str) -> float | None:
    found = values.get(key)
    return float(found) if isinstance(found, int | float) and math.isfinite(found) else None


def _interval(values: Values, key: str) -> Interval | None:
    low, high = _number(values, f"{key}_low"), _number(values, f"{key}_high")
    return None if low is None or high is None else Interval(low=low, high=high)


def _windows(
    instance: dg.DagsterInstance,
    ours: Collection[str],
    key: dg.AssetKey,
    window: Callable[[str, int, Values], W | None],
) -> Iterator[W]:
    for record in instance.fetch_materializations(key, limit=EVENTS).records:
        made = record.asset_materialization
        if made is not None and made.partition is not None and made.partition in ours:
            values = {name: value.value for name, value in made.metadata.items()}
            if (found := window(made.partition, record.storage_id, values)) is not None:
                yield found


def _versions(instance: dg.DagsterInstance, key: dg.AssetKey) -> Mapping[str, str]:
    """Partition -> data version, in one query."""
    # Dagster's own look at staleness reads them so; its public interface gives one event after the other.
    tags = instance.event_log_storage.get_latest_tags_by_partition(
        key, DagsterEventType.ASSET_MATERIALIZATION, [DATA_VERSION_TAG]
    )
    return {partition: found.get(DATA_VERSION_TAG, "") for partition, found in tags.items()}


def _target(
    spec: ModelSpec,
    instance: dg.DagsterInstance,
    made: Mapping[str, str],
    ids: Mapping[str, int],
    now: datetime,
) -> Target | None:
    """The newest partition that is over and has features; a later one broke its contract, or waits."""
    last = _last_over(partitions_of(spec), now)
    over = {key: version for key, version in made.items() if last is not None and key <= last}
    if not over:
        return None
    code, partition = code_version(spec, MODEL), max(over)
    return Target(
        partition=partition,
        code=code,
        learns=fingerprint(over, code),
        sound=_sound(instance, spec.name, partition, features=ids.get(partition)),
    )


def _last_over(partitions: Partitions, now: datetime) -> str | None:
    if isinstance(partitions, dg.StaticPartitionsDefinition):
        return partitions.get_last_partition_key()
    if (running := finished(partitions, now)) is not None:
        return running
    # After the end of a spec's partitions its last one stays the newest.
    with dg.partition_loading_context(effective_dt=now):
        return partitions.get_last_partition_key()


def _sound(instance: dg.DagsterInstance, model: str, partition: str, *, features: int | None) -> bool | None:
    """Whether features were made of the partition's newest data; what breaks its contract gives none."""
    data = _newest_ids(instance, stage_key(model, DATA), {partition}).get(partition)
    if data is None or features is None:
        return None
    if features > data:
        return True
    check = instance.get_latest_asset_check_evaluation_record(
        dg.AssetCheckKey(stage_key(model, DATA), CONTRACT_CHECK)
    )
    evaluation = check.event.asset_check_evaluation if check and check.event else None
    blocked = evaluation.metadata.get("blocked") if evaluation else None
    return False if blocked is not None and partition in str(blocked.value).split(", ") else None


def _newest_ids(
    instance: dg.DagsterInstance, key: dg.AssetKey, partitions: set[str] | None = None
) -> Mapping[str, int]:
    """Partition -> place of its newest materialization in the event log, in one query."""
    # As `_versions`: the public interface reads whole events, one partition after the other.
    return instance.event_log_storage.get_latest_storage_id_by_partition(
        key, DagsterEventType.ASSET_MATERIALIZATION, partitions
    )


def _trained(
    spec: ModelSpec,
    instance: dg.DagsterInstance,
    ours: Collection[str],
    made: Mapping[str, str],
    ids: Mapping[str, int],
    target: Target | None,
) -> Trained | None:
    """The training as of the newest partition, whoever asked for it."""
    records = instance.fetch_materializations(stage_key(spec.name, MODEL), limit=EVENTS).records
    events = [
        (m.partition, r.storage_id, m)
        for r in records
        if (m := r.asset_materialization) and m.partition and m.partition in ours
    ]
    if not events:
        return None
    as_of, seq, newest = max(events, key=lambda event: event[:2])
    code = (newest.tags or {}).get(CODE_VERSION_TAG)
    features = max(ids.values(), default=None)
    return Trained(
        as_of=as_of,
        code=code,
        partitions_since=sum(as_of < partition <= target.partition for partition in made) if target else None,
        learned=target is not None
        and (as_of, code) == (target.partition, target.code)
        and features is not None
        and seq > features,
    )


def _rollout_open(rollouts: RolloutStore, model: str) -> bool | None:
    try:
        stored = rollouts.read(model)
    except LifecycleError:
        return None
    return stored is not None and not stored.record.state.closed
