"""`<model>/features`: the feature table of a partition, point in time."""

from collections.abc import Iterator, Mapping

import dagster as dg

from assets.data import data_version
from assets.keys import DATA, FEATURES, NO_FUTURE_CHECK, stage_key
from assets.metadata import log_partitions, markdown_table, range_metadata
from assets.partitions import partitions_of
from assets.provenance import code_version
from lifecycle.data.contract import check_contract
from lifecycle.errors import LifecycleError
from lifecycle.features.build import build_plan
from lifecycle.features.offline import known_at_column
from lifecycle.features.plan import FeaturePlan
from lifecycle.spec.records import ModelSpec
from resources.warehouse.base import TableRef, Warehouse


def features_asset(spec: ModelSpec) -> dg.AssetsDefinition:
    """The `features` asset of a model with its blocking check that nothing comes from the future."""
    key, plan = stage_key(spec.name, FEATURES), build_plan(spec)
    version = code_version(spec, FEATURES)

    @dg.asset(
        key=key,
        deps=[stage_key(spec.name, DATA)],
        partitions_def=partitions_of(spec),
        backfill_policy=dg.BackfillPolicy.single_run(),
        code_version=version,
        check_specs=[
            dg.AssetCheckSpec(
                NO_FUTURE_CHECK,
                asset=key,
                blocking=True,
                description="every lookup row was known at the event time",
            )
        ],
        kinds={"duckdb", "parquet"},
        description=_description(plan),
        group_name=spec.name,
        owners=list(spec.model.owners),
    )
    def features(
        context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        snapshots = {
            partition: sound_snapshot(spec, warehouse, partition) for partition in context.partition_keys
        }
        tables = {}
        for partition, snapshot in snapshots.items():
            tables[partition] = warehouse.build_features(plan, spec, snapshot, partition)
            context.log.info(f"{partition}: {tables[partition].rows:,} rows of {len(plan.features)} features")
        yield dg.MaterializeResult(metadata=range_metadata(tables), data_version=data_version(tables))
        yield no_future_result(
            {p: values_from_the_future(plan, warehouse, table) for p, table in tables.items()}
        )
        upstream = stage_key(spec.name, DATA).to_user_string()
        read = {partition: {upstream: snapshot.content_hash} for partition, snapshot in snapshots.items()}
        log_partitions(context, tables, version, read)

    return features


def _description(plan: FeaturePlan) -> str:
    known = "" if plan.event_time is None else f" as they were known at `{plan.event_time}`"
    return f"{len(plan.features)} features of each row{known}."


def sound_snapshot(spec: ModelSpec, warehouse: Warehouse, partition: str) -> TableRef:
    """The partition's snapshot, judged again: Dagster's checks block within one run only.

    Raises:
        LifecycleError: there is none, or it breaks its contract.
    """
    snapshot = warehouse.published(spec.name, DATA, partition)
    if snapshot is None:
        raise LifecycleError(f"{spec.name}/{DATA} has no partition {partition}: materialize it first")
    if broken := check_contract(spec, warehouse.measure(spec, snapshot)):
        more = f" (and {len(broken) - 1} more)" if len(broken) > 1 else ""
        raise LifecycleError(
            f"{spec.name}/{DATA} {partition} breaks its contract: {broken[0].message}{more}; mend the source "
            "and materialize the partition again, or change `data.columns`"
        )
    return snapshot


def values_from_the_future(plan: FeaturePlan, warehouse: Warehouse, table: TableRef) -> Mapping[str, int]:
    """Lookup -> rows that used a value which was not known at their event time."""
    import pyarrow.compute as pc

    columns = {lookup.name: known_at_column(lookup.name) for lookup in plan.lookups if lookup.known_at}
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
        metadata={"rows": markdown_table(["partition", "lookup", "rows from the future"], rows)}
        if rows
        else {},
    )
