"""Folders of models, and environments of our own ports' fakes."""

from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest

from orchestration.environments import Environment
from resources.warehouse.duckdb import DuckDBWarehouse
from tests.fakes.compute import FakeCompute
from tests.fakes.orders import ORDERS
from tests.fakes.rollout_world import MemoryRollouts
from tests.fakes.serving import FakeServing
from tests.fakes.tracking import FakeTracking
from tests.fakes.traffic import MemoryTraffic

AddModel = Callable[..., Path]


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    return folder


@pytest.fixture
def add_model(models: Path) -> AddModel:
    """Adds a model to the folder: the one of orders under another name, with pieces of its text replaced."""

    def add(name: str, *changes: tuple[str, str]) -> Path:
        text = ORDERS.replace("name: orders", f"name: {name}")
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        path = models / name / "spec.yaml"
        path.parent.mkdir()
        path.write_text(text)
        return path

    return add


@pytest.fixture
def environment(tmp_path: Path, models: Path) -> Environment:
    """Nothing of it leaves this process, but for the lake in a folder."""
    return Environment(
        name="fake",
        home=tmp_path / "home",
        models=models,
        warehouse=DuckDBWarehouse(
            root=str(tmp_path / "home" / "lake"), home=str(tmp_path / "home"), threads=1
        ),
        compute=FakeCompute(tmp_path / "home" / "jobs"),
        tracking=FakeTracking(),
        serving=FakeServing(),
        traffic=MemoryTraffic(tmp_path / "logs"),
        rollouts=MemoryRollouts(),
        executor=dg.in_process_executor,
    )
