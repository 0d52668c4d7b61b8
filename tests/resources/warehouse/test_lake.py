"""Crashes, full disks and rival writers."""

import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pytest

from lifecycle.errors import LifecycleError
from resources.warehouse.base import TableRef
from resources.warehouse.lake import Lake, Rows, TableKey
from tests.fakes.orders import DAY, WINDOW

KEY = TableKey(model="orders", stage="data", partition=DAY)
SCHEMA = pa.schema({"n": pa.int64()})
ROOT = Path(__file__).parents[3]


def publish(lake: Lake, *values: int) -> TableRef:
    batches = [pa.RecordBatch.from_pydict({"n": [value]}, SCHEMA) for value in values]
    with lake.workspace() as work:
        return lake.publish(KEY, WINDOW, Rows(SCHEMA, batches), work=work)


def values(lake: Lake, table: TableRef) -> list[int]:
    return [value for batch in lake.batches(table) for value in batch["n"].to_pylist()]


def files(lake: Lake) -> set[str]:
    return {str(path.relative_to(lake.root)) for path in lake.root.rglob("*") if path.is_file()}


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def test_a_table_is_one_file_and_a_pointer(lake: Lake) -> None:
    table = publish(lake, 1, 2)
    assert files(lake) == {
        f"orders/data/{DAY}/{table.content_hash}.parquet",
        f"orders/data/{DAY}/current.json",
    }
    assert table.uri == str(lake.root / "orders" / "data" / DAY / f"{table.content_hash}.parquet")


def test_the_same_content_is_not_written_again(lake: Lake) -> None:
    table = publish(lake, 1, 2)
    inodes = {path: path.stat().st_ino for path in lake.root.rglob("*") if path.is_file()}
    assert publish(lake, 1, 2) == table
    assert {path: path.stat().st_ino for path in lake.root.rglob("*") if path.is_file()} == inodes


def test_a_moved_lake_is_read_where_it_is(lake: Lake, tmp_path: Path) -> None:
    publish(lake, 1, 2)
    moved = Lake(lake.root.rename(tmp_path / "moved"))
    table = moved.published(KEY)
    assert table is not None
    assert values(moved, table) == [1, 2]


def test_a_table_outside_of_the_lake_is_not_read(lake: Lake, tmp_path: Path) -> None:
    other = Lake(tmp_path / "other")
    with pytest.raises(LifecycleError, match="outside of the lake"):
        list(lake.batches(publish(other, 1)))


@pytest.mark.parametrize("text", ["", "{", '{"version": 2, "table": {}}', "null"])
def test_an_unreadable_pointer_is_an_error_that_a_new_table_mends(lake: Lake, text: str) -> None:
    table = publish(lake, 1)
    pointer = Path(table.uri).with_name("current.json")
    pointer.write_text(text)
    with pytest.raises(
        LifecycleError,
        match=r"current\.json is no reference of version 1 or 2; materialize the partition again",
    ):
        lake.published(KEY)
    assert publish(lake, 1) == table == lake.published(KEY)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the kernel has no full disk to write to")
@pytest.mark.parametrize("draft", ["table.parquet", "current.json"])
def test_a_full_disk_is_one_error_and_leaves_what_was_there(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, draft: str
) -> None:
    table = publish(lake, 1)
    real_open = Path.open

    def on_a_full_disk(path: Path, mode: str = "r", **kwargs: Any) -> IO[Any]:
        return real_open(Path("/dev/full") if path.name == draft and "w" in mode else path, mode, **kwargs)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", on_a_full_disk)
        with pytest.raises(LifecycleError, match=r"cannot be written: No space left on device; make room"):
            publish(lake, 2)
    assert list((lake.root / ".work").iterdir()) == []
    assert lake.published(KEY) == table
    assert values(lake, table) == [1]


def test_a_lake_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LifecycleError, match="cannot be written: Not a directory"):
        publish(Lake(tmp_path / "file"), 1)


def test_an_error_among_the_rows_leaves_what_was_there(lake: Lake) -> None:
    table = publish(lake, 1)

    def broken() -> Iterator[pa.RecordBatch]:
        yield pa.RecordBatch.from_pydict({"n": [2]}, SCHEMA)
        raise LifecycleError("a broken row")

    with pytest.raises(LifecycleError, match="a broken row"), lake.workspace() as work:
        lake.publish(KEY, WINDOW, Rows(SCHEMA, broken()), work=work)
    assert list((lake.root / ".work").iterdir()) == []
    assert lake.published(KEY) == table


def python(code: str, *args: object) -> "subprocess.Popen[str]":
    header = "from tests.resources.warehouse.test_lake import *\n"
    command = [sys.executable, "-c", header + textwrap.dedent(code), *map(str, args)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_a_writer_killed_in_the_middle_leaves_what_was_there(lake: Lake) -> None:
    table = publish(lake, 1)
    code = """
        def endless():
            while True:
                yield pa.RecordBatch.from_pydict({"n": range(100_000)}, SCHEMA)
                print("wrote", flush=True)

        lake = Lake(Path(sys.argv[1]))
        with lake.workspace() as work:
            lake.publish(KEY, WINDOW, Rows(SCHEMA, endless()), work=work)
    """
    with python(code, lake.root) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "wrote\n"
        with lake.workspace():
            # A sweep beside a living writer takes nothing of it away.
            assert len([path for path in (lake.root / ".work").iterdir() if path.is_dir()]) == 2
        writer.send_signal(signal.SIGKILL)
    assert lake.published(KEY) == table
    assert values(lake, table) == [1]
    with lake.workspace() as work:
        assert {path.stem for path in (lake.root / ".work").iterdir()} == {work.name}


def test_rival_writers_never_mix(lake: Lake) -> None:
    code = """
        import time

        lake, value, until = Lake(Path(sys.argv[1])), int(sys.argv[2]), time.monotonic() + 1.5
        while time.monotonic() < until:
            publish(lake, *[value] * value)
    """
    publish(lake, 2, 2)
    seen = set()
    with python(code, lake.root, 2) as one, python(code, lake.root, 3) as other:
        while one.poll() is None or other.poll() is None:
            table = lake.published(KEY)
            assert table is not None
            found = values(lake, table)
            assert found == [len(found)] * len(found) == [table.rows] * table.rows
            seen.add(len(found))
    assert (one.returncode, other.returncode, seen) == (0, 0, {2, 3})
    assert len([name for name in files(lake) if name.endswith(".parquet")]) == 2
    assert list((lake.root / ".work").iterdir()) == []
