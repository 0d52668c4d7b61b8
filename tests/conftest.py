"""What tests of several stages share."""

import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from lifecycle.registry.bundle import Bundle, open_bundle
from lifecycle.spec.records import Task
from tests.fakes.bundles import make_bundle

# A busy machine breaks no law: only wrong answers fail.
settings.register_profile("flywheel", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("flywheel")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests come first, in their random order: else the last of them keeps one of two cores idle.

    Of two workers the first gets them all, so that the life they share is built once.
    """
    items.sort(key=lambda item: item.get_closest_marker("e2e") is None)


TrainedBundle = Callable[[Task], Bundle]


@pytest.fixture(scope="session")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> TrainedBundle:
    """A bundle of a task, trained once for all tests: none of them changes it."""
    return cache(lambda task: make_bundle(tmp_path_factory.mktemp(task), task))


@pytest.fixture
def bundle(sealed: TrainedBundle, tmp_path: Path) -> Bundle:
    """A copy of the binary bundle, to do harm to."""
    return open_bundle(Path(shutil.copytree(sealed("binary").path, tmp_path / "bundle")))
