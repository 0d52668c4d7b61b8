"""`<model>/labels`: what came true of what was answered in a partition."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import dagster as dg

from assets.data import data_version
from assets.keys import AMBIGUOUS_CHECK, LABELS, TRAFFIC, stage_key
from assets.metadata import Metadata, log_partitions, markdown_table, range_metadata
from assets.partitions import partitions_of
from assets.provenance import code_version
from lifecycle.clock import now
from lifecycle.endpoint.log.labelled import ambiguous_labels, event_times_us, with_labels
from lifecycle.endpoint.log.realised import Realised, realised
from lifecycle.errors import LifecycleError
from lifecycle.spec.model_spec import ModelSpec
from resources.warehouse.base import ALL_TIME, TableRef, TimeWindow, Warehouse

if TYPE_CHECKING:
    import pyarrow as pa

_KEPT = (
    *("request", "row", "at", "key", "assignment", "assigned", "assigned_version", "variant", "version"),
    *("value", "probability", "probabilities", "label", "label_known_at"),
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def labels_asset(spec: ModelSpec) -> dg.AssetsDefinition:
    """The `labels` asset of a model with its check, which warns only."""
    key, version = stage_key(spec.name, LABELS), code_version(spec, "data")

    @dg.asset(
        key=key,
        deps=[stage_key(spec.name, TRAFFIC)],
        partitions_def=partitions_of(spec),
        backfill_policy=dg.BackfillPolicy.single_run(),
        code_version=version,
        check_specs=[
            dg.AssetCheckSpec(
                AMBIGUOUS_CHECK, asset=key, description="no event has two labels that contradict each other"
            )
        ],
        kinds={"duckdb", "parquet"},
        description="The truth about each answer of a partition, as far as it is known now.",
        group_name=spec.name,
        owners=list(spec.model.owners),
    )
    def labels(
        context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        tables, more = dict[str, TableRef](), dict[str, Metadata]()
        doubtful, read = dict[str, int](), dict[str, Mapping[str, str]]()
        for partition in context.partition_keys:
            table = traffic_table(spec, warehouse, partition)
            rows, known_by = warehouse.read(table), now()
            window = event_window(rows, spec)
            truth = warehouse.labels(spec, since=window.start, until=window.end, known_by=known_by)
            joined = joined_labels(spec, rows, truth)
            tables[partition] = warehouse.keep(spec.name, LABELS, partition, table.window, joined)
            found = realised(joined, task=spec.model.task, positive=spec.model.positive)
            more[partition] = labels_metadata(found, known_by=known_by)
            doubtful[partition] = ambiguous_labels(truth).num_rows
            read[partition] = {stage_key(spec.name, TRAFFIC).to_user_string(): table.content_hash}
            context.log.info(f"{partition}: {joined.num_rows - joined['label'].null_count:,} labels")
        shown = {**range_metadata(tables), **(more[context.partition_key] if len(tables) == 1 else {})}
        yield dg.MaterializeResult(metadata=shown, data_version=data_version(tables))
        yield ambiguous_result(doubtful)
        log_partitions(context, tables, version, read, more=more)

    return labels


def traffic_table(spec: ModelSpec, warehouse: Warehouse, partition: str) -> TableRef:
    """The table of what was answered.

    Raises:
        LifecycleError: there is none.
    """
    table = warehouse.published(spec.name, TRAFFIC, partition)
    if table is None:
        raise LifecycleError(
            f"{spec.name}/{TRAFFIC} has no partition {partition}: materialize it before the labels"
        )
    return table


def event_window(rows: "pa.Table", spec: ModelSpec, *, untold: TimeWindow = ALL_TIME) -> TimeWindow:
    """Where the events of answered rows lie.

    Args:
        rows: of the log.
        untold: where those of requests lie that told no event time.
    """
    import pyarrow.compute as pc

    if spec.data.event_time is None or not rows.num_rows:
        return untold
    times = event_times_us(rows, spec.data.event_time)
    ends = pc.min_max(times).as_py()
    if ends["min"] is None:
        return untold
    first, last = (_EPOCH + timedelta(microseconds=ends[end]) for end in ("min", "max"))
    told = TimeWindow(start=first, end=last + timedelta(microseconds=1))
    if not times.null_count:
        return told
    return TimeWindow(start=min(told.start, untold.start), end=max(told.end, untold.end))


def joined_labels(spec: ModelSpec, rows: "pa.Table", truth: "pa.Table") -> "pa.Table":
    """Answered rows with their labels, where there are any: what of them the table keeps."""
    return rows_with_labels(spec, rows, truth).select(list(_KEPT))


def rows_with_labels(spec: ModelSpec, rows: "pa.Table", truth: "pa.Table") -> "pa.Table":
    """Rows of the log with `label` and `label_known_at`, found by the model's key and event time."""
    by = spec.deployment.endpoint.assign_by
    entity = spec.data.entity if by not in (None, spec.data.entity) else None
    return with_labels(rows, truth, event_time=spec.data.event_time, entity=entity)


def labels_metadata(found: Sequence[Realised], *, known_by: datetime) -> Metadata:
    """How much of the truth is in, how long it took, and how right each version was."""
    rows, labelled = sum(one.rows for one in found), sum(one.labelled for one in found)
    names = list(dict.fromkeys(name for one in found for name in one.metrics))
    head = ["version", "rows", "labelled", *names, "delay: median h", "90 % h", "99 % h"]
    lines = [
        (
            one.version,
            f"{one.rows:,}",
            f"{one.coverage:.1%}",
            *(f"{one.metrics[name]:.5f}" if name in one.metrics else "" for name in names),
            *(f"{delay / 3600:.2f}" for delay in one.delays_s or ()),
            *([""] * 3 if one.delays_s is None else []),
        )
        for one in found
    ]
    return {
        "labelled": dg.MetadataValue.int(labelled),
        "coverage": dg.MetadataValue.float(labelled / rows if rows else 0.0),
        "known_by": dg.MetadataValue.text(known_by.isoformat()),
        **({"versions": markdown_table(head, lines)} if lines else {}),
    }


def ambiguous_result(found: Mapping[str, int]) -> dg.AssetCheckResult:
    """One result for all partitions of the run."""
    wrong = [
        f"{partition}: {events:,} events have several labels" for partition, events in found.items() if events
    ]
    told = "; ".join(wrong)[:400] + "; the one that was known first counts"
    return dg.AssetCheckResult(
        check_name=AMBIGUOUS_CHECK,
        passed=not wrong,
        severity=dg.AssetCheckSeverity.WARN,
        description=told if wrong else "every event has one label",
    )
