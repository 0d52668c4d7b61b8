"""The distinct values of a column, most frequent first."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


def by_frequency(column: "pa.ChunkedArray") -> "pa.Table":
    """The distinct values that are there, with their counts; ties by value.

    All in Arrow, where millions of distinct values are two columns and not as many objects.

    >>> import pyarrow as pa
    >>> by_frequency(pa.chunked_array([["b", "a", None], ["b"]])).to_pylist()
    [{'value': 'b', 'count': 2}, {'value': 'a', 'count': 1}]
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    values, counts = pc.value_counts(pc.drop_null(column)).flatten()
    return pa.table({"value": values, "count": counts}).sort_by(
        [("count", "descending"), ("value", "ascending")]
    )
