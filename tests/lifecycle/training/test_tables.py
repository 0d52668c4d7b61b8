"""Feature tables as one long table: any mask, any cut into files, the same rows in the same batches."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lifecycle.errors import LifecycleError
from lifecycle.training import tables as module
from lifecycle.training.tables import FeatureTables

ROWS = 100
SCHEMA = pa.schema({"n": pa.int64(), "s": pa.string()})


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH_ROWS", 8)


def write(folder: Path, *ends: int, group: int = 5) -> FeatureTables:
    """Rows 0 to 99 in files that end at the numbers given, and at the last row."""
    paths, start = [], 0
    for end in (*ends, ROWS):
        table = pa.table([range(start, end), [f"s{n}" for n in range(start, end)]], SCHEMA)
        paths.append(str(folder / f"{len(paths)}.parquet"))
        pq.write_table(table, paths[-1], row_group_size=group)
        start = end
    return FeatureTables(paths, ["n", "s"])


def mask_of(rows: list[int]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    mask = np.zeros(ROWS, dtype=bool)
    mask[rows] = True
    return mask


MASKS = {
    "all": list(range(ROWS)),
    "none": [],
    "one": [41],
    "the last": [99],
    "every third": list(range(0, ROWS, 3)),
    "a middle": list(range(30, 62)),
    "as many as a batch": list(range(8)),
}


@pytest.mark.parametrize("rows", MASKS.values(), ids=MASKS.keys())
@pytest.mark.parametrize("ends", [(), (50,), (1, 2, 3), (40, 40, 60)], ids=str)
def test_batches_hold_the_rows_under_a_mask_wherever_files_end(
    tmp_path: Path, rows: list[int], ends: tuple[int, ...]
) -> None:
    tables, mask = write(tmp_path, *ends), mask_of(rows)
    batches = [batch["n"].to_pylist() for batch in tables.batches(["n"], mask)]
    assert batches == [rows[start : start + 8] for start in range(0, len(rows), 8)]
    assert tables.column("s", mask).to_pylist() == [f"s{n}" for n in rows]
    if rows:
        assert tables.take(np.array(rows), ["s", "n"])["n"].to_pylist() == rows


def test_the_layout_of_a_file_does_not_show(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    mask = mask_of(MASKS["every third"])
    one, other = write(tmp_path, 50, group=3), write(tmp_path / "other", 20, group=100)
    for a, b in zip(one.batches(["n", "s"], mask), other.batches(["n", "s"], mask), strict=True):
        assert a.combine_chunks() == b.combine_chunks()


def test_a_file_without_a_row_under_the_mask_is_not_opened(tmp_path: Path) -> None:
    tables = write(tmp_path, 50)
    (tmp_path / "1.parquet").unlink()
    assert tables.column("n", mask_of([3, 49])).to_pylist() == [3, 49]
    with pytest.raises(LifecycleError, match=r"1\.parquet is not readable"):
        tables.column("n", mask_of([3, 50]))


def test_a_table_that_lacks_a_column_or_has_another_type_is_named(tmp_path: Path) -> None:
    write(tmp_path, 50)
    paths = [str(tmp_path / f"{n}.parquet") for n in range(2)]
    with pytest.raises(LifecycleError, match=r"0\.parquet is not readable: no column x, y; materialize"):
        FeatureTables(paths, ["n", "x", "y"])
    pq.write_table(pa.table({"n": ["1"], "s": ["a"]}), paths[1])
    with pytest.raises(LifecycleError, match=r"2 feature tables do not fit together: n is int64 and string;"):
        FeatureTables(paths, ["n", "s"])
