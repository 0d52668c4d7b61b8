"""A table cut into days in one pass: the same as profiling each day by itself."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.data.block_profile import (
    BlockCuts,
    block_cuts,
    profile_blocks,
)
from lifecycle.data.stored_blocks import dump_blocks, load_blocks
from lifecycle.data.table_profile import NumberProfile, column_profile
from lifecycle.spec.columns import ColumnType
from lifecycle.spec.data import Cadence

KINDS: dict[str, ColumnType] = {"n": "int", "x": "float", "word": "string", "yes": "bool", "at": "timestamp"}
START = datetime(2024, 3, 1, tzinfo=UTC)


def rows(n: int) -> pa.RecordBatch:
    rng = np.random.default_rng(4)
    at = [START + timedelta(seconds=int(s)) for s in rng.integers(0, 3 * 86_400, n)]
    x = [None if v < -1 else float("nan") if v > 2 else float(v) for v in rng.normal(0, 1, n)]
    word = [None if v == 0 else "abcde"[v] for v in rng.integers(0, 5, n)]
    columns = {
        "n": pa.array(rng.integers(0, 50, n)),
        "x": pa.array(x, pa.float64()),
        "word": pa.array(word, pa.string()),
        "yes": pa.array((rng.random(n) > 0.5).tolist()),
        "at": pa.array(at, pa.timestamp("us", "UTC")),
    }
    return pa.RecordBatch.from_pydict(columns)


def test_days_are_profiled_as_if_each_were_a_table() -> None:
    table, cuts = rows(2000), block_cuts("2024-03", "month", START, START + timedelta(days=3), "UTC")
    found = profile_blocks(KINDS, [table.slice(0, 700), table.slice(700)], cuts, event_time="at")
    assert found.names == ("2024-03-01", "2024-03-02", "2024-03-03")
    assert sum(profile.rows for profile in found.profiles) == 2000
    day = pa.compute.day(table["at"])
    for number, profile in enumerate(found.profiles, start=1):
        own = table.filter(pa.compute.equal(day, number))
        assert profile.rows == own.num_rows
        assert profile.columns.keys() == {"n", "x", "word", "yes"}
        for name in ("word", "yes"):
            assert profile.columns[name] == column_profile(KINDS[name], [own[name]])
        held, x = profile.columns["x"], own["x"]
        assert isinstance(held, NumberProfile)
        finite = x.drop_null().to_numpy()
        finite = finite[np.isfinite(finite)]
        assert (held.missing, held.present) == (x.null_count, len(finite))
        assert held.not_finite == len(x) - x.null_count - len(finite)
        numbers, counts = np.unique(np.floor(finite * 2.0**-held.exponent), return_counts=True)
        assert held.counts == dict(zip(numbers.astype(int).tolist(), counts.tolist(), strict=True))


@given(
    values=st.lists(
        st.floats(width=64) | st.sampled_from([0.0, -1.0, 1e308, 1e308]), min_size=1, max_size=40
    ),
    data=st.data(),
)
def test_each_value_is_counted_in_its_block_and_its_cell_however_rows_come(
    values: list[float], data: st.DataObject
) -> None:
    n, n_blocks = len(values), data.draw(st.integers(1, 20))
    present = data.draw(st.lists(st.booleans(), min_size=n, max_size=n))
    blocks = data.draw(st.lists(st.integers(0, n_blocks - 1), min_size=n, max_size=n))
    cut = data.draw(st.integers(0, n))
    # What stands where a value is missing is anything: here the value itself.
    validity = pa.py_buffer(np.packbits(present, bitorder="little").tobytes())
    x = pa.Array.from_buffers(pa.float64(), n, [validity, pa.py_buffer(np.array(values).tobytes())])
    batch = pa.RecordBatch.from_pydict({"x": x, "at": pa.array(blocks, pa.int64()).cast(pa.timestamp("us"))})
    cuts = BlockCuts(names=tuple(map(str, range(n_blocks))), starts=tuple(range(n_blocks)), block_s=1e-6)
    parts = [batch.slice(0, cut), batch.slice(cut)]
    found = profile_blocks({"x": "float"}, parts, cuts, event_time="at")
    for number, profile in enumerate(found.profiles):
        mine = [(v, there) for v, there, b in zip(values, present, blocks, strict=True) if b == number]
        finite = [v for v, there in mine if there and np.isfinite(v)]
        held = profile.columns["x"]
        assert isinstance(held, NumberProfile)
        assert held.missing == sum(not there for _, there in mine)
        assert held.not_finite == sum(there and not np.isfinite(v) for v, there in mine)
        assert held.present == len(finite)
        assert sum(held.counts.values()) == len(finite)


def test_a_stored_profile_answers_what_it_was_asked_and_nothing_else() -> None:
    cuts = BlockCuts(names=("all",), starts=(0,), block_s=0.0)
    found = profile_blocks(KINDS, [rows(50)], cuts, event_time=None)
    stored = dump_blocks(found, asked="these columns")
    assert load_blocks(stored, asked="these columns") == found
    assert load_blocks(stored, asked="others") is None
    assert load_blocks(b"{", asked="these columns") is None


@pytest.mark.parametrize(
    ("every", "last", "names", "block_s"),
    [
        pytest.param("hour", 1 / 24, 1, 3600.0, id="an hour is one block"),
        pytest.param("day", 1, 1, 86_400.0, id="a day is one block"),
        pytest.param("week", 7, 7, 86_400.0, id="a week has seven"),
        pytest.param("year", 366, 53, 7 * 86_400.0, id="a year has weeks"),
        pytest.param("once", 400, 1, 0.0, id="a table without time is one"),
    ],
)
def test_cuts(every: Cadence, last: float, names: int, block_s: float) -> None:
    cuts = block_cuts("p", every, START, START + timedelta(days=last), "UTC")
    assert (len(cuts.names), cuts.block_s) == (names, block_s)


def test_days_follow_the_clock_of_the_place() -> None:
    # Clocks went forward on 10 March 2024 in New York: that day had 23 hours.
    start, end = datetime(2024, 3, 10, 5, tzinfo=UTC), datetime(2024, 3, 12, 4, tzinfo=UTC)
    cuts = block_cuts("2024-03", "month", start, end, "America/New_York")
    assert [b - a for a, b in zip(cuts.starts, cuts.starts[1:], strict=False)] == [23 * 3600 * 1_000_000]
