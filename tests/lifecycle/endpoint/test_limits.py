"""What an endpoint does with more than it can take, over HTTP."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from lifecycle.endpoint.access import Access
from lifecycle.endpoint.app import App
from lifecycle.endpoint.lane import INLINE_ROWS, Lane, NoScores
from lifecycle.endpoint.log.reading import read_log
from lifecycle.endpoint.manifest import Settings, write_manifest
from lifecycle.endpoint.scorer import Score, Scored
from lifecycle.spec.deployment import LimitsSection
from tests.fakes.running import call, predict, running, wait_for
from tests.fakes.stub_endpoint import load_stub, load_stub_tables, make_bundle, manifest_of

Serve = Callable[..., int]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    with ExitStack() as stack:

        def start(limits: LimitsSection, **changes: object) -> int:
            manifest = manifest_of(make_bundle(tmp_path / "bundle", 1.0), "1")
            path = tmp_path / "manifest.json"
            write_manifest(path, manifest.model_copy(update={"settings": Settings(limits=limits), **changes}))
            app = App(path, load=load_stub, load_tables=load_stub_tables, poll_s=0.02, access=Access(None))
            port = stack.enter_context(running(app))
            wait_for(lambda: call(port, "GET", "/health/ready").status == 200)
            return port

        yield start


def batch(hold_s: float) -> list[dict[str, float]]:
    """Rows that go to the variant's thread and stay there."""
    return [{"hold_s": hold_s}, *({} for _ in range(INLINE_ROWS))]


def under_way(port: int, rows: object) -> threading.Thread:
    thread = threading.Thread(target=predict, args=(port, rows))
    thread.start()
    time.sleep(0.15)
    return thread


def test_a_full_queue_sheds_batches_and_lets_single_rows_through(serve: Serve) -> None:
    port = serve(LimitsSection(max_queue=1))
    running_batch = under_way(port, batch(0.6))
    shed = predict(port, batch(0))
    assert (shed.status, shed.headers["retry-after"]) == (429, "1")
    assert shed.body["error"]["message"] == "too many requests are waiting; try again later"
    assert predict(port, {}).status == 200
    running_batch.join()
    assert predict(port, batch(0)).status == 200


def test_more_than_allowed_at_once_are_shed_and_health_answers(serve: Serve) -> None:
    port = serve(LimitsSection(max_in_flight=1))
    running_batch = under_way(port, batch(0.6))
    shed = predict(port, {})
    assert (shed.status, shed.headers["retry-after"]) == (503, "1")
    assert call(port, "GET", "/health/ready").status == 200
    running_batch.join()
    assert predict(port, {}).status == 200


def test_load_over_capacity_is_answered_or_shed_and_the_endpoint_stays_alive(serve: Serve) -> None:
    port = serve(LimitsSection(max_queue=2, max_in_flight=8))
    with ThreadPoolExecutor(24) as clients:
        statuses = [reply.status for reply in clients.map(lambda _: predict(port, batch(0.02)), range(150))]
    assert set(statuses) <= {200, 429, 503}
    assert statuses.count(200) > 0
    assert len(statuses) - statuses.count(200) > 0
    assert predict(port, {}).status == 200


def test_a_model_that_takes_too_long_is_not_waited_for(serve: Serve, tmp_path: Path) -> None:
    port = serve(LimitsSection(timeout=1))
    began = time.monotonic()
    reply = predict(port, batch(1.6))
    assert (reply.status, reply.body["error"]["message"]) == (504, "the model took too long")
    assert time.monotonic() - began < 1.5
    logged = [row for row in read_log(tmp_path / "requests") if row.row == 0]
    assert [(row.status, row.reason) for row in logged] == [(504, "timeout")]


class Stuck:
    """A model that hangs until it is let go."""

    def __init__(self) -> None:
        self.free = threading.Event()
        self.calls = 0

    def answer(self, rows: Sequence[Mapping[str, object]]) -> Scored:
        self.calls += 1
        self.free.wait(30)
        return Scored(scores=[Score(value=1.0)] * len(rows), features={}, scoring_us=1)


def test_a_model_that_is_stuck_holds_no_more_requests_than_may_wait() -> None:
    stuck = Stuck()
    lane = Lane("champion", LimitsSection(max_queue=2).model_copy(update={"timeout": 0.1}))

    async def ask() -> str:
        try:
            await lane.score(stuck, batch(0), guarded=False)
        except NoScores as exc:
            return exc.reason
        return "answered"

    async def three_rounds_and_one_when_it_is_free() -> list[list[str]]:
        told = [list(await asyncio.gather(ask(), ask(), ask())) for _ in range(3)]
        assert lane.waiting == 2
        stuck.free.set()
        while lane.waiting:
            await asyncio.sleep(0.01)
        return [*told, [await ask()]]

    told = asyncio.run(three_rounds_and_one_when_it_is_free())
    lane.close()
    assert told == [["timeout", "timeout", "queue"], ["queue"] * 3, ["queue"] * 3, ["answered"]]
    assert stuck.calls == 2  # what nobody waited for any more was not scored


def test_a_model_that_turned_out_slow_no_longer_holds_up_the_others(serve: Serve) -> None:
    port = serve(LimitsSection())
    for _ in range(3):
        predict(port, {"hold_s": 0.1})
    slow = under_way(port, {"hold_s": 1})
    began = time.monotonic()
    assert call(port, "GET", "/health/live").status == 200
    assert time.monotonic() - began < 0.5
    assert slow.is_alive()
    slow.join()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param({"id": [[[[1]]]]}, 400, id="deep in a row"),
        pytest.param([{"id": 1}] * 20, 200, id="many rows are not deep"),
    ],
)
def test_depth_is_counted_in_levels(serve: Serve, body: object, status: int) -> None:
    port = serve(LimitsSection(max_depth=4))
    assert call(port, "POST", "/predict", json.dumps(body).encode()).status == status


@pytest.mark.parametrize(
    ("value", "rows", "shape"),
    [
        pytest.param(b"0", 1_000_000, b"[1000000]", id="flat"),
        pytest.param(b"[0]", 20_000, b"[20000, 1]", id="nested"),
    ],
)
def test_values_of_a_column_are_counted_before_they_are_looked_at(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, value: bytes, rows: int, shape: bytes
) -> None:
    """A row of each took a gigabyte before it was found to be too many."""
    looked_at: list[object] = []
    monkeypatch.setattr("lifecycle.endpoint.protocols.tensors._fits", lambda *given: looked_at.append(given))
    port = serve(LimitsSection(), max_batch=5)
    data = b",".join([value] * rows)
    column = b'{"name": "a", "shape": %s, "datatype": "INT64", "data": [%s]}' % (shape, data)
    refused = call(port, "POST", "/v2/models/stub/infer", b'{"inputs": [%s]}' % column)
    told = f"the request holds {rows} rows, allowed are 5; send smaller batches"
    assert (refused.status, refused.body, looked_at) == (413, {"error": told}, [])
