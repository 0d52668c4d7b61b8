import asyncio
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.endpoint.log.compaction import table_of
from lifecycle.endpoint.log.frames import MAGIC, frame, read_frames
from lifecycle.endpoint.log.reading import read_log, read_segment
from lifecycle.endpoint.log.record import LoggedRow, rows_of_segment
from lifecycle.endpoint.log.segments import LogError, closed_segments, open_segments
from lifecycle.endpoint.log.writing import RequestLog
from lifecycle.errors import LifecycleError
from lifecycle.spec.deployment import RequestLogSection
from tests.fakes.logged import CHAMPION, append

GOLDEN = Path(__file__).parents[3] / "golden"
CONTENTS = st.lists(st.binary(min_size=1, max_size=30), max_size=6)


def log_in(folder: Path, **settings: Any) -> RequestLog:
    return RequestLog(folder, "stub", RequestLogSection(**settings))


def ids(folder: Path) -> list[str]:
    return [row.request for row in read_log(folder)]


@given(CONTENTS, st.data())
def test_a_segment_cut_anywhere_gives_every_whole_record_before_the_cut(
    contents: list[bytes], data: st.DataObject
) -> None:
    segment = MAGIC + b"".join(map(frame, contents))
    cut = data.draw(st.integers(0, len(segment)))
    found = read_frames(segment[:cut])
    assert found.contents == contents[: len(found.contents)]
    assert found.damaged == 0
    whole = len(MAGIC) + sum(len(frame(content)) for content in found.contents)
    assert cut < len(MAGIC) or found.torn_bytes == cut - whole


@given(CONTENTS, st.binary(max_size=30))
def test_zeros_or_noise_behind_the_last_record_are_no_records(contents: list[bytes], noise: bytes) -> None:
    segment = MAGIC + b"".join(map(frame, contents))
    for tail in (bytes(40), b"\xff\xff\xff\xff" + noise):
        assert read_frames(segment + tail).contents == contents


def test_a_changed_record_is_counted_and_the_ones_behind_it_are_read() -> None:
    segment = bytearray(MAGIC + frame(b"one") + frame(b"two") + frame(b"three"))
    segment[len(MAGIC) + 9] ^= 1
    found = read_frames(bytes(segment))
    assert (found.contents, found.damaged, found.torn_bytes) == ([b"two", b"three"], 1, 0)


def test_a_row_is_read_back_as_it_was_logged(tmp_path: Path) -> None:
    log = log_in(tmp_path)
    append(log, "r-1")
    assert list(read_log(tmp_path)) == [
        LoggedRow(
            request="r-1",
            row=0,
            at=datetime(2013, 4, 1, 12, tzinfo=UTC),
            latency_us=250,
            scoring_us=180,
            protocol="plain",
            generation=1,
            status=200,
            key="k",
            bucket=7,
            assignment="hash",
            propensity=1.0,
            assigned=CHAMPION,
            answered=CHAMPION,
            reason=None,
            value=True,
            probability=0.75,
            probabilities=None,
            features={"miles": 1.5, "carrier": "AA"},
            columns={},
        )
    ]


def test_format_2_stays_readable_as_it_is_written(tmp_path: Path) -> None:
    log = log_in(tmp_path)
    append(log, "r-1")
    log.close()
    (written,) = closed_segments(tmp_path)
    golden = GOLDEN / "request_log_format_2.segment"
    assert read_segment(golden).rows == read_segment(written).rows
    assert written.read_bytes() == golden.read_bytes()


def test_format_1_is_read_without_the_time_of_scoring(tmp_path: Path) -> None:
    append(log_in(tmp_path), "r-1")
    (now,) = read_log(tmp_path)
    old = read_segment(GOLDEN / "request_log_format_1.segment").rows
    assert old == [replace(now, scoring_us=None)]
    assert table_of(old).column("scoring_us").to_pylist() == [None]


def test_a_format_of_the_future_is_refused_with_the_way_out() -> None:
    with pytest.raises(LifecycleError, match="of format 3; this version reads 1 and 2: upgrade Flywheel"):
        rows_of_segment([b'{"format":3,"model":"stub"}'])


def test_segments_are_closed_by_size_and_each_stands_alone(tmp_path: Path) -> None:
    log = log_in(tmp_path, segment_bytes=4096)
    for number in range(100):
        append(log, f"r-{number}")
    closed = closed_segments(tmp_path)
    assert len(closed) >= 2
    assert len(open_segments(tmp_path)) == 1
    assert all(read_segment(path).rows[0].assigned == CHAMPION for path in closed)
    assert ids(tmp_path) == [f"r-{number}" for number in range(100)]
    log.close()
    assert open_segments(tmp_path) == []


def test_the_oldest_segments_make_room_and_are_counted(tmp_path: Path) -> None:
    log = log_in(tmp_path, segment_bytes=8192, max_bytes=2**16)
    for number in range(1000):
        append(log, f"r-{number}")
    found = ids(tmp_path)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 2**16
    assert found == [f"r-{number}" for number in range(1000 - len(found), 1000)]
    assert log.dropped_segments > 0


def test_a_log_that_may_not_drop_says_that_it_is_full(tmp_path: Path) -> None:
    log = log_in(tmp_path, segment_bytes=8192, max_bytes=2**16, when_full="stop")
    with pytest.raises(LogError, match=r"is full \(65536 bytes\): compact it"):
        for number in range(1000):
            append(log, f"r-{number}")
    assert (log.dropped_segments, log.failures) == (0, 1)


@pytest.mark.parametrize("taken", [None, 10])
def test_a_full_disk_leaves_no_half_record_and_logging_goes_on_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: int | None
) -> None:
    log, write = log_in(tmp_path), os.write
    append(log, "before")

    def full(file: int, content: bytes) -> int:
        if taken is None:
            raise OSError(28, "No space left on device")
        return write(file, content[:taken])

    with monkeypatch.context() as patch, pytest.raises(LogError, match="No space left on device"):
        patch.setattr(os, "write", full)
        append(log, "lost")
    append(log, "after")
    assert ids(tmp_path) == ["before", "after"]
    assert [read_segment(path).torn_bytes for path in open_segments(tmp_path)] == [0]


def test_what_a_dead_writer_left_is_closed_by_the_next_and_a_living_ones_is_not(tmp_path: Path) -> None:
    dead, living = log_in(tmp_path), log_in(tmp_path)
    append(dead, "dead")
    append(living, "living")
    file = dead._writer.file
    assert file is not None
    os.close(file)  # as the kernel does for a killed process
    append(log_in(tmp_path), "next")
    assert [row.request for path in closed_segments(tmp_path) for row in read_segment(path).rows] == ["dead"]
    assert len(open_segments(tmp_path)) == 2


def test_a_record_is_on_the_disk_before_a_power_cut_safe_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, synced = log_in(tmp_path, durability="power"), list[int]()
    monkeypatch.setattr(os, "fsync", synced.append)

    async def ask() -> None:
        append(log, "r")
        await log.synced()

    async def three() -> None:
        await asyncio.gather(ask(), ask(), ask())

    asyncio.run(three())
    assert len(ids(tmp_path)) == 3
    # One for the folder as the segment was made, and fewer than one a request.
    assert 2 <= len(synced) <= 3
