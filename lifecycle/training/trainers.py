"""The trainers that a job may name: ours, and any other by its import path.

A module is imported when a job asks for its trainer. What a trainer must keep is in `trainer.py`.
"""

import hashlib
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from importlib.util import find_spec
from pathlib import Path

from lifecycle.errors import LifecycleError
from lifecycle.training.trainer import Trainer

TRAINERS: Mapping[str, str] = {
    "xgboost": "lifecycle.training.xgboost_trainer:fit_xgboost",
    "torch": "lifecycle.training.torch_trainer:fit_torch",
}


def trainer_of(name: str) -> Trainer:
    """The trainer of a name.

    Args:
        name: of one of ours, or `package.module:function`.

    Raises:
        LifecycleError: there is none of this name, or its packages are not installed.
    """
    if name not in TRAINERS and ":" not in name:
        known = f"{', '.join(TRAINERS)}, and package.module:function"
        raise LifecycleError(f"the job asks for the trainer {name!r}; known: {known}")
    module, _, function = TRAINERS.get(name, name).partition(":")
    try:
        trainer: Trainer = getattr(import_module(module), function)
    except ImportError as exc:
        package = f"dagster-flywheel[{name}]" if name in TRAINERS else module.partition(".")[0]
        raise LifecycleError(
            f"the trainer {name} cannot be imported here: {exc}; pip install {package}"
        ) from exc
    except AttributeError as exc:
        raise LifecycleError(f"the trainer {name} is not there: {module} has no {function}") from exc
    return trainer


def source_of(name: str) -> Path | None:
    """The file of a trainer that is not ours; None: it is ours, or there is no such module.

    The module is not run, only the packages that it lies in.
    """
    module = name.partition(":")[0]
    try:
        found = None if name in TRAINERS else find_spec(module)
    except (ImportError, ValueError):
        return None
    return Path(found.origin) if found and found.origin and Path(found.origin).is_file() else None


def trainer_code(name: str) -> str | None:
    """Digest of the source of a trainer that is not ours: another source may make another model."""
    source = source_of(name)
    return None if source is None else hashlib.sha256(source.read_bytes()).hexdigest()


def trainer_versions(name: str) -> dict[str, str]:
    """Library -> version that a model was fit with, as far as it is told: a loose module has none."""
    package = name.partition(":")[0].partition(".")[0]
    # To ask which package holds a module reads the files of all packages.
    own = [name] if name in TRAINERS else packages_distributions().get(package, [])[:1]
    libraries = [*own, "numpy", "pyarrow"]
    found = {}
    for library in libraries:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found
