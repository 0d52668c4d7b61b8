"""`<model>/data`: immutable snapshots of the model's table, one a partition, held to their contract."""

from collections.abc import Iterator, Mapping

import dagster as dg

from assets.coverage import coverage_metadata
from assets.keys import CONTRACT_CHECK, DATA, EXPECTATIONS_CHECK, stage_key
from assets.metadata import log_partitions, markdown_table, range_metadata
from assets.partitions import partitions_of, window_of
from assets.provenance import code_version
from lifecycle.data.contract import Violation, check_contract
from lifecycle.data.expectations import SuiteResult, run_suite, sample
from lifecycle.spec.fingerprint import fingerprint
from lifecycle.spec.records import ModelSpec
from resources.warehouse.base import TableRef, Warehouse

Broken = Mapping[str, tuple[Violation, ...]]


def data_asset(spec: ModelSpec) -> dg.AssetsDefinition:
    """The `data` asset of a model with its two blocking checks."""
    key, partitions = stage_key(spec.name, DATA), partitions_of(spec)
    version = code_version(spec, DATA)

    @dg.asset(
        key=key,
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
        code_version=version,
        check_specs=[
            dg.AssetCheckSpec(
                CONTRACT_CHECK, asset=key, blocking=True, description="every rule of `data.columns`"
            ),
            dg.AssetCheckSpec(
                EXPECTATIONS_CHECK, asset=key, blocking=True, description="Great Expectations suite"
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
        tables = {}
        for partition in context.partition_keys:
            tables[partition] = warehouse.snapshot(spec, partition, window_of(partitions, partition))
            context.log.info(f"{partition}: {tables[partition].rows:,} rows")
        labels = coverage_metadata(spec, warehouse, tables)
        shown = {**range_metadata(tables), **(labels[context.partition_key] if len(tables) == 1 else {})}
        yield dg.MaterializeResult(metadata=shown, data_version=data_version(tables))
        yield contract_result(
            {p: check_contract(spec, warehouse.measure(spec, t)) for p, t in tables.items()}
        )
        yield expectations_result({p: expectations(spec, warehouse, t) for p, t in tables.items()})
        log_partitions(context, tables, version, {}, more=labels)

    return data


def data_version(tables: Mapping[str, TableRef]) -> dg.DataVersion:
    """Content of one table, or of several."""
    hashes = [table.content_hash for table in tables.values()]
    return dg.DataVersion(hashes[0] if len(hashes) == 1 else fingerprint(hashes))


def contract_result(broken: Broken) -> dg.AssetCheckResult:
    """One result for all partitions of the run; a partition that breaks its contract fails it."""
    rows = [(p, v.rule, v.column or "", v.message, v.rows) for p, found in broken.items() for v in found]
    return dg.AssetCheckResult(
        check_name=CONTRACT_CHECK,
        passed=not rows,
        description="; ".join(f"{row[0]}: {row[3]}" for row in rows[:3]) or "every rule holds",
        metadata={"violations": markdown_table(["partition", "rule", "column", "what", "rows"], rows)}
        if rows
        else {},
    )


def expectations_result(results: Mapping[str, SuiteResult]) -> dg.AssetCheckResult:
    """One result for all partitions of the run, with the suite's table of each."""
    failed = [(p, r.expectation, r.column) for p, result in results.items() for r in result.failed]
    return dg.AssetCheckResult(
        check_name=EXPECTATIONS_CHECK,
        passed=not failed,
        description="; ".join(f"{p}: {what} on {column}" for p, what, column in failed[:3])
        or "every expectation is met",
        metadata={partition: dg.MetadataValue.md(result.markdown) for partition, result in results.items()},
    )


def expectations(spec: ModelSpec, warehouse: Warehouse, table: TableRef) -> SuiteResult:
    """What the suite of the spec says of a table."""
    return run_suite(spec, sample(warehouse.batches(table), rows=table.rows), total_rows=table.rows)
