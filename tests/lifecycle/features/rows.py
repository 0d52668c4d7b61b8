"""Generated requests, lookup rows and the slow, independent reading of a lookup that tests compare with."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from lifecycle.features.expression import Kind
from lifecycle.features.request import from_python

KINDS: dict[str, Kind] = {
    "x": "float",
    "y": "float",
    "n": "int",
    "m": "int",
    "s": "string",
    "u": "string",
    "b": "bool",
    "c": "bool",
    "t": "timestamp",
    "v": "timestamp",
    "d": "date",
}
ARROW: Mapping[str, pa.DataType] = {
    "string": pa.string(),
    "int": pa.int64(),
    "float": pa.float64(),
    "bool": pa.bool_(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "date": pa.date32(),
}
YEAR = (datetime(2013, 1, 1), datetime(2014, 1, 1))
moments = st.datetimes(datetime(1971, 1, 1), datetime(2050, 1, 1), timezones=st.just(UTC))
floats = st.floats(-1e9, 1e9, allow_nan=False) | st.sampled_from([0.0, -0.0, 0.5, -0.5, 1e-12, 1e15, 2.0**53])
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8) | st.sampled_from(
    ["", "a", "Az é ß İ"]
)
values: Mapping[str, st.SearchStrategy[Any]] = {
    "string": texts,
    "int": st.integers(-(10**6), 10**6),
    "float": floats,
    "bool": st.booleans(),
    "timestamp": moments,
    "date": st.dates(datetime(1971, 1, 1).date(), datetime(2050, 1, 1).date()),
}
requests = st.fixed_dictionaries(
    {
        "at": st.datetimes(*YEAR, timezones=st.just(UTC)),
        **{name: st.none() | values[kind] for name, kind in KINDS.items()},
    }
)


def table(rows: Sequence[Mapping[str, Any]], kinds: Mapping[str, str]) -> pa.Table:
    """Rows as an Arrow table of the given kinds."""
    columns = {name: pa.array([row[name] for row in rows], ARROW[kind]) for name, kind in kinds.items()}
    return pa.table(columns)


def online(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row in the form of the online path."""
    return {name: from_python(value) for name, value in row.items()}


def known_then(
    rows: Sequence[Mapping[str, Any]], *, key: object, at: datetime, max_age: timedelta | None
) -> Mapping[str, Any] | None:
    """The latest row of a key known at a time: a loop over all rows, written apart from both paths."""
    best = None
    for row in rows:
        if key is None or row["key"] != key or row["known_at"] > at:
            continue
        if best is None or row["known_at"] > best["known_at"]:
            best = row
    if best is None or max_age is None:
        return best
    seconds = int(at.timestamp() // 1) - int(best["known_at"].timestamp() // 1)
    return best if seconds <= max_age.total_seconds() else None
