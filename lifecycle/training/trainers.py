"""The trainers that a job may name. A module is imported when a job asks for its trainer."""

from collections.abc import Mapping
from importlib import import_module

from lifecycle.errors import LifecycleError
from lifecycle.training.job import JOB_FILE, TrainingJob
from lifecycle.training.trainer import Trainer

TRAINERS: Mapping[str, str] = {
    "xgboost": "lifecycle.training.xgboost_trainer:fit_xgboost",
    "torch": "lifecycle.training.torch_trainer:fit_torch",
}


def trainer_of(job: TrainingJob) -> Trainer:
    """The trainer that a job names.

    Raises:
        LifecycleError: there is none of this name, or its packages are not installed.
    """
    if job.trainer not in TRAINERS:
        raise LifecycleError(f"{JOB_FILE} asks for the trainer {job.trainer!r}; known: {', '.join(TRAINERS)}")
    module, _, name = TRAINERS[job.trainer].partition(":")
    try:
        trainer: Trainer = getattr(import_module(module), name)
    except ModuleNotFoundError as exc:
        raise LifecycleError(
            f"the trainer {job.trainer} needs {exc.name}, which is not installed here: pip install "
            f"dagster-flywheel[{job.trainer}]"
        ) from exc
    return trainer
