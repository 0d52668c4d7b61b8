"""What DuckDB tells of a user's table, and that what is read so comes out of `data.sql` as well."""

from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from lifecycle.errors import LifecycleError
from lifecycle.spec.infer.facts import Reading
from lifecycle.spec.infer.readings import choose_reading
from resources.warehouse.find_table import find_table
from resources.warehouse.inspect import Inspection, inspecting
from resources.warehouse.readings import source_sql, typed

COLUMNS = [
    pytest.param(["1", "2", "-3"], "int", [1, 2, -3], id="whole numbers"),
    pytest.param(["1", "2.5", "1e3"], "float", [1.0, 2.5, 1000.0], id="numbers"),
    pytest.param(["1", "NA", "?"], "int", [1, None, None], id="words for missing"),
    pytest.param(["007", "012", "100"], "string", ["007", "012", "100"], id="leading zeros are a name"),
    pytest.param(["True", "false", "TRUE"], "bool", [True, False, True], id="truth values"),
    pytest.param(["yes", "No", "y"], "bool", [True, False, True], id="yes and no"),
    pytest.param(["$1,234.50", "12%", "3"], "float", [1234.5, 12.0, 3.0], id="signs and thousands"),
    pytest.param(["1.234,5", "2,25", "3,0"], "float", [1234.5, 2.25, 3.0], id="decimal commas"),
    pytest.param(["2024-01-31"] * 3, "date", [date(2024, 1, 31)] * 3, id="ISO dates"),
    pytest.param(
        ["31/01/2024", "1/2/2024", "03/04/2024"],
        "date",
        [date(2024, 1, 31), date(2024, 2, 1), date(2024, 4, 3)],
        id="days first",
    ),
    pytest.param(
        ["Jan 1 2000", "Feb 2 2001", "Dec 31 1999"],
        "date",
        [date(2000, 1, 1), date(2001, 2, 2), date(1999, 12, 31)],
        id="names of months",
    ),
    pytest.param(["2024-01-31T10:00:00Z"] * 3, "timestamp", [datetime(2024, 1, 31, 10)] * 3, id="instants"),
    pytest.param(["a", "1", "b"], "string", ["a", "1", "b"], id="text"),
    pytest.param(
        ["1234567890123456789012", "2" * 22, "3" * 22],
        "string",
        ["1234567890123456789012", "2" * 22, "3" * 22],
        id="too long for a number",
    ),
]


def looked_at(path: Path) -> Inspection:
    with inspecting(find_table(str(path), table=None, home=path.parent).files) as inspection:
        return inspection


@pytest.mark.parametrize(("texts", "kind", "values"), COLUMNS)
def test_a_column_of_text_is_read_as_what_it_holds(
    tmp_path: Path, texts: list[str], kind: str, values: list[object]
) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x,n\n" + "".join(f'"{text}",{i}.5\n' for i, text in enumerate(texts)))
    found = find_table(str(path), table=None, home=tmp_path)
    with inspecting(found.files) as inspection:
        reading = choose_reading(inspection.raw_columns()[0], day_first=None).reading
        assert reading is not None
        assert reading.type == kind
        facts, misread = inspection.measure({"x": ("x", reading), "n": ("n", Reading(type="float"))}, {})
        assert (dict(misread), facts.columns["x"].nulls) == ({}, values.count(None))
        read = inspection.sample(["x", "n"]).sort_by("n")["x"].to_pylist()
        assert [
            v.astimezone(UTC).replace(tzinfo=None) if isinstance(v, datetime) else v for v in read
        ] == values
    # The spec's own cast reads what data.sql gives, to the same values.
    sql = source_sql({"x": ("x", reading)}, key=None, needs=[], blank={})
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"CREATE VIEW raw AS FROM {found.files.sql}")
        prepared = {str(row[0]): str(row[1]) for row in connection.execute(f"DESCRIBE {sql}").fetchall()}
        again = typed("x", prepared["x"], Reading(type=reading.type))
        assert connection.execute(f"SELECT count({again}) FROM ({sql})").fetchall() == [
            (len(values) - values.count(None),)
        ]


def test_a_value_far_down_that_does_not_fit_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x,n\n1,2\noops,3\n4,5\n")
    with inspecting(find_table(str(path), table=None, home=tmp_path).files) as inspection:
        told = {"x": ("x", Reading(type="int")), "n": ("n", Reading(type="int"))}
        assert inspection.measure(told, {})[1] == {"x": 1}


def test_a_uuid_is_text_and_a_key(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT uuid() AS id, i % 3 AS n FROM range(50) t(i)) TO '{path}'")
    with inspecting(find_table(str(path), table=None, home=tmp_path).files) as inspection:
        assert inspection.columns[0].found == "UUID"
        reading = choose_reading(inspection.raw_columns()[0], day_first=None).reading
        assert reading == Reading(type="string")
        facts, _ = inspection.measure({"id": ("id", reading)}, {})
        assert facts.columns["id"].unique


@pytest.mark.parametrize(
    ("texts", "without"),
    [
        pytest.param("2024-01-31 10:00:00", True, id="a clock's time"),
        pytest.param("31.01.2024 10:00", True, id="in another format"),
        pytest.param("2024-01-31T10:00:00Z", False, id="UTC"),
        pytest.param("2024-01-31 10:00:00+02", False, id="an offset"),
    ],
)
def test_a_time_says_its_zone_or_not(tmp_path: Path, texts: str, without: bool) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"x,n\n{texts},1\n,2\n")
    with inspecting(find_table(str(path), table=None, home=tmp_path).files) as inspection:
        reading = choose_reading(inspection.raw_columns()[0], day_first=None).reading
        assert reading is not None
        assert reading.type == "timestamp"
        assert inspection.without_zone("x", reading) == without


def test_columns_named_like_our_aliases_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("the row,t,d,x\n" + "".join(f"{i},{i % 3},{i % 2},{i}\n" for i in range(300)))
    assert looked_at(path).n_rows == 300


def test_a_folder_of_two_kinds_is_refused(tmp_path: Path) -> None:
    for name in ("a.csv", "b.parquet"):
        (tmp_path / name).write_text("x")
    with pytest.raises(LifecycleError, match=r"\.csv and \.parquet"):
        find_table(str(tmp_path), table=None, home=tmp_path)
