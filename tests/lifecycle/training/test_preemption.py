"""What SIGTERM does, in processes of its own: it belongs to the whole process."""

import subprocess
import sys

import pytest

from lifecycle.training.job import PREEMPTED

BEGIN = """
import os, signal, time
from lifecycle.training.preemption import end_by_sigterm, heeded
end_by_sigterm()
def term():
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(0.01)
"""


@pytest.mark.parametrize(
    ("script", "code", "told"),
    [
        pytest.param("print('begun'); term(); print('never')", PREEMPTED, "begun\n", id="ends at once"),
        pytest.param(
            "try:\n    term()\nexcept BaseException:\n    print('swallowed')",
            PREEMPTED,
            "",
            id="nothing can swallow it",
        ),
        pytest.param(
            "with heeded() as asked:\n    print(asked()); term(); print(asked())\nprint('never')",
            PREEMPTED,
            "False\nTrue\n",
            id="a fit that asks ends when it is done",
        ),
        pytest.param(
            "with heeded() as asked:\n    pass\nprint(asked())", 0, "False\n", id="nothing came, nothing ends"
        ),
    ],
)
def test_sigterm(script: str, code: int, told: str) -> None:
    done = subprocess.run([sys.executable, "-c", BEGIN + script], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (code, told, "")
