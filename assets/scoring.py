"""The holdout of a version, scored by its very bundle from the tables that its manifest names."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from assets.keys import FEATURES, MODEL
from lifecycle.errors import LifecycleError
from lifecycle.evaluation.holdout import Part
from lifecycle.registry.bundle import Bundle
from lifecycle.registry.judging import (
    Scored,
    columns_read,
    holdout_of,
    sample_rows,
    score_rows,
    validation_of,
)
from lifecycle.spec.model_spec import ModelSpec
from resources.warehouse.base import TableRef, Warehouse

if TYPE_CHECKING:
    import pyarrow as pa


def score_parts(spec: ModelSpec, warehouse: Warehouse, bundle: Bundle) -> tuple[Scored, "pa.Table | None"]:
    """The holdout scored by the very bundle, and a sample of the validation rows to hold it against.

    Both come batch by batch from the tables that the manifest names; those of other times are not read. The
    sample is for the page only: None where the spec asks for none.

    Raises:
        LifecycleError: a table has changed since the version was trained.
    """
    manifest = bundle.manifest
    tables = trained_on(spec, warehouse, manifest.data_versions)
    holdout, validation = holdout_of(manifest), validation_of(manifest)
    scored = score_rows(spec, bundle, _batches(spec, warehouse, bundle, tables, holdout), holdout)
    if not spec.evaluation.page:
        return scored, None
    reference = sample_rows(spec, bundle, _batches(spec, warehouse, bundle, tables, validation), validation)
    return scored, reference


def trained_on(spec: ModelSpec, warehouse: Warehouse, read: Mapping[str, str]) -> list[TableRef]:
    """The feature tables that a manifest names, by partition and content.

    Raises:
        LifecycleError: a table has changed since the version was trained.
    """
    return [_trained_on(spec, warehouse, partition, digest) for partition, digest in read.items()]


def _trained_on(spec: ModelSpec, warehouse: Warehouse, partition: str, digest: str) -> TableRef:
    table = warehouse.published(spec.name, FEATURES, partition)
    if table is None or table.content_hash != digest:
        raise LifecycleError(
            f"{spec.name}/{FEATURES} {partition} is not what the version was trained on: "
            f"materialize {spec.name}/{MODEL} again, then evaluate it"
        )
    return table


def _batches(
    spec: ModelSpec, warehouse: Warehouse, bundle: Bundle, tables: Sequence[TableRef], part: Part
) -> Iterator["pa.RecordBatch"]:
    """The rows of the tables that may hold some of a part."""
    columns = columns_read(spec, bundle)
    for table in tables:
        if part.overlaps(table.window.start, table.window.end):
            yield from warehouse.batches(table, columns)
