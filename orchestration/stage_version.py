"""Which content a step of a pipeline made: it tells whether the next one has anything to do."""

from collections.abc import Sequence
from typing import Literal

from assets.keys import DATA
from assets.partitions import partitions_of, training_partitions
from lifecycle.errors import LifecycleError
from lifecycle.spec.fingerprint import fingerprint
from lifecycle.spec.model_spec import ModelSpec
from resources.warehouse.base import TableRef, Warehouse

VersionedStage = Literal["data", "features"]
"""Stages that make a table. What `model` makes is a version, which the registry knows by its makings."""


def stage_version(spec: ModelSpec, warehouse: Warehouse, stage: VersionedStage, partition: str) -> str:
    """Digest of what the stage after this one reads; 16 hexadecimal digits.

    Of `data` that is the partition's snapshot. Of `features` it is every table of the training window that
    ends with the partition, and what each was made from: a model as of a partition learns from all of them.

    Raises:
        LifecycleError: the partition itself has no table yet.
    """
    if warehouse.published(spec.name, stage, partition) is None:
        raise LifecycleError(f"{spec.name}/{stage} has no table of {partition}: materialize it first")
    read = [partition] if stage == DATA else training_partitions(spec, partitions_of(spec), partition)
    return _digest([(each, warehouse.published(spec.name, stage, each)) for each in read])


def _digest(tables: Sequence[tuple[str, TableRef | None]]) -> str:
    # A table that lacks is told as such: once it is there, the digest is another one.
    return fingerprint([[p, t and t.content_hash, t and dict(t.made_from)] for p, t in tables])
