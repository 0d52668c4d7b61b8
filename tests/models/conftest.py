"""The example's lake: its script as a module, the whole lake built once, and small sources for the rest."""

import importlib.util
import sys
import zipfile
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[2] / "models" / "flight_delay" / "lake.py"


@pytest.fixture(scope="session")
def lake() -> ModuleType:
    """Loaded by its path: `models/` is no package, each folder in it stands alone."""
    spec = importlib.util.spec_from_file_location("flight_delay_lake", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses and pydantic look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def built(lake: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole lake. No test changes it."""
    folder = tmp_path_factory.mktemp("lake")
    lake.build_lake(folder)
    return folder


@pytest.fixture
def small(lake: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Any]:
    """Makes a source of the first `rows` real flights, built in milliseconds."""

    return lambda rows: first_flights(lake, rows, tmp_path_factory.mktemp("source"))


def first_flights(lake: ModuleType, rows: int, folder: Path, *, every: int = 1) -> Any:
    """The source of the first `rows` real flights, or of every n-th of them, in a folder."""
    installed = lake.installed_source()
    for name in ("weather.csv", "planes.csv", "airports.csv"):
        with (installed.folder / name).open() as lines:
            (folder / name).write_text("".join(islice(lines, 2000)))
    with zipfile.ZipFile(installed.folder / "flights.csv.zip") as whole, whole.open("flights.csv") as lines:
        head = b"".join([next(lines), *islice(lines, 0, rows, every)])
    with zipfile.ZipFile(folder / "flights.csv.zip", "w") as part:
        # Without the time of day that a plain name would be given: the same rows are the same bytes.
        part.writestr(zipfile.ZipInfo("flights.csv"), head)
    return lake.Source(version=installed.version, folder=folder)
