import hashlib
import io
import itertools
import math
from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lifecycle.data.content_hash import content_hash
from lifecycle.errors import LifecycleError

INSTANT = pa.timestamp("us", tz="UTC")
SCHEMA = pa.schema(
    {
        "s": pa.string(),
        "i": pa.int64(),
        "f": pa.float64(),
        "b": pa.bool_(),
        "t": INSTANT,
        "d": pa.date32(),
    }
)
VALUES = {
    "s": st.text(max_size=5),
    "i": st.integers(-(2**63), 2**63 - 1),
    "f": st.floats(),
    "b": st.booleans(),
    "t": st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    "d": st.dates(date(1900, 1, 1), date(2100, 1, 1)),
}
ROWS = st.lists(
    st.fixed_dictionaries({name: st.none() | values for name, values in VALUES.items()}), max_size=12
)


def hash_of(table: pa.Table) -> str:
    return content_hash(table.to_batches(), table.schema)


def table_of(rows: list[dict[str, object]]) -> pa.Table:
    return pa.Table.from_pylist(rows, SCHEMA)


def rewritten(table: pa.Table, *, codec: str, group: int) -> pa.Table:
    file = io.BytesIO()
    pq.write_table(table, file, compression=codec, row_group_size=group)
    return pq.read_table(file)


def test_the_digest_is_the_one_worked_by_hand() -> None:
    validity = hashlib.sha256(b"\x01\x00").digest()
    values = hashlib.sha256((7).to_bytes(8, "little") + bytes(8)).digest()
    no_lengths = hashlib.sha256().digest()
    expected = hashlib.sha256(b"flywheel-content-1\n1:n:int:" + validity + values + no_lengths)
    assert hash_of(pa.table({"n": pa.array([7, None], pa.int16())})) == expected.hexdigest()


@given(ROWS, st.lists(st.integers(0, 12), max_size=4), st.sampled_from(["none", "zstd"]), st.integers(1, 13))
@settings(deadline=None)
def test_batches_and_file_layout_do_not_matter(
    rows: list[dict[str, object]], cuts: list[int], codec: str, group: int
) -> None:
    table = table_of(rows)
    ends = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    pieces = [table.slice(a, b - a) for a, b in itertools.pairwise(ends)]
    assert hash_of(pa.concat_tables(pieces)) == hash_of(table)
    assert hash_of(rewritten(table, codec=codec, group=group)) == hash_of(table)


@given(ROWS.filter(len), st.data())
@settings(deadline=None)
def test_any_other_cell_gives_another_hash(rows: list[dict[str, object]], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(rows) - 1))
    name = data.draw(st.sampled_from(SCHEMA.names))
    value = data.draw(st.none() | VALUES[name])
    assume(not same(value, rows[at][name]))
    changed = [row | {name: value} if i == at else row for i, row in enumerate(rows)]
    assert hash_of(table_of(changed)) != hash_of(table_of(rows))


def same(a: object, b: object) -> bool:
    both_nan = isinstance(a, float) and isinstance(b, float) and math.isnan(a) and math.isnan(b)
    return both_nan or a == b


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(pa.array([1, None], pa.int8()), pa.array([1, None], pa.uint32()), id="integer width"),
        pytest.param(pa.array([0.5], pa.float32()), pa.array([0.5], pa.float64()), id="float width"),
        pytest.param(
            pa.array(["a", None, "a"]).dictionary_encode(), pa.array(["a", None, "a"]), id="dictionary"
        ),
        pytest.param(
            pa.array(["a"], pa.large_string()), pa.array(["a"], pa.string_view()), id="string layout"
        ),
        pytest.param(pa.array([1], pa.timestamp("s", "UTC")), pa.array([10**6], INSTANT), id="unit of time"),
        pytest.param(
            pa.array([0], pa.timestamp("us", "Asia/Tokyo")), pa.array([0], INSTANT), id="zone of display"
        ),
        pytest.param(pa.array([0.0]), pa.array([-0.0]), id="the two zeros"),
        pytest.param(
            pa.array([math.nan]), pa.array(np.array([2**64 - 1], "u8").view("f8")), id="payload of a NaN"
        ),
    ],
)
def test_how_arrow_holds_a_value_does_not_matter(one: pa.Array, other: pa.Array) -> None:
    assert hash_of(pa.table({"x": one})) == hash_of(pa.table({"x": other}))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param({"x": [0]}, {"x": [None]}, id="zero is not missing"),
        pytest.param({"x": [""]}, {"x": [None]}, id="an empty text is not missing"),
        pytest.param({"x": [math.nan]}, {"x": [None]}, id="NaN is not missing"),
        pytest.param({"x": ["ab", "c"]}, {"x": ["a", "bc"]}, id="texts do not run together"),
        pytest.param({"x": [1]}, {"x": [1.0]}, id="the logical type counts"),
        pytest.param({"x": [1]}, {"x": [True]}, id="a number is not a truth"),
        pytest.param({"x": [1]}, {"y": [1]}, id="the name counts"),
        pytest.param({"x": [1], "y": [1]}, {"y": [1], "x": [1]}, id="the order of columns counts"),
        pytest.param({"x": [1, 2]}, {"x": [2, 1]}, id="the order of rows counts"),
        pytest.param({"x": [1, 1]}, {"x": [1]}, id="the number of rows counts"),
    ],
)
def test_what_a_table_says_matters(one: dict[str, list[object]], other: dict[str, list[object]]) -> None:
    types = {float: pa.float64(), int: pa.int64(), str: pa.string(), bool: pa.bool_()}

    def table(columns: dict[str, list[object]]) -> pa.Table:
        kinds = {type(v) for values in [*one.values(), *columns.values()] for v in values if v is not None}
        found = next((type(v) for values in columns.values() for v in values if v is not None), kinds.pop())
        return pa.table({name: pa.array(values, types[found]) for name, values in columns.items()})

    assert hash_of(table(one)) != hash_of(table(other))


def test_memory_under_missing_values_is_not_read() -> None:
    dirty = pa.Array.from_buffers(
        pa.int64(), 2, [pa.py_buffer(b"\x01"), pa.py_buffer(np.array([5, 9], "i8"))]
    )
    assert hash_of(pa.table({"x": dirty})) == hash_of(pa.table({"x": pa.array([5, None], pa.int64())}))


def test_a_timestamp_without_zone_has_no_hash() -> None:
    with pytest.raises(LifecycleError, match=r"no logical type holds timestamp\[us\] values"):
        hash_of(pa.table({"x": pa.array([0], pa.timestamp("us"))}))
