"""The compute port without a subprocess: the same trainer in this process."""

from pathlib import Path

from lifecycle.training.job import JOB_FILE, TrainingJob
from lifecycle.training.run import run_job
from resources.compute.base import FinishedJob, Progress
from resources.compute.local import finished, job_folder


class FakeCompute:
    """Keeps jobs in a folder as `LocalCompute` does."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.trained: list[str] = []
        """Names of the jobs that were run, not adopted."""

    def train(self, job: TrainingJob, name: str, *, progress: Progress) -> FinishedJob:
        folder = job_folder(self.root, job.model, name)
        if (done := finished(job, folder)) is not None:
            return FinishedJob(result=done, folder=folder)
        folder.mkdir(parents=True, exist_ok=True)
        job.write(folder / JOB_FILE)
        self.trained.append(name)
        return FinishedJob(result=run_job(folder, progress=progress), folder=folder)

    def aside(self, folder: Path) -> "FakeCompute":
        return FakeCompute(folder)
