"""What is wrong now with all models, read from results in a few batched queries."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

import dagster as dg
from dagster._core.storage.asset_check_execution_record import (
    AssetCheckExecutionRecord,
    AssetCheckExecutionRecordStatus,
)

from assets.gates import gates_of
from assets.keys import (
    DATA,
    DRIFT,
    ENDPOINT,
    EVALUATION,
    MODEL_TAG,
    PERFORMANCE,
    gate_check,
    stage_key,
)
from assets.links import DAGSTER_URL
from assets.partitions import partitions_of, window_of
from lifecycle.spec.alerts import AlertKind
from lifecycle.spec.model_spec import ModelSpec
from lifecycle.triggers.telling import Condition
from resources.rollouts.base import RolloutStore
from resources.serving.base import Serving
from sensors.gathered import Found, Gathered, Unknown

PERFORMANCE_CHECKS = ("floor", "decay")
RUNS_OF = timedelta(days=1)
"""A failed run is told of for as long as this; by the machine's time, which runs bear in a replay, too."""
MOST_RUNS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """What is wrong now.

    Attributes:
        conditions: all that specs ask to be told of.
        unknown: `<model>`, `<model>/<kind>` or `<model>/<kind>/<subject>` of what could not be learned, or
            was not asked in this turn.
        asked: the models whose rollout and endpoint were asked, in their order.
        problems: model -> why something of it could not be learned.
    """

    conditions: tuple[Condition, ...]
    unknown: tuple[str, ...]
    asked: tuple[str, ...]
    problems: Mapping[str, str]


def asset_link(model: str, stage: str) -> str:
    """The page of an asset; empty where nobody told the UI's address."""
    return _link(f"assets/{quote(model)}/{quote(stage)}")


def _link(page: str) -> str:
    url = os.environ.get(DAGSTER_URL, "").strip().rstrip("/")
    return f"{url}/{page}" if url else ""


def wrong_now(
    watched: Mapping[str, ModelSpec],
    instance: dg.DagsterInstance,
    rollouts: RolloutStore,
    serving: Serving,
    *,
    turn: Iterable[str],
    now: datetime,
    machine_now: datetime,
) -> Wrong:
    """All that is wrong now, as far as it can be told.

    Args:
        turn: models whose rollout and endpoint are asked now; those are asked one by one.
    """
    gathered = Gathered()
    _of_checks(watched, instance, gathered)
    _of_events(watched, instance, now, gathered)
    _of_runs(watched, instance, machine_now, gathered)
    asked = dict[str, None]()
    for model in turn:
        asked[model] = None
        gathered.take(model, _of_rollout(model, rollouts), "rollback")
        gathered.take(model, _of_endpoint(model, serving), "silent_endpoint")
    waiting = [model for model in watched if model not in asked]
    gathered.unknown += [f"{model}/{kind}" for model in waiting for kind in ("rollback", "silent_endpoint")]
    return Wrong(
        conditions=tuple(one for one in gathered.conditions if one.kind in watched[one.model].alerts.on),
        unknown=tuple(dict.fromkeys(gathered.unknown)),
        asked=tuple(asked),
        problems=gathered.problems,
    )


def _of_checks(watched: Mapping[str, ModelSpec], instance: dg.DagsterInstance, gathered: Gathered) -> None:
    """Failed gates, and performance that broke a limit: one query for all checks of all models."""
    kinds: dict[dg.AssetCheckKey, AlertKind] = {}
    for model, spec in watched.items():
        evaluation, performance = stage_key(model, EVALUATION), stage_key(model, PERFORMANCE)
        kinds |= {dg.AssetCheckKey(evaluation, gate_check(name)): "gate_failure" for name in gates_of(spec)}
        kinds |= {dg.AssetCheckKey(performance, name): "decay" for name in PERFORMANCE_CHECKS}
    records = instance.event_log_storage.get_latest_asset_check_execution_by_key(list(kinds))
    for key, record in records.items():
        gathered.take(key.asset_key.path[0], _of_check(key, kinds[key], record), kinds[key])


def _of_check(key: dg.AssetCheckKey, kind: AlertKind, record: AssetCheckExecutionRecord) -> Found:
    model, stage = key.asset_key.path
    event = record.event.asset_check_evaluation if record.event else None
    if event is None or record.status == AssetCheckExecutionRecordStatus.PLANNED:
        # A run is to check it anew, and hides what the one before found.
        yield Unknown(model=model, kind=kind, subject=key.name)
        return
    if record.status != AssetCheckExecutionRecordStatus.FAILED:
        return
    # `performance` fails its checks also where nothing is known, and tells which it was.
    verdicts = [str(value.value) for value in event.metadata.values()]
    if kind == "decay" and not any(verdict.startswith("fail:") for verdict in verdicts):
        yield Unknown(model=model, kind=kind, subject=key.name)
        return
    yield Condition(
        model=model,
        kind=kind,
        subject=key.name,
        text=f"{key.name}: {event.description or 'failed'}",
        link=asset_link(model, stage),
    )


def _of_events(
    watched: Mapping[str, ModelSpec], instance: dg.DagsterInstance, now: datetime, gathered: Gathered
) -> None:
    """Drift, incidents, and data that are too old: one query for all models."""
    keys = [stage_key(model, stage) for model in watched for stage in (DATA, DRIFT)]
    for record in instance.get_asset_records(keys):
        model, stage = record.asset_entry.asset_key.path
        made = record.asset_entry.last_materialization
        event = made.asset_materialization if made else None
        if event is None:
            continue
        if stage == DRIFT:
            told = {name: value.value for name, value in event.metadata.items()}
            gathered.take(model, of_drift(model, told))
        elif event.partition:
            gathered.take(model, _of_age(watched[model], event.partition, now), "stale_data")


def of_drift(model: str, told: Mapping[str, object]) -> Found:
    """What the newest event of `drift` tells people: of the partition as a whole, and of its single days.

    Args:
        told: metadata of the event. Those of an earlier release have no `incident_message`.
    """
    link, partition = asset_link(model, DRIFT), told.get("partition")
    if told.get("status", "judged") != "judged" or not isinstance(told.get("drifted"), bool):
        # Too few rows, too little history, or a whole range of partitions: no report of peace.
        yield Unknown(model=model, kind="drift")
        yield Unknown(model=model, kind="incident")
        return
    if told["drifted"]:
        text = f"{told.get('drifted_columns') or 'something'} drifted in {partition}"
        yield Condition(model=model, kind="drift", subject="", text=text, link=link)
    if days := str(told.get("incidents") or ""):
        text = f"in {partition}, {told.get('incident_message') or f'unlike other days: {days}'}"
        # Other days are another incident, also while the one before has not cleared.
        yield Condition(model=model, kind="incident", subject=days, text=text, link=link)


def _of_age(spec: ModelSpec, partition: str, now: datetime) -> Found:
    partitions, after_s = partitions_of(spec), spec.alerts.stale_after
    if after_s is None or isinstance(partitions, dg.StaticPartitionsDefinition):
        return
    if not partitions.has_partition_key(partition):
        # Of the time before the spec's partitions were cut otherwise.
        yield Unknown(model=spec.name, kind="stale_data")
        return
    end = window_of(partitions, partition).end
    if now - end > timedelta(seconds=after_s):
        yield Condition(
            model=spec.name,
            kind="stale_data",
            subject="",
            text=f"the newest data end at {end:%Y-%m-%d %H:%M} UTC",
            link=asset_link(spec.name, DATA),
        )


def _of_runs(
    watched: Mapping[str, ModelSpec],
    instance: dg.DagsterInstance,
    machine_now: datetime,
    gathered: Gathered,
) -> None:
    """Runs that failed lately: one query for all models."""
    failed = instance.get_runs(
        dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE], updated_after=machine_now - RUNS_OF),
        limit=MOST_RUNS,
    )
    # The newest one last: it is told of where several are one thing.
    for run in reversed(failed):
        gathered.conditions += [_of_run(model, run) for model in sorted(models_of(run) & watched.keys())]


def models_of(run: dg.DagsterRun) -> set[str]:
    """The models that a run may be of: those of its assets.

    A run of a whole job names no assets. The job of a model is called as the model, and what is done for a
    model without assets bears its tag.
    """
    if run.asset_selection:
        return {key.path[0] for key in run.asset_selection}
    return {run.tags.get(MODEL_TAG, run.job_name)}


def _of_run(model: str, run: dg.DagsterRun) -> Condition:
    job = run.job_name if MODEL_TAG in run.tags else ""
    return Condition(
        model=model,
        kind="failed_run",
        # What is asked for again every few minutes fails as often: one thing to tell.
        subject=job or run.run_id,
        text=f"run {run.run_id[:8]}{' of ' * bool(job)}{job} failed",
        link=_link(f"runs/{quote(run.run_id)}"),
    )


def _of_rollout(model: str, rollouts: RolloutStore) -> Found:
    stored = rollouts.read(model)
    outcome = stored.record.state.outcome if stored else None
    if stored is not None and outcome is not None and outcome.kind == "rolled_back":
        yield Condition(
            model=model,
            kind="rollback",
            subject=stored.record.id,
            text=f"version {stored.record.challenger.version} was taken back: {outcome.reason}",
            link=asset_link(model, ENDPOINT),
        )


def _of_endpoint(model: str, serving: Serving) -> Found:
    state = serving.state(model)
    if state is not None and not state.healthy:
        yield Condition(
            model=model,
            kind="silent_endpoint",
            subject="",
            text=f"the endpoint does not answer: {state.detail}",
            link=asset_link(model, ENDPOINT),
        )
