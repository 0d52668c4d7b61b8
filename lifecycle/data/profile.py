"""The reference profile: what each feature looked like where the model learned, small enough to ship."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

PROFILE_FORMAT = 1
BINS = 10
TOP_CATEGORIES = 100


def profile_table(table: "pa.Table", columns: Mapping[str, str]) -> dict[str, Any]:
    """Profile of the given columns, by name.

    Args:
        table: the rows to describe.
        columns: column -> kind; `string` and `bool` are counted by value, numbers in bins whose inner edges
            are the deciles of the column (fewer where deciles coincide).

    Returns:
        JSON-like: rows, and for each column its missing count and either `edges` with `counts`
        (len(edges) + 1 bins, open at both ends) or `categories` with counts and the count of `other`.
    """
    described = {name: _profile(table[name], kind) for name, kind in columns.items()}
    return {"format": PROFILE_FORMAT, "rows": table.num_rows, "columns": described}


def _profile(column: "pa.ChunkedArray", kind: str) -> dict[str, Any]:
    import pyarrow as pa
    import pyarrow.compute as pc

    missing = {"kind": kind, "missing": column.null_count}
    if kind in ("string", "bool"):
        counts = pc.value_counts(pc.drop_null(column).combine_chunks()).to_pylist()
        ranked = sorted(
            ((item["counts"], str(item["values"])) for item in counts), key=lambda c: (-c[0], c[1])
        )
        top = {name: count for count, name in ranked[:TOP_CATEGORIES]}
        return {**missing, "categories": top, "other": sum(count for count, _ in ranked[TOP_CATEGORIES:])}
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
