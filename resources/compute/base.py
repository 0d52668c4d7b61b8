"""The compute port: where a training job runs."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

from lifecycle.training.job import TrainingJob, TrainingResult

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedJob:
    """A job that ended well: its result, and the folder with the files that the result names."""

    result: TrainingResult
    folder: Path


class Compute(Protocol):
    """Runs training jobs: a job file goes in, a result file comes out, wherever the adapter runs them."""

    def train(self, job: TrainingJob, name: str, *, progress: Progress) -> FinishedJob:
        """Run a job to its end; lines that it prints go to `progress` as they come.

        A run that is cancelled leaves no training behind. Nor does one that is killed, or, where it cannot be
        ended, the next run of that name takes it up, and without one it ends at its limits.

        Args:
            job: what to train.
            name: same name, same job: what an earlier, killed caller finished under it is used as it is.
            progress: told of every line.

        Raises:
            LifecycleError: the job failed, was killed or passed its time limit; with its last lines.
        """
        ...

    def aside(self, folder: Path) -> Self:
        """Compute of the same kind that keeps its jobs below a folder, and knows none of this one's."""
        ...
