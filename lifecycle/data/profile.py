"""The reference profile: what each feature looked like where the model learned, small enough to ship."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from lifecycle.data.frequency import by_frequency

if TYPE_CHECKING:
    import pyarrow as pa

PROFILE_FORMAT = 1
BINS = 10
TOP_CATEGORIES = 100


def table_profile(columns: Mapping[str, Mapping[str, Any]], *, rows: int) -> dict[str, Any]:
    """The profile of a table, JSON-like.

    Args:
        columns: name -> what `profile_column` says of it.
        rows: how many rows were described.
    """
    return {"format": PROFILE_FORMAT, "rows": rows, "columns": dict(columns)}


def profile_column(column: "pa.ChunkedArray", kind: str) -> dict[str, Any]:
    """Profile of a column.

    Args:
        column: the values to describe.
        kind: `string` and `bool` are counted by value, numbers in bins whose inner edges are the deciles of
            the column (fewer where deciles coincide).

    Returns:
        JSON-like: its missing count and either `edges` with `counts` (len(edges) + 1 bins, open at both ends)
        or `categories` with counts and the count of `other`.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    missing = {"kind": kind, "missing": column.null_count}
    if kind in ("string", "bool"):
        top = by_frequency(column).slice(0, TOP_CATEGORIES).to_pylist()
        shown = {str(item["value"]): item["count"] for item in top}
        other = len(column) - column.null_count - sum(shown.values())
        return {**missing, "categories": shown, "other": other}
    values = pc.cast(pc.drop_null(column), pa.float64(), safe=False).to_numpy()
    values = values[np.isfinite(values)]
    if not len(values):
        return {**missing, "edges": [], "counts": [0], "mean": None, "std": None}
    edges = np.unique(np.quantile(values, np.arange(1, BINS) / BINS))
    counts = np.bincount(np.searchsorted(edges, values, side="right"), minlength=len(edges) + 1)
    return {
        **missing,
        "edges": edges.tolist(),
        "counts": counts.tolist(),
        "mean": float(values.mean()),
        "std": float(values.std()),
    }
