import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from lifecycle.endpoint.log.compaction import Compacted, compact
from lifecycle.endpoint.log.frames import MAGIC
from lifecycle.endpoint.log.segments import closed_segments
from lifecycle.endpoint.log.writing import RequestLog
from lifecycle.errors import LifecycleError
from lifecycle.spec.deployment import RequestLogSection
from tests.fakes.logged import AT_US, append

HOUR_US = 3_600_000_000


def write_log(folder: Path, *, requests: int = 60) -> None:
    """Requests over three hours, in several closed segments."""
    log = RequestLog(folder, "stub", RequestLogSection(segment_bytes=4096))
    for number in range(requests):
        append(log, f"r-{number}", at_us=AT_US + number * 3 * HOUR_US // requests)
    log.close()


def requests_in(out: Path) -> list[str]:
    tables = [pq.read_table(path) for path in sorted(out.rglob("*.parquet"))]
    return sorted((r for t in tables for r in t["request"].to_pylist()), key=lambda r: int(r[2:]))


EXPECTED = [f"r-{number}" for number in range(60)]


def test_every_record_goes_to_the_hour_that_it_was_served_in(tmp_path: Path) -> None:
    write_log(tmp_path / "log")
    done = compact(tmp_path / "log", tmp_path / "out")
    assert (done.rows, done.torn_bytes, done.damaged) == (60, 0, 0)
    assert closed_segments(tmp_path / "log") == []
    hours = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert hours == ["hour=2013-04-01T12", "hour=2013-04-01T13", "hour=2013-04-01T14"]
    assert requests_in(tmp_path / "out") == EXPECTED
    table = pq.read_table(done.files[0])
    assert table.slice(0, 1).to_pylist()[0]["feature.miles"] == 1.5
    again = compact(tmp_path / "log", tmp_path / "out")
    assert again == Compacted(segments=0, rows=0, files=[], torn_bytes=0, damaged=0)


@pytest.mark.parametrize("step", ["write_table", "os.fsync", "Path.replace", "Path.unlink"])
@pytest.mark.parametrize("call", [1, 3])
def test_a_compaction_killed_at_any_step_is_completed_by_the_next_with_each_record_once(
    tmp_path: Path, step: str, call: int
) -> None:
    write_log(tmp_path / "log")
    script = f"""
import os, pathlib, signal
import pyarrow.parquet as pq
from pathlib import Path
from lifecycle.endpoint.log import compaction
owner = {{"write_table": pq, "os.fsync": os, "Path.replace": Path, "Path.unlink": Path}}[{step!r}]
name = {step.rpartition(".")[2]!r}
real, calls = getattr(owner, name), []
def deadly(*given, **named):
    calls.append(1)
    if len(calls) == {call}:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*given, **named)
setattr(owner, name, deadly)
compaction.compact(Path({str(tmp_path / "log")!r}), Path({str(tmp_path / "out")!r}))
"""
    done = subprocess.run([sys.executable, "-c", script], check=False)
    assert done.returncode == -9 or step == "Path.unlink"
    compact(tmp_path / "log", tmp_path / "out")
    assert requests_in(tmp_path / "out") == EXPECTED


def test_a_torn_tail_is_told_and_loses_nothing_else(tmp_path: Path) -> None:
    write_log(tmp_path / "log")
    last = closed_segments(tmp_path / "log")[-1]
    with last.open("ab") as file:
        file.write(b"\x50\0\0\0torn")
    done = compact(tmp_path / "log", tmp_path / "out")
    assert (done.rows, done.torn_bytes) == (60, 8)


def test_a_damaged_segment_is_kept_aside(tmp_path: Path) -> None:
    write_log(tmp_path / "log")
    first = closed_segments(tmp_path / "log")[0]
    content = bytearray(first.read_bytes())
    content[content.rindex(b"r-5") + 1] ^= 1
    first.write_bytes(content)
    done = compact(tmp_path / "log", tmp_path / "out")
    assert (done.rows, done.damaged) == (59, 1)
    assert first.with_suffix(".damaged").exists()


def test_two_compactions_at_once_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_log(tmp_path / "log")

    def while_it_runs(_: Path) -> list[Path]:
        with pytest.raises(LifecycleError, match="is being compacted already"):
            compact(tmp_path / "log", tmp_path / "out")
        return []

    with monkeypatch.context() as patch:
        patch.setattr("lifecycle.endpoint.log.compaction.close_abandoned", while_it_runs)
        assert compact(tmp_path / "log", tmp_path / "out").rows == 60


def test_a_file_that_is_no_segment_is_told_as_torn(tmp_path: Path) -> None:
    (tmp_path / "x.segment").write_bytes(MAGIC[:3])
    assert compact(tmp_path, tmp_path / "out").torn_bytes == 3
