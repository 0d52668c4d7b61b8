"""`<model>/data`: immutable snapshots of the model's table, one a partition, held to their contract."""

from collections.abc import Iterator, Mapping, Sequence

import dagster as dg

from assets.contract import Judgement, check_severity, contract_result, judge_snapshot, shift_result
from assets.coverage import coverage_metadata
from assets.keys import CONTRACT_CHECK, DATA, EXPECTATIONS_CHECK, SHIFT_CHECK, stage_key
from assets.metadata import log_partitions, range_metadata, scan_metadata
from assets.partitions import Partitions, partitions_of, window_of
from assets.provenance import code_version
from lifecycle.data.data_docs import DATA_DOCS, data_docs
from lifecycle.data.expectations import SuiteResult, run_suite, sample
from lifecycle.errors import LifecycleError
from lifecycle.spec.fingerprint import fingerprint
from lifecycle.spec.model_spec import ModelSpec
from resources.warehouse.base import TableRef, Warehouse


def data_asset(spec: ModelSpec) -> dg.AssetsDefinition:
    """The `data` asset of a model with its blocking checks, and the one that warns of a shift."""
    key, partitions = stage_key(spec.name, DATA), partitions_of(spec)
    version = code_version(spec, DATA)

    @dg.asset(
        key=key,
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        code_version=version,
        check_specs=[
            dg.AssetCheckSpec(
                CONTRACT_CHECK, asset=key, blocking=True, description="every rule of `data` on every row"
            ),
            dg.AssetCheckSpec(
                EXPECTATIONS_CHECK, asset=key, blocking=True, description="Great Expectations suite"
            ),
            dg.AssetCheckSpec(
                SHIFT_CHECK,
                asset=key,
                description="values are spread as in the partitions before; warns only",
            ),
        ],
        kinds={"duckdb", "parquet"},
        description=f"{spec.model.description} One immutable snapshot of its rows a partition.".lstrip(),
        group_name=spec.name,
        owners=list(spec.model.owners),
    )
    def data(
        context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        tables, failed = snapshots(context, spec, warehouse, partitions)
        judged = {p: judge_snapshot(spec, warehouse, table) for p, table in tables.items()}
        labels = coverage_metadata(spec, warehouse, tables)
        more = {p: {**labels[p], **scan_metadata(warehouse.scanned(table))} for p, table in tables.items()}
        if not failed:
            shown = {**range_metadata(tables), **(more[context.partition_key] if len(tables) == 1 else {})}
            yield dg.MaterializeResult(metadata=shown, data_version=data_version(tables))
        yield contract_result(judged)
        yield expectations_result(spec, warehouse, tables, judged)
        yield shift_result(judged)
        log_partitions(context, tables, version, {}, more=more, alone=bool(failed))
        if failed:
            raise LifecycleError(failed_partitions(spec, DATA, tables, failed))

    return data


def snapshots(
    context: dg.AssetExecutionContext,
    spec: ModelSpec,
    warehouse: Warehouse,
    partitions: Partitions,
) -> tuple[dict[str, TableRef], dict[str, LifecycleError]]:
    """The snapshots of the run's partitions, and why others have none; of several, one may fail by itself.

    Raises:
        LifecycleError: none could be taken.
    """
    tables, failed = dict[str, TableRef](), dict[str, LifecycleError]()
    for partition in context.partition_keys:
        try:
            tables[partition] = warehouse.snapshot(spec, partition, window_of(partitions, partition))
        except LifecycleError as exc:
            failed[partition] = exc
            context.log.error(f"{partition}: {exc}")
        else:
            context.log.info(f"{partition}: {tables[partition].rows:,} rows")
    if not tables:
        raise next(iter(failed.values()))
    return tables, failed


def failed_partitions(
    spec: ModelSpec, stage: str, made: Mapping[str, object], failed: Mapping[str, LifecycleError]
) -> str:
    """What to say of a range of which only a part could be made."""
    told = "; ".join(f"{partition}: {exc}" for partition, exc in failed.items())
    good, all_of_them = len(made), len(made) + len(failed)
    return f"{spec.name}/{stage}: {good} of {all_of_them} partitions were made, the others not: {told}"


def data_version(tables: Mapping[str, TableRef]) -> dg.DataVersion:
    """Content of one table, or of several."""
    hashes = [table.content_hash for table in tables.values()]
    return dg.DataVersion(hashes[0] if len(hashes) == 1 else fingerprint(hashes))


def expectations_result(
    spec: ModelSpec,
    warehouse: Warehouse,
    tables: Mapping[str, TableRef],
    judged: Mapping[str, Judgement],
) -> dg.AssetCheckResult:
    """One result for all partitions of the run, with the suite's table of each and a link to its page.

    Only partitions that the contract blocks, too, can be refused one by one; see `contract_result`.
    """
    results, docs = dict[str, SuiteResult](), dict[str, str]()
    for partition, table in tables.items():
        results[partition] = expectations(spec, warehouse, table)
        page = data_docs(spec.name, partition, results[partition], total_rows=table.rows)
        docs[partition] = warehouse.attach(table, DATA_DOCS, page)
    failed = [(p, r.expectation, r.column) for p, result in results.items() for r in result.failed]
    stopped = [p for p, result in results.items() if not result.success]
    refused = [p for p in stopped if judged[p].blocked]
    partitions: Sequence[str] = list(tables) if refused == stopped else stopped
    return dg.AssetCheckResult(
        check_name=EXPECTATIONS_CHECK,
        passed=not failed,
        severity=check_severity(partitions, stopped),
        description="; ".join(f"{p}: {what} on {column}" for p, what, column in failed[:3])
        or "every expectation is met",
        metadata={
            **{partition: dg.MetadataValue.md(result.markdown) for partition, result in results.items()},
            **{f"data docs {partition}": dg.MetadataValue.path(path) for partition, path in docs.items()},
        },
    )


def expectations(spec: ModelSpec, warehouse: Warehouse, table: TableRef) -> SuiteResult:
    """What the suite of the spec says of a table."""
    return run_suite(spec, sample(warehouse.batches(table), rows=table.rows), total_rows=table.rows)
