"""`<model>/features`: the feature table of a partition, point in time."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import dagster as dg

from assets.contract import sound_snapshot
from assets.data import data_version, failed_partitions
from assets.history import SnapshotOf, past_partitions
from assets.keys import DATA, FEATURES, NO_FUTURE_CHECK, PARITY_CHECK, stage_key
from assets.metadata import log_partitions, markdown_table, newest_event, range_metadata, scan_metadata
from assets.parity import ParityCheck, parity_result
from assets.partitions import Partitions, partitions_of, past_mapping, window_of
from assets.provenance import code_version
from lifecycle.errors import LifecycleError
from lifecycle.features.build import build_plan
from lifecycle.features.offline import known_at_columns
from lifecycle.features.plan import FeaturePlan
from lifecycle.spec.model_spec import ModelSpec
from resources.warehouse.base import TableRef, Warehouse


def features_asset(spec: ModelSpec) -> dg.AssetsDefinition:
    """The `features` asset of a model with its blocking check that nothing comes from the future."""
    key, plan, partitions = stage_key(spec.name, FEATURES), build_plan(spec), partitions_of(spec)
    version = code_version(spec, FEATURES)
    mapping = past_mapping(spec, plan.own_lookback_s) if plan.own_lookback_s else None

    @dg.asset(
        key=key,
        deps=[dg.AssetDep(stage_key(spec.name, DATA), partition_mapping=mapping)],
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        code_version=version,
        check_specs=[
            dg.AssetCheckSpec(
                NO_FUTURE_CHECK,
                asset=key,
                blocking=True,
                description="every lookup row and past row was known at the event time",
            ),
            dg.AssetCheckSpec(
                PARITY_CHECK,
                asset=key,
                blocking=True,
                description="a sample of rows, computed as requests, gives the features of the table",
            ),
        ],
        kinds={"duckdb", "parquet"},
        description=_description(plan),
        group_name=spec.name,
        owners=list(spec.model.owners),
    )
    def features(
        context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        seen = newest_event(context, stage_key(spec.name, DATA))
        # Judged once a run: neighbours look back on the same snapshots.
        snapshot_of = cache(lambda partition: sound_snapshot(spec, warehouse, partition))
        read, refused = sound_inputs(context, plan, partitions, snapshot_of)
        tables = {}
        for partition, (*before, snapshot) in read.items():
            tables[partition] = warehouse.build_features(plan, spec, snapshot, partition, before)
            context.log.info(f"{partition}: {tables[partition].rows:,} rows of {len(plan.features)} features")
        more = {p: scan_metadata(warehouse.scanned(table)) for p, table in tables.items()}
        if not refused:
            shown = {**range_metadata(tables), **(more[context.partition_key] if len(tables) == 1 else {})}
            yield dg.MaterializeResult(metadata=shown, data_version=data_version(tables))
        yield no_future_result(
            {p: values_from_the_future(plan, warehouse, table) for p, table in tables.items()}
        )
        checked = ParityCheck(
            spec=spec, plan=plan, warehouse=warehouse, partitions=partitions, snapshot_of=snapshot_of
        )
        yield parity_result(checked.results(tables))
        upstream = stage_key(spec.name, DATA).to_user_string()
        versions = {p: {upstream: _read_version(snapshots)} for p, snapshots in read.items()}
        log_partitions(context, tables, version, versions, seen, more, alone=bool(refused))
        if refused:
            raise LifecycleError(failed_partitions(spec, FEATURES, tables, refused))

    return features


def _description(plan: FeaturePlan) -> str:
    known = "" if plan.event_time is None else f" as they were known at `{plan.event_time}`"
    return f"{len(plan.features)} features of each row{known}."


def sound_inputs(
    context: dg.AssetExecutionContext, plan: FeaturePlan, partitions: Partitions, snapshot_of: SnapshotOf
) -> tuple[dict[str, list[TableRef]], dict[str, LifecycleError]]:
    """For each partition of the run the snapshots that it looks back on and, last, its own; and why others
    are refused: a snapshot of theirs does not keep its contract.

    Raises:
        LifecycleError: all of them are refused.
    """
    sound, refused = dict[str, list[TableRef]](), dict[str, LifecycleError]()
    for partition in context.partition_keys:
        before = past_partitions(plan, partitions, window_of(partitions, partition))
        try:
            sound[partition] = [snapshot_of(each) for each in [*before, partition]]
        except LifecycleError as exc:
            refused[partition] = exc
            context.log.error(str(exc))
    if not sound:
        raise next(iter(refused.values()))
    return sound, refused


def _read_version(snapshots: Sequence[TableRef]) -> str:
    """What was read upstream, as one data version."""
    return data_version({snapshot.partition: snapshot for snapshot in snapshots}).value


def values_from_the_future(plan: FeaturePlan, warehouse: Warehouse, table: TableRef) -> Mapping[str, int]:
    """Lookup or histories -> rows that used a value which was not known at their event time."""
    import pyarrow.compute as pc

    columns = known_at_columns(plan)
    counts = dict.fromkeys(columns, 0)
    if plan.event_time is None:
        return counts
    for batch in warehouse.batches(table, [plan.event_time, *columns.values()]):
        for lookup, column in columns.items():
            counts[lookup] += pc.sum(pc.greater(batch[column], batch[plan.event_time])).as_py() or 0
    return counts


def no_future_result(found: Mapping[str, Mapping[str, int]]) -> dg.AssetCheckResult:
    """One result for all partitions of the run."""
    rows = [
        (partition, lookup, count) for partition, counts in found.items() for lookup, count in counts.items()
    ]
    wrong = [row for row in rows if row[2]]
    first = f"{wrong[0][2]} rows of {wrong[0][0]} use a later value of {wrong[0][1]}" if wrong else ""
    return dg.AssetCheckResult(
        check_name=NO_FUTURE_CHECK,
        passed=not wrong,
        description=first or "every value was known at the event time",
        metadata={"rows": markdown_table(["partition", "value of", "rows from the future"], rows)}
        if rows
        else {},
    )
