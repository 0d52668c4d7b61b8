"""One small life, built once a session, its tables by the real command; each test gets a copy of it."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from orchestration.instance import prepare_instance
from tests.e2e.life import (
    EXAMPLE,
    LIFE,
    NEWEST,
    QUICK,
    TABLES,
    WEEKLY,
    WEEKS,
    Life,
    january_source,
    load_script,
    quick_models,
    selection,
)
from tests.fakes.ports import free_port

DATABASE = "mlflow.db"


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """Where every life of the session lies: MLflow and Dagster keep absolute paths, so copies cannot move."""
    root = tmp_path_factory.mktemp("e2e") / "root"
    life = Life(home=root / "home", models=root / "models", port=free_port())
    yield life
    life.end()


@pytest.fixture(scope="session")
def tables_only(place: Life, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data and features of all weeks, by one `dg launch` of the range."""
    quick_models(place.models, {**QUICK, **WEEKLY})
    lake = load_script(EXAMPLE / "lake.py", "flight_lake_e2e")
    source = january_source(lake, tmp_path_factory.mktemp("source"))
    lake.build_lake(place.home / "lake" / "flights", source=source)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", place.variables["DAGSTER_HOME"])
        prepare_instance(place.home)
    launch(place, *TABLES, span=("--partition-range", f"{WEEKS[0]}...{NEWEST}"))
    assert place.versions() == []  # MLflow makes its tables when it is asked first
    return keep(place, tmp_path_factory)


@pytest.fixture(scope="session")
def whole(place: Life, tables_only: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with a champion as of the newest week, by one run in this process; its endpoint was ended."""
    restore(place, tables_only)
    assert place.run(*LIFE, partition=NEWEST).success
    return keep(place, tmp_path_factory)


@pytest.fixture
def tables(place: Life, tables_only: Path) -> Iterator[Life]:
    """A life that has its tables, and no model yet."""
    yield restore(place, tables_only)
    place.end()


@pytest.fixture
def life(place: Life, whole: Path) -> Iterator[Life]:
    """A life with a champion; no endpoint runs."""
    yield restore(place, whole)
    place.end()


@pytest.fixture
def live(life: Life) -> Life:
    """A life whose endpoint answers."""
    life.deploy()
    return life


def launch(life: Life, *stages: str, span: tuple[str, str]) -> None:
    done = life.command("dg", "launch", "--assets", selection(*stages), *span)
    assert done.returncode == 0, done.stderr[-5000:]


def keep(life: Life, folders: pytest.TempPathFactory) -> Path:
    """A copy of a life at rest."""
    life.end()
    return Path(shutil.copytree(life.home.parent, folders.mktemp("kept") / "root"))


def restore(life: Life, kept: Path) -> Life:
    """Put a copy back where it was.

    MLflow keeps its connections open for as long as this process lives, so its database is not replaced: it
    gets the content of the copy.
    """
    shutil.rmtree(life.models)
    for path in life.home.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != DATABASE:
            path.unlink()
    shutil.copytree(kept, life.home.parent, ignore=shutil.ignore_patterns(DATABASE), dirs_exist_ok=True)
    with (
        closing(sqlite3.connect(kept / "home" / DATABASE)) as source,
        closing(sqlite3.connect(life.home / DATABASE)) as target,
    ):
        source.backup(target)
    return life
