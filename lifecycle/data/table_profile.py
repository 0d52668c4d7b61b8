"""The profile of a snapshot: how the values of each column are spread, small, and addable to others.

Numbers are counted in bins whose width is a power of two and whose bounds are multiples of it. Such grids
nest: profiles of two partitions, made with different widths, are brought to the wider one without an error.
So no profile depends on another one's edges, partitions can be pooled, and quantile bins are cut when they
are needed.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from lifecycle.spec.columns import ColumnType
from lifecycle.spec.model_spec import ModelSpec

if TYPE_CHECKING:
    import pyarrow as pa

TABLE_PROFILE_FORMAT = 1
LABEL_DELAY = "label delay"
"""Name of the profile of how long labels took; no column can be called that."""
TOP_CATEGORIES = 200
_BINS_OF_THE_MIDDLE = 128
BINS_BESIDE = 4096
SCALE_ROWS = 4096
MAX_DISTINCT = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberProfile:
    """A column of numbers, or of times as seconds after the event."""

    kind: Literal["number"] = "number"
    missing: int
    not_finite: int
    exponent: int
    """Bins are 2**exponent wide."""
    counts: Mapping[int, int]
    """Number of the bin, `floor(value / width)` -> finite values in it. What lies very far out is counted in
    the outermost bin that is kept on its side."""

    @property
    def present(self) -> int:
        """Finite values."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryProfile:
    """A column of strings or booleans: the most frequent values."""

    kind: Literal["category"] = "category"
    missing: int
    counts: Mapping[str, int]
    other: int
    """Values that are not among the counted ones."""

    @property
    def present(self) -> int:
        """Values."""
        return sum(self.counts.values()) + self.other


ColumnProfile = NumberProfile | CategoryProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class TableProfile:
    """The columns of a snapshot, and `LABEL_DELAY`."""

    rows: int
    columns: Mapping[str, ColumnProfile]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    format: int
    asked: str
    profile: TableProfile


_STORED = TypeAdapter(_Stored)


def dump_profile(profile: TableProfile, *, asked: str) -> bytes:
    """JSON of a profile; `asked` says what was profiled, so that it answers nothing else."""
    return _STORED.dump_json(_Stored(format=TABLE_PROFILE_FORMAT, asked=asked, profile=profile))


def load_profile(text: bytes, *, asked: str) -> TableProfile | None:
    """A profile from its JSON; None where it is broken, of another format, or of something else."""
    try:
        stored = _STORED.validate_json(text)
    except ValidationError:
        return None
    return stored.profile if (stored.format, stored.asked) == (TABLE_PROFILE_FORMAT, asked) else None


def profiled_columns(spec: ModelSpec, held: Mapping[str, ColumnType]) -> Mapping[str, ColumnType]:
    """Columns that are profiled: all but the entity and the event time, which are new in each partition.

    Args:
        held: columns of the table. One that has another type than in the spec is left out: other rules tell.
    """
    left_out = (spec.data.entity, spec.data.event_time)
    columns = {
        name: column.type
        for name, column in spec.data.columns.items()
        if name not in left_out and held.get(name) == column.type
    }
    at = spec.data.event_time
    timed = at is not None and held.get(at) == "timestamp"
    return {name: kind for name, kind in columns.items() if timed or kind not in ("timestamp", "date")}


class ProfileBuilder:
    """A profile, fed batch by batch in the order of the table: the same table gives the same profile."""

    def __init__(self, spec: ModelSpec, held: Mapping[str, ColumnType]) -> None:
        self._data, self._rows = spec.data, 0
        # Never read without one: then no column is profiled by its time.
        self._event_time = spec.data.event_time or ""
        self._kinds = profiled_columns(spec, held)
        self._columns = {name: _counter(kind) for name, kind in self._kinds.items()}
        label = spec.data.label
        if label.column in held and label.known_at in self._kinds:
            self._columns[LABEL_DELAY] = _Numbers(whole=False)

    def update(self, batch: "pa.RecordBatch") -> None:
        """Add the rows of a batch, which has the columns of the table."""
        self._rows += batch.num_rows
        for name, kind in self._kinds.items():
            column = self._columns[name]
            if isinstance(column, _Numbers) and kind in ("timestamp", "date"):
                column.update(*_seconds_after(batch, name, self._event_time))
            else:
                column.add(batch.column(name))
        delays, label = self._columns.get(LABEL_DELAY), self._data.label
        if isinstance(delays, _Numbers) and label.known_at is not None:
            labelled = batch.filter(batch.column(label.column).is_valid())
            delays.update(_seconds_after(labelled, label.known_at, self._event_time)[0], 0)

    def finish(self) -> TableProfile:
        """The profile of the rows so far."""
        return TableProfile(
            rows=self._rows, columns={name: column.finish() for name, column in self._columns.items()}
        )


def column_profile(kind: ColumnType, values: Iterable["pa.Array"]) -> ColumnProfile:
    """The profile of one column that comes in pieces: of strings, booleans or numbers.

    >>> import pyarrow as pa
    >>> column_profile("bool", [pa.array([True, None]), pa.array([True])]).counts
    {'true': 2}
    """
    column = _counter(kind)
    for piece in values:
        column.add(piece)
    return column.finish()


def pooled(profiles: Sequence[TableProfile]) -> TableProfile:
    """Several profiles as one of all their rows; columns that some of them lack are left out."""
    names = [name for name in profiles[0].columns if all(name in profile.columns for profile in profiles)]
    return TableProfile(
        rows=sum(profile.rows for profile in profiles),
        columns={
            name: column
            for name in names
            if (column := pooled_column([profile.columns[name] for profile in profiles])) is not None
        },
    )


def pooled_column(columns: Sequence[ColumnProfile]) -> ColumnProfile | None:
    """Profiles of one column as one of all its rows; None: they are of different kinds."""
    numbers = [column for column in columns if isinstance(column, NumberProfile)]
    categories = [column for column in columns if isinstance(column, CategoryProfile)]
    if len(numbers) == len(columns):
        exponent = max(column.exponent for column in numbers)
        counts: Counter[int] = Counter()
        for column in numbers:
            counts.update(coarser(column, exponent))
        return NumberProfile(
            missing=sum(column.missing for column in numbers),
            not_finite=sum(column.not_finite for column in numbers),
            exponent=exponent,
            counts=dict(counts),
        )
    if len(categories) == len(columns):
        values: Counter[str] = Counter()
        for part in categories:
            values.update(part.counts)
        missing, other = sum(part.missing for part in categories), sum(part.other for part in categories)
        return CategoryProfile(missing=missing, counts=dict(values), other=other)
    return None


def coarser(column: NumberProfile, exponent: int) -> Mapping[int, int]:
    """Counts in bins of 2**exponent, at least as wide as the profile's own.

    >>> narrow = NumberProfile(missing=0, not_finite=0, exponent=0, counts={-1: 1, 2: 4, 3: 8})
    >>> coarser(narrow, 1)
    {-1: 1, 1: 12}
    """
    shift, counts = exponent - column.exponent, dict[int, int]()
    if not shift:
        return column.counts
    for number, count in column.counts.items():
        counts[number >> shift] = counts.get(number >> shift, 0) + count
    return counts


def bin_exponent(values: NDArray[np.float64], *, whole: bool) -> int:
    """The width of bins that suits some finite values: 128 or more between their 5 % and 95 % quantiles.

    >>> bin_exponent(np.arange(1000.0), whole=False)
    2
    >>> bin_exponent(np.full(5, 7.0), whole=False)
    -5
    """
    # Plain floats: what overflows is infinite, and said below.
    low, high = map(float, np.quantile(values, [0.05, 0.95]))
    spread = high - low or float(values.max()) - float(values.min()) or abs(float(values[0])) or 1.0
    exponent = (
        math.floor(math.log2(spread)) - int(math.log2(_BINS_OF_THE_MIDDLE)) if math.isfinite(spread) else 1000
    )
    return max(0, exponent) if whole else max(-1000, exponent)


def bin_scale(values: NDArray[Any], *, whole: bool, beside: int) -> tuple[int, int]:
    """Exponent of the bins' width, and number of the lowest bin that is kept.

    Args:
        values: the first ones of a column, at least one, all of them finite.
        beside: bins that are kept on each side of the median.

    >>> bin_scale(np.arange(1000.0), whole=False, beside=100)
    (2, 24)
    """
    seen = values[:: max(1, len(values) // SCALE_ROWS)].astype(np.float64)
    exponent = bin_exponent(seen, whole=whole)
    # In cells, of which the middle of two has room: that of two very large values has none.
    return exponent, math.floor(float(np.median(seen * 2.0**-exponent))) - beside


@dataclass(slots=True)
class _Numbers:
    whole: bool
    missing: int = 0
    not_finite: int = 0
    exponent: int | None = None
    lowest: int = 0
    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(2 * BINS_BESIDE + 1, np.int64))

    def add(self, values: "pa.Array") -> None:
        """Count the values of a column."""
        present = values.drop_null() if values.null_count else values
        self.update(present.to_numpy(zero_copy_only=False), missing=values.null_count)

    def update(self, values: NDArray[Any], missing: int) -> None:
        """Count values, none of which is missing."""
        self.missing += missing
        if not self.whole:
            finite = np.isfinite(values)
            if not finite.all():
                self.not_finite += len(values) - int(finite.sum())
                values = values[finite]
        if not len(values):
            return
        if self.exponent is None:
            # The first batch sets the scale. That of later ones may differ: then bins are finer or coarser
            # than they need be, and never wrong.
            self.exponent, self.lowest = bin_scale(values, whole=self.whole, beside=BINS_BESIDE)
        with np.errstate(over="ignore"):
            scaled = np.multiply(values, 2.0**-self.exponent, dtype=np.float64)
        np.floor(scaled, out=scaled)
        scaled -= self.lowest
        np.clip(scaled, 0, 2 * BINS_BESIDE, out=scaled)
        self.counts += np.bincount(scaled.astype(np.int64), minlength=len(self.counts))

    def finish(self) -> NumberProfile:
        (filled,) = self.counts.nonzero()
        return NumberProfile(
            missing=self.missing,
            not_finite=self.not_finite,
            exponent=self.exponent or 0,
            counts={self.lowest + int(i): int(self.counts[i]) for i in filled},
        )


@dataclass(slots=True)
class _Categories:
    missing: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    other: int = 0
    uncounted: bool = False

    def add(self, values: "pa.Array") -> None:
        """Count the values of a column."""
        import pyarrow as pa
        import pyarrow.compute as pc

        present = len(values) - values.null_count
        self.missing += values.null_count
        if self.uncounted:
            self.other += present
            return
        encoded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
        if len(self.counts) + len(encoded.dictionary) > MAX_DISTINCT:
            # Free text or a key: its single values tell nothing, and there is no end of them.
            self.other += self.counts.total() + present
            self.counts, self.uncounted = Counter(), True
            return
        indices = encoded.indices.drop_null().to_numpy(zero_copy_only=False)
        times = np.bincount(indices, minlength=len(encoded.dictionary)) if len(indices) else np.zeros(0, int)
        names = pc.cast(encoded.dictionary, pa.string()).to_pylist()
        self.counts.update({name: int(n) for name, n in zip(names, times, strict=False) if n})

    def finish(self) -> CategoryProfile:
        ranked = sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))
        rest = sum(count for _, count in ranked[TOP_CATEGORIES:])
        return CategoryProfile(
            missing=self.missing, counts=dict(ranked[:TOP_CATEGORIES]), other=self.other + rest
        )


def _counter(kind: ColumnType) -> "_Numbers | _Categories":
    return _Categories() if kind in ("string", "bool") else _Numbers(whole=kind == "int")


def _both(batch: "pa.RecordBatch", first: str, second: str) -> "pa.Array":
    import pyarrow.compute as pc

    return pc.and_(batch.column(first).is_valid(), batch.column(second).is_valid())


def _seconds_after(batch: "pa.RecordBatch", column: str, event_time: str) -> tuple[NDArray[np.float64], int]:
    """Seconds from the event to a time, where both are there; and in how many rows the time is missing."""
    import pyarrow as pa

    instant = pa.timestamp("us")
    times, both = batch.column(column), _both(batch, column, event_time)
    later, event = (
        batch.column(name).filter(both).cast(instant).cast(pa.int64()).to_numpy(zero_copy_only=False)
        for name in (column, event_time)
    )
    return (later - event) / 1e6, times.null_count


def profile_batches(
    spec: ModelSpec, held: Mapping[str, ColumnType], batches: Iterable["pa.RecordBatch"]
) -> TableProfile:
    """The profile of a table that comes in batches; `held` are its columns."""
    builder = ProfileBuilder(spec, held)
    for batch in batches:
        builder.update(batch)
    return builder.finish()
