"""The feature tables of a job as one long table, of which single columns or batches of rows are held."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lifecycle.errors import LifecycleError

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS = 131_072
"""Rows of a batch. What a trainer learns may depend on it, so it depends on nothing else."""
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _File:
    uri: str
    start: int
    """Number of its first row among the rows of all files."""
    end: int


class FeatureTables:
    """Parquet tables of the same columns, one behind the other; their rows are numbered from 0."""

    def __init__(self, uris: Sequence[str], columns: Sequence[str]) -> None:
        """Look at the files' footers.

        Args:
            uris: paths of the tables, in order.
            columns: what will be read of them.

        Raises:
            LifecycleError: there is none, one is not readable or lacks a column, or they do not fit together.
        """
        self._files: list[_File] = []
        footers = [_footer(uri, columns) for uri in uris]
        if not footers:
            raise _misfit(0, "there is none")
        self._schema = footers[0][1]
        start = 0
        for uri, (rows, schema) in zip(uris, footers, strict=True):
            if schema != self._schema:
                raise _misfit(len(uris), _difference(self._schema, schema))
            self._files.append(_File(uri, start, start + rows))
            start += rows

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return self._files[-1].end

    @property
    def bounds(self) -> list[slice]:
        """The rows of each table."""
        return [slice(file.start, file.end) for file in self._files]

    def rows_of(self, tables: Sequence[int]) -> Mask:
        """Mask of shape (rows,) over the rows of some tables, by their numbers."""
        mask = np.zeros(self.rows, dtype=bool)
        for table in tables:
            mask[self._files[table].start : self._files[table].end] = True
        return mask

    def column(self, name: str, mask: Mask | None = None) -> "pa.ChunkedArray":
        """A whole column, or the part of it under a mask of shape (rows,)."""
        import pyarrow as pa

        chunks = [chunk for _, piece in self._pieces([name], mask) for chunk in piece[name].chunks]
        return pa.chunked_array(chunks, type=self._schema.field(name).type)

    def batches(self, columns: Sequence[str], mask: Mask) -> "Iterator[pa.Table]":
        """The rows under a mask of shape (rows,), `BATCH_ROWS` at a time; where files end does not show."""
        import pyarrow as pa

        held, count = list[pa.Table](), 0
        for _, piece in self._pieces(columns, mask):
            held.append(piece)
            count += piece.num_rows
            while count >= BATCH_ROWS:
                together = pa.concat_tables(held)
                yield together.slice(0, BATCH_ROWS)
                held, count = [together.slice(BATCH_ROWS)], count - BATCH_ROWS
        if count:
            yield pa.concat_tables(held)

    def take(self, rows: NDArray[np.int64], columns: Sequence[str]) -> "pa.Table":
        """Some rows, at least one, by their numbers, ascending."""
        import pyarrow as pa

        mask = np.zeros(self.rows, dtype=bool)
        mask[rows] = True
        return pa.concat_tables([piece for _, piece in self._pieces(columns, mask)])

    def _pieces(self, columns: Sequence[str], mask: Mask | None) -> "Iterator[tuple[int, pa.Table]]":
        """Pieces of the rows under a mask, each with the number of the first row it was taken from."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        for file in self._files:
            if mask is not None and not mask[file.start : file.end].any():
                continue
            with _reading(file.uri), pq.ParquetFile(file.uri) as opened:
                start = file.start
                for batch in opened.iter_batches(batch_size=BATCH_ROWS, columns=list(columns)):
                    chosen = None if mask is None else mask[start : start + batch.num_rows]
                    table = pa.Table.from_batches([batch])
                    yield start, table if chosen is None or chosen.all() else table.filter(chosen)
                    start += batch.num_rows


def _footer(uri: str, columns: Sequence[str]) -> "tuple[int, pa.Schema]":
    import pyarrow as pa
    import pyarrow.parquet as pq

    with _reading(uri), pq.ParquetFile(uri) as file:
        held = file.schema_arrow
        if missing := [name for name in columns if name not in held.names]:
            raise pa.ArrowKeyError(f"no column {', '.join(missing)}")
        return file.metadata.num_rows, pa.schema([held.field(name) for name in columns])


@contextmanager
def _reading(uri: str) -> Iterator[None]:
    import pyarrow as pa

    try:
        yield
    except (OSError, pa.ArrowException) as exc:
        raise LifecycleError(
            f"feature table {uri} is not readable: {exc}; materialize `features` again"
        ) from exc


def _difference(first: "pa.Schema", other: "pa.Schema") -> str:
    pairs = zip(first, other, strict=True)
    return ", ".join(f"{a.name} is {a.type} and {b.type}" for a, b in pairs if a != b)


def _misfit(count: int, why: str) -> LifecycleError:
    return LifecycleError(
        f"the {count} feature tables do not fit together: {why}; materialize `features` of all partitions of "
        "the window again"
    )
