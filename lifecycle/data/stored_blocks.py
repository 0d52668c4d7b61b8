"""How profiles of blocks lie beside their table: JSON, in which counts of bins are packed.

A month of a wide table has hundreds of thousands of counts. Format 1 spelled each out under the number of
its bin, and reading it took as long as counting some hundred thousand rows. It is still read.
"""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, TypeAdapter, ValidationError

from lifecycle.data.bin_counts import BinCounts, arrays_of
from lifecycle.data.block_profile import BlockProfiles
from lifecycle.data.table_profile import CategoryProfile, ColumnProfile, NumberProfile, TableProfile

BLOCK_PROFILE_FORMAT: Literal[2] = 2
_Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Packed:
    """Whole numbers without a sign, little-endian, in base64."""

    bits: Literal[8, 16, 32, 64]
    data: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Numbers:
    """A column of numbers; lists have an entry for each block.

    Attributes:
        filled: how many bins hold values.
        lowest: smallest number of a bin in any block.
        bins: how far their numbers lie above it, block after block, ascending in each.
        counts: values in each of these bins.
    """

    kind: Literal["number"] = "number"
    missing: list[int]
    not_finite: list[int]
    exponent: list[int]
    filled: list[int]
    lowest: int
    bins: _Packed
    counts: _Packed


@dataclass(frozen=True, slots=True, kw_only=True)
class _Categories:
    """A column of categories; lists have an entry for each block.

    Attributes:
        counts: of each block, how often each of the names is there.
    """

    kind: Literal["category"] = "category"
    missing: list[int]
    other: list[int]
    names: list[str]
    counts: list[list[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    format: Literal[2]
    asked: str
    names: tuple[str, ...]
    block_s: float
    rows: list[int]
    columns: dict[str, Annotated[_Numbers | _Categories, Field(discriminator="kind")]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _StoredBefore:
    format: Literal[1]
    asked: str
    blocks: BlockProfiles


_WRITTEN = TypeAdapter(_Stored)
_READ: TypeAdapter[_Stored | _StoredBefore] = TypeAdapter(
    Annotated[_Stored | _StoredBefore, Field(discriminator="format")]
)


def dump_blocks(blocks: BlockProfiles, *, asked: str) -> bytes:
    """JSON of profiles; `asked` says what was profiled, so that it answers nothing else."""
    columns = blocks.profiles[0].columns if blocks.profiles else ()
    stored = _Stored(
        format=BLOCK_PROFILE_FORMAT,
        asked=asked,
        names=blocks.names,
        block_s=blocks.block_s,
        rows=[profile.rows for profile in blocks.profiles],
        columns={name: _stored([profile.columns[name] for profile in blocks.profiles]) for name in columns},
    )
    return _WRITTEN.dump_json(stored)


def load_blocks(text: bytes, *, asked: str) -> BlockProfiles | None:
    """Profiles from their JSON; None where it is broken, of another format, or of something else."""
    try:
        stored = _READ.validate_json(text)
        if stored.asked != asked:
            return None
        return stored.blocks if isinstance(stored, _StoredBefore) else _blocks(stored)
    except (ValidationError, _BrokenError):
        return None


class _BrokenError(Exception):
    """Packed counts do not fit what is said of them."""


def _stored(blocks: Sequence[ColumnProfile]) -> _Numbers | _Categories:
    numbers = [block for block in blocks if isinstance(block, NumberProfile)]
    if len(numbers) == len(blocks):
        held = [arrays_of(block.counts) for block in numbers]
        orders = [bins.argsort() for bins, _ in held]
        bins = np.concatenate([bins[order] for (bins, _), order in zip(held, orders, strict=True)])
        counts = np.concatenate([counts[order] for (_, counts), order in zip(held, orders, strict=True)])
        lowest = int(bins.min()) if len(bins) else 0
        return _Numbers(
            missing=[block.missing for block in numbers],
            not_finite=[block.not_finite for block in numbers],
            exponent=[block.exponent for block in numbers],
            filled=[len(bins) for bins, _ in held],
            lowest=lowest,
            bins=_packed(bins - lowest),
            counts=_packed(counts),
        )
    categories = [block for block in blocks if isinstance(block, CategoryProfile)]
    names = list(dict.fromkeys(name for block in categories for name in block.counts))
    return _Categories(
        missing=[block.missing for block in categories],
        other=[block.other for block in categories],
        names=names,
        counts=[[block.counts.get(name, 0) for name in names] for block in categories],
    )


def _blocks(stored: _Stored) -> BlockProfiles:
    n = len(stored.names)
    columns = {name: _profiles(column, n) for name, column in stored.columns.items()}
    if len(stored.rows) != n:
        raise _BrokenError
    return BlockProfiles(
        names=stored.names,
        block_s=stored.block_s,
        profiles=tuple(
            TableProfile(rows=rows, columns={name: column[i] for name, column in columns.items()})
            for i, rows in enumerate(stored.rows)
        ),
    )


def _profiles(column: _Numbers | _Categories, n: int) -> Sequence[ColumnProfile]:
    if isinstance(column, _Categories):
        fits = {len(column.missing), len(column.other), len(column.counts)} == {n}
        if not fits or any(len(counts) != len(column.names) for counts in column.counts):
            raise _BrokenError
        return [
            CategoryProfile(
                missing=missing,
                counts={name: count for name, count in zip(column.names, counts, strict=True) if count},
                other=other,
            )
            for missing, counts, other in zip(column.missing, column.counts, column.other, strict=True)
        ]
    bins, counts = _unpacked(column.bins) + column.lowest, _unpacked(column.counts)
    ends = np.cumsum([0, *column.filled]).tolist()
    lists = (column.missing, column.not_finite, column.exponent, column.filled)
    if {len(each) for each in lists} != {n} or {len(bins), len(counts)} != {ends[-1]}:
        raise _BrokenError
    return [
        NumberProfile(
            missing=column.missing[i],
            not_finite=column.not_finite[i],
            exponent=column.exponent[i],
            counts=BinCounts(bins[ends[i] : ends[i + 1]], counts[ends[i] : ends[i + 1]]),
        )
        for i in range(n)
    ]


def _packed(numbers: _Whole) -> _Packed:
    most = int(numbers.max(initial=0))
    bits: Literal[8, 16, 32, 64] = 8 if most < 2**8 else 16 if most < 2**16 else 32 if most < 2**32 else 64
    return _Packed(bits=bits, data=b64encode(numbers.astype(f"<u{bits // 8}").tobytes()).decode())


def _unpacked(packed: _Packed) -> _Whole:
    try:
        data = b64decode(packed.data, validate=True)
        return np.frombuffer(data, f"<u{packed.bits // 8}").astype(np.int64)
    except (binascii.Error, ValueError) as exc:
        raise _BrokenError from exc
