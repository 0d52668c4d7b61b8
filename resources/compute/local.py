"""Training in a subprocess of this machine."""

import contextlib
import hashlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path
from queue import Empty, Queue
from typing import Self

import dagster as dg

import lifecycle
from lifecycle.errors import LifecycleError
from lifecycle.training.job import JOB_FILE, PREEMPTED, RESULT_FILE, TrainingJob, TrainingResult
from resources.compute.base import FinishedJob, Progress

LAST_LINES = 15
GRACE_S = 5
# What a job may see of our environment: no token or password of the parent reaches it.
PASSED_ON = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "LD_LIBRARY_PATH",
    "CUDA_VISIBLE_DEVICES",
    "SSL_CERT_FILE",
)


class LocalCompute(dg.ConfigurableResource):  # type: ignore[type-arg]  # the adapter is its own value
    """Runs `python -m lifecycle.training` beside the Dagster run, in a process group of its own.

    The job ends with its caller, even when that is killed: it watches a pipe that closes then.
    """

    root: str
    """Folder of the jobs' folders."""

    def train(self, job: TrainingJob, name: str, *, progress: Progress) -> FinishedJob:
        """Run a job; a result that an earlier, killed run left for the very same job is taken as it is."""
        workdir = job_folder(Path(self.root), job.model, name)
        if (done := finished(job, workdir)) is not None:
            progress("this very job was finished by an earlier run: its result is used")
            return FinishedJob(result=done, folder=workdir)
        try:
            workdir.mkdir(parents=True, exist_ok=True)
            (workdir / RESULT_FILE).unlink(missing_ok=True)
            job.write(workdir / JOB_FILE)
        except OSError as exc:
            raise LifecycleError(
                f"no job can be written to {workdir}: {exc.strerror}; make room there"
            ) from exc
        code, lines = _run_until_done(job, workdir, progress)
        if code != 0:
            raise LifecycleError(failure(code, lines, job))
        return FinishedJob(result=TrainingResult.read(workdir / RESULT_FILE), folder=workdir)

    def aside(self, folder: Path) -> Self:
        """See `Compute.aside`."""
        return self.model_copy(update={"root": str(folder)})


def job_folder(root: Path, model: str, name: str) -> Path:
    """Folder of a job.

    Raises:
        LifecycleError: a name that could lead out of the root.
    """
    for part in (model, name):
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,100}", part):
            raise LifecycleError(f"{part!r:.60} names no job; allowed: letters, digits, _ and -, at most 100")
    return root / model / name


def finished(job: TrainingJob, workdir: Path) -> TrainingResult | None:
    """The result in a folder, where it is whole and of this very job; else None."""
    try:
        if TrainingJob.read(workdir / JOB_FILE) != job:
            return None
        result = TrainingResult.read(workdir / RESULT_FILE)
        for name, digest in result.files.items():
            if hashlib.sha256((workdir / name).read_bytes()).hexdigest() != digest:
                return None
    except (LifecycleError, OSError):
        # Nothing there, or half of something: the job is run, whatever the reason.
        return None
    return result


def failure(code: int, lines: list[str], job: TrainingJob) -> str:
    """What to tell of a job that ended with a code other than 0; negative codes are signals."""
    tail = "".join(f"\n  {line}" for line in lines[-LAST_LINES:])
    if code == TIMED_OUT:
        limit = f"its time limit of {job.time_limit_s} s (training.compute.time_limit)"
        return f"training {job.model} passed {limit}:{tail}"
    if code == PREEMPTED:
        often = f"{job.attempts} times, as often as training.compute.attempts allows"
        return f"training {job.model} was preempted {often}; run it again, and it goes on:{tail}"
    if code > 128:
        # Of several processes, as a shell tells it.
        code = 128 - code
    if code < 0:
        name = signal.Signals(-code).name
        hint = "; the kernel does that when memory runs out" if -code == signal.SIGKILL else ""
        return f"training {job.model} was ended by {name}{hint}; run it again:{tail}"
    return f"training {job.model} failed with exit code {code}:{tail}"


TIMED_OUT = 124


def _run_until_done(job: TrainingJob, workdir: Path, progress: Progress) -> tuple[int, list[str]]:
    """Start a job as often as it may be started: a preempted one goes on from its checkpoint."""
    module = "lifecycle.training" if job.processes == 1 else "lifecycle.training.launch"
    deadline = time.monotonic() + job.time_limit_s
    for attempt in range(1, job.attempts + 1):
        code, lines = _run(module, workdir, deadline, progress)
        if code != PREEMPTED:
            break
        progress(f"preempted, attempt {attempt} of {job.attempts}")
    return code, lines


def _run(module: str, workdir: Path, deadline: float, progress: Progress) -> tuple[int, list[str]]:
    root = str(Path(lifecycle.__file__).parents[1])
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", module, "--end-with-stdin", str(workdir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env={**environment, "PYTHONPATH": root, "PYTHONUNBUFFERED": "1"},
        start_new_session=True,
    )
    lines: Queue[str | None] = Queue()
    reader = threading.Thread(target=_pump, args=(process, lines), daemon=True)
    reader.start()
    last: deque[str] = deque(maxlen=LAST_LINES)
    try:
        while time.monotonic() < deadline:
            # A wait without an end would keep a cancelled run from being cancelled.
            with contextlib.suppress(Empty):
                line = lines.get(timeout=0.5)
                if line is None:
                    return process.wait(GRACE_S), list(last)
                last.append(line)
                progress(line)
        return TIMED_OUT, list(last)
    finally:
        _end(process)
        reader.join(GRACE_S)
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


def _pump(process: "subprocess.Popen[str]", lines: "Queue[str | None]") -> None:
    assert process.stdout is not None
    for line in process.stdout:
        lines.put(line.rstrip())
    lines.put(None)


def _end(process: "subprocess.Popen[str]") -> None:
    """End the whole process group: politely, then not."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_S)
            return
