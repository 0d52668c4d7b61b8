"""`python -m lifecycle.training [--end-with-stdin] FOLDER`: train what `job.json` in the folder asks for."""

import os
import sys
import threading
from pathlib import Path

from lifecycle.errors import LifecycleError
from lifecycle.training.job import JOB_FILE, PREEMPTED, TrainingJob
from lifecycle.training.preemption import PreemptedError, end_by_sigterm
from lifecycle.training.ranks import LostRankError, ranks_of
from lifecycle.training.run import run_job

FAILED = 2
"""Exit code of a job that ended with a clear error; its message is the last thing printed."""
ORPHANED = 3
"""Exit code of a job whose caller went away."""
LOST = 4
"""Exit code of a process whose fellow is gone: why is for that one to tell."""


def main(arguments: list[str]) -> int:
    """Run one job; progress goes to standard output, line by line."""
    if arguments[:1] == ["--end-with-stdin"]:
        threading.Thread(target=_end_with_stdin, daemon=True).start()
        arguments = arguments[1:]
    if len(arguments) != 1:
        print("usage: python -m lifecycle.training [--end-with-stdin] FOLDER", file=sys.stderr)
        return FAILED
    end_by_sigterm()
    try:
        workdir = Path(arguments[0])
        ranks = ranks_of(os.environ, asked=TrainingJob.read(workdir / JOB_FILE).processes)
        run_job(workdir, progress=_told if ranks.first else _untold, ranks=ranks)
    except PreemptedError as exc:
        print(exc, flush=True)
        return PREEMPTED
    except LostRankError as exc:
        print(exc, file=sys.stderr)
        return LOST
    except LifecycleError as exc:
        print(exc, file=sys.stderr)
        return FAILED
    except OSError as exc:
        print(f"{exc}: free space, or give the job's folder back its rights, and run again", file=sys.stderr)
        return FAILED
    return 0


def _told(line: str) -> None:
    print(line, flush=True)


def _untold(line: str) -> None:
    """The first rank tells for all."""


def _end_with_stdin() -> None:
    """Wait until the other end of standard input is closed: a killed caller cannot say goodbye."""
    while os.read(0, 4096):
        pass
    # Not sys.exit: this is not the main thread, and the trainer does not listen while it trains.
    os._exit(ORPHANED)


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # At a usual exit what is left of a group of processes would wait for the others until patience ends.
    sys.exit(0) if code == 0 else os._exit(code)
