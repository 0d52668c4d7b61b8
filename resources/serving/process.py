"""The process of a local endpoint: starting it, knowing it again, ending it, and asking it how it is."""

import hashlib
import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import psutil
from pydantic import ValidationError

import lifecycle
from lifecycle.clock import CLOCK
from lifecycle.endpoint.access import TOKEN_VARIABLE
from lifecycle.endpoint.readiness import Readiness
from lifecycle.errors import LifecycleError
from lifecycle.registry.signature import VERIFY_KEY, key_file
from lifecycle.spec.kinds import Record

HOST = "127.0.0.1"
ASK_S = 2.0
POLL_S = 0.05
STOP_S = 25.0
"""Longer than the endpoint gives its own requests to end."""

RELEASE_S = 2.0
"""A killed process is gone for everybody a moment before its threads have ended and let go of its port."""

_CODE = Path(lifecycle.__file__).parent
_SERVED_CODE = ("clock.py", "errors.py", "spec", "features", "registry", "endpoint")
_KEPT_VARIABLES = (
    CLOCK,
    TOKEN_VARIABLE,
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
)


class ProcessRecord(Record):
    """`process.json`: which process serves, so that any later run can find it and no other."""

    pid: int
    created_s: float
    """Creation time, Unix seconds: a recycled process id has another one."""
    manifest: str
    """The manifest it follows, as its command line names it."""
    port: int
    started_at: str
    code: str
    """Fingerprint of the serving code it runs."""

    def process(self) -> psutil.Process | None:
        """The process if it still runs; None if it ended, whoever may have its number now."""
        try:
            process = psutil.Process(self.pid)
            # The kernel counts from boot, so a corrected clock moves the creation time by up to a second.
            same = abs(process.create_time() - self.created_s) < 2
        except psutil.Error:
            return None
        return process if same and _follows(process, self.manifest) else None


def read_process(path: Path) -> ProcessRecord | None:
    """The record of the process started last; None where there is none, or none that can be read."""
    try:
        return ProcessRecord.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        # Nothing is lost: a process without a record is found by its command line before another is started.
        return None


def code_fingerprint() -> str:
    """Digest of the code that an endpoint runs and of the key that it trusts, as on disk; 16 hex digits."""
    digest = hashlib.sha256()
    if key := key_file(VERIFY_KEY):
        digest.update(str(key).encode() + b"\0" + (key.read_bytes() if key.is_file() else b""))
    for name in _SERVED_CODE:
        root = _CODE / name
        for file in sorted(root.rglob("*.py")) if root.is_dir() else [root]:
            digest.update(file.relative_to(_CODE).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


def endpoint_command(manifest: Path, port: int) -> list[str]:
    """The command line of an endpoint."""
    return [
        *(sys.executable, "-P", "-m", "lifecycle.endpoint"),
        *("--manifest", str(manifest), "--host", HOST, "--port", str(port)),
    ]


def start_process(manifest: Path, port: int, log: Path) -> ProcessRecord:
    """Start an endpoint in a session of its own, so that nothing that ends its starter ends it.

    Its output goes to `log`; the log before is kept once, under `.1`. It gets no environment beyond what
    finding Python and libraries needs, and its own token: other secrets are none of its business.
    """
    if log.exists():
        log.replace(log.with_name(f"{log.name}.1"))
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    # One thread a request: more make small requests slower, and their tail far worse.
    if key := key_file(VERIFY_KEY):
        kept[VERIFY_KEY] = str(key)
    environment = kept | {"PYTHONPATH": str(_CODE.parent), "OMP_NUM_THREADS": "1"}
    with log.open("wb") as output:
        child = subprocess.Popen(
            endpoint_command(manifest, port),
            cwd=manifest.parent,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    # It may end before its starter does: somebody must take its exit code, or its entry stays for ever.
    threading.Thread(target=child.wait, name=f"reap-{child.pid}", daemon=True).start()
    return _record(child.pid, manifest, port)


def _record(pid: int, manifest: Path, port: int) -> ProcessRecord:
    try:
        created_s = psutil.Process(pid).create_time()
    except psutil.Error:
        created_s = 0.0  # ended already: a time that no process has
    return ProcessRecord(
        pid=pid,
        created_s=created_s,
        manifest=str(manifest),
        port=port,
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        code=code_fingerprint(),
    )


def stop_process(process: psutil.Process) -> None:
    """Let a process drain, and kill it when it takes too long.

    Raises:
        LifecycleError: it cannot be ended, not even so.
    """
    for end in (process.terminate, process.kill):
        with suppress(psutil.NoSuchProcess):
            end()
        deadline = time.monotonic() + STOP_S
        while time.monotonic() < deadline:
            if not _runs(process):
                return
            time.sleep(POLL_S)
    raise LifecycleError(f"process {process.pid} does not end; end it by hand and deploy again")


def _runs(process: psutil.Process) -> bool:
    # Not psutil's wait: that waits for zombies, too, and not every container has somebody to collect them.
    try:
        return process.status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.NoSuchProcess:
        return False


def endpoint_processes(manifest: Path) -> list[psutil.Process]:
    """Endpoints of this manifest, recorded or not: a deployer may die between starting one and noting it."""
    return [process for process in psutil.process_iter() if _follows(process, str(manifest))]


def _follows(process: psutil.Process, manifest: str) -> bool:
    # Both together: an editor may have the file open, too. A zombie has no command line and follows nothing.
    return ("--manifest", manifest) in pairwise(_command(process))


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []  # ended, or somebody else's


def check_port(model: str, port: int) -> None:
    """Make sure that an endpoint can listen on the port.

    Raises:
        LifecycleError: somebody else does, with who it is as far as the system tells.
    """
    deadline = time.monotonic() + RELEASE_S
    while problem := _bind_problem(port):
        holder = _holder(port)
        if holder is None and time.monotonic() < deadline:
            time.sleep(POLL_S)
            continue
        raise LifecycleError(
            f"the endpoint of {model} cannot listen on port {port}: "
            f"{holder or 'it is taken by another program'}; end that, or choose another port "
            "(`deployment.port` in the spec, `port_override` of the serving resource)"
        ) from problem


def _bind_problem(port: int) -> OSError | None:
    with socket.socket() as probe:
        # As the server does: a port whose last connections are still closing counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError as exc:
            return exc
    return None


def _holder(port: int) -> str | None:
    """Who listens on a port; None where the system does not say."""
    try:
        listening = [
            c.pid
            for c in psutil.net_connections("tcp")
            if c.status == psutil.CONN_LISTEN and c.laddr and c.laddr.port == port
        ]
        process = next(psutil.Process(pid) for pid in listening if pid)
        command = _command(process)
        # Of a stranger only the name: command lines hold secrets.
        what = process.name()
        if "lifecycle.endpoint" in command and "--manifest" in command[:-1]:
            what = f"the endpoint of {Path(command[command.index('--manifest') + 1]).parent.name}"
        return f"it is held by process {process.pid} ({what})"
    except (psutil.Error, StopIteration):
        return None


def ask(record: ProcessRecord) -> Readiness | None:
    """What a recorded process says of itself; None where it does not answer in time, or another one does."""
    if record.process() is None:
        return None
    connection = http.client.HTTPConnection(HOST, record.port, timeout=ASK_S)
    try:
        connection.request("GET", "/health/ready")
        answer = Readiness.model_validate_json(connection.getresponse().read(65_536))
    except (OSError, http.client.HTTPException, ValidationError):
        return None
    finally:
        connection.close()
    return answer if answer.pid == record.pid else None
