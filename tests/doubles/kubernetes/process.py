"""A container as a process of this machine, and what it prints."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tests.doubles.kubernetes.store import timestamp

OUT_OF_MEMORY = "OOMKilled"


class Log:
    """Lines of a container with the time of each, to the nanosecond."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.lines: list[tuple[str, bytes]] = []
        self.closed = False

    def append(self, line: bytes) -> None:
        with self.changed:
            nanoseconds = f"{time.time_ns() % 1_000_000_000:09}"
            at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + nanoseconds + "Z"
            self.lines.append((max(at, self.lines[-1][0]) if self.lines else at, line))
            self.changed.notify_all()

    def wait_past(self, count: int) -> tuple[int, bool]:
        """Wait half a second for more than so many lines; how many there are, and whether that is all."""
        with self.changed:
            self.changed.wait_for(lambda: len(self.lines) > count or self.closed, timeout=0.5)
            return len(self.lines), self.closed

    def close(self) -> None:
        with self.changed:
            self.closed = True
            self.changed.notify_all()


class Process:
    """A running container, in a process group of its own."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], cwd: str | None, log: Log
    ) -> None:
        # The base image of the double is this machine: what an image sets by ENV is taken from here.
        base = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        # What a container leaves in its /tmp goes with it.
        self._scratch = tempfile.mkdtemp(prefix="container-")
        self.process = subprocess.Popen(
            list(command),
            env={**base, "TMPDIR": self._scratch, **environment},
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.log, self.started_at = log, timestamp()
        self.reason = ""
        self._pump = threading.Thread(target=self._read, daemon=True)
        self._pump.start()

    @property
    def code(self) -> int | None:
        """Exit code as a shell tells it (128 + signal), None while it runs."""
        code = self.process.poll()
        return code if code is None or code >= 0 else 128 - code

    def signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def end(self, grace_s: float) -> None:
        """SIGTERM, and SIGKILL after the grace period."""
        self.signal(signal.SIGTERM)
        try:
            self.process.wait(grace_s)
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGKILL)
            self.process.wait()

    def drained(self) -> None:
        """Wait for the last lines of an ended process."""
        self.process.wait()
        self._pump.join(5)
        self.log.close()

    def terminated(self) -> dict[str, Any]:
        """The state of an ended container."""
        reason = self.reason or ("Completed" if self.code == 0 else "Error")
        state = {
            "exitCode": self.code,
            "reason": reason,
            "startedAt": self.started_at,
            "finishedAt": timestamp(),
        }
        return {"terminated": state}

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.log.append(line)
        self.process.stdout.close()
        self.process.wait()
        shutil.rmtree(self._scratch, ignore_errors=True)
