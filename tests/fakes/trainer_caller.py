"""`python -m tests.fakes.trainer_caller ROOT JOB_FILE`: a run that trains until it is killed."""

import sys
from pathlib import Path

from lifecycle.training.job import TrainingJob
from resources.compute.local import LocalCompute

if __name__ == "__main__":
    root, job = sys.argv[1:]
    LocalCompute(root=root).train(
        TrainingJob.read(Path(job)), "long", progress=lambda line: print(line, flush=True)
    )
