"""The check that the online path gives the features of the tables, on a sample of a partition's rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.history import SnapshotOf, asked_history
from assets.keys import PARITY_CHECK
from assets.metadata import markdown_table
from assets.partitions import Partitions
from assets.sampling import rows_of, sampled_rows
from lifecycle.features.online import OnlineFeatures
from lifecycle.features.online_tables import online_tables
from lifecycle.features.parity import ParityResult, parity
from lifecycle.features.plan import FeaturePlan
from lifecycle.features.request import from_python
from lifecycle.spec.model_spec import ModelSpec
from resources.warehouse.base import TableRef, Warehouse

if TYPE_CHECKING:
    import pyarrow as pa

SAMPLE_ROWS = 500
AGREE = "{} rows computed as requests give the features of the table"
MAX_PARTITIONS = 12
"""A backfill of many partitions compares this many of them, spread evenly: each needs its own past."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParityCheck:
    """What the comparison of a partition needs."""

    spec: ModelSpec
    plan: FeaturePlan
    warehouse: Warehouse
    partitions: Partitions
    snapshot_of: SnapshotOf

    def results(self, tables: Mapping[str, TableRef]) -> dict[str, ParityResult]:
        """Partition -> comparison of a sample of its rows."""
        chosen = list(tables)[:: -(-len(tables) // MAX_PARTITIONS)]
        if not chosen:
            return {}
        end = max(tables[partition].window.end for partition in chosen)
        # Lookups tell by themselves what was known when: the newest serve every partition.
        lookups = {
            lookup.name: self.warehouse.lookup_rows(self.spec, lookup.name, known_by=end)
            for lookup in self.plan.lookups
        }
        return {partition: self._result(partition, tables[partition], lookups) for partition in chosen}

    def _result(self, partition: str, table: TableRef, lookups: Mapping[str, "pa.Table"]) -> ParityResult:
        plan, entity = self.plan, self.plan.entity
        kept = sampled_rows(self.warehouse, table, [entity, *(f.name for f in plan.features)], SAMPLE_ROWS)
        keys = [row[entity] for row in kept]
        requests = rows_of(self.warehouse, self.snapshot_of(partition), entity, keys)
        past: dict[str, pa.Table] = {}
        if requests and plan.histories:
            rows = list(requests.values())
            past = asked_history(self.spec, plan, self.warehouse, self.partitions, rows, self.snapshot_of)
        beside = online_tables(plan, lookups=lookups, histories=past, known_by=None)
        return compared(plan, OnlineFeatures(plan, beside.lookups, beside.histories), requests, kept)


def compared(
    plan: FeaturePlan,
    online: OnlineFeatures,
    requests: Mapping[str | int, Mapping[str, Any]],
    kept: Sequence[Mapping[str, Any]],
) -> ParityResult:
    """Rows of a feature table against what the online path makes of their requests.

    Args:
        requests: entity -> row of the snapshot.
        kept: rows of the feature table; those without a request are left out.
    """
    asked = [row for row in kept if row[plan.entity] in requests]
    slots = [{name: from_python(requests[row[plan.entity]][name]) for name in plan.request} for row in asked]
    features = [{f.name: from_python(row[f.name]) for f in plan.features} for row in asked]
    return parity(plan, online, slots, features)


def parity_result(
    results: Mapping[str, ParityResult], *, unknown: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR
) -> dg.AssetCheckResult:
    """One result for all partitions of the run.

    Args:
        unknown: how grave it is that nothing was compared.
    """
    rows = [
        (partition, name, count, result.samples[name][0].online, result.samples[name][0].offline)
        for partition, result in results.items()
        for name, count in result.differing.items()
    ]
    total = sum(result.rows for result in results.values())
    largest = max((result.largest for result in results.values()), default=0.0)
    first = f"{rows[0][1]} differs in {rows[0][2]} rows of {rows[0][0]}" if rows else ""
    head = ["partition", "feature", "rows", "online", "offline"]
    metadata: dict[str, dg.MetadataValue] = {
        "rows": dg.MetadataValue.int(total),
        "partitions": dg.MetadataValue.text(", ".join(results)),
        "largest_difference": dg.MetadataValue.text(f"{largest:.3g}"),
    }
    return dg.AssetCheckResult(
        check_name=PARITY_CHECK,
        # Where nothing was compared, nothing is known.
        passed=bool(results) and all(result.ok for result in results.values()),
        severity=dg.AssetCheckSeverity.ERROR if results else unknown,
        description=first or (AGREE.format(total) if total else "no row could be compared"),
        metadata={**metadata, "differences": markdown_table(head, rows)} if rows else metadata,
    )
