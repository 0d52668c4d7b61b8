"""What tests of several stages share."""

import os
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from lifecycle.registry.bundle import Bundle, open_bundle
from lifecycle.spec.model import Task
from tests.doubles import bigquery_emulator, bigquery_place, gcs
from tests.doubles.bigquery_place import Place
from tests.fakes.bundles import make_bundle

collect_ignore = ["doubles/googlesql_analyze.py"]
"""Run by another Python: that of the emulator."""

# A busy machine breaks no law: only wrong answers fail.
settings.register_profile("flywheel", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("flywheel")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests come first, in their random order: else the last of them would run alone.

    The first worker gets them all, so that the life they share is built once.
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


@pytest.fixture(scope="session")
def bigquery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A place for the tests of a session, each in datasets of its own; without one they are skipped."""
    if bigquery_place.in_project(os.environ):
        import google.auth

        if reason := bigquery_place.why_no_project(os.environ, google.auth.default):
            pytest.skip(reason)
        with bigquery_place.named_project(os.environ) as place:
            yield place
        return
    if reason := bigquery_emulator.why_not():
        pytest.skip(reason)
    with bigquery_place.emulator(tmp_path_factory.mktemp("bigquery")) as place:
        yield place


@pytest.fixture(scope="session")
def storage_server() -> Iterator[gcs.Storage]:
    """An emulator of Cloud Storage for the tests of a session; without one they are skipped."""
    if reason := gcs.why_not():
        pytest.skip(reason)
    with gcs.running() as storage:
        yield storage


@pytest.fixture
def storage(storage_server: gcs.Storage, monkeypatch: pytest.MonkeyPatch) -> gcs.Storage:
    """The same, found by clients in this process, without any credentials."""
    for name, value in storage_server.variables.items():
        monkeypatch.setenv(name, value)
    return storage_server
