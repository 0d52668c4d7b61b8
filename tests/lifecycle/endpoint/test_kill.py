"""`kill -9` in a loop under load: what was acknowledged is in the log."""

import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pyarrow.parquet as pq

from lifecycle.endpoint.log.compaction import compact
from lifecycle.endpoint.log.reading import read_log
from lifecycle.endpoint.manifest import write_manifest
from tests.fakes.running import call, wait_for
from tests.fakes.stub_endpoint import make_bundle, manifest_of

ROUNDS = 3


def alive(port: int) -> bool:
    try:
        return call(port, "GET", "/health/ready").status == 200
    except OSError:
        return False


def ask(port: int, prefix: str, acknowledged: list[str]) -> None:
    """Requests one after the other, until the endpoint is gone."""
    for number in range(1_000_000):
        name = f"{prefix}-{number}"
        try:
            headers = {"content-type": "application/json", "x-request-id": name}
            body = json.dumps({"id": number}).encode()
            reply = call(port, "POST", "/predict", body, headers=headers)
        except (OSError, ValueError, http.client.HTTPException):
            return
        assert reply.status == 200
        acknowledged.append(name)


def test_no_acknowledged_request_is_missing_after_kills_under_load(tmp_path: Path) -> None:
    write_manifest(tmp_path / "manifest.json", manifest_of(make_bundle(tmp_path / "bundle", 1.0), "1"))
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tests.fakes.stub_endpoint", "--port", str(port)]
    acknowledged: list[str] = []
    compacted = 0
    for round_ in range(ROUNDS):
        process = subprocess.Popen(
            [*command, "--manifest", str(tmp_path / "manifest.json")], stderr=subprocess.DEVNULL
        )
        wait_for(lambda: alive(port), seconds=30)
        before = len(acknowledged)
        names = [f"{round_}-{client}" for client in range(3)]
        clients = [threading.Thread(target=ask, args=(port, name, acknowledged)) for name in names]
        for client in clients:
            client.start()
        wait_for(lambda n=before: len(acknowledged) > n + 100, seconds=30)  # type: ignore[misc]
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        for client in clients:
            client.join()
        if round_ == 0:
            compacted = compact(tmp_path / "requests", tmp_path / "out").rows
    tables = [pq.read_table(path) for path in (tmp_path / "out").rglob("*.parquet")]
    kept = [request for table in tables for request in table["request"].to_pylist()]
    assert len(kept) == compacted
    logged = [*kept, *(row.request for row in read_log(tmp_path / "requests"))]
    assert len(logged) == len(set(logged))
    assert set(acknowledged) <= set(logged)
    # At most the requests that were under way at each kill were logged and not answered.
    assert len(logged) - len(acknowledged) <= 3 * ROUNDS
