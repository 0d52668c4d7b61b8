"""`kill -9` of a local endpoint in a loop under load, and what the request log has of it afterwards."""

import http.client
import json
import random
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pyarrow.parquet as pq

from lifecycle.endpoint.log.compaction import compact
from lifecycle.endpoint.log.reading import read_log
from resources.serving.base import EndpointSpec
from resources.serving.local import LocalServing
from resources.serving.process import read_process
from tests.fakes.running import wait_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Survived:
    """What came of the kills.

    Attributes:
        acknowledged: ids of the requests that were answered.
        logged: ids of the requests in the log, a shadow's copies aside, as often as they are there.
        gaps_s: from each kill until the endpoint was read back ready.
    """

    acknowledged: Sequence[str]
    logged: Sequence[str]
    gaps_s: Sequence[float]

    @property
    def missing(self) -> set[str]:
        """Requests that were answered and are not in the log."""
        return set(self.acknowledged) - set(self.logged)


@dataclass(slots=True)
class Client:
    """Asks without a pause over one connection, and opens another when the endpoint is gone.

    A request is sent once: what was cut off is not asked again under its id.
    """

    port: int
    name: str
    bodies: Sequence[Mapping[str, object]]
    acknowledged: list[str] = field(default_factory=list)
    other: set[int] = field(default_factory=set)
    """Statuses besides 200."""

    def ask(self, until: threading.Event) -> None:
        number = 0
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        while not until.is_set():
            number += 1
            request = f"{self.name}-{number}"
            body = json.dumps(self.bodies[number % len(self.bodies)])
            try:
                head = {"content-type": "application/json", "x-request-id": request}
                connection.request("POST", "/predict", body, head)
                response = connection.getresponse()
                response.read()
            except (OSError, http.client.HTTPException):
                connection.close()
                time.sleep(0.02)
                continue
            if response.status == 200:
                # The whole answer is here: from now on nobody may forget the request.
                self.acknowledged.append(request)
            else:
                self.other.add(response.status)
        connection.close()


def kill_in_a_loop(
    serving: LocalServing,
    endpoint: EndpointSpec,
    bodies: Sequence[Mapping[str, object]],
    *,
    kills: int,
    clients: int,
    seed: int,
) -> Survived:
    """Kill the endpoint so many times at any moment, and each time let the deployer start it again.

    The log is compacted now and then, as in real life.
    """
    draw = random.Random(seed)
    folder = Path(serving.root) / endpoint.model
    serving.apply(endpoint)
    over = threading.Event()
    askers = [Client(endpoint.port, f"client-{number}", bodies) for number in range(clients)]
    threads = [threading.Thread(target=asker.ask, args=(over,)) for asker in askers]
    for thread in threads:
        thread.start()
    gaps_s = []
    try:
        for number in range(kills):
            _wait_for_answers(askers, 50)
            time.sleep(draw.random() * 0.1)
            gaps_s.append(_kill(serving, endpoint, folder))
            if number % 3 == 1:
                compact(folder / "requests", folder / "compacted")
        _wait_for_answers(askers, 50)
    finally:
        over.set()
        for thread in threads:
            thread.join()
    serving.stop(endpoint.model)
    # It listens before it has loaded its versions, and says so.
    assert set().union(*(asker.other for asker in askers)) <= {503}
    acknowledged = [request for asker in askers for request in asker.acknowledged]
    return Survived(acknowledged=acknowledged, logged=logged_in(folder), gaps_s=gaps_s)


def logged_in(folder: Path) -> list[str]:
    """Requests of an endpoint's log, compacted or not, without those that a shadow only looked at."""
    found = [row.request for row in read_log(folder / "requests") if row.assignment != "shadow"]
    for file in (folder / "compacted").rglob("*.parquet"):
        table = pq.read_table(file, columns=["request", "assignment"])
        rows = zip(table["request"].to_pylist(), table["assignment"].to_pylist(), strict=True)
        found += [request for request, assignment in rows if assignment != "shadow"]
    return found


def _kill(serving: LocalServing, endpoint: EndpointSpec, folder: Path) -> float:
    record = read_process(folder / "process.json")
    assert record is not None
    began = time.monotonic()
    psutil.Process(record.pid).kill()
    wait_for(lambda: record.process() is None)
    serving.apply(endpoint)
    return time.monotonic() - began


def _wait_for_answers(askers: Sequence[Client], more: int) -> None:
    before = sum(len(asker.acknowledged) for asker in askers)
    wait_for(lambda: sum(len(asker.acknowledged) for asker in askers) >= before + more, seconds=30)
