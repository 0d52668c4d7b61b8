"""Settings of an environment: one YAML file, read into a record with all that is wrong with it."""

import re
import reprlib
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import ValidationError

from lifecycle.errors import LifecycleError
from lifecycle.spec.kinds import Record
from lifecycle.spec.parse import Problem, SpecError

Settings = TypeVar("Settings", bound=Record)


def read_settings(path: Path, record: type[Settings], *, what: str) -> Settings:
    """Read a file of settings.

    Args:
        path: of the file.
        record: what it holds.
        what: how errors name the settings.

    Raises:
        LifecycleError: the file cannot be read, or all that is wrong with it.
    """
    try:
        raw = yaml.safe_load(path.read_text())
    except OSError as exc:
        raise LifecycleError(f"{what} {path} cannot be read: {exc.strerror}") from exc
    except (yaml.YAMLError, ValueError) as exc:
        raise LifecycleError(f"{what} {path} are no plain YAML: {exc}") from exc
    try:
        return record.model_validate(raw)
    except ValidationError as exc:
        problems = [
            Problem(
                path=".".join(map(str, error["loc"])) or "(file)",
                found=reprlib.repr(error["input"]) if error["type"] != "missing" else "nothing",
                allowed=re.sub("^Value error, ", "", error["msg"]),
            )
            for error in exc.errors(include_url=False)
        ]
        raise SpecError(f"{what} {path}", problems) from exc
