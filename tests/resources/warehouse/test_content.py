"""The content hash of a snapshot is that of its rows: not of their order, files, formats or widths."""

import csv
import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from resources.warehouse.base import Warehouse
from tests.fakes.orders import DAY, SCHEMA, WINDOW, orders, orders_spec
from tests.lifecycle.data.test_content_hash import same
from tests.resources.warehouse.conftest import EXAMPLES

SPEC = orders_spec(("orders.parquet", "orders-*"))
# What each form can say: CSV has one text for a missing value and an empty one, narrow columns hold less.
TEXTS = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=4)
INSTANTS = st.integers(0, 86_400_000_000 - 1).map(lambda us: WINDOW.start + timedelta(microseconds=us))
VALUES: Mapping[str, st.SearchStrategy[object]] = {
    "order_id": st.sampled_from(["a", "b", "\u00e9", "ab"]),
    "ordered_at": st.sampled_from([WINDOW.start, WINDOW.end - timedelta(microseconds=1)]) | INSTANTS,
    "amount": st.none() | st.floats(width=32),
    "items": st.none() | st.integers(-(2**31), 2**31 - 1),
    "shop": st.none() | TEXTS,
    "returned": st.none() | st.booleans(),
    "known_at": st.none() | INSTANTS,
}
Row = dict[str, object]
ROWS: st.SearchStrategy[list[Row]] = st.lists(st.fixed_dictionaries(dict(VALUES)), min_size=1, max_size=8)
NARROW = {"amount": pa.float32(), "items": pa.int32(), "shop": pa.dictionary(pa.int8(), pa.large_string())}
_UNCHECKED = [HealthCheck.function_scoped_fixture]


def content_of(warehouse: Warehouse, models: Path, write: Callable[[Path], None]) -> str:
    """Content hash of the snapshot of what is written into the spec's folder."""
    folder = models / "orders"
    for path in folder.iterdir():
        path.unlink()
    write(folder)
    return warehouse.snapshot(SPEC, DAY, WINDOW).content_hash


def as_parquet(folder: Path, name: str, rows: list[Row], *, codec: str, group: int, narrow: bool) -> None:
    table = orders(rows)
    if narrow:
        for column, held in NARROW.items():
            at = table.schema.get_field_index(column)
            table = table.set_column(at, column, table[column].cast(held))
    pq.write_table(table, folder / f"orders-{name}.parquet", compression=codec, row_group_size=group)


def as_csv(folder: Path, name: str, rows: list[Row]) -> None:
    with (folder / f"orders-{name}.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(SCHEMA.names)
        writer.writerows([[_text(row[column]) for column in SCHEMA.names] for row in rows])


def _text(value: object) -> str:
    if value is None:
        return ""
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


@given(
    rows=ROWS,
    shuffle=st.randoms(use_true_random=False),
    files=st.integers(1, 3),
    form=st.sampled_from(["csv", "parquet", "narrow parquet"]),
    codec=st.sampled_from(["none", "snappy", "zstd", "gzip"]),
    group=st.integers(1, 9),
)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=_UNCHECKED)
def test_order_files_format_compression_and_widths_do_not_matter(
    warehouse: Warehouse,
    models: Path,
    rows: list[Row],
    shuffle: random.Random,
    files: int,
    form: str,
    codec: str,
    group: int,
) -> None:
    def plainly(folder: Path) -> None:
        as_parquet(folder, "all", rows, codec="zstd", group=100, narrow=False)

    mixed = [*rows]
    shuffle.shuffle(mixed)

    def otherwise(folder: Path) -> None:
        for number in range(files):
            part = mixed[number::files]
            if form == "csv":
                as_csv(folder, str(number), part)
            else:
                narrow = form == "narrow parquet"
                as_parquet(folder, str(number), part, codec=codec, group=group, narrow=narrow)

    assert content_of(warehouse, models, otherwise) == content_of(warehouse, models, plainly)


@given(rows=ROWS, data=st.data())
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=_UNCHECKED)
def test_any_other_value_null_or_row_is_other_content(
    warehouse: Warehouse, models: Path, rows: list[Row], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(rows) - 1))
    how = data.draw(st.sampled_from(["a cell", "a row less", "a row twice"]))
    changed = [*rows]
    if how == "a cell":
        name = data.draw(st.sampled_from(SCHEMA.names))
        value = data.draw(VALUES[name])
        assume(not same(value, rows[at][name]))
        changed[at] = rows[at] | {name: value}
    elif how == "a row less":
        del changed[at]
    else:
        changed.append(rows[at])

    def write(what: list[Row]) -> Callable[[Path], None]:
        return lambda folder: as_parquet(folder, "all", what, codec="zstd", group=100, narrow=False)

    assert content_of(warehouse, models, write(changed)) != content_of(warehouse, models, write(rows))
