"""How far the requests of the version on trial are from the rows that it learned from."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from lifecycle.rollout.measures.arms import CHALLENGER, Arms, Ints, firsts
from lifecycle.rollout.measures.distance import farthest, from_reference
from lifecycle.rollout.statistics.mean_difference import Estimate

if TYPE_CHECKING:
    import pyarrow as pa


def input_drift(
    arms: Arms, profile: Mapping[str, Any], *, sensitive: frozenset[str], alpha: float
) -> Estimate | None:
    """The largest distance of any feature; None: nothing was seen, or nothing is comparable.

    Of one row a key. Sensitive features, and those that the profile does not describe, are left out. The
    profile's shares are taken for the truth: it has many more rows than a rollout.
    """
    rows = firsts(arms.arm, arms.key)
    rows = rows[(arms.arm[rows] == CHALLENGER) & ~arms.failed[rows]]
    described = {
        name: column
        for name, column in profile.get("columns", {}).items()
        if f"feature.{name}" in arms.table.column_names and name not in sensitive
    }
    if not len(rows) or not described:
        return None
    found = []
    for name, column in described.items():
        values = arms.column(f"feature.{name}").take(rows)
        reference, counts = (
            _categories(column, values) if "categories" in column else _numbers(column, values)
        )
        if sum(reference) and counts.sum():
            found.append(from_reference(reference, counts, alpha=alpha / len(described)))
    return farthest(found) if found else None


def _numbers(column: Mapping[str, Any], values: "pa.ChunkedArray") -> tuple[list[int], Ints]:
    """Counts in the profile's bins; missing values are one bin more."""
    present = np.asarray(values.drop_null().to_numpy(), dtype=np.float64)
    present = present[np.isfinite(present)]
    bins = np.searchsorted(np.asarray(column["edges"], dtype=np.float64), present, side="right")
    counts = np.bincount(bins, minlength=len(column["counts"]))
    return [column["missing"], *column["counts"]], np.append(values.null_count, counts).astype(np.int64)


def _categories(column: Mapping[str, Any], values: "pa.ChunkedArray") -> tuple[list[int], Ints]:
    """Counts of the profile's categories, most frequent first; what is new is with the others."""
    import pyarrow as pa
    import pyarrow.compute as pc

    # The profile names booleans as Python does.
    names = [name.lower() if column["kind"] == "bool" else name for name in column["categories"]]
    texts = pc.cast(values.drop_null(), pa.string())
    place = np.asarray(
        pc.index_in(texts, value_set=pa.array(names, pa.string())).fill_null(len(names)), dtype=np.int64
    )
    counts = np.bincount(place, minlength=len(names) + 1)
    before = [column["missing"], *column["categories"].values(), column["other"]]
    return before, np.append(values.null_count, counts).astype(np.int64)
