"""Casts are checked by DuckDB itself: the SQL is right when the engine reads the right values."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import duckdb
import pytest

from lifecycle.spec.columns import ColumnType
from resources.warehouse.casts import cast_expression

NEW_YORK = "America/New_York"


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


def read(
    connection: duckdb.DuckDBPyConnection, value: str, kind: ColumnType, time_zone: str = "UTC"
) -> object:
    connection.execute(f'CREATE OR REPLACE TEMP TABLE held AS SELECT {value} AS "it\'s"')
    found = connection.execute("DESCRIBE held").fetchall()[0][1]
    expression = cast_expression("it's", found, kind, time_zone=time_zone)
    return connection.execute(f"SELECT {expression} FROM held").fetchall()[0][0]


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        ("'007'", "string", "007"),
        ("7::SMALLINT", "string", "7"),
        ("'a'::ENUM('a', 'b')", "string", "a"),
        ("7::UTINYINT", "int", 7),
        ("7.0::FLOAT", "int", 7),
        ("7.00::DECIMAL(9, 2)", "int", 7),
        ("true", "int", 1),
        ("' -7'", "int", -7),
        ("7", "float", 7.0),
        ("'1e3'", "float", 1000.0),
        ("1.5::DECIMAL(9, 2)", "float", 1.5),
        ("1::TINYINT", "bool", True),
        ("0.0::DOUBLE", "bool", False),
        ("'True'", "bool", True),
        ("'0'", "bool", False),
        ("DATE '2024-02-29'", "date", date(2024, 2, 29)),
        ("'2024-02-29'", "date", date(2024, 2, 29)),
        ("TIMESTAMPTZ '2024-03-01 12:00:00+02'", "timestamp", datetime(2024, 3, 1, 10, tzinfo=UTC)),
        ("TIMESTAMP_NS '2024-03-01 12:00:00.000001999'", "timestamp", datetime(2024, 3, 1, 12, 0, 0, 1, UTC)),
        ("'2024-03-01T12:00:00Z'", "timestamp", datetime(2024, 3, 1, 12, tzinfo=UTC)),
        ("'2024-03-01 12:00:00.5-05:30'", "timestamp", datetime(2024, 3, 1, 17, 30, 0, 500_000, UTC)),
        ("'2024-03-01'", "timestamp", datetime(2024, 3, 1, tzinfo=UTC)),
    ],
)
def test_what_loses_nothing_is_read(
    connection: duckdb.DuckDBPyConnection, value: str, kind: ColumnType, expected: object
) -> None:
    found = read(connection, value, kind)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        ("1.5", "int", "1.5"),
        ("'1.5'", "int", "1.5"),
        ("'nan'::DOUBLE", "int", "nan"),
        ("1e30::DOUBLE", "int", "1e"),
        ("18446744073709551615::UBIGINT", "int", "18446744073709551615"),
        ("'seven'", "float", "seven"),
        ("2", "bool", "2"),
        ("'yes'", "bool", "yes"),
        ("1.0::DOUBLE", "string", "1.0"),
        ("true", "string", "true"),
        ("'a'::BLOB", "string", "a"),
        ("'2024-02-30'", "date", "2024-02-30"),
        ("TIMESTAMP '2024-03-01 12:00'", "date", "2024-03-01 12:00:00"),
        ("1709294400", "timestamp", "1709294400"),
        ("'yesterday'", "timestamp", "yesterday"),
    ],
)
def test_what_would_change_a_value_is_an_error_that_names_it(
    connection: duckdb.DuckDBPyConnection, value: str, kind: ColumnType, shown: str
) -> None:
    with pytest.raises(duckdb.InvalidInputException) as caught:
        read(connection, value, kind)
    message = str(caught.value)
    assert f"the column it's holds {shown}" in message
    assert f", which cannot be read as {kind}" in message


@pytest.mark.parametrize("kind", ["string", "int", "float", "bool", "timestamp", "date"])
@pytest.mark.parametrize("held", ["INTEGER", "VARCHAR", "DOUBLE", "BLOB", "TIMESTAMP", "DATE", "INTEGER[]"])
def test_a_missing_value_is_read_from_any_type(
    connection: duckdb.DuckDBPyConnection, held: str, kind: ColumnType
) -> None:
    assert read(connection, f"NULL::{held}", kind) is None


@pytest.mark.parametrize("written", ["TIMESTAMP '{}'", "'{}'"], ids=["timestamp", "text"])
@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        pytest.param("2013-07-01 12:00:00", datetime(2013, 7, 1, 16, tzinfo=UTC), id="summer"),
        pytest.param("2013-01-01 12:00:00", datetime(2013, 1, 1, 17, tzinfo=UTC), id="winter"),
        pytest.param(
            "2013-03-10 03:00:00", datetime(2013, 3, 10, 7, tzinfo=UTC), id="after the skipped hour"
        ),
        pytest.param("2013-03-10 02:30:00", None, id="the hour that was skipped"),
        pytest.param("2013-11-03 01:30:00", None, id="the hour that came twice"),
        pytest.param("2013-11-03 02:00:00", datetime(2013, 11, 3, 7, tzinfo=UTC), id="after the double hour"),
    ],
)
def test_a_time_without_zone_is_on_the_clock_of_the_time_zone(
    connection: duckdb.DuckDBPyConnection, written: str, clock: str, expected: datetime | None
) -> None:
    if expected is None:
        with pytest.raises(duckdb.InvalidInputException, match=f"holds {clock}, which cannot be read"):
            read(connection, written.format(clock), "timestamp", NEW_YORK)
    else:
        assert read(connection, written.format(clock), "timestamp", NEW_YORK) == expected


def test_the_zone_of_a_time_that_has_one_wins(connection: duckdb.DuckDBPyConnection) -> None:
    twice = "TIMESTAMPTZ '2013-11-03 01:30:00-04'"
    assert read(connection, twice, "timestamp", NEW_YORK) == datetime(2013, 11, 3, 5, 30, tzinfo=UTC)
