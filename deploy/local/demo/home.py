"""The home of a demonstration, which empties it before it begins."""

import shutil
from pathlib import Path
from sqlite3 import Connection

from runs import FLIGHTS
from sqlalchemy import event
from sqlalchemy.engine import Engine

from lifecycle.errors import LifecycleError


def own_home(home: Path, mark: str) -> None:
    """Make sure that a home is the demonstration's.

    Args:
        mark: file that says so.

    Raises:
        LifecycleError: it is somebody else's.
    """
    home.mkdir(parents=True, exist_ok=True)
    if any(home.iterdir()) and not (home / mark).exists():
        raise LifecycleError(
            f"{home} is not the home of a demonstration, and a demonstration empties its home: "
            "give it another one with FLYWHEEL_HOME=/another/folder"
        )
    (home / mark).touch()


def empty_home(home: Path, mark: str) -> None:
    """Begin anew; only the flights stay."""
    for path in home.iterdir():
        if path.name == "lake":
            for folder in path.iterdir():
                if folder.name != FLIGHTS:
                    shutil.rmtree(folder)
        elif path.is_dir():
            shutil.rmtree(path)
        elif path.name != mark:
            path.unlink()


def write_without_waiting() -> None:
    """Let the databases of Dagster and MLflow in this process leave it to the system when a disk is written.

    A replay that is cut off begins anew, so nothing of it has to outlive a machine. It writes some
    thousand runs: waiting for the disk was a fifth of its time.
    """

    @event.listens_for(Engine, "connect")
    def connected(connection: Connection, _record: object) -> None:
        connection.execute("PRAGMA synchronous = OFF")
