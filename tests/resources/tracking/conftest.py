import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from resources.tracking.base import Tracking
from resources.tracking.mlflow import MlflowTracking
from tests.fakes.ports import free_port
from tests.fakes.tracking import FakeTracking
from tests.resources.tracking.records import MODEL

START_S = 120


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MLflow database with its tables made: MLflow needs seconds for that, a copy takes none."""
    database = tmp_path_factory.mktemp("mlflow") / "empty.db"
    MlflowTracking(tracking_uri=f"sqlite:///{database}").versions(MODEL)
    return database


@pytest.fixture
def database(empty_database: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(empty_database, tmp_path / "mlflow.db"))


@pytest.fixture
def sqlite_tracking(database: Path) -> MlflowTracking:
    return MlflowTracking(tracking_uri=f"sqlite:///{database}")


@pytest.fixture(scope="session")
def server(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real `mlflow server`, with its files behind it."""
    home = tmp_path_factory.mktemp("server")
    database = shutil.copy(empty_database, home / "mlflow.db")
    url = f"http://127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "mlflow", "server", "--workers", "1", "--host", "127.0.0.1"]
    command += ["--port", url.rpartition(":")[2], "--backend-store-uri", f"sqlite:///{database}"]
    command += ["--artifacts-destination", str(home / "artifacts")]
    environment = os.environ | {
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    }
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=subprocess.STDOUT, cwd=home, env=environment, start_new_session=True
        )
    try:
        _await_answer(f"{url}/health", process, home / "log")
        yield url
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _await_answer(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"mlflow server does not answer: {log.read_text()[-2000:]}")


@pytest.fixture
def server_tracking(server: str) -> MlflowTracking:
    """The adapter on the server, without the model that the test before it left there."""
    tracking = MlflowTracking(tracking_uri=server)
    tracking.forget(MODEL)
    return tracking


@pytest.fixture(params=["memory", "sqlite", "server"])
def tracking(request: pytest.FixtureRequest) -> Tracking:
    """Each of the port's implementations in turn."""
    made: dict[str, Callable[[], Tracking]] = {
        "memory": FakeTracking,
        "sqlite": lambda: request.getfixturevalue("sqlite_tracking"),
        "server": lambda: request.getfixturevalue("server_tracking"),
    }
    return made[request.param]()
