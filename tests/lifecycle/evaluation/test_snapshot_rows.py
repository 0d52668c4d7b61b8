from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from lifecycle.errors import LifecycleError
from lifecycle.evaluation.snapshot_rows import rows_of_snapshot

START = datetime(2024, 3, 1, tzinfo=UTC)
INSTANT = pa.timestamp("us", tz="UTC")


def table(entities: str, hours: list[int], **columns: list[object]) -> pa.Table:
    at = pa.array([START + timedelta(hours=h) for h in hours], INSTANT)
    return pa.table({"id": list(entities), "at": at, **columns})


SNAPSHOT = table("abca", [0, 1, 2, 9], amount=[10, 20, 30, 40], shop=["n", None, "s", "n"])


def test_rows_come_in_the_order_of_the_evaluated_ones() -> None:
    found = rows_of_snapshot(table("cab", [2, 9, 1]), SNAPSHOT, keys=["id", "at"], columns=["shop", "amount"])
    assert found.to_pydict() == {"shop": ["s", "n", None], "amount": [30, 40, 20]}


def test_an_entity_is_found_at_its_own_event_time() -> None:
    found = rows_of_snapshot(table("aa", [9, 0]), SNAPSHOT, keys=["id", "at"], columns=["amount"])
    assert found["amount"].to_pylist() == [40, 10]


def test_the_keys_can_be_asked_for_as_well() -> None:
    found = rows_of_snapshot(table("b", [1]), SNAPSHOT, keys=["id", "at"], columns=["id", "at"])
    assert found.to_pydict() == {"id": ["b"], "at": [START + timedelta(hours=1)]}


def test_no_rows_are_no_rows() -> None:
    none = table("a", [0]).slice(0, 0)
    found = rows_of_snapshot(none, SNAPSHOT, keys=["id", "at"], columns=["amount"])
    assert (found.num_rows, found.column_names) == (0, ["amount"])


@pytest.mark.parametrize(
    ("rows", "snapshot", "message"),
    [
        pytest.param(table("az", [0, 0]), SNAPSHOT, "1 of 2 evaluated rows are not in", id="a row is gone"),
        pytest.param(table("a", [3]), SNAPSHOT, "1 of 1 evaluated rows are not in", id="at another time"),
        pytest.param(
            table("a", [0]), pa.concat_tables([SNAPSHOT] * 2), "0 of 1 .* and 1 are in them twice", id="twice"
        ),
    ],
)
def test_a_snapshot_that_is_another_one_is_refused(rows: pa.Table, snapshot: pa.Table, message: str) -> None:
    with pytest.raises(LifecycleError, match=message):
        rows_of_snapshot(rows, snapshot, keys=["id", "at"], columns=["amount"])
