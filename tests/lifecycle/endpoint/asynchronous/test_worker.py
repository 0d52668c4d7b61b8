"""Requests of a queue are answered as over HTTP, and each once, whenever the worker is killed."""

import asyncio
import errno
import gc
import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

import pytest

import lifecycle.endpoint.asynchronous.__main__ as asynchronous
from lifecycle.endpoint.access import Access
from lifecycle.endpoint.app import App
from lifecycle.endpoint.asynchronous.__main__ import WorkerApp
from lifecycle.endpoint.asynchronous.files import FileQueue, FileResults
from lifecycle.endpoint.asynchronous.opening import opened_queue, opened_results
from lifecycle.endpoint.asynchronous.port import Message, Queue, Result, Results
from lifecycle.endpoint.asynchronous.worker import Worker
from lifecycle.endpoint.log.reading import read_log
from lifecycle.endpoint.manifest import EndpointManifest, Settings, Variant, write_manifest
from lifecycle.registry.bundle import Bundle
from tests.fakes.ports import free_port
from tests.fakes.running import call, running, wait_for

ROW = {"parcel": "p1", "sent_at": "2024-02-01T08:00:00Z", "distance": 300.0, "carrier": "snail"}


def manifest_of(folder: Path, bundle: Bundle, **settings: object) -> Path:
    """A champion and a challenger of the same weights: half of the keys go to each."""
    variants = [
        Variant(
            name=name,
            role=role,
            version=version,
            bundle=str(bundle.path),
            digest=bundle.digest,
            weight=50,
        )
        for name, role, version in (("champion", "champion", "1"), ("challenger", "challenger", "2"))
    ]
    path = folder / "manifest.json"
    manifest = EndpointManifest(
        model="parcels",
        generation=1,
        variants=tuple(variants),
        max_batch=100,
        settings=Settings.model_validate(settings),
    )
    write_manifest(path, manifest)
    return path


class Place:
    """An endpoint's folder with a queue beside it."""

    def __init__(self, folder: Path, bundle: Bundle) -> None:
        self.folder = folder
        self.manifest = manifest_of(folder, bundle)
        self.queue = FileQueue(folder=folder / "queue", lease_s=0.5)
        self.results = FileResults(folder=folder / "results")

    def worker(
        self, results: Results | None = None, queue: Queue | None = None, **changes: object
    ) -> tuple[App, Worker]:
        app = App(self.manifest, poll_s=0.02, access=Access("secret"))
        options = {"token": "secret", "idle_s": 0.02, **changes}
        worker = Worker(app, queue or self.queue, results or self.results, manifest=self.manifest, **options)  # type: ignore[arg-type]
        return app, worker

    def put(self, *numbers: int, queue: Queue | None = None) -> None:
        for number in numbers:
            (queue or self.queue).put(f"r{number}", json.dumps({**ROW, "parcel": f"p{number}"}).encode())

    def logged(self) -> Counter[str]:
        return Counter(row.request for row in read_log(self.folder / "requests"))


@pytest.fixture
def place(tmp_path: Path, bundle: Bundle) -> Place:
    return Place(tmp_path, bundle)


def test_a_queued_request_is_answered_and_logged_as_over_http(place: Place) -> None:
    app, worker = place.worker()
    place.put(1, 2, 3, 4)
    place.put(2)
    place.queue.put("wrong", b'{"distance": "far"}')
    place.queue.put("none", b"not JSON")
    with running(WorkerApp(app, worker, place.queue)) as port:  # type: ignore[arg-type]
        wait_for(lambda: place.results.get("none") is not None)
        wait_for(lambda: place.queue.waiting() == 0 and not any((place.folder / "queue/taken").iterdir()))
        assert call(port, "GET", "/queue").body == {"waiting": 0}
        found = {}
        for number in range(1, 5):
            body = json.dumps({**ROW, "parcel": f"p{number}"}).encode()
            headers = {"content-type": "application/json", "authorization": "Bearer secret"}
            asked = call(port, "POST", "/predict", body, headers=headers)
            found[f"r{number}"] = Result(asked.status, json.dumps(asked.body).encode())
    for request, over_http in found.items():
        kept = place.results.get(request)
        assert kept is not None
        assert (kept.status, json.loads(kept.body)) == (200, json.loads(over_http.body))
    assert {place.results.get(name).status for name in ("wrong", "none")} == {422, 400}  # type: ignore[union-attr]
    assert {name: n for name, n in place.logged().items() if name.startswith("r")} == dict.fromkeys(found, 1)
    assert {row.assigned.version for row in read_log(place.folder / "requests")} <= {"1", "2"}


class Lost(BaseException):
    """The worker is gone at this moment."""


class LosingResults(FileResults):
    def put(self, request: str, result: Result) -> None:
        raise Lost


def test_who_is_lost_between_log_and_result_doubles_nothing(place: Place) -> None:
    """The answer that is in the log is the one that is kept, whatever the model says by then."""
    place.put(1)
    app, worker = place.worker(LosingResults(folder=place.results.folder))

    async def lost() -> None:
        following = asyncio.create_task(app.watcher.follow())
        with pytest.raises(Lost):
            await worker.run()
        following.cancel()

    asyncio.run(lost())
    assert place.logged() == {"r1": 1}
    (row,) = read_log(place.folder / "requests")
    time.sleep(0.6)
    other, next_worker = place.worker()
    with running(WorkerApp(other, next_worker, place.queue)):  # type: ignore[arg-type]
        wait_for(lambda: place.results.get("r1") is not None)
    kept = place.results.get("r1")
    assert kept is not None
    expected: Mapping[str, object] = {
        "model": "parcels",
        "version": row.answered and row.answered.version,
        "predictions": [{"value": row.value, "probability": row.probability}],
    }
    assert (kept.status, json.loads(kept.body)) == (200, expected)
    assert place.logged() == {"r1": 1}


def test_a_request_that_kills_its_workers_is_given_up(place: Place) -> None:
    place.put(1)
    for _ in range(2):
        (message,) = place.queue.lease(1)
        held = place.queue.hold(message)
        assert held is not None
        os.utime(held.handle, (0, 0))
    app, worker = place.worker(deliveries=2)
    with running(WorkerApp(app, worker, place.queue)):  # type: ignore[arg-type]
        wait_for(lambda: place.results.get("r1") is not None)
    kept = place.results.get("r1")
    assert kept is not None
    told = "given up: 2 workers began with this request and were lost"
    assert (kept.status, json.loads(kept.body)) == (500, {"error": told})
    assert place.logged() == {}


class AwayResults:
    """A store that is away for so many calls of one kind, and then back."""

    def __init__(self, results: Results, **away: int) -> None:
        self.results, self.away = results, away

    def get(self, request: str) -> Result | None:
        self.reach("get")
        return self.results.get(request)

    def put(self, request: str, result: Result) -> None:
        self.reach("put")
        self.results.put(request, result)

    def reach(self, call: str) -> None:
        if self.away.get(call, 0):
            self.away[call] -= 1
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("call", ["get", "put"])
def test_an_outage_of_the_results_is_not_taken_for_lost_workers(
    place: Place, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    monkeypatch.setattr("lifecycle.endpoint.asynchronous.worker.LONGEST_PAUSE_S", 0.02)
    place.put(1)
    place.queue.put("wrong", b'{"distance": "far"}')
    results = AwayResults(place.results, **{call: 5})
    app, worker = place.worker(results, deliveries=1)
    with running(WorkerApp(app, worker, place.queue)):  # type: ignore[arg-type]
        wait_for(lambda: all(place.results.get(name) for name in ("r1", "wrong")))
    statuses = {name: place.results.get(name).status for name in ("r1", "wrong")}  # type: ignore[union-attr]
    assert statuses == {"r1": 200, "wrong": 422}
    assert place.logged()["r1"] == 1


class BrokenQueue(FileQueue):
    def lease(self, most: int) -> Sequence[Message]:
        raise RuntimeError("nobody thought of this")


def test_a_worker_that_cannot_go_on_ends_its_process(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Alive and ready, it would be the last to be looked at."""
    queue = BrokenQueue(folder=place.folder / "queue")
    monkeypatch.setattr(asynchronous, "opened_queue", lambda *_, **__: nullcontext(queue))
    for name, value in (("QUEUE", "broken"), ("RESULTS", str(place.folder / "results"))):
        monkeypatch.setenv(f"FLYWHEEL_{name}", value)
    argv = ["worker", "--manifest", str(place.manifest), "--port", str(free_port())]
    monkeypatch.setattr(sys, "argv", argv)
    before = {ends: signal.getsignal(ends) for ends in (signal.SIGTERM, signal.SIGINT)}
    # Were it to live on, it would end so: with code 0.
    asked = threading.Timer(20, os.kill, (os.getpid(), signal.SIGTERM))
    asked.start()
    try:
        with pytest.raises(SystemExit) as ended:
            asynchronous.main()
    finally:
        asked.cancel()
        gc.unfreeze()
        for ends, handler in before.items():
            signal.signal(ends, handler)
    assert ended.value.code == "the worker could not go on: RuntimeError('nobody thought of this')"


def in_folders(place: Place, request: pytest.FixtureRequest) -> tuple[str, str]:
    return str(place.folder / "queue"), str(place.folder / "results")


def in_redis(place: Place, request: pytest.FixtureRequest) -> tuple[str, str]:
    url = request.getfixturevalue("redis_url")
    return f"{url}#{place.folder.name}", f"{url}#{place.folder.name}:results"


def in_kafka(place: Place, request: pytest.FixtureRequest) -> tuple[str, str]:
    return f"kafka://{request.getfixturevalue('kafka_servers')}/{uuid.uuid4().hex}", str(
        place.folder / "results"
    )


def in_pubsub(place: Place, request: pytest.FixtureRequest) -> tuple[str, str]:
    subscription = request.getfixturevalue("pubsub").subscribed()
    return f"pubsub://team/{subscription.rpartition('/')[2]}", str(place.folder / "results")


@pytest.mark.parametrize(
    "where",
    [
        pytest.param(in_folders, id="folders"),
        pytest.param(in_redis, id="Redis"),
        pytest.param(in_kafka, id="Kafka"),
    ],
)
def test_what_was_leased_when_the_results_were_away_is_answered_by_the_same_worker(
    place: Place,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    where: Callable[..., tuple[str, str]],
) -> None:
    """Long before its lease would be over."""
    monkeypatch.setattr("lifecycle.endpoint.asynchronous.worker.LONGEST_PAUSE_S", 0.02)
    queue_at, results_at = where(place, request)
    with opened_queue(queue_at) as queue, opened_results(results_at) as results:
        place.put(*range(6), queue=queue)
        app, worker = place.worker(AwayResults(results, get=1, put=1), queue)
        with running(WorkerApp(app, worker, queue)):  # type: ignore[arg-type]
            wait_for(lambda: all(results.get(f"r{number}") for number in range(6)), seconds=20)
            wait_for(lambda: queue.waiting() == 0)
    assert place.logged() == {f"r{number}": 1 for number in range(6)}


@pytest.mark.parametrize(
    ("where", "kills", "lease_s"),
    [
        pytest.param(in_folders, (10, 30), 0.5, id="folders"),
        pytest.param(in_redis, (20,), 0.5, id="Redis"),
        pytest.param(in_kafka, (20,), 6, id="Kafka"),
        pytest.param(in_pubsub, (20,), 1, id="Pub/Sub"),
    ],
)
def test_killed_again_and_again_it_loses_and_doubles_nothing(
    place: Place,
    request: pytest.FixtureRequest,
    where: Callable[..., tuple[str, str]],
    kills: Sequence[int],
    lease_s: float,
) -> None:
    requests = 60
    queue_at, results_at = where(place, request)
    command = [sys.executable, "-m", "lifecycle.endpoint.asynchronous", "--manifest", str(place.manifest)]
    command += ["--lease", str(lease_s), "--batch", "16"]
    # As a Secret gives them: a password would be seen in a command line.
    told = {**os.environ, "FLYWHEEL_QUEUE": queue_at, "FLYWHEEL_RESULTS": results_at}
    with (
        opened_queue(queue_at, lease_s=lease_s, results=results_at) as queue,
        opened_results(results_at) as results,
    ):

        def put(number: int) -> None:
            queue.put(f"r{number}", json.dumps({**ROW, "parcel": f"p{number}"}).encode())

        for number in range(requests - 1):
            put(number)

        def kept() -> int:
            return sum(results.get(f"r{number}") is not None for number in range(requests))

        for kill_at in (*kills, requests):
            if kill_at == requests:
                # The last worker has something to do, however far those before it came.
                put(requests - 1)
            log = (place.folder / "worker.log").open("ab")
            options = ["--port", str(free_port())]
            process = subprocess.Popen([*command, *options], stdout=log, stderr=log, env=told)
            try:
                wait_for(lambda: kept() >= kill_at, seconds=60, every_s=0.05)  # noqa: B023  # within the round
            finally:
                process.kill() if kill_at < requests else process.terminate()
                assert process.wait(30) == (-9 if kill_at < requests else 0)
                log.close()
        assert kept() == requests
        assert place.logged() == {f"r{number}": 1 for number in range(requests)}
        # A broker that does not tell shows it: nothing comes again.
        assert (len(queue.lease(1)) if (left := queue.waiting()) is None else left) == 0
