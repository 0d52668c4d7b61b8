"""What every warehouse does around a table: profiles are counted once, a quarantine fits its snapshot."""

from collections.abc import Callable, Mapping, Sequence

from lifecycle.data.block_profile import BlockCuts, BlockProfiles, block_cuts
from lifecycle.data.stored_blocks import dump_blocks, load_blocks
from lifecycle.data.table_profile import TableProfile, dump_profile, load_profile, profiled_columns
from lifecycle.errors import LifecycleError
from lifecycle.spec.columns import ColumnType
from lifecycle.spec.fingerprint import fingerprint
from lifecycle.spec.model_spec import ModelSpec
from resources.warehouse.base import TableRef, Warehouse

PROFILE, BLOCKS = "profile.json", "blocks.json"
"""Names of the files beside a table: its profile, and those of its blocks."""


def profile_of(
    warehouse: Warehouse, spec: ModelSpec, table: TableRef, count: Callable[[], TableProfile]
) -> TableProfile:
    """The profile that lies beside a table, or the one that is counted now and kept there."""
    asked = fingerprint(
        [*profiled_columns(spec, table.columns).items()],
        spec.data.event_time,
        spec.data.label.model_dump(mode="json"),
    )
    kept = warehouse.attached(table, PROFILE)
    if kept is not None and (known := load_profile(kept, asked=asked)):
        return known
    profile = count()
    warehouse.attach(table, PROFILE, dump_profile(profile, asked=asked))
    return profile


def blocks_of(
    warehouse: Warehouse,
    spec: ModelSpec,
    table: TableRef,
    columns: Sequence[str],
    count: Callable[[Mapping[str, ColumnType], BlockCuts], BlockProfiles],
) -> BlockProfiles:
    """The profiles of blocks that lie beside a table, or those that are counted now and kept there.

    Args:
        count: columns with their types, and where blocks are cut -> their profiles.
    """
    data, held = spec.data, {name: table.columns[name] for name in columns}
    cuts = block_cuts(
        table.partition, data.partition.every, table.window.start, table.window.end, data.time_zone
    )
    asked = fingerprint([*held.items()], data.event_time, cuts.names, cuts.starts)
    kept = warehouse.attached(table, BLOCKS)
    if kept is not None and (known := load_blocks(kept, asked=asked)):
        return known
    blocks = count(held, cuts)
    warehouse.attach(table, BLOCKS, dump_blocks(blocks, asked=asked))
    return blocks


def quarantine_of(warehouse: Warehouse, snapshot: TableRef) -> TableRef | None:
    """The bad rows of a snapshot; see `Warehouse.quarantined`.

    Raises:
        LifecycleError: what is published is that of another snapshot.
    """
    if snapshot.origin is None or snapshot.origin.quarantine is None:
        return None
    kept = warehouse.published(snapshot.model, "quarantine", snapshot.partition)
    if kept is None or kept.content_hash != snapshot.origin.quarantine:
        raise LifecycleError(
            f"the quarantine of {snapshot.model} for {snapshot.partition} is not that of its snapshot; "
            "materialize the partition again"
        )
    return kept
