"""One whole life, lived once; a test that goes on from there gets a copy."""

import copy
import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from assets.keys import DATA, ENDPOINT, EVALUATION, FEATURES, MODEL
from tests.fakes.life import Life, new_life


@pytest.fixture
def young(tmp_path: Path) -> Iterator[Life]:
    """A life that has its sources and nothing more."""
    with dg.DagsterInstance.ephemeral() as instance:
        yield new_life(tmp_path / "parcels", instance)


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """From the data of two months to a live endpoint. No test changes it."""
    with dg.DagsterInstance.ephemeral() as instance:
        life = new_life(tmp_path_factory.mktemp("lived") / "parcels", instance)
        life.run(DATA, FEATURES, partition="2024-01", last="2024-02")
        life.run(MODEL, EVALUATION, ENDPOINT, partition="2024-02")
        yield life


@pytest.fixture
def life(lived: Life, tmp_path: Path) -> Iterator[Life]:
    """A copy of the whole life, in an instance that has seen no run yet."""
    with dg.DagsterInstance.ephemeral() as instance:
        yield copied(lived, tmp_path / "parcels", instance)


def copied(lived: Life, folder: Path, instance: dg.DagsterInstance) -> Life:
    """A life in another folder that goes on from where one is."""
    shutil.copytree(lived.folder, folder)
    return Life(
        folder=folder,
        instance=instance,
        spec=lived.spec.with_folder(folder),
        tracking=copy.deepcopy(lived.tracking),
        serving=copy.deepcopy(lived.serving),
    )
