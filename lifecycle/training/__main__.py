"""`python -m lifecycle.training FOLDER`: train what `job.json` in the folder asks for."""

import sys
from pathlib import Path

from lifecycle.errors import LifecycleError
from lifecycle.training.run import run_job

FAILED = 2
"""Exit code of a job that ended with a clear error; its message is the last line of standard error."""


def main(arguments: list[str]) -> int:
    """Run one job; progress goes to standard output, line by line."""
    if len(arguments) != 1:
        print("usage: python -m lifecycle.training FOLDER", file=sys.stderr)
        return FAILED
    try:
        run_job(Path(arguments[0]), progress=lambda line: print(line, flush=True))
    except LifecycleError as exc:
        print(exc, file=sys.stderr)
        return FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
