"""When a spec's schedule ticks: the whole life of the newest partition that has ended."""

import dagster as dg

from assets.keys import STAGES, TRIGGER_TAG, stage_key
from assets.partitions import ALL, partitions_of
from lifecycle.spec.model_spec import ModelSpec


def model_schedule(spec: ModelSpec, cron: str) -> dg.ScheduleDefinition:
    """The schedule of a model that asks for one."""
    partitions, keys = partitions_of(spec), [stage_key(spec.name, stage) for stage in STAGES]

    @dg.schedule(
        name=f"{spec.name}_schedule",
        cron_schedule=cron,
        execution_timezone=spec.data.time_zone,
        target=dg.AssetSelection.assets(*keys),
        description=f"Every stage of {spec.name} for the partition that ended last.",
    )
    def schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        if isinstance(partitions, dg.StaticPartitionsDefinition):
            # The one partition never ends: each tick reads the table anew.
            tick = context.scheduled_execution_time.isoformat()
            return dg.RunRequest(
                run_key=tick, partition_key=ALL, asset_selection=keys, tags={TRIGGER_TAG: "schedule"}
            )
        with dg.partition_loading_context(effective_dt=context.scheduled_execution_time):
            newest = partitions.get_last_partition_key()
        if newest is None:
            return dg.SkipReason(f"no partition of {spec.name} has ended yet")
        # Assets are named, though they are the whole target: a run that fails tells of a model by them.
        # One run a partition, however often the schedule ticks before the next one ends.
        return dg.RunRequest(
            run_key=newest, partition_key=newest, asset_selection=keys, tags={TRIGGER_TAG: "schedule"}
        )

    return schedule
