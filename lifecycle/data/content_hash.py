"""The content hash of a table: the data version of a snapshot."""

import hashlib
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lifecycle.data.columns import arrow_type, column_type
from lifecycle.spec.columns import ColumnType

# It is part of every digest: raise it when the canonical form changes, so that old and new never look equal.
_FORM = "flywheel-content-1"


class ContentHash:
    """A digest of columns and their rows, fed batch by batch.

    It depends on the columns' names, order and logical types, on the values and on the order of the rows. It
    does not depend on where batches end, on Arrow widths and encodings, on the file's layout or compression.
    All NaN are one value, and so are the two zeros; the memory under a missing value is not read.
    """

    def __init__(self, schema: pa.Schema) -> None:
        self._kinds = {field.name: column_type(field.type) for field in schema}
        self._columns = {name: _ColumnHash(kind) for name, kind in self._kinds.items()}

    def update(self, batch: pa.RecordBatch) -> None:
        """Add the rows of a batch, whose columns are those of the schema."""
        for name, column in self._columns.items():
            column.update(batch.column(name))

    def hexdigest(self) -> str:
        """64 hexadecimal characters for the rows so far."""
        whole = hashlib.sha256(_FORM.encode())
        for name, kind in self._kinds.items():
            # Names are free text: their length keeps ("ab", "c") and ("a", "bc") apart.
            whole.update(f"\n{len(name)}:{name}:{kind}:".encode())
            whole.update(self._columns[name].digest())
        return whole.hexdigest()


def content_hash(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> str:
    """The content hash of rows in their order; see `ContentHash`.

    >>> table = pa.table({"a": pa.array([1, 2], pa.int8())})
    >>> wider = pa.table({"a": pa.chunked_array([[1], [2]], pa.int64())})
    >>> hash_of = lambda table: content_hash(table.to_batches(), table.schema)
    >>> hash_of(table) == hash_of(wider)
    True
    """
    digest = ContentHash(schema)
    for batch in batches:
        digest.update(batch)
    return digest.hexdigest()


class _ColumnHash:
    """Digests of validity, values and (for strings) lengths: each goes on where the last batch ended."""

    def __init__(self, kind: ColumnType) -> None:
        self._kind = kind
        self._parts = (hashlib.sha256(), hashlib.sha256(), hashlib.sha256())

    def update(self, column: pa.Array) -> None:
        if not len(column):
            return
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        valid = column.is_valid().to_numpy(zero_copy_only=False)
        values = _texts(column) if self._kind == "string" else (_numbers(column, self._kind),)
        for part, array in zip(self._parts, (valid.astype(np.uint8), *values), strict=False):
            part.update(np.ascontiguousarray(array).data)

    def digest(self) -> bytes:
        return b"".join(part.digest() for part in self._parts)


def _texts(column: pa.Array) -> tuple[NDArray[np.generic], ...]:
    """The bytes of all strings, and the length of each; a missing one is empty."""
    filled = pc.fill_null(column.cast(pa.large_string()), "")
    _, offsets, data = filled.buffers()
    ends = np.frombuffer(offsets, "<i8")[filled.offset : filled.offset + len(filled) + 1]
    text = np.frombuffer(data, np.uint8)[ends[0] : ends[-1]] if data is not None else np.empty(0, np.uint8)
    return text, np.diff(ends)


def _numbers(column: pa.Array, kind: ColumnType) -> NDArray[np.generic]:
    """Values of a fixed width, eight bytes each (booleans: one); a missing one is zero."""
    values = column.cast(arrow_type(kind))
    if kind == "timestamp":
        values = values.cast(pa.int64())
    if kind == "date":
        values = values.cast(pa.int32())
    filled = pc.fill_null(values, False if kind == "bool" else 0).to_numpy(zero_copy_only=False)
    if kind == "bool":
        return np.asarray(filled, np.uint8)
    if kind == "float":
        # Adding zero turns -0.0 into 0.0.
        return np.where(np.isnan(filled), np.nan, filled + 0.0).astype("<f8")
    return np.asarray(filled, "<i8")
