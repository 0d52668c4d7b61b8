"""What is wrong with a spec's training that its parser cannot know: what its trainer takes, and needs."""

from collections.abc import Iterator, Mapping
from importlib.util import find_spec

from pydantic import ValidationError

from lifecycle.spec.model_spec import ModelSpec
from lifecycle.spec.parse import Problem
from lifecycle.training.torch_parameters import TorchParameters
from lifecycle.training.trainers import TRAINERS, source_of

NEEDS: Mapping[str, tuple[str, ...]] = {"torch": ("torch", "safetensors")}
"""Trainer -> packages that an extra of its name installs."""
_STOPS_BY = {"binary": "log_loss", "multiclass": "log_loss", "regression": "rmse"}


def training_problems(spec: ModelSpec) -> Iterator[Problem]:
    """Packages that are missing, parameters that a network does not take, processes without work."""
    training = spec.training
    for package in NEEDS.get(training.trainer, ()):
        if find_spec(package) is None:
            yield Problem(
                path="training.trainer",
                found=f"{training.trainer!r}, and {package} is not installed",
                allowed=f"a trainer whose packages are: pip install dagster-flywheel[{training.trainer}]",
            )
    if training.trainer not in TRAINERS and source_of(training.trainer) is None:
        allowed = "package.module:function of a module that is installed where the code location runs"
        yield Problem(path="training.trainer", found=repr(training.trainer), allowed=allowed)
    if training.trainer == "torch":
        yield from _parameters(spec)
        yield from _search(spec)
    yield from _processes(spec)
    yield from _rows(spec)


def _parameters(spec: ModelSpec) -> Iterator[Problem]:
    try:
        TorchParameters.model_validate(dict(spec.training.parameters))
    except ValidationError as exc:
        for error in exc.errors():
            name, unknown = str(error["loc"][0]), error["type"] == "extra_forbidden"
            known = f"a parameter of torch: {', '.join(TorchParameters.model_fields)}"
            yield Problem(
                path=f"training.parameters.{name}",
                found="an unknown parameter" if unknown else repr(error["input"]),
                allowed=known if unknown else error["msg"],
            )


def _search(spec: ModelSpec) -> Iterator[Problem]:
    search, stops_by = spec.training.search, _STOPS_BY[spec.model.task]
    if search is None:
        return
    if search.metric not in (None, stops_by):
        allowed = f"{stops_by}, which a network is fit by"
        yield Problem(path="training.search.metric", found=repr(search.metric), allowed=allowed)
    if search.parallel > 1:
        # torch draws from one generator a process: trials beside each other could not be repeated.
        allowed = "1 with the trainer torch, whose trials are fit one after the other"
        yield Problem(path="training.search.parallel", found=str(search.parallel), allowed=allowed)


def _processes(spec: ModelSpec) -> Iterator[Problem]:
    training, compute = spec.training, spec.training.compute
    if (processes := compute.nodes * compute.count) == 1:
        return
    path = "training.compute.count" if compute.count > 1 else "training.compute.nodes"
    if training.trainer == "xgboost" and compute.nodes > 1 and compute.count > 1:
        allowed = "1 with several nodes and the trainer xgboost, which uses all of a machine by itself"
        yield Problem(path=path, found=str(compute.count), allowed=allowed)
    if training.search is not None:
        yield Problem(path=path, found=f"{processes} processes", allowed="1 process with `training.search`")
    if compute.accelerator is None and compute.count > compute.cpu:
        allowed = f"at most {compute.cpu}, which is training.compute.cpu, or an `accelerator`"
        yield Problem(path="training.compute.count", found=str(compute.count), allowed=allowed)


def _rows(spec: ModelSpec) -> Iterator[Problem]:
    training = spec.training
    if training.rows != "disk":
        return
    if training.trainer == "torch":
        allowed = "'memory' with the trainer torch, which holds no more than its `shuffle_rows` anyway"
        yield Problem(path="training.rows", found=repr(training.rows), allowed=allowed)
    if training.search is not None:
        allowed = "'memory' with `training.search`, whose trials share the binned rows"
        yield Problem(path="training.rows", found=repr(training.rows), allowed=allowed)
