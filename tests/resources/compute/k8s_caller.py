"""`python -m tests.resources.compute.k8s_caller ROOT SETTINGS JOB_FILE`: a run that trains until killed."""

import sys
from pathlib import Path

from lifecycle.training.job import TrainingJob
from resources.cluster.settings import load_settings
from resources.compute.k8s.compute import K8sCompute

if __name__ == "__main__":
    root, settings, job = map(Path, sys.argv[1:])
    K8sCompute(root=root, settings=load_settings(settings)).train(
        TrainingJob.read(job), "one", progress=lambda line: print(line, flush=True)
    )
