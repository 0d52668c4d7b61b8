from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from resources.serving import process
from resources.serving.local import LocalServing
from tests.fakes.ports import free_port
from tests.fakes.running import wait_for
from tests.fakes.stub_endpoint import stub_command


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """A folder of endpoints; every process that serves from it ends with the test."""
    root = tmp_path / "endpoints"
    yield root
    serving = [p for p in psutil.process_iter() if any(a.startswith(f"{root}/") for a in process._command(p))]
    for one in serving:
        one.kill()
        wait_for(lambda ended=one: not process._runs(ended))  # type: ignore[misc]  # bound now, called now


@pytest.fixture
def local(root: Path, monkeypatch: pytest.MonkeyPatch) -> LocalServing:
    """The adapter, with real processes whose bundles hold a constant in the place of a model."""
    monkeypatch.setattr(process, "endpoint_command", stub_command)
    return LocalServing(root=str(root), start_timeout_s=20)


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def other_port(port: int) -> int:
    return next(p for p in iter(free_port, 0) if p != port)
