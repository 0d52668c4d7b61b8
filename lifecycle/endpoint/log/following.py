"""A segment that is read while it grows: each look parses what was appended since the last one."""

from dataclasses import dataclass, field
from pathlib import Path

from lifecycle.endpoint.log.frames import MAGIC, read_more_frames
from lifecycle.endpoint.log.record import LoggedRow, LoggedVariant, rows_of_segment


@dataclass(slots=True)
class Followed:
    """How far a segment was read.

    Only whole records count. One that is being written is read by the look that finds it finished; whole ones
    never change, since a segment is only appended to.
    """

    read_bytes: int = 0
    _variants: dict[int, LoggedVariant] = field(default_factory=dict)

    def advance(self, path: Path) -> list[LoggedRow]:
        """Rows that were not there at the last look; a file that became shorter is another one.

        Raises:
            FileNotFoundError: it was closed or compacted meanwhile.
            LifecycleError: a format that this version does not know.
            ShorterFileError: it has fewer bytes than were read of it: begin anew.
        """
        with path.open("rb") as file:
            begin = file.read(len(MAGIC)) if self.read_bytes == 0 else MAGIC
            if begin != MAGIC:
                return []
            start = max(self.read_bytes, len(MAGIC))
            if file.seek(0, 2) < start:
                raise ShorterFileError(path)
            file.seek(start)
            tail = file.read()
        frames = read_more_frames(tail)
        rows = rows_of_segment(frames.contents, self._variants)
        self.read_bytes = start + len(tail) - frames.torn_bytes
        return rows


class ShorterFileError(Exception):
    """A segment has fewer bytes than were read of it."""
