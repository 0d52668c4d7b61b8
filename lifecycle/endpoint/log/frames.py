"""Records in a file that a killed process may leave at any byte: length, checksum, content."""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

MAGIC = b"FWLOG1\r\n"
"""First bytes of a segment. The line ending shows whether something translated the file as text."""
_HEAD = struct.Struct("<II")
"""Length of the content and its CRC-32, little-endian."""
MAX_CONTENT = 2**28


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """What a segment holds."""

    contents: Sequence[bytes]
    torn_bytes: int
    """At the end, of a write that was never finished; whoever asked got no answer."""
    damaged: int
    """Whole frames whose checksum is wrong: the disk or somebody changed them."""


def frame(content: bytes) -> bytes:
    """One record as it is appended.

    >>> frame(b"{}").hex()
    '0200000043bfa6a37b7d'
    """
    return _HEAD.pack(len(content), zlib.crc32(content)) + content


def read_frames(segment: bytes) -> Frames:
    """Every whole record of a segment, in order.

    >>> read_frames(MAGIC + frame(b"a") + frame(b"bc")[:-1])
    Frames(contents=[b'a'], torn_bytes=9, damaged=0)
    """
    if not segment.startswith(MAGIC):
        return Frames(contents=[], torn_bytes=len(segment), damaged=0)
    return read_more_frames(segment[len(MAGIC) :])


def read_more_frames(segment: bytes) -> Frames:
    """The same of bytes that begin with a record: what was appended since a reader looked last."""
    contents: list[bytes] = []
    damaged, at = 0, 0
    while len(segment) - at >= _HEAD.size:
        length, checksum = _HEAD.unpack_from(segment, at)
        end = at + _HEAD.size + length
        content = segment[at + _HEAD.size : end]
        if not 0 < length <= MAX_CONTENT or end > len(segment):
            break
        if zlib.crc32(content) == checksum:
            contents.append(content)
        elif end < len(segment):
            damaged += 1
        else:
            break
        at = end
    return Frames(contents=contents, torn_bytes=len(segment) - at, damaged=damaged)
