"""`python -m lifecycle.training [--end-with-stdin] FOLDER`: train what `job.json` in the folder asks for."""

import os
import sys
import threading
from pathlib import Path

from lifecycle.errors import LifecycleError
from lifecycle.training.run import run_job

FAILED = 2
"""Exit code of a job that ended with a clear error; its message is the last thing printed."""
ORPHANED = 3
"""Exit code of a job whose caller went away."""


def main(arguments: list[str]) -> int:
    """Run one job; progress goes to standard output, line by line."""
    if arguments[:1] == ["--end-with-stdin"]:
        threading.Thread(target=_end_with_stdin, daemon=True).start()
        arguments = arguments[1:]
    if len(arguments) != 1:
        print("usage: python -m lifecycle.training [--end-with-stdin] FOLDER", file=sys.stderr)
        return FAILED
    try:
        run_job(Path(arguments[0]), progress=lambda line: print(line, flush=True))
    except LifecycleError as exc:
        print(exc, file=sys.stderr)
        return FAILED
    except OSError as exc:
        print(f"{exc}: free space, or give the job's folder back its rights, and run again", file=sys.stderr)
        return FAILED
    return 0


def _end_with_stdin() -> None:
    """Wait until the other end of standard input is closed: a killed caller cannot say goodbye."""
    while os.read(0, 4096):
        pass
    # Not sys.exit: this is not the main thread, and the trainer does not listen while it trains.
    os._exit(ORPHANED)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
