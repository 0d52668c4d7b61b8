"""What a query may hold: a share of the machine, or of the container that the process runs in."""

import pytest

from resources.warehouse.memory import default_memory_limit, memory_limit

GIB = 2**30


@pytest.mark.parametrize(
    ("machine_bytes", "container", "expected"),
    [
        pytest.param(10 * GIB, [], "4096MiB", id="a machine"),
        pytest.param(10 * GIB, ["max\n", ""], "4096MiB", id="a container without a limit"),
        pytest.param(10 * GIB, ["5368709120\n"], "2048MiB", id="a container with one"),
        pytest.param(10 * GIB, ["9223372036854771712"], "4096MiB", id="a limit beyond the machine"),
    ],
)
def test_memory_limit(machine_bytes: int, container: list[str], expected: str) -> None:
    assert memory_limit(machine_bytes, container) == expected


def test_this_machine_has_a_limit_that_duckdb_reads() -> None:
    import duckdb

    with duckdb.connect(config={"memory_limit": default_memory_limit()}) as connection:
        (told,) = connection.execute("SELECT current_setting('memory_limit')").fetchall()[0]
    assert told.endswith("iB")
