"""What `flywheel quarantine` prints: bad rows by partition and reason, and the file that holds them."""

from collections.abc import Iterator

from assets.keys import DATA
from assets.partitions import partitions_of
from lifecycle.errors import LifecycleError
from lifecycle.spec.model_spec import ModelSpec
from resources.warehouse.base import TableRef, Warehouse


def quarantine_report(spec: ModelSpec, warehouse: Warehouse, partition: str | None) -> Iterator[str]:
    """Lines about the snapshots of a model, or about that of one partition.

    Raises:
        LifecycleError: the model has no such partition, or it was not materialized.
    """
    keys = partitions_of(spec).get_partition_keys()
    if partition is not None and partition not in keys:
        span = f"{keys[0]} to {keys[-1]}" if keys else "none: `data.partition.start` is in the future"
        raise LifecycleError(f"{spec.name} has no partition {partition!r}; allowed: {span}")
    asked = keys if partition is None else [partition]
    taken = {key: table for key in asked if (table := warehouse.published(spec.name, DATA, key))}
    if partition is not None and not taken:
        raise LifecycleError(f"{spec.name}/{DATA} has no partition {partition}: materialize it first")
    lines = [line for key, table in taken.items() for line in _lines(warehouse, key, table)]
    yield from lines or [f"{spec.name}: no rows in quarantine ({len(taken)} partitions looked at)"]


def _lines(warehouse: Warehouse, partition: str, snapshot: TableRef) -> Iterator[str]:
    kept, origin = warehouse.quarantined(snapshot), snapshot.origin
    if kept is None or origin is None:
        return
    aside = f"{origin.set_aside:,} of them set aside, the snapshot has {snapshot.rows:,}"
    yield f"{partition}: {kept.rows:,} bad rows ({aside})"
    for bad in origin.bad_rows:
        yield f"  {bad.rows:>10,}  {bad.reason:<32} {bad.severity}"
    yield f"  {kept.uri}"
