"""Which rows of a table are in a part, and what their intervals resample."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from lifecycle.evaluation.holdout import DAY_US, ROW_BLOCKS, Columns, Part, labelled_rows, row_blocks
from lifecycle.features.position import END, positions

INSTANT = pa.timestamp("us", tz="UTC")
START = datetime(1970, 1, 1, tzinfo=UTC)
TIMED = Columns(entity="id", event_time="at", label="y", label_known_at="known")
TIMELESS = Columns(entity="id", event_time=None, label="y", label_known_at=None)
# One row a day from 1970 on; the label of each comes a day later, that of row 4 never does.
TABLE = pa.table(
    {
        "id": [f"r{n}" for n in range(8)],
        "at": pa.array([START + timedelta(days=n) for n in range(8)], INSTANT),
        "y": [None if n == 4 else n % 2 for n in range(8)],
        "known": pa.array([START + timedelta(days=n + 1) for n in range(8)], INSTANT),
    }
)


def test_a_part_by_time_holds_what_was_known_at_the_cut_off() -> None:
    part = Part(start=3 * DAY_US, end=8 * DAY_US, cut_off_us=7 * DAY_US, seed=None)
    rows = labelled_rows(TABLE, part, TIMED)
    # Row 4 has no label, that of row 7 comes after the cut-off.
    assert rows.table["id"].to_pylist() == ["r3", "r5", "r6"]
    assert (rows.blocks.tolist(), rows.unlabelled) == ([3, 5, 6], 2)


@pytest.mark.parametrize("columns", [TIMED, TIMELESS], ids=["with a time", "without"])
def test_a_random_part_is_found_again_by_the_entity(columns: Columns) -> None:
    at = positions(TABLE["id"], seed=1)
    bound = int(np.sort(at)[4])
    lower, upper = (
        labelled_rows(TABLE, Part(start=start, end=end, cut_off_us=99 * DAY_US, seed=1), columns)
        for start, end in [(0, bound), (bound, END)]
    )
    labelled = [n != 4 for n in range(8)]
    names = np.array(TABLE["id"].to_pylist())
    assert lower.table["id"].to_pylist() == names[(at < bound) & labelled].tolist()
    assert upper.table["id"].to_pylist() == names[(at >= bound) & labelled].tolist()
    assert lower.unlabelled + upper.unlabelled == 1
    # Days where there are some; else each row is a block.
    expected = range(8) if columns is TIMED else at
    assert sorted([*lower.blocks, *upper.blocks]) == sorted(
        b for b, known in zip(expected, labelled, strict=True) if known
    )


@pytest.mark.parametrize(
    ("first", "last", "overlaps"),
    [(0, 3, False), (0, 4, True), (5, 6, True), (8, 9, False)],
)
def test_tables_of_other_times_are_told_apart(first: int, last: int, overlaps: bool) -> None:
    window = START + timedelta(days=first), START + timedelta(days=last)
    assert Part(start=3 * DAY_US, end=8 * DAY_US, cut_off_us=0, seed=None).overlaps(*window) == overlaps
    assert Part(start=0, end=1, cut_off_us=0, seed=0).overlaps(*window)


def test_many_rows_without_time_are_put_into_random_groups() -> None:
    blocks = row_blocks(positions(pa.array(range(100_000)), seed=0))
    _, sizes = np.unique(blocks, return_counts=True)
    assert len(sizes) == ROW_BLOCKS
    # 50 rows a group on average: a binomial count lies within five standard deviations.
    assert abs(sizes - 50).max() < 5 * np.sqrt(50)
