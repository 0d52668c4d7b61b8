"""Rows of the snapshots as a client would send them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from assets.lineage import snapshot_behind
from assets.sampling import rows_of
from lifecycle.spec.model_spec import ModelSpec
from resources.warehouse.base import TableRef, Warehouse


def snapshot_rows(
    spec: ModelSpec, warehouse: Warehouse, tables: Sequence[TableRef], entities: Collection[str | int]
) -> Mapping[str | int, Mapping[str, Any]]:
    """Snapshot rows of some entities, newest partition first, read no further than needed.

    Args:
        tables: feature tables, oldest first; the snapshots that they were computed from are read.

    Raises:
        LifecycleError: a snapshot is not kept any more.
    """
    found: dict[str | int, Mapping[str, Any]] = {}
    for table in reversed(tables):
        if set(entities) <= found.keys():
            break
        found |= rows_of(warehouse, snapshot_behind(spec, warehouse, table), spec.data.entity, entities)
    return found
