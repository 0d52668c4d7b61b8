"""`make run` and `make stop`: the real script, the whole lake of 336,776 flights, a quick spec."""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.e2e.life import NAME, QUICK, ROOT, Life, load_script, quick_models
from tests.fakes.ports import free_port

pytestmark = pytest.mark.e2e
SCRIPT = ROOT / "deploy" / "local" / "life.py"


@pytest.fixture
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """A home where nothing was done yet."""
    folder = tmp_path_factory.mktemp("fresh")
    life = Life(home=folder / "home", models=quick_models(folder / "models", QUICK), port=free_port())
    yield life
    life.end()


def script(life: Life, what: str) -> "subprocess.CompletedProcess[str]":
    return life.command("env", "HEADLESS=1", sys.executable, str(SCRIPT), what)


def test_make_run_ends_in_an_endpoint_does_no_work_twice_and_make_stop_ends_it_all(fresh: Life) -> None:
    first = script(fresh, "run")
    assert first.returncode == 0, first.stderr
    (line,) = (line for line in first.stdout.splitlines() if line.startswith("  try it "))
    asked = subprocess.run(
        ["sh", "-c", line.removeprefix("  try it ")], capture_output=True, text=True, timeout=30, check=True
    )
    (version,) = fresh.versions()
    assert (version.as_of, version.verdict, version.aliases) == ("2013-03", "pass", ("champion",))
    assert json.loads(asked.stdout)["version"] == version.version

    before = fresh.facts()
    again = script(fresh, "run")
    assert again.returncode == 0, again.stderr
    assert "everything is there already: nothing to do" in again.stdout
    assert fresh.facts() == before

    ui = web_ui(fresh)
    stopped = script(fresh, "stop")
    assert stopped.returncode == 0, stopped.stderr
    assert stopped.stdout.splitlines() == [f"web UI (process {ui.pid}) ended", f"endpoint of {NAME} ended"]
    assert (ui.poll() is not None, fresh.processes()) == (True, [])


def web_ui(life: Life) -> "subprocess.Popen[bytes]":
    """A stand-in for the web UI, noted as `make run` notes it; it started a process of its own, too."""
    ui = life.start("sh", "-c", "sleep 600 & wait")
    load_script(SCRIPT, "life_script").write_pid(life.home / "ui.pid", ui.pid)
    return ui
