"""The request log as others read it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lifecycle.endpoint.log.frames import read_frames
from lifecycle.endpoint.log.record import LoggedRow, rows_of_segment
from lifecycle.endpoint.log.segments import closed_segments, open_segments


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One file of the log."""

    path: Path
    rows: list[LoggedRow]
    torn_bytes: int
    damaged: int


def read_segment(path: Path) -> Segment:
    """What a segment holds; one that is being written gives what is whole by now.

    Raises:
        LifecycleError: a format that this version does not know.
    """
    frames = read_frames(path.read_bytes())
    return Segment(
        path=path,
        rows=rows_of_segment(frames.contents),
        torn_bytes=frames.torn_bytes,
        damaged=frames.damaged,
    )


def read_log(folder: Path) -> Iterator[LoggedRow]:
    """Every row that is not compacted yet, oldest segment first; of the open one what is whole by now."""
    for path in sorted([*closed_segments(folder), *open_segments(folder)]):
        try:
            yield from read_segment(path).rows
        except FileNotFoundError:
            # Closed or compacted since we listed it.
            closed = path.with_suffix(".segment")
            if closed.exists():
                yield from read_segment(closed).rows
