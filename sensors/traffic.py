"""When request logs become tables: compaction before a log drops anything, a partition once it is over."""

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import dagster as dg

from assets.keys import ENDPOINT, LABELS, MODEL_TAG, TRAFFIC, TRIGGER_TAG, stage_key
from assets.partitions import Partitions, partitions_of, partitions_overlapping
from assets.traffic import compact_log
from lifecycle.clock import now
from lifecycle.errors import in_words
from lifecycle.spec.model_spec import ModelSpec
from resources.traffic.base import Backlog, Traffic
from resources.warehouse.base import TimeWindow
from sensors.rounds import Clock, in_time, round_of

COMPACT, TABLES = "compact_request_log", "traffic_tables"
TICK_S = 60
AGAIN_S = 300
"""A log that still waits is asked for again after this time, whether the run before failed or works."""
LOOKS_S = 2.0
"""No other log is looked at after so long in one tick; the next one goes on. Beyond one machine, a look
brings segments here."""
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


def traffic_sensors(specs: Sequence[ModelSpec], *, clock: Clock = time.monotonic) -> dg.Definitions:
    """For all models one sensor that has logs compacted, and one that makes tables of finished partitions.

    Args:
        clock: that a tick's own time is measured by.
    """
    if not specs:
        return dg.Definitions()
    return dg.Definitions(sensors=[_compactions(specs, clock), _tables(specs)], jobs=[compact_job])


def _compactions(specs: Sequence[ModelSpec], clock: Clock) -> dg.SensorDefinition:
    names = [spec.name for spec in specs]

    @dg.sensor(
        name=COMPACT,
        # By its name: Dagster copies a sensor that holds a job, and then warns of its own beta parameters.
        job_name=COMPACT,
        minimum_interval_seconds=TICK_S,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Has request logs compacted long before they are full.",
    )
    def sensor(context: dg.SensorEvaluationContext, traffic: dg.ResourceParam[Traffic]) -> dg.SensorResult:
        turn = round_of(names, after=context.cursor or "")
        # Segments bear the machine's time, also in a replay.
        look = look_at(in_time(turn, at_least=1, most_s=LOOKS_S, clock=clock), traffic, datetime.now(UTC))
        problems = [f"{model}: {why}" for model, why in look.problems.items()]
        for problem in problems:
            context.log.error(problem)
        return dg.SensorResult(
            run_requests=look.requests,
            cursor=look.after,
            skip_reason=None
            if look.requests
            else dg.SkipReason("; ".join(problems) or "no request log waits"),
        )

    return sensor


@dataclass(kw_only=True)
class Look:
    """What one tick found.

    Attributes:
        after: the model whose log was looked at last.
        problems: model -> why its log could not be looked at.
    """

    after: str = ""
    requests: list[dg.RunRequest] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)


def look_at(models: Iterable[str], traffic: Traffic, at: datetime) -> Look:
    """One look at request logs. A log that cannot be looked at keeps no other from being compacted."""
    look = Look()
    for model in models:
        look.after = model
        try:
            if waits_too_long(traffic.backlog(model), at):
                look.requests.append(compaction(model, at))
        except Exception as exc:
            # Of whatever kind: a look that ends here would leave all other logs to fill up.
            look.problems[model] = in_words(exc)
    return look


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
