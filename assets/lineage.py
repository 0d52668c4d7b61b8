"""What a version was made from, put on record: in its bundle, with the registry, and for people in the UI."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import dagster as dg

from assets.keys import DATA
from assets.metadata import Metadata, markdown_table
from assets.partitions import partitions_of, window_of
from lifecycle.data.content_hash import content_hash
from lifecycle.errors import LifecycleError
from lifecycle.features.online_tables import history_file, lookup_file
from lifecycle.registry.bundle import BundleManifest
from lifecycle.registry.made_from import MadeFrom
from lifecycle.spec.making import making_of
from lifecycle.spec.model_spec import ModelSpec
from resources.tracking.base import DatasetFact
from resources.warehouse.base import TableRef, Warehouse

if TYPE_CHECKING:
    import pyarrow as pa


def made_from(
    spec: ModelSpec,
    tables: Sequence[TableRef],
    lookups: Mapping[str, "pa.Table"],
    recent: Mapping[str, "pa.Table"],
) -> MadeFrom:
    """The record of a training on feature tables, with what its bundle will hold beside the weights.

    Args:
        lookups: lookup -> its rows.
        recent: source of histories -> the past that a question at the cut-off sees.
    """
    beside = {lookup_file(name): rows for name, rows in lookups.items()}
    beside |= {history_file(source): rows for source, rows in recent.items()}
    return MadeFrom(
        features={table.partition: dict(table.made_from) for table in tables},
        beside={name: content_hash(rows.to_batches(), rows.schema) for name, rows in beside.items()},
        spec=json.dumps(making_of(spec)),
    )


def snapshot_behind(spec: ModelSpec, warehouse: Warehouse, table: TableRef) -> TableRef:
    """The snapshot that a feature table was computed from, though a newer one may have been published since.

    Raises:
        LifecycleError: it is not kept any more, or corrupt.
    """
    published = warehouse.published(spec.name, DATA, table.partition)
    wanted = table.made_from.get(f"{DATA}/{table.partition}")
    if published is not None and wanted in (None, published.content_hash):
        # A feature table of an earlier release does not say what it was made from.
        return published
    found = wanted and warehouse.find(spec.name, DATA, table.partition, table.window, wanted)
    if not found:
        raise LifecycleError(
            f"{spec.name}/{table.name} was made from a snapshot that is not kept any more: materialize "
            f"{spec.name}/{DATA} and {spec.name}/{table.stage} of {table.partition} again"
        )
    return found


def outdated(spec: ModelSpec, warehouse: Warehouse, tables: Sequence[TableRef]) -> list[str]:
    """Partitions whose features were computed from another snapshot than the newest."""
    newest = {table.partition: warehouse.published(spec.name, DATA, table.partition) for table in tables}
    return [
        table.partition
        for table in tables
        if (snapshot := newest[table.partition]) is not None
        and table.made_from.get(snapshot.name, snapshot.content_hash) != snapshot.content_hash
    ]


def input_tables(spec: ModelSpec, warehouse: Warehouse, tables: Sequence[TableRef]) -> list[TableRef]:
    """Every snapshot that feature tables were computed from, each once, oldest partition first.

    Raises:
        LifecycleError: see `snapshot_behind`.
    """
    found: dict[tuple[str, str], TableRef] = {}
    for table in tables:
        own = snapshot_behind(spec, warehouse, table)
        found[own.name, own.content_hash] = own
        for name, digest in table.made_from.items():
            if (name, digest) not in found:
                found[name, digest] = _past_snapshot(spec, warehouse, table, name, digest)
    return sorted(found.values(), key=lambda one: (one.window.start, one.content_hash))


def _past_snapshot(
    spec: ModelSpec, warehouse: Warehouse, table: TableRef, name: str, digest: str
) -> TableRef:
    """A snapshot of an earlier partition that a feature table looked back on."""
    partition = name.removeprefix(f"{DATA}/")
    asked = replace(
        table, partition=partition, window=window_of(partitions_of(spec), partition), made_from={name: digest}
    )
    return snapshot_behind(spec, warehouse, asked)


def datasets(
    spec: ModelSpec,
    warehouse: Warehouse,
    tables: Sequence[TableRef],
    lookups: Mapping[str, "pa.Table"],
    recent: Mapping[str, "pa.Table"],
    manifest: BundleManifest,
) -> list[DatasetFact]:
    """What a training read, and what that was computed from, as the registry's datasets."""
    read = [_dataset(spec, table, "training") for table in tables]
    behind = [_dataset(spec, table, "source") for table in input_tables(spec, warehouse, tables)]
    digests = manifest.made_from.beside if manifest.made_from else {}
    beside = [
        DatasetFact(
            name=f"{spec.name}/{kind} {name}",
            uri=f"bundle:{file(name)}",
            digest=digests[file(name)],
            rows=rows.num_rows,
            role="source",
        )
        for kind, file, tables_of in (("lookup", lookup_file, lookups), ("history", history_file, recent))
        for name, rows in tables_of.items()
    ]
    return [*read, *behind, *beside]


def lineage_metadata(manifest: BundleManifest) -> Metadata:
    """What the UI shows of what a version was made from."""
    made = manifest.made_from
    if made is None:
        return {"lineage": dg.MetadataValue.text("not on record: the version is of an earlier release")}
    rows = [
        (f"features/{partition}", digest, ", ".join(f"{n} {d}" for n, d in made.features[partition].items()))
        for partition, digest in manifest.data_versions.items()
    ]
    rows += [(name, digest, "") for name, digest in made.beside.items()]
    return {
        "lineage": markdown_table(["what", "content", "made from"], rows),
        "spec": dg.MetadataValue.json(made.making),
    }


def _dataset(spec: ModelSpec, table: TableRef, role: Literal["training", "source"]) -> DatasetFact:
    return DatasetFact(
        name=f"{spec.name}/{table.stage} {table.partition}",
        uri=table.uri,
        digest=table.content_hash,
        rows=table.rows,
        role=role,
    )
