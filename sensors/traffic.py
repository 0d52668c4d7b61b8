"""When request logs become tables: compaction before a log drops anything, a partition once it is over."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import dagster as dg

from assets.keys import ENDPOINT, LABELS, MODEL_TAG, TRAFFIC, TRIGGER_TAG, stage_key
from assets.partitions import Partitions, partitions_of, partitions_overlapping
from assets.traffic import compact_log
from lifecycle.clock import now
from lifecycle.spec.model_spec import ModelSpec
from resources.traffic.base import Backlog, Traffic
from resources.warehouse.base import TimeWindow

COMPACT, TABLES = "compact_request_log", "traffic_tables"
TICK_S = 60
AGAIN_S = 300
"""A log that still waits is asked for again after this time, whether the run before failed or works."""
MOST_AGE = timedelta(hours=1)
MOST_BYTES = 64 * 2**20
"""One segment at its default size: far below the 4 GiB at which a log drops its oldest."""
GRACE = timedelta(minutes=15)
"""After the end of a partition: its last segment is closed in ten minutes, unless the spec says longer."""


class CompactConfig(dg.Config):
    """Whose log."""

    model: str


@dg.op(name=f"{COMPACT}_of_model")
def compact_op(
    context: dg.OpExecutionContext, config: CompactConfig, traffic: dg.ResourceParam[Traffic]
) -> None:
    """Turn the closed segments of a model's request log into columns."""
    compact_log(context, traffic, config.model)


@dg.job(name=COMPACT, description="Closed segments of a model's request log become Parquet.")
def compact_job() -> None:
    """One op: the partition that is running has no asset partition that a run could be of."""
    compact_op()


def traffic_sensors(specs: Sequence[ModelSpec]) -> dg.Definitions:
    """For all models one sensor that has logs compacted, and one that makes tables of finished partitions."""
    if not specs:
        return dg.Definitions()
    return dg.Definitions(sensors=[_compactions(specs), _tables(specs)], jobs=[compact_job])


def _compactions(specs: Sequence[ModelSpec]) -> dg.SensorDefinition:
    @dg.sensor(
        name=COMPACT,
        # By its name: Dagster copies a sensor that holds a job, and then warns of its own beta parameters.
        job_name=COMPACT,
        minimum_interval_seconds=TICK_S,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Has request logs compacted long before they are full.",
    )
    def sensor(traffic: dg.ResourceParam[Traffic]) -> list[dg.RunRequest] | dg.SkipReason:
        # Segments bear the machine's time, also in a replay.
        at = datetime.now(UTC)
        due = [s.name for s in specs if waits_too_long(traffic.backlog(s.name), at)]
        return [compaction(model, at) for model in due] or dg.SkipReason("no request log waits")

    return sensor


def _tables(specs: Sequence[ModelSpec]) -> dg.SensorDefinition:
    by_endpoint = {stage_key(spec.name, ENDPOINT): spec for spec in specs}
    keys = [stage_key(spec.name, stage) for spec in specs for stage in (TRAFFIC, LABELS)]

    @dg.sensor(
        name=TABLES,
        asset_selection=dg.AssetSelection.assets(*keys),
        minimum_interval_seconds=TICK_S,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Makes `traffic` and `labels` of a partition that is over; earlier ones are a backfill.",
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        # One query for all models. What was never deployed answered nothing.
        deployed = [
            by_endpoint[record.asset_entry.asset_key]
            for record in context.instance.get_asset_records(list(by_endpoint))
            if record.asset_entry.last_materialization
        ]
        before: dict[str, str] = json.loads(context.cursor or "{}")
        wanted = {s.name: p for s in deployed if (p := finished(partitions_of(s), now() - GRACE))}
        return dg.SensorResult(
            run_requests=[tables_of(m, p) for m, p in wanted.items() if before.get(m) != p],
            cursor=json.dumps({**before, **wanted}),
        )

    return sensor


def waits_too_long(backlog: Backlog, at: datetime) -> bool:
    """Whether a log is to be compacted now."""
    old = backlog.oldest is not None and at - backlog.oldest > MOST_AGE
    return old or backlog.bytes > MOST_BYTES


def finished(partitions: Partitions, at: datetime) -> str | None:
    """The newest partition that is over at a time; None: none is, or time cuts none."""
    if isinstance(partitions, dg.StaticPartitionsDefinition):
        return None
    running = partitions.time_window_for_partition_key(
        partitions.get_partition_key_for_timestamp(at.timestamp())
    )
    last = partitions.get_prev_partition_window(running.start)
    if last is None:
        return None
    found = partitions_overlapping(partitions, TimeWindow(start=last.start, end=last.end))
    return found[-1] if found else None


def compaction(model: str, at: datetime) -> dg.RunRequest:
    """The run that compacts a log; two ticks that come together ask for one."""
    return dg.RunRequest(
        run_key=f"{model}/{int(at.timestamp() // AGAIN_S)}",
        run_config=dg.RunConfig(ops={compact_op.name: CompactConfig(model=model)}),
        tags={TRIGGER_TAG: "traffic", MODEL_TAG: model},
    )


def tables_of(model: str, partition: str) -> dg.RunRequest:
    """The run that makes both tables of a partition."""
    return dg.RunRequest(
        run_key=f"{model}/{partition}",
        partition_key=partition,
        asset_selection=[stage_key(model, TRAFFIC), stage_key(model, LABELS)],
        tags={TRIGGER_TAG: "traffic"},
    )
