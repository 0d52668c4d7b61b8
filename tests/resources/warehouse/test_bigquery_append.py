"""Rows through the Storage Write API when things go wrong: Google's client, and a service that loses some."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pytest
from google.api_core.exceptions import AlreadyExists, InvalidArgument, ResourceExhausted

from lifecycle.errors import LifecycleError
from resources.warehouse.bigquery.append import ATTEMPTS, append
from tests.doubles.bigquery_write import Fault, WriteService, serving

ROWS = pa.table({"n": list(range(100)), "s": [f"row {n}" for n in range(100)]})


@dataclass
class Attempt:
    """What came of it."""

    service: WriteService
    tables: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    def run(self, rows: pa.Table = ROWS) -> str:
        def new_table() -> str:
            self.tables.append(f"p.d.t{len(self.tables)}")
            return self.tables[-1]

        with serving(self.service) as client:
            return append(client, new_table, rows, timeout_s=10, wait=self.waits.append)

    @property
    def held(self) -> dict[str, list[dict[str, object]]]:
        return {name.rpartition("/")[2]: rows for name, rows in self.service.tables.items()}


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four pieces of some thirty rows."""
    monkeypatch.setattr("resources.warehouse.bigquery.append.PIECE_BYTES", ROWS.nbytes // 3)


def test_rows_are_shown_together_once_all_of_them_arrived() -> None:
    attempt = Attempt(WriteService())
    assert attempt.run() == "p.d.t0"
    assert attempt.held == {"t0": ROWS.to_pylist()}
    assert [offset for _, offset in attempt.service.appends] == [0, 33, 66, 99]
    assert attempt.waits == []


@pytest.mark.parametrize(
    ("faults", "appends", "streams"),
    [
        pytest.param({2: "lost answer"}, 5, 1, id="an answer is lost: the same offset says that it arrived"),
        pytest.param({2: "closed"}, 5, 1, id="a connection is closed instead of an answer"),
        pytest.param({2: "lost request"}, 5, 1, id="a request is lost"),
        pytest.param({1: "lost answer", 3: "lost request", 4: "lost answer"}, 7, 1, id="again and again"),
        pytest.param({2: "busy"}, 5, 1, id="too much at once"),
        pytest.param({3: "vanished"}, 7, 2, id="the stream is gone"),
        pytest.param({3: "shrunk"}, 7, 2, id="the stream lost what it acknowledged"),
        pytest.param({3: "misplaced"}, 7, 2, id="rows are where they do not belong"),
    ],
)
def test_each_row_is_there_once_whatever_was_lost(
    faults: dict[int, Fault], appends: int, streams: int
) -> None:
    attempt = Attempt(WriteService(faults=faults))
    name = attempt.run()
    assert attempt.held == {name.rpartition(".")[2]: ROWS.to_pylist()}
    assert (len(attempt.service.appends), len(attempt.tables)) == (appends, streams)


def test_a_commit_whose_answer_was_lost_is_asked_for_again_and_counts_once() -> None:
    attempt = Attempt(WriteService(lose_commit=True))
    assert attempt.run() == "p.d.t0"
    assert (attempt.held, attempt.service.commits) == ({"t0": ROWS.to_pylist()}, 2)


def test_a_stream_that_ends_with_fewer_rows_is_never_committed() -> None:
    attempt = Attempt(WriteService(forget_finalized=1))
    assert attempt.run() == "p.d.t1"
    assert (attempt.held, attempt.service.commits) == ({"t1": ROWS.to_pylist()}, 1)


@pytest.mark.parametrize(
    ("fault", "error", "appends"),
    [
        pytest.param(["taken"], AlreadyExists, 1, id="another writer is in our stream"),
        pytest.param(["wrong row"], InvalidArgument, 1, id="a row is refused"),
        pytest.param(["busy"] * ATTEMPTS, ResourceExhausted, ATTEMPTS, id="the quota is not free in time"),
    ],
)
def test_what_no_repetition_mends_is_an_error_and_nothing_is_shown(
    fault: Sequence[Fault], error: type[Exception], appends: int
) -> None:
    attempt = Attempt(WriteService(faults=dict(enumerate(fault, 1))))
    with pytest.raises(error):
        attempt.run()
    assert (attempt.held, len(attempt.service.appends)) == ({}, appends)


def test_streams_that_are_lost_one_after_the_other_are_told() -> None:
    attempt = Attempt(WriteService(faults=dict.fromkeys(range(1, 9), "vanished")))
    with pytest.raises(LifecycleError, match=f"100 rows cannot be written to BigQuery: {ATTEMPTS} streams"):
        attempt.run()
    assert (attempt.held, attempt.waits) == ({}, [1.0, 2.0, 4.0])


def test_no_rows_are_no_stream() -> None:
    attempt = Attempt(WriteService())
    assert attempt.run(ROWS.slice(0, 0)) == "p.d.t0"
    assert attempt.service.streams == {}
