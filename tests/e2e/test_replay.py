"""`make replay` in its short form: two weeks of real flights, with sensors, labels, a table and a picture."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.life import ROOT
from tests.fakes.ports import free_port

pytestmark = pytest.mark.e2e
SCRIPT = ROOT / "deploy" / "local" / "demo" / "year.py"
SENSORS = {"compact_request_log", "traffic_tables", "retrain", "rollouts", "alerts"}


def test_two_weeks_are_answered_labelled_watched_and_told(tmp_path: Path) -> None:
    own = {"FLYWHEEL_HOME": str(tmp_path / "home"), "FLYWHEEL_ENDPOINT_PORT": str(free_port())}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLYWHEEL", "DAGSTER"))}
    done = subprocess.run(
        [
            *(sys.executable, str(SCRIPT), "--from", "2013-04-01", "--to", "2013-04-15"),
            *("--share", "0.1", "--quick", "--out", str(tmp_path / "out")),
        ],
        env=kept | own,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads((tmp_path / "out" / "replay.json").read_text())
    assert list(told["facts"]["answers by status"]) == ["200"]
    assert told["facts"]["evaluations of sensors"] == dict.fromkeys(SENSORS, 28)
    assert [event["text"] for event in told["events"] if event["kind"] == "failed"] == []
    (april,) = told["months"]
    # Cancelled and diverted flights never get a label.
    assert 0.9 < april["flights"] / told["facts"]["answers by status"]["200"] <= 1
    assert all(0.5 < april[who] < 1 for who in ("frozen", "oracle", "loop"))
    assert (tmp_path / "out" / "replay.png").read_bytes().startswith(b"\x89PNG")
    assert "| 2013-04 |" in (tmp_path / "out" / "replay.md").read_text()
