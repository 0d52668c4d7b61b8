from pathlib import Path

import pytest

from resources.compute.base import Compute
from resources.compute.local import LocalCompute
from tests.fakes.compute import FakeCompute


@pytest.fixture
def local(tmp_path: Path) -> LocalCompute:
    return LocalCompute(root=str(tmp_path / "jobs"))


@pytest.fixture(params=["fake", "local"])
def compute(request: pytest.FixtureRequest, tmp_path: Path) -> Compute:
    """Every adapter of the port, and the fake that stands in for them."""
    root = tmp_path / "jobs"
    return FakeCompute(root) if request.param == "fake" else LocalCompute(root=str(root))
