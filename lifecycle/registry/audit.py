"""The audit of one file: its name, its kind, its size and what is in it, before anything parses it.

A name is no proof: a pickle can be called `plan.json`. So each kind of file has a form of its own, and what
has another form is refused, whatever it is called. A file is opened once, and never through a link.
"""

import hashlib
import os
import re
import stat
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import IO

from lifecycle.errors import LifecycleError
from lifecycle.registry.onnx_audit import BEGINS as ONNX_BEGINS
from lifecycle.registry.onnx_audit import ENDS as ONNX_ENDS
from lifecycle.registry.onnx_audit import onnx_problem
from lifecycle.registry.tensors import MAX_HEADER, tensors_problem

MAX_FILES = 1_000
MAX_NAME = 200
MAX_CELLS = 1_000_000_000
"""Rows times columns of a table: a run-length encoded file of a kilobyte can claim to hold any number."""
_CHUNK = 1 << 20
_TAIL = 22 + 65_535  # the end of a zip archive: its record, and the longest comment after that
# Plain names only: no `..`, no absolute path, no backslash, no control character, no look-alike letter.
_NAME = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9_-]*/){0,2}[A-Za-z0-9_][A-Za-z0-9._-]*")


class BundleError(LifecycleError):
    """A bundle that must not be used."""


class UnreadableError(BundleError):
    """A file that is not there, or that is no plain file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of file that a bundle may hold: data only, nothing that a loader could be made to execute."""

    what: str
    begins: tuple[bytes, ...]
    ends: tuple[bytes, ...]
    max_bytes: int
    text: bool = False
    """Whether control characters are foreign to it."""


KINDS: Mapping[str, Kind] = {
    # Strict JSON holds no control character, so nothing binary can be hidden behind a brace.
    ".json": Kind(what="JSON", begins=(b"{", b"["), ends=(b"}", b"]"), max_bytes=256_000_000, text=True),
    # xgboost's UBJ: an object whose first key has a 64-bit length. Its reader builds numbers and text only.
    ".ubj": Kind(what="UBJ", begins=(b"{L",), ends=(b"}",), max_bytes=10_000_000_000),
    # A graph of named operators, each of which is looked at: read as a whole, so it may not be large.
    ".onnx": Kind(what="ONNX", begins=(ONNX_BEGINS,), ends=(ONNX_ENDS,), max_bytes=256_000_000),
    # A length, names and shapes as JSON, and numbers: looked at before it is read, see `tensors.py`.
    ".safetensors": Kind(what="safetensors", begins=(b"",), ends=(b"",), max_bytes=10_000_000_000),
    ".parquet": Kind(what="Parquet", begins=(b"PAR1",), ends=(b"PAR1",), max_bytes=10_000_000_000),
}
# Only to say what was found: anything that has not the form of its kind is refused, known or not.
_DISGUISES: Mapping[bytes, str] = {
    b"\x80": "a pickle",
    b"PK": "a zip archive",
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"(\xb5/\xfd": "zstd",
    b"\x7fELF": "a program",
    b"MZ": "a program",
    b"\xcf\xfa\xed\xfe": "a program",
    b"#!": "a script",
    b"\x93NUMPY": "a NumPy file",
}
_NO_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """What a sound file is."""

    sha256: str
    size: int


def names_problem(names: Collection[str]) -> str | None:
    """What is wrong with the names of a bundle's files; None where nothing is.

    >>> names_problem(["model.ubj", "lookups/weather.parquet", "history/_labels.parquet"])
    >>> names_problem(["../model.ubj"])
    "'../model.ubj' is no name of a bundle's file"
    >>> names_problem(["plan.json", "Plan.json"])
    "two names differ by case only: 'plan.json'"
    """
    if len(names) > MAX_FILES:
        return f"{len(names):,} files are more than the {MAX_FILES:,} that a bundle may hold"
    for name in names:
        if len(name) > MAX_NAME or not _NAME.fullmatch(name):
            return f"{name[:MAX_NAME]!r} is no name of a bundle's file"
    folded = sorted(name.casefold() for name in names)
    # On a disk that ignores case, one would be read in the place of the other.
    if twins := [a for a, b in pairwise(folded) if a == b]:
        return f"two names differ by case only: {twins[0]!r}"
    return None


def read_plain(path: Path, *, max_bytes: int) -> bytes:
    """All of a plain file.

    Raises:
        UnreadableError: it is not there, is a link, a device or a folder, or is larger.
    """
    with _opened(path, max_bytes=max_bytes) as file:
        return file.read(max_bytes)


def audit_file(path: Path, name: str) -> Audited:
    """Read a file once, from its first byte to its last, and hold it to the form of its kind.

    Args:
        path: where it is.
        name: its name in the bundle, with the ending that says its kind.

    Raises:
        BundleError: a link, a device, a larger file than its kind may be, or another form than its kind's.
    """
    kind = KINDS[Path(name).suffix]
    digest, size, head, tail = hashlib.sha256(), 0, b"", b""
    with _opened(path, max_bytes=kind.max_bytes) as file:
        # Bounded by what was found at the start: a file that grows while it is read is not read for ever.
        while size <= kind.max_bytes and (chunk := file.read(_CHUNK)):
            digest.update(chunk)
            size += len(chunk)
            head, tail = head or chunk[:8], (tail + chunk)[-_TAIL:]
            if kind.text and len(chunk.translate(None, _NO_CONTROLS)) != len(chunk):
                raise _foreign(name, kind, head)
        if not head.startswith(kind.begins):
            raise _foreign(name, kind, head)
        if not tail.rstrip(b"\r\n").endswith(kind.ends):
            raise BundleError(
                f"{name} does not end as {kind.what}: it was cut or changed, and never loaded; train again"
            )
        if _ends_as_zip(tail):
            raise BundleError(f"{name} is a zip archive as well: nothing in a bundle has two forms")
        if kind.what == "Parquet" and (problem := _table_problem(file)):
            raise BundleError(f"{name} {problem}")
        if kind.what == "safetensors" and (problem := _tensors_problem(file, size)):
            raise BundleError(f"{name} {problem}: it was never loaded; train again")
        if kind.what == "ONNX" and (problem := _graph_problem(file)):
            raise BundleError(f"{name} {problem}: it was never loaded; train again")
    return Audited(sha256=digest.hexdigest(), size=size)


def _opened(path: Path, *, max_bytes: int) -> IO[bytes]:
    try:
        # Not through a link, and without waiting for the other end of a pipe.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as exc:
        raise UnreadableError(f"{path.name} cannot be read ({getattr(exc, 'strerror', exc)})") from exc
    state = os.fstat(handle)
    if not stat.S_ISREG(state.st_mode) or state.st_size > max_bytes:
        os.close(handle)
        why = f"is larger than {max_bytes:,} bytes" if stat.S_ISREG(state.st_mode) else "is no plain file"
        raise UnreadableError(f"{path.name} {why}")
    return os.fdopen(handle, "rb")


def _foreign(name: str, kind: Kind, head: bytes) -> BundleError:
    found = next((what for mark, what in _DISGUISES.items() if head.startswith(mark)), f"{head[:4]!r}...")
    return BundleError(f"{name} is not {kind.what}, it holds {found}: it was never loaded; train again")


def _ends_as_zip(tail: bytes) -> bool:
    """Whether the end of a file is that of a zip archive, whatever it begins with."""
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:
        return False
    # The four bytes alone turn up by chance in large weights; the length of the comment does not fit then.
    return int.from_bytes(tail[at + 20 : at + 22], "little") == len(tail) - at - 22


def _graph_problem(file: IO[bytes]) -> str | None:
    file.seek(0)
    return onnx_problem(file.read(KINDS[".onnx"].max_bytes))


def _tensors_problem(file: IO[bytes], size: int) -> str | None:
    file.seek(0)
    return tensors_problem(file.read(MAX_HEADER + 8), size)


def _table_problem(file: IO[bytes]) -> str | None:
    """What makes a Parquet file dangerous to read: more cells than it could sensibly hold."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    file.seek(0)
    try:
        facts = pq.read_metadata(file)
    except (pa.ArrowException, OSError) as exc:
        return f"is not Parquet: {str(exc)[:100]}; train again"
    cells = facts.num_rows * facts.num_columns
    return (
        f"claims to hold {cells:,} values; a bundle's table holds {MAX_CELLS:,} at most"
        if (cells > MAX_CELLS)
        else None
    )
