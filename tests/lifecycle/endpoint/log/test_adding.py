"""Rows that a replay adds to a log: `kill -9` between scoring and the log, by a real process."""

import signal
import subprocess
import sys
from pathlib import Path

from lifecycle.endpoint.log.adding import ADDED, add_entries
from lifecycle.endpoint.log.reading import read_log
from lifecycle.endpoint.log.record import PartEntry, RequestEntry
from tests.fakes.logged import AT_US, CHAMPION

KILLED = """
import os, signal, sys
from pathlib import Path
from lifecycle.endpoint.log import adding
from tests.fakes.logged import CHAMPION
from tests.lifecycle.endpoint.log.test_adding import entry

adding.os.fsync = lambda file: os.kill(os.getpid(), signal.SIGKILL)
adding.add_entries(Path(sys.argv[1]), "stub", CHAMPION, lambda: [entry("r-1"), entry("r-2")])
"""


def entry(request: str) -> RequestEntry:
    part = PartEntry(
        assigned=ADDED,
        answered=None,
        how="shadow",
        propensity=1.0,
        reason="error",
        rows=[0],
        keys=["k"],
        buckets=[7],
        scores=None,
        features=[()],
        columns=[{}],
        scoring_us=None,
    )
    return RequestEntry(
        request=request, at_us=AT_US, latency_us=9, protocol="replay", generation=1, status=500, parts=[part]
    )


def test_a_killed_adder_leaves_nothing_and_holds_nobody_up(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert (tmp_path / "adding.new").exists()
    assert list(read_log(tmp_path)) == []
    assert add_entries(tmp_path, "stub", CHAMPION, lambda: [entry("r-2")]) == 1
    assert [row.request for row in read_log(tmp_path)] == ["r-2"]
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".lock", ".segment"]
