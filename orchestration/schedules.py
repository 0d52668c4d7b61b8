"""When a spec's schedule ticks: the whole life of the newest partition that has ended."""

from collections.abc import Callable, Sequence

import dagster as dg
from dagster._core.storage.tags import RUN_KEY_TAG, SCHEDULE_NAME_TAG

from assets.keys import EVALUATION, STAGES, TRIGGER_TAG, launch_command, stage_key
from assets.partitions import ALL, partitions_of
from lifecycle.spec.model_spec import ModelSpec


def model_schedule(spec: ModelSpec, cron: str) -> dg.ScheduleDefinition:
    """The schedule of a model that asks for one."""
    name = f"{spec.name}_schedule"
    partitions, keys = partitions_of(spec), [stage_key(spec.name, stage) for stage in STAGES]

    def life_of(partition: str, *, run_key: str) -> dg.RunRequest:
        return dg.RunRequest(
            run_key=run_key,
            partition_key=partition,
            # Named, though they are the whole target: a run that fails tells of a model by its assets.
            asset_selection=keys,
            tags={TRIGGER_TAG: "schedule"},
        )

    @dg.schedule(
        name=name,
        cron_schedule=cron,
        execution_timezone=spec.data.time_zone,
        target=dg.AssetSelection.assets(*keys),
        description=f"Every stage of {spec.name} for the partition that ended last, until a run did it.",
    )
    def schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        if isinstance(partitions, dg.StaticPartitionsDefinition):
            # The one partition never ends: each tick reads the table anew.
            return life_of(ALL, run_key=context.scheduled_execution_time.isoformat())
        with dg.partition_loading_context(effective_dt=context.scheduled_execution_time):
            newest = partitions.get_last_partition_key()
        if newest is None:
            return dg.SkipReason(f"no partition of {spec.name} has ended yet")
        # Dagster tells runs of one key apart by the time that they were scheduled for: each tick would start
        # one.
        runs = context.instance.get_runs(dg.RunsFilter(tags={SCHEDULE_NAME_TAG: name, RUN_KEY_TAG: newest}))
        why = why_not_again(spec.name, newest, runs, lambda run: _is_refused(context.instance, run))
        return dg.SkipReason(why) if why else life_of(newest, run_key=newest)

    return schedule


def why_not_again(
    model: str, partition: str, runs: Sequence[dg.DagsterRun], refused: Callable[[dg.DagsterRun], bool]
) -> str:
    """Why a tick starts no run of a partition; empty: it does.

    What failed is tried again with each tick: data may have come late. What gates refused is not, as the same
    data make the same model; nor what a person cancelled.

    Args:
        runs: those that the schedule started for the partition, the newest one first.
        refused: whether a run that failed did so because its version did not pass.
    """
    for run in runs:
        if run.status == dg.DagsterRunStatus.FAILURE and not refused(run):
            continue
        told = f"{model} {partition}: run {run.run_id[:8]} of this schedule"
        again = f"to make it even so: {launch_command(model, *STAGES, partition=partition)}"
        if run.is_success:
            return f"{told} is done"
        if run.status == dg.DagsterRunStatus.FAILURE:
            return f"{told} made a version that did not pass its gates; {again}"
        if run.status in (dg.DagsterRunStatus.CANCELED, dg.DagsterRunStatus.CANCELING):
            return f"{told} was cancelled; {again}"
        return f"{told} is under way"
    return ""


def _is_refused(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    kept = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    checks = [entry.dagster_event.asset_check_evaluation_data for entry in kept if entry.dagster_event]
    return any(
        check.asset_key.path[-1] == EVALUATION
        and not check.passed
        and check.severity == dg.AssetCheckSeverity.ERROR
        for check in checks
    )
