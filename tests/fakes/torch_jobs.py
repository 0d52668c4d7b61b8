"""Jobs of the torch trainer that are small and take many steps."""

from pathlib import Path

from lifecycle.spec.model import Task
from lifecycle.training.job import TrainingJob
from tests.fakes.bundles import parcels, write_job

PARAMETERS = {"batch_rows": 32, "width": 16}


def write_torch_job(folder: Path, task: Task = "binary", **changes: object) -> TrainingJob:
    """A job of parcels: 8 steps an epoch; of two ranks, one runs out of rows before the other."""
    facts: dict[str, object] = {"trainer": "torch", "parameters": PARAMETERS, "rounds": 30}
    return write_job(folder, parcels(task), **(facts | changes))
