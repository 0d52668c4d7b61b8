"""What demonstrations on the flights do with Dagster: runs in this process, and looks of its sensors."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import dagster as dg

from assets.keys import stage_key
from lifecycle.errors import LifecycleError
from lifecycle.spec.model_spec import ModelSpec
from orchestration.build import build_model
from orchestration.environments import Environment

LAKE_SCRIPT = Path(__file__).parents[3] / "models" / "flight_delay" / "lake.py"
FLIGHTS = "flights"
"""Folder of the flights below the lake."""
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def build_lake(home: Path) -> None:
    """The flights of 2013, made by the script of the example; nothing happens where they are."""
    subprocess.run([sys.executable, str(LAKE_SCRIPT), str(home / "lake" / FLIGHTS)], check=True)


def look(
    sensor: dg.SensorDefinition, environment: Environment, instance: dg.DagsterInstance, cursor: str | None
) -> dg.SensorResult:
    """Evaluate a sensor as Dagster's daemon does, and put what it tells into the UI; it begins no run."""
    context = dg.build_sensor_context(instance=instance, cursor=cursor, resources=dict(environment.resources))
    told = sensor(context)
    if isinstance(told, dg.SkipReason):
        return dg.SensorResult(skip_reason=told, cursor=cursor)
    if isinstance(told, list):
        return dg.SensorResult(run_requests=told, cursor=cursor)
    for event in told.asset_events:
        instance.report_runless_asset_event(event)
    return told


def materialize(
    spec: ModelSpec,
    environment: Environment,
    instance: dg.DagsterInstance,
    stages: Sequence[str],
    partitions: Sequence[str] = (),
    *,
    tags: Mapping[str, str] | None = None,
    ops: Mapping[str, object] | None = None,
) -> dg.ExecuteInProcessResult:
    """Materialize stages in this process, for some partitions.

    Args:
        tags: of the run, as a sensor asks for them.
        ops: the run's config of its steps.

    Raises:
        LifecycleError: a stage failed.
    """
    ends = {"start": partitions[0], "end": partitions[-1]} if len(partitions) > 1 else {}
    done = dg.materialize(
        [asset for asset in build_model(spec).assets or () if isinstance(asset, dg.AssetsDefinition)],
        selection=[stage_key(spec.name, stage) for stage in stages],
        resources=dict(environment.resources),
        partition_key=partitions[0] if len(partitions) == 1 else None,
        tags={**{f"dagster/asset_partition_range_{end}": key for end, key in ends.items()}, **(tags or {})},
        instance=instance,
        # What the steps say is in the UI.
        run_config={**QUIET, "ops": dict(ops or {})},
        raise_on_error=False,
    )
    if not done.success:
        errors = [event.step_failure_data.error for event in done.all_events if event.is_step_failure]
        if any(error and error.cls_name == dg.DagsterExecutionInterruptedError.__name__ for error in errors):
            raise KeyboardInterrupt  # Dagster makes a failed run of it; here the whole replay is meant.
        told = [(error.cause or error).message.strip() for error in errors if error]
        raise LifecycleError(f"{', '.join(stages)} of {spec.name} failed: {'; '.join(told) or 'see the UI'}")
    return done
