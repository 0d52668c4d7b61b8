"""What a spec may name as its source, and what comes of it when it is wrong."""

import gzip
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lifecycle.errors import LifecycleError
from lifecycle.spec.model_spec import ModelSpec
from resources.warehouse.duckdb import DuckDBWarehouse
from tests.fakes.orders import DAY, NOON, SCHEMA, WINDOW, order, orders, orders_spec, write_orders

FILES = "source: {files: orders.parquet}"


def sql_spec(sql: str) -> ModelSpec:
    return orders_spec((FILES, f"source: {{sql: {sql!r}, tables: {{raw: orders.parquet}}}}"))


def refusal(warehouse: DuckDBWarehouse, spec: ModelSpec) -> str:
    """The message of the error that a snapshot ends with; what was published before is still there."""
    before = warehouse.published("orders", "data", DAY)
    with pytest.raises(LifecycleError) as caught:
        warehouse.snapshot(spec, DAY, WINDOW)
    assert warehouse.published("orders", "data", DAY) == before
    assert list((Path(warehouse.root) / ".work").glob("*")) == []
    return str(caught.value)


def test_sql_joins_its_tables(duckdb_only: DuckDBWarehouse, models: Path) -> None:
    write_orders(models, [order("a", amount=1.5), order("b")])
    spec = sql_spec("SELECT * REPLACE (amount * 2 AS amount) FROM raw -- doubled\n;")
    read = duckdb_only.read(duckdb_only.snapshot(spec, DAY, WINDOW))
    assert read.equals(orders([order("a", amount=3.0), order("b", amount=20.0)]))


@pytest.mark.parametrize("ending", ["csv", "csv.gz"])
def test_a_csv_file_takes_its_types_from_the_spec(
    duckdb_only: DuckDBWarehouse, models: Path, ending: str
) -> None:
    text = (
        "known_at,returned,order_id,ordered_at,amount,items,shop\n"
        "2024-03-04T12:00:00+00:00,true,007,2024-03-01 13:00:00+01:00,10,2,north\n"
        ",,008,2024-03-01 12:00:00,,3,south\n"
    )
    path = models / "orders" / f"orders.{ending}"
    path.write_bytes(gzip.compress(text.encode()) if ending == "csv.gz" else text.encode())
    spec = orders_spec((FILES, f"source: {{files: orders.{ending}}}"))
    expected = [
        order("007", returned=True),
        order("008", amount=None, items=3, shop="south", returned=None, known_at=None),
    ]
    assert duckdb_only.read(duckdb_only.snapshot(spec, DAY, WINDOW)).equals(orders(expected))


def test_a_glob_reads_all_files_under_the_home(
    duckdb_only: DuckDBWarehouse, models: Path, tmp_path: Path
) -> None:
    for name in ("it's one", "two"):
        folder = tmp_path / "home" / "lake" / name
        folder.mkdir(parents=True)
        pq.write_table(orders([order(name)]), folder / "part.parquet")
    spec = orders_spec((FILES, 'source: {files: "${FLYWHEEL_HOME}/lake/**/*.parquet"}'))
    table = duckdb_only.read(duckdb_only.snapshot(spec, DAY, WINDOW))
    assert table["order_id"].to_pylist() == ["it's one", "two"]


def test_columns_that_the_spec_does_not_name_are_left_out(duckdb_only: DuckDBWarehouse, models: Path) -> None:
    path = write_orders(models, [order("a")])
    pq.write_table(pq.read_table(path).append_column("more", [[1]]), path)
    assert duckdb_only.read(duckdb_only.snapshot(orders_spec(), DAY, WINDOW)).schema.equals(SCHEMA)


def test_an_all_null_column_of_another_type_is_missing_values(
    duckdb_only: DuckDBWarehouse, models: Path
) -> None:
    schema = SCHEMA.set(6, pa.field("known_at", pa.null())).set(5, pa.field("returned", pa.null()))
    write_orders(models, [order("a", returned=None, known_at=None)], schema)
    table = duckdb_only.snapshot(orders_spec(), DAY, WINDOW)
    assert (table.nulls["known_at"], table.columns["known_at"]) == (1, "timestamp")


def test_a_missing_file_is_named(duckdb_only: DuckDBWarehouse, models: Path) -> None:
    with pytest.raises(LifecycleError) as caught:
        duckdb_only.snapshot(orders_spec(), DAY, WINDOW)
    path = models / "orders" / "orders.parquet"
    assert str(caught.value) == (
        f"data.source.files = orders.parquet: there is no file {path}; put it there or mend the path"
    )


@pytest.mark.parametrize(
    ("files", "message"),
    [
        pytest.param("s3://bucket/a.parquet", "this warehouse reads local files", id="another machine"),
        pytest.param("notes.txt", "file names must all end in .parquet", id="neither Parquet nor CSV"),
        pytest.param("notes.*", "file names must all end in .parquet", id="both at once"),
    ],
)
def test_a_source_that_is_no_local_table_is_refused(
    duckdb_only: DuckDBWarehouse, models: Path, files: str, message: str
) -> None:
    for ending in ("txt", "csv", "parquet"):
        (models / "orders" / f"notes.{ending}").write_text("x")
    with pytest.raises(LifecycleError, match=message):
        duckdb_only.snapshot(orders_spec((FILES, f'source: {{files: "{files}"}}')), DAY, WINDOW)


def test_all_missing_columns_are_named_at_once(duckdb_only: DuckDBWarehouse, models: Path) -> None:
    schema = SCHEMA.remove(4).remove(3)
    write_orders(models, [order("a")], schema)
    message = refusal(duckdb_only, orders_spec())
    assert message == (
        "data.source of orders has no column items, shop; "
        "it has order_id, ordered_at, amount, returned, known_at: mend the spec or the source"
    )


def test_a_value_of_another_type_is_named_with_its_column(duckdb_only: DuckDBWarehouse, models: Path) -> None:
    write_orders(models, [order("a")])
    duckdb_only.snapshot(orders_spec(), DAY, WINDOW)
    schema = SCHEMA.set(3, pa.field("items", pa.string()))
    write_orders(models, [order("a", items="2"), order("b", items="many")], schema)
    assert "the column items holds many, which cannot be read as int" in refusal(duckdb_only, orders_spec())


def test_a_bad_value_of_another_partition_does_no_harm(duckdb_only: DuckDBWarehouse, models: Path) -> None:
    schema = SCHEMA.set(3, pa.field("items", pa.string()))
    write_orders(models, [order("a", items="2"), order("b", items="many", ordered_at=WINDOW.end)], schema)
    assert duckdb_only.snapshot(orders_spec(), DAY, WINDOW).rows == 1


def test_a_row_without_event_time_is_not_dropped_in_silence(
    duckdb_only: DuckDBWarehouse, models: Path
) -> None:
    write_orders(models, [order("a"), order("b", ordered_at=None)])
    assert refusal(duckdb_only, orders_spec()) == (
        "data.source of orders has 1 rows without ordered_at, which belong to no partition; "
        "mend them or leave them out in data.source.sql"
    )


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _page(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4:200] = bytes(196)
    path.write_bytes(content)


def _web_page(path: Path) -> None:
    path.write_text("<html>503 try again</html>")


@pytest.mark.parametrize("harm", [_empty, _half, _page, _web_page])
def test_a_corrupt_file_is_named_and_changes_nothing(
    duckdb_only: DuckDBWarehouse, models: Path, harm: Callable[[Path], None]
) -> None:
    good = write_orders(models, [order("a")])
    duckdb_only.snapshot(orders_spec(), DAY, WINDOW)
    bad = good.with_name("orders-2.parquet")
    bad.write_bytes(good.read_bytes())
    harm(bad)
    spec = orders_spec((FILES, 'source: {files: "orders*.parquet"}'))
    message = refusal(duckdb_only, spec)
    assert message.startswith(f"data.source of orders cannot be read (the file {bad} is not readable): ")
    assert "what was published before is untouched" in message


@pytest.mark.parametrize(
    "sql",
    [
        pytest.param("SELECT * FROM read_csv('/etc/passwd')", id="reads another file"),
        pytest.param("SELECT * FROM '/etc/passwd'", id="reads another file by its name"),
        pytest.param("SELECT * FROM read_text('/proc/self/environ')", id="reads the environment"),
        pytest.param("SELECT * FROM glob('/etc/*')", id="lists a folder"),
        pytest.param("SELECT * FROM read_parquet('https://example.com/a.parquet')", id="reaches out"),
        pytest.param("COPY raw TO '{out}'", id="writes a file"),
        pytest.param("COPY raw TO '{source}'", id="writes the source itself"),
        pytest.param("ATTACH '{out}'", id="makes a database"),
        pytest.param("INSTALL httpfs", id="installs an extension"),
        pytest.param("LOAD httpfs", id="loads an extension"),
        pytest.param("SET enable_external_access = true", id="unlocks"),
        pytest.param("SELECT 1; SELECT * FROM raw", id="two statements"),
        pytest.param("SELECT * FROM query('COPY raw TO ''{out}''')", id="a statement inside"),
        pytest.param("DROP VIEW raw", id="no SELECT"),
        pytest.param("SELECT * FROM spec", id="a variable of Python"),
        pytest.param("", id="nothing"),
        pytest.param("SELEC * FROM raw", id="no SQL"),
    ],
)
def test_sql_reaches_nothing_but_its_tables(
    duckdb_only: DuckDBWarehouse, models: Path, tmp_path: Path, sql: str
) -> None:
    source = write_orders(models, [order("a")])
    content, out = source.read_bytes(), tmp_path / "out"
    filled = sql.replace("{out}", str(out)).replace("{source}", str(source))
    assert "data.source of orders" in refusal(duckdb_only, sql_spec(filled))
    assert source.read_bytes() == content
    assert not out.exists()


def test_no_content_of_a_forbidden_file_is_in_the_error(duckdb_only: DuckDBWarehouse, models: Path) -> None:
    write_orders(models, [order("a")])
    message = refusal(duckdb_only, sql_spec("SELECT content AS order_id FROM read_text('/etc/passwd')"))
    assert "root:" not in message


def test_the_zone_of_the_machine_does_not_matter(
    duckdb_only: DuckDBWarehouse, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "TZ", "Asia/Tokyo")
    schema = SCHEMA.set(1, pa.field("ordered_at", pa.timestamp("ms")))
    write_orders(models, [order("a", ordered_at=NOON.replace(tzinfo=None))], schema)
    snapshot = duckdb_only.snapshot(sql_spec("SELECT * FROM raw WHERE hour(ordered_at) = 12"), DAY, WINDOW)
    assert duckdb_only.read(snapshot, ["ordered_at"]).to_pylist() == [{"ordered_at": NOON}]


def test_loading_the_adapter_loads_no_engine() -> None:
    code = "import sys, resources.warehouse.duckdb; print({'duckdb', 'ibis', 'pandas'} & set(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "set()"
