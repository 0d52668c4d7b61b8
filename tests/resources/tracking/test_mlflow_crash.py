"""A registration that is killed, and two at once: in the end there is one version, with one finished run."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SOUND = {
    "versions": ["1"],
    "finished_run_is_the_version's": True,
    "running": 0,
    "curve": [0.6, 0.5, 0.45],
    "models": 1,
    "files": 2,
}


def trials(kind: str, empty_database: Path, folder: Path) -> list[dict[str, object]]:
    """What the store held at the end of each trial of `killed_register`."""
    command = [sys.executable, "-m", "tests.resources.tracking.killed_register", kind]
    done = subprocess.run(
        [*command, str(empty_database), str(folder)], cwd=ROOT, capture_output=True, text=True, timeout=150
    )
    if done.returncode:
        pytest.fail(done.stderr[-2000:])
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_call_killed_before_any_of_its_steps_is_completed_by_the_next(
    empty_database: Path, tmp_path: Path
) -> None:
    found = trials("kill", empty_database, tmp_path)
    steps = 12
    # In the last trial there is no such step any more: the first call ended, the second found its version.
    assert found == [{"killed_before": step, **SOUND} for step in [*range(1, steps + 1), None]]


def test_two_processes_at_once_make_one_version(empty_database: Path, tmp_path: Path) -> None:
    found = trials("race", empty_database, tmp_path)
    assert found == [{"adopting": adopting, "failed": 0, **SOUND} for adopting in (False, True)]
