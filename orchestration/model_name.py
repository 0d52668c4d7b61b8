"""Models as the command line names them."""

from typing import Annotated

import typer

from lifecycle.errors import LifecycleError
from lifecycle.spec.model_spec import ModelSpec
from orchestration.build import SPEC_FILE, load_model, spec_files
from orchestration.environments import Environment

ModelName = Annotated[str, typer.Argument(metavar="MODEL", help="name of a model")]


def models_named(environment: Environment, name: str | None) -> list[ModelSpec]:
    """The model of a name, or all of them.

    Raises:
        LifecycleError: there is no such model, or a spec is broken.
    """
    if name is None:
        return [load_model(path) for path in spec_files(environment.models)]
    path = environment.models / name / SPEC_FILE
    if path not in spec_files(environment.models):
        raise LifecycleError(no_model(environment, name))
    return [load_model(path)]


def no_model(environment: Environment, name: str | None) -> str:
    """That there is no such model, and which there are."""
    known = ", ".join(path.parent.name for path in spec_files(environment.models)) or "none"
    return f"no model {name or ''!r} in {environment.models}; there: {known}"
