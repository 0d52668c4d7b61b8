"""The join of log and labels, against plain loops."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.endpoint.log.labelled import ambiguous_labels, labels_table, with_labels

T0 = datetime(2024, 3, 1, tzinfo=UTC)
INSTANT = pa.timestamp("us", tz="UTC")
Served = tuple[str | None, int, int | None]
"""Key, minute of the answer, minute of the event time (None: the request told none)."""
Truth = tuple[str, int, int, bool]
"""Key, minute of the event, minute at which it was known, label."""


def at(minute: int) -> datetime:
    return T0 + timedelta(minutes=minute)


def traffic(rows: Sequence[Served]) -> pa.Table:
    told = [{} if event is None else {"ordered_at": at(event).isoformat()} for _, _, event in rows]
    return pa.table(
        {
            "key": pa.array([key for key, _, _ in rows], pa.string()),
            "at": pa.array([at(minute) for _, minute, _ in rows], INSTANT),
            "columns": pa.array([json.dumps(columns) for columns in told], pa.string()),
        }
    )


def truth(rows: Sequence[Truth]) -> pa.Table:
    def column(i: int, kind: pa.DataType) -> pa.ChunkedArray:
        values = [row[i] for row in rows]
        return pa.chunked_array([pa.array([at(v) for v in values] if kind == INSTANT else values, kind)])

    return labels_table(column(0, pa.string()), column(1, INSTANT), column(3, pa.bool_()), column(2, INSTANT))


def by_loops(served: Served, known: Sequence[Truth]) -> tuple[bool, int] | None:
    key, minute, event = served
    mine = [one for one in known if one[0] == key]
    fits = [o for o in mine if (o[1] == event if event is not None else o[2] >= minute)]
    first = min(fits, key=lambda one: (one[2], one[3]), default=None)
    return None if first is None else (first[3], first[2])


KEYS, MINUTES = st.sampled_from("abc"), st.integers(0, 6)


@given(
    st.lists(st.tuples(KEYS | st.none(), MINUTES, MINUTES | st.none()), max_size=12),
    st.lists(st.tuples(KEYS, MINUTES, MINUTES, st.booleans()), max_size=12),
)
def test_each_row_has_the_label_that_plain_loops_find(served: list[Served], known: list[Truth]) -> None:
    found = with_labels(traffic(served), truth(known), event_time="ordered_at")
    assert found["at"].to_pylist() == [at(minute) for _, minute, _ in served]
    expected = [by_loops(one, known) for one in served]
    assert found["label"].to_pylist() == [None if e is None else json.dumps(e[0]) for e in expected]
    assert found["label_known_at"].to_pylist() == [None if e is None else at(e[1]) for e in expected]


def test_without_times_the_key_alone_decides() -> None:
    keys = pa.chunked_array([["1", "2"]])
    timeless = labels_table(keys, None, pa.chunked_array([["yes", "no"]]), None)
    found = with_labels(traffic([("2", 5, None), ("3", 5, None)]), timeless)
    assert found["label"].to_pylist() == ['"no"', None]
    assert found["label_known_at"].to_pylist() == [None, None]


def test_a_request_that_was_assigned_by_something_else_is_found_by_its_entity() -> None:
    served = (
        traffic([("shop", 0, None)]).drop_columns("columns").append_column("columns", [['{"order_id": 7.0}']])
    )
    labels = labels_table(
        pa.chunked_array([[7]]),
        None,
        pa.chunked_array([[2.5]]),
        pa.chunked_array([pa.array([at(1)], INSTANT)]),
    )
    assert with_labels(served, labels, entity="order_id")["label"].to_pylist() == ["2.5"]


def test_two_labels_for_one_event_are_told_and_the_same_twice_is_not() -> None:
    known = [("a", 0, 1, True), ("a", 0, 2, False), ("b", 0, 1, True), ("b", 0, 3, True), ("a", 1, 1, True)]
    assert ambiguous_labels(truth(known)).to_pydict() == {"key": ["a"], "event_time": [at(0)], "labels": [2]}
