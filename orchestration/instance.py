"""The Dagster instance of one machine, below `FLYWHEEL_HOME`."""

import os
from importlib.resources import files
from pathlib import Path

DAGSTER_HOME = "DAGSTER_HOME"
SETTINGS_FILE = "dagster.yaml"


def prepare_instance(home: Path) -> Path:
    """Make sure that Dagster has a home, and say which; one that the user chose is left as it is.

    Args:
        home: `FLYWHEEL_HOME`; the instance lies in its folder `dagster` unless `DAGSTER_HOME` says otherwise.
    """
    folder = Path(os.environ.get(DAGSTER_HOME, home / "dagster")).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    settings = folder / SETTINGS_FILE
    if not settings.exists():
        settings.write_text(files("orchestration").joinpath(SETTINGS_FILE).read_text(encoding="utf-8"))
    os.environ[DAGSTER_HOME] = str(folder)
    return folder
