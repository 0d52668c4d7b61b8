"""The compute port: where a training job runs."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from lifecycle.training.job import TrainingJob, TrainingResult

Progress = Callable[[str], None]


class Compute(Protocol):
    """Runs training jobs: a job file goes in, a result file comes out, in whatever place the adapter knows."""

    def train(self, job: TrainingJob, workdir: Path, *, progress: Progress) -> TrainingResult:
        """Run a job to its end and return its result; lines that it prints go to `progress` as they come.

        The job is ended with its caller: a run that is cancelled or killed leaves no training behind.

        Raises:
            LifecycleError: the job failed, was killed or passed its time limit; with its last lines.
        """
        ...
