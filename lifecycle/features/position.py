"""Where a random split puts a row: a number drawn from a seed and the row's entity, and from nothing else."""

from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lifecycle.spec.kinds import Record

if TYPE_CHECKING:
    import pyarrow as pa

# Whole numbers up to here are exact in every reader of JSON.
_BITS = 53
END = 2**_BITS
"""Every position lies below."""


class RandomBounds(Record):
    """Where a random split cut: fitting takes what lies below both bounds, the holdout what lies above."""

    seed: int
    validation_start: int
    holdout_start: int


def position(entity: str | int | None, *, seed: int) -> int:
    """Position of an entity: uniform on 0 to `END` - 1, the same on every machine and in every process.

    A whole number has the position of its decimal text, so that a key that is read as another type stays
    where it was. Python's own hash would differ from process to process.

    >>> position("A-17", seed=0), position("A-17", seed=1)
    (6974674746388011, 474889973915750)
    >>> position(17, seed=0) == position("17", seed=0)
    True
    """
    digest = blake2b(str(entity).encode(), digest_size=8, key=seed.to_bytes(8, "big")).digest()
    return int.from_bytes(digest, "big") >> (64 - _BITS)


def positions(entities: "pa.Array | pa.ChunkedArray", *, seed: int) -> NDArray[np.int64]:
    """Position of each entity, shape (n,)."""
    found = (position(entity, seed=seed) for entity in entities.to_pylist())
    return np.fromiter(found, np.int64, len(entities))
