"""`python -m lifecycle.training.launch [--end-with-stdin] FOLDER`: a job's processes, all on this machine.

They are told their ranks as `torchrun` tells them, and start by it as well. Here it is not used: it starts
processes in sessions of their own, which outlive a killed caller, and answers 1 whatever they answered.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from lifecycle.errors import LifecycleError
from lifecycle.training.__main__ import FAILED, LOST
from lifecycle.training.job import JOB_FILE, PREEMPTED, TrainingJob
from lifecycle.training.ranks import RENDEZVOUS

KEEPING_S, NOTICING_S = 20.0, 2.0
"""Time that the others have to end by themselves after one of them was preempted, or failed."""
_POLL_S = 0.1


def main(arguments: list[str]) -> int:
    """Run all processes to their end; the exit code is that of the job."""
    try:
        processes = TrainingJob.read(Path(arguments[-1]) / JOB_FILE).processes
    except LifecycleError as exc:
        print(exc, file=sys.stderr)
        return FAILED
    with TemporaryDirectory() as meeting:
        environment = {**os.environ, RENDEZVOUS: f"file://{meeting}/ranks", "WORLD_SIZE": str(processes)}
        # All are on this machine: nothing of it is to be reached from others.
        environment.setdefault("GLOO_SOCKET_IFNAME", "lo")
        started: list[subprocess.Popen[bytes]] = []
        # They keep where they stand, not we: we end when all of them have.
        signal.signal(signal.SIGTERM, lambda number, frame: _pass_on(started))
        for rank in range(processes):
            # They share our standard input, and our process group: they end with whoever waits for us.
            command = [sys.executable, "-P", "-m", "lifecycle.training", *arguments]
            told = {"RANK": str(rank), "LOCAL_RANK": str(rank)}
            started.append(subprocess.Popen(command, env=environment | told))
        return _ended(started)


def job_code(codes: Sequence[int]) -> int:
    """The exit code of a job from those of its processes; 0 only where all of them are.

    Args:
        codes: of those that ended by themselves, or by somebody else; negative codes are signals.

    >>> job_code([0, 0]), job_code([PREEMPTED, LOST]), job_code([LOST, FAILED]), job_code([LOST, -9])
    (0, 85, 2, 137)
    """
    # A process that lost another one does not know why. One was preempted: whatever became of the others.
    wrong = sorted((code for code in codes if code != 0), key=lambda code: (code != PREEMPTED, code == LOST))
    if not wrong:
        return 0
    return wrong[0] if wrong[0] > 0 else 128 - wrong[0]


def _pass_on(processes: Sequence["subprocess.Popen[bytes]"]) -> None:
    for process in processes:
        process.terminate()


def _ended(processes: Sequence["subprocess.Popen[bytes]"]) -> int:
    """Wait for all; where one fails, the others wait for it in vain, and are ended."""
    while all(process.poll() in (None, 0) for process in processes):
        if all(process.returncode == 0 for process in processes):
            return 0
        time.sleep(_POLL_S)
    # Asked to end, all of them keep where they stand; otherwise they notice at once, or never.
    asked = any(process.returncode == PREEMPTED for process in processes)
    deadline = time.monotonic() + (KEEPING_S if asked else NOTICING_S)
    for process in processes:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, deadline - time.monotonic()))
    codes = [process.returncode for process in processes if process.returncode is not None]
    for process in processes:
        process.kill()
        process.wait()
    return job_code(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
