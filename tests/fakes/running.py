"""A real server in a thread, and plain HTTP to it."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from lifecycle.endpoint.__main__ import build_server
from lifecycle.endpoint.app import App


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: Any
    """Decoded JSON."""


def call(
    port: int,
    method: str,
    path: str,
    body: bytes | None = None,
    *,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        sent = {"content-type": "application/json"} if body is not None and headers is None else headers or {}
        connection.request(method, path, body, dict(sent))
        response = connection.getresponse()
        content = response.read()
        named = {name.lower(): value for name, value in response.getheaders()}
        return Reply(status=response.status, headers=named, body=json.loads(content) if content else None)
    finally:
        connection.close()


def predict(port: int, rows: object) -> Reply:
    return call(port, "POST", "/predict", json.dumps(rows).encode())


def wait_for(what: Callable[[], bool], *, seconds: float = 10, every_s: float = 0.01) -> None:
    """Wait until something is true; what is costly to ask, or takes long, is asked less often."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(every_s)


@contextmanager
def running(app: App) -> Iterator[int]:
    """The port of a server that runs until the block ends."""
    server = build_server(app, host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_for(lambda: server.started)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(30)
