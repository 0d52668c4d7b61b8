"""A BigQuery emulator on loopback, in an environment of its own; the real Google clients talk to it."""

import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.emulators.bigquery import FOLDER, STAMP

PROJECT = "flywheel-test"
START_S = 60.0


@dataclass(frozen=True, slots=True)
class Emulator:
    """Where it listens."""

    http: str
    grpc: str


def why_not() -> str | None:
    """Why the emulator cannot run here; None: it can."""
    if (FOLDER / STAMP).is_file():
        return None
    return f"no BigQuery emulator in {FOLDER.name}: make setup-emulators (needs Python 3.13)"


@contextmanager
def running(folder: Path) -> Iterator[Emulator]:
    """The emulator over an empty folder, from its first answer to its end."""
    http, grpc = _free_ports()
    command = [str(FOLDER / "bin" / "local-bigquery"), "--host", "127.0.0.1", "--port", str(http)]
    command += ["--grpc-port", str(grpc), "--project", PROJECT, "--data-dir", str(folder / "data")]
    # The extensions of its engine lie in a home of their own; the machine's settings stay out.
    environment = {"HOME": str(FOLDER / "home"), "PATH": os.environ.get("PATH", "")}
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(
            [*command, "serve"], cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            _wait_for(f"http://127.0.0.1:{http}/bigquery/v2/projects/{PROJECT}/datasets", process, folder)
            yield Emulator(http=f"http://127.0.0.1:{http}", grpc=f"127.0.0.1:{grpc}")
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    shutil.rmtree(folder / "data", ignore_errors=True)


def _free_ports() -> tuple[int, int]:
    """Two ports that nobody listens on: the emulator says nothing where one is taken."""
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        return int(first.getsockname()[1]), int(second.getsockname()[1])


def _wait_for(url: str, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    pytest.fail(f"the BigQuery emulator did not start:\n{(folder / 'log.txt').read_text()[-2000:]}")
