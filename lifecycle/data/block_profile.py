"""The profile of a table cut into blocks of time: each day of a month by itself, in one pass.

Blocks are what a drift is judged by: a month is compared with its reference, and how far days of the
reference lie from each other says what is usual.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from lifecycle.data.bin_counts import BinCounts
from lifecycle.data.table_profile import (
    MAX_DISTINCT,
    TOP_CATEGORIES,
    CategoryProfile,
    NumberProfile,
    TableProfile,
    bin_scale,
)
from lifecycle.spec.columns import ColumnType
from lifecycle.spec.data import Cadence

if TYPE_CHECKING:
    import pyarrow as pa

_DAYS: Mapping[Cadence, int] = {"day": 1, "week": 1, "month": 1, "year": 7}
"""Days of a block, by how often a partition comes; an hour, and a table without time, is one block."""
BINS_BESIDE = 2048
_BINS = 2 * BINS_BESIDE + 1
_MISSING, _NOT_FINITE = _BINS, _BINS + 1
_CELLS = _BINS + 2
_AT_ONCE = 16_384
"""Rows that go through all steps of a count together: what is in between stays in the processor's cache."""
_FEW_BLOCKS = 8
_Positions = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockProfiles:
    """Blocks of a table in the order of time."""

    names: tuple[str, ...]
    """First local day of each block; the partition's own name where it is one block."""
    block_s: float
    """How long a block lasts; of a table without time: 0."""
    profiles: tuple[TableProfile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockCuts:
    """Where a partition is cut into blocks.

    Attributes:
        starts: first instant of each block, microseconds since 1970 in UTC.
    """

    names: tuple[str, ...]
    starts: tuple[int, ...]
    block_s: float


def block_cuts(partition: str, every: Cadence, start: datetime, end: datetime, zone: str) -> BlockCuts:
    """Cuts of a partition at local midnights; weeks of a year begin with the partition.

    >>> cuts = block_cuts("2013-03", "month", datetime(2013, 3, 1, 5, tzinfo=UTC),
    ...                   datetime(2013, 4, 1, 4, tzinfo=UTC), "America/New_York")
    >>> len(cuts.names), cuts.names[-1]
    (31, '2013-03-31')
    """
    if every not in _DAYS:
        seconds = 0.0 if every == "once" else (end - start).total_seconds()
        return BlockCuts(names=(partition,), starts=(_micros(start),), block_s=seconds)
    names, starts, local = list[str](), list[int](), start.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    while (at := local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)) < end:
        names.append(local.date().isoformat())
        starts.append(_micros(at))
        local += timedelta(days=_DAYS[every])
    return BlockCuts(names=tuple(names), starts=tuple(starts), block_s=_DAYS[every] * 86_400.0)


def profile_blocks(
    kinds: Mapping[str, ColumnType],
    batches: Iterable["pa.RecordBatch"],
    cuts: BlockCuts,
    *,
    event_time: str | None,
) -> BlockProfiles:
    """Profile a table that comes in batches, in memory that its rows do not change.

    Args:
        kinds: columns to profile; times are left out.
        event_time: column that says which block a row is in; None: there is one block.
    """
    n = len(cuts.names)
    columns = {
        name: _Categories(n) if kind in ("string", "bool") else _Numbers(n, whole=kind == "int")
        for name, kind in kinds.items()
        if kind not in ("timestamp", "date")
    }
    rows, starts, scratch = np.zeros(n, np.int64), np.array(cuts.starts), _Scratch()
    for batch in batches:
        if not batch.num_rows:
            continue
        blocks = None if n == 1 or event_time is None else blocks_of(batch.column(event_time), starts)
        rows += batch.num_rows if blocks is None else np.bincount(blocks, minlength=n)
        scratch.fit(blocks, batch.num_rows)
        for name, column in columns.items():
            column.add(batch.column(name), blocks, scratch)
    finished = {name: column.finish() for name, column in columns.items()}
    return BlockProfiles(
        names=cuts.names,
        block_s=cuts.block_s,
        profiles=tuple(
            TableProfile(rows=int(rows[i]), columns={name: each[i] for name, each in finished.items()})
            for i in range(n)
        ),
    )


def _micros(at: datetime) -> int:
    return int(at.timestamp()) * 1_000_000


def blocks_of(times: "pa.Array | pa.ChunkedArray", starts: _Positions) -> _Positions:
    """Number of the block that each time is in, none of them missing.

    Args:
        starts: first instant of each block, microseconds since 1970.
    """
    import pyarrow as pa

    micros = pa.types.is_timestamp(times.type) and times.type.unit == "us"
    instants = times if micros else times.cast(pa.timestamp("us"))
    parts = instants.chunks if isinstance(instants, pa.ChunkedArray) else [instants]
    # Views: a cast would load Arrow's functions, which takes longer than to count some columns.
    found = [_blocks_of(_raw(part.view(pa.int64()))[0], starts) for part in parts]
    return np.concatenate([np.empty(0, np.int64), *found])


def _blocks_of(micros: _Positions, starts: _Positions) -> _Positions:
    if not len(micros):
        return np.empty(0, np.int64)
    ends = np.array([micros.min(), micros.max()])
    first, last = np.clip(np.searchsorted(starts, ends, side="right") - 1, 0, len(starts) - 1).tolist()
    blocks = np.full(len(micros), first)
    if last - first > _FEW_BLOCKS:
        return np.clip(np.searchsorted(starts, micros, side="right") - 1, first, last, out=blocks)
    # Rows come by time mostly: few starts lie among them, and asking for each of those is cheaper.
    for start in starts[first + 1 : last + 1]:
        blocks += micros >= start
    return blocks


class _Scratch:
    """Room that all columns of a batch use in turn: memory that is new costs more than what is done in it."""

    def __init__(self) -> None:
        self.scaled = np.empty(_AT_ONCE)
        self.cells = np.empty(0, np.int64)
        self.first_cells: _Positions | None = None
        """First cell of the block that each row is in, counted from `span`; None: there is one block."""
        self.span = slice(0, _CELLS)
        """Cells of the blocks that the batch has rows of: few, where rows come by time."""

    def fit(self, blocks: _Positions | None, n_rows: int) -> None:
        """Make room for a batch."""
        if len(self.cells) < n_rows:
            self.cells = np.empty(n_rows, np.int64)
        if blocks is not None:
            first, last = int(blocks.min()), int(blocks.max())
            self.first_cells = (blocks - first) * _CELLS
            self.span = slice(first * _CELLS, (last + 1) * _CELLS)


@dataclass(slots=True)
class _Numbers:
    """Cells of all blocks side by side; each block has two more, for values that are missing or not finite.

    No row is sorted out on the way, so that a batch costs a handful of passes however it is cut.
    """

    blocks: int
    whole: bool
    exponent: int | None = None
    lowest: int = 0
    counts: _Positions = field(init=False)

    def __post_init__(self) -> None:
        self.counts = np.zeros(self.blocks * _CELLS, np.int64)

    def add(self, column: "pa.Array", blocks: _Positions | None, scratch: _Scratch) -> None:
        values, missing = _raw(column)
        if self.exponent is None:
            self._set_scale(values, missing)
        cells = scratch.cells[: len(values)]
        for at in range(0, len(values), _AT_ONCE):
            some = slice(at, at + _AT_ONCE)
            self._place(values[some], None if missing is None else missing[some], cells[some], scratch.scaled)
        if scratch.first_cells is not None:
            cells += scratch.first_cells
        span = scratch.span
        self.counts[span] += np.bincount(cells, minlength=span.stop - span.start)

    def _place(
        self,
        values: NDArray[Any],
        missing: NDArray[np.bool_] | None,
        cells: _Positions,
        room: NDArray[np.float64],
    ) -> None:
        """Write the cell that each value has within its block."""
        scaled = room[: len(values)]
        # Where a value is missing, anything may stand.
        with np.errstate(all="ignore"):
            np.multiply(values, 2.0 ** -(self.exponent or 0), out=scaled, dtype=np.float64)
            # One that is not finite makes the sum so: a cheaper question than asking each.
            wrong = None if self.whole or np.isfinite(scaled.sum()) else ~np.isfinite(values)
        if wrong is not None:
            scaled[wrong] = 0.0
        np.floor(scaled, out=scaled)
        scaled -= self.lowest
        np.clip(scaled, 0, _BINS - 1, out=scaled)
        np.copyto(cells, scaled, casting="unsafe")
        if wrong is not None:
            np.putmask(cells, wrong, _NOT_FINITE)
        if missing is not None:
            np.putmask(cells, missing, _MISSING)

    def _set_scale(self, values: NDArray[Any], missing: NDArray[np.bool_] | None) -> None:
        if missing is not None:
            values = values[~missing]
        if not self.whole:
            values = values[np.isfinite(values)]
        if len(values):
            self.exponent, self.lowest = bin_scale(values, whole=self.whole, beside=BINS_BESIDE)

    def finish(self) -> list[NumberProfile]:
        profiles = []
        for block in self.counts.reshape(self.blocks, _CELLS):
            (filled,) = block[:_BINS].nonzero()
            profiles.append(
                NumberProfile(
                    missing=int(block[_MISSING]),
                    not_finite=int(block[_NOT_FINITE]),
                    exponent=self.exponent or 0,
                    counts=BinCounts(filled + self.lowest, block[filled]),
                )
            )
        return profiles


@dataclass(slots=True)
class _Categories:
    blocks: int
    missing: _Positions = field(init=False)
    other: _Positions = field(init=False)
    counts: dict[str, _Positions] = field(default_factory=dict)
    uncounted: bool = False

    def __post_init__(self) -> None:
        self.missing = np.zeros(self.blocks, np.int64)
        self.other = np.zeros(self.blocks, np.int64)

    def add(self, column: "pa.Array", blocks: _Positions | None, _: _Scratch) -> None:
        import pyarrow as pa

        if self.uncounted:
            self._add_uncounted(column, blocks)
            return
        encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        n = len(encoded.dictionary)
        if len(self.counts) + n > MAX_DISTINCT:
            # Free text or a key: its single values tell nothing, and there is no end of them.
            self.other += sum(self.counts.values(), np.zeros(self.blocks, np.int64))
            self.counts, self.uncounted = {}, True
            self._add_uncounted(column, blocks)
            return
        codes, missing = _raw(encoded.indices)
        cells = codes.astype(np.int64)
        if missing is not None:
            cells[missing] = n
        if blocks is not None:
            cells += blocks * (n + 1)
        times = np.bincount(cells, minlength=self.blocks * (n + 1)).reshape(self.blocks, n + 1)
        self.missing += times[:, n]
        names = encoded.dictionary
        if not pa.types.is_string(names.type):
            names = names.cast(pa.string())
        for name, counts in zip(names.to_pylist(), times.T, strict=False):
            if name is not None:
                self.counts[name] = self.counts.get(name, 0) + counts

    def _add_uncounted(self, column: "pa.Array", blocks: _Positions | None) -> None:
        there = column.is_valid().to_numpy(zero_copy_only=False)
        self.other += _per_block(there, blocks, self.blocks)
        self.missing += _per_block(~there, blocks, self.blocks)

    def finish(self) -> list[CategoryProfile]:
        # The same values are listed in every block, so that none is new only because another one was rarer.
        ranked = sorted(self.counts.items(), key=lambda item: (-int(item[1].sum()), item[0]))
        listed, rest = ranked[:TOP_CATEGORIES], ranked[TOP_CATEGORIES:]
        other = sum((counts for _, counts in rest), self.other)
        return [
            CategoryProfile(
                missing=int(self.missing[block]),
                counts={name: int(counts[block]) for name, counts in listed if counts[block]},
                other=int(other[block]),
            )
            for block in range(self.blocks)
        ]


_ARROW_FLOATS: Mapping[str, str] = {"halffloat": "float16", "float": "float32", "double": "float64"}
"""Types that NumPy has by another name."""


def _raw(column: "pa.Array") -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    """Values as they stand in memory, and which are missing; None: none is.

    What stands where a value is missing is not told. Arrow's own conversion copies, and loads pandas.
    """
    validity, data = column.buffers()
    there = slice(column.offset, column.offset + len(column))
    name = str(column.type)
    values = np.frombuffer(data or b"", _ARROW_FLOATS.get(name, name))[there]
    if not column.null_count:
        return values, None
    bits = np.unpackbits(np.frombuffer(validity, np.uint8), count=there.stop, bitorder="little")
    return values, bits[there] == 0


def _per_block(chosen: NDArray[np.bool_], blocks: _Positions | None, n: int) -> _Positions:
    if blocks is None:
        return np.array([int(chosen.sum())])
    return np.bincount(blocks[chosen], minlength=n)
