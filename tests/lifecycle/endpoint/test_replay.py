"""Which requests of a log a shadow by replay has still to score."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from lifecycle.endpoint.log.compaction import table_of
from lifecycle.endpoint.replay import QUEUE_COLUMNS, Logged, Place, Queue, _from_text, queue_of
from lifecycle.spec.columns import ColumnType

OLD, NEW = Logged("1", "a" * 64), Logged("2", "b" * 64)
AT_US = 1_700_000_000_000_000
ANSWERED = {
    "request": "r", "at": datetime.fromtimestamp(AT_US / 1e6, UTC), "status": 200, "assignment": "random",
    "assigned_version": "1", "version": "1", "digest": OLD.digest,
}  # fmt: skip
LOOKED_ON = {"assignment": "shadow", "assigned_version": "2", "version": "2", "digest": NEW.digest}
FAILED = {**LOOKED_ON, "version": None, "digest": None, "status": 500}
WAITS, DONE, NOTHING = (0, 1), (1, 0), (0, 0)
"""Requests that were scored, and that wait."""


@pytest.mark.parametrize(
    ("rows", "share", "expected"),
    [
        pytest.param([{}], 1.0, WAITS, id="answered by chance"),
        pytest.param([{"assignment": "hash"}], 1.0, WAITS, id="answered by its key"),
        pytest.param([{}, {}], 1.0, WAITS, id="two rows of one request"),
        pytest.param([{"assignment": "override"}], 1.0, NOTHING, id="sent to it on purpose"),
        pytest.param([{"assignment": "fallback", "version": None}], 1.0, NOTHING, id="it failed itself"),
        pytest.param([{"status": 503}], 1.0, NOTHING, id="not answered"),
        pytest.param([{"digest": "c" * 64}], 1.0, NOTHING, id="another bundle under its number"),
        pytest.param([{"assigned_version": "3", "version": "3"}], 1.0, NOTHING, id="a third version"),
        pytest.param([{}], 0.0, NOTHING, id="not in the sample"),
        pytest.param([{}, LOOKED_ON], 1.0, DONE, id="scored"),
        pytest.param([{}, FAILED], 1.0, DONE, id="failed on: not tried again"),
        pytest.param([{}, {**LOOKED_ON, "digest": "c" * 64}], 1.0, WAITS, id="scored by another bundle"),
        pytest.param(
            [{}, {**LOOKED_ON, "assigned_version": "3"}], 1.0, WAITS, id="scored by another version"
        ),
        pytest.param([{}, {**LOOKED_ON, "request": "s"}], 1.0, (1, 1), id="another request was"),
        pytest.param([], 1.0, NOTHING, id="nobody asked"),
    ],
)
def test_queue_of(rows: list[dict[str, object]], share: float, expected: tuple[int, int]) -> None:
    schema = table_of([]).select(QUEUE_COLUMNS).schema
    table = pa.Table.from_pylist([{**ANSWERED, **row} for row in rows], schema=schema)
    found = queue_of(table, answered=OLD, looks_on=NEW, salt="s", share=share)
    scored, waiting = expected
    assert found == Queue(scored=scored, waiting=(Place(AT_US, "r"),) * waiting)


@pytest.mark.parametrize(
    ("key", "kind", "expected"),
    [
        ("p7", "string", "p7"),
        ("7", "string", "7"),
        ("7", "int", 7),
        ("7.5", "float", 7.5),
        ("true", "bool", True),
        ("false", "bool", False),
        ("p7", "int", "p7"),
        ("2024-01-01", "date", "2024-01-01"),
    ],
)
def test_a_key_of_the_log_is_what_the_request_held(key: str, kind: ColumnType, expected: object) -> None:
    found = _from_text(key, kind)
    assert (found, type(found)) == (expected, type(expected))
