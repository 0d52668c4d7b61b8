"""`make demo-rollout` in its short form: a good version and a bad one, real flights, a real endpoint."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.life import ROOT
from tests.fakes.ports import free_port

pytestmark = pytest.mark.e2e
SCRIPT = ROOT / "deploy" / "local" / "demo" / "demo.py"


def play(home: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    own = {"FLYWHEEL_HOME": str(home), "FLYWHEEL_ENDPOINT_PORT": str(free_port())}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLYWHEEL", "DAGSTER"))}
    return subprocess.run(
        [sys.executable, str(SCRIPT), *arguments, "--quick", "--end"],
        env=kept | own,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def test_a_good_version_takes_over_and_a_drifting_one_is_taken_back(tmp_path: Path) -> None:
    done = play(tmp_path / "home", "good", "drifting")
    assert done.returncode == 0, done.stdout + done.stderr
    good, drifting = (
        line.split() for line in done.stdout.splitlines() if line.startswith(("good ", "drifting "))
    )
    assert good[:2] == ["good", "promoted"]
    assert drifting[:4] == ["drifting", "rolled", "back", "prediction_drift_max"]


def test_a_home_that_is_not_the_demonstration_s_is_left_alone(tmp_path: Path) -> None:
    kept = tmp_path / "home" / "mine.txt"
    kept.parent.mkdir()
    kept.write_text("of worth")
    done = play(kept.parent, "good")
    assert (done.returncode, kept.read_text()) == (1, "of worth")
    assert "is not the home of a demonstration" in done.stderr
