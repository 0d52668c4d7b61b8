"""JobService: hyper-parameter tuning, whose trials are processes with parameters by chance."""

import json
import math
import random
import signal
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.doubles.kubernetes.process import Log, Process
from tests.doubles.vertex.containers import GRACE_S, command_of, environment_of
from tests.doubles.vertex.errors import RpcError
from tests.doubles.vertex.jobs import check_labels
from tests.doubles.vertex.resources import now
from tests.doubles.vertex.states import States, word


class Tunings:
    """Hyper-parameter tuning jobs.

    Args:
        images: those that can be pulled; None: all.
    """

    def __init__(self, images: set[str] | None) -> None:
        self.states = States("HyperparameterTuningJob", "hyperparameterTuningJobs")
        self.kept, self.images = self.states.kept, images
        self.stop: set[int] = set()
        """Numbers of trials that are stopped at their first report, as unpromising."""
        self.spoil: set[int] = set()
        """Numbers of trials whose machine is lost."""
        self.quick: set[int] = set()
        """Numbers of trials that are not told to be slow."""
        self.held = threading.Event()
        """Cleared: no trial begins."""
        self.held.set()
        self.started: list[list[str]] = []
        """Command line of each trial."""
        self._running: dict[str, list[Process]] = {}
        self._random = random.Random(7)

    def create(self, request: Any) -> Any:
        from google.cloud import aiplatform_v1 as v1

        job = v1.HyperparameterTuningJob(request.hyperparameter_tuning_job)
        _admit(job)
        made = self.states.queue(job, request.parent)
        threading.Thread(target=self._live, args=(made.name,), daemon=True).start()
        return made

    def get(self, request: Any) -> Any:
        return self.kept.read(request.name)

    def listed(self, request: Any) -> Any:
        from google.cloud import aiplatform_v1 as v1

        found = self.states.of_parent(request)
        return v1.types.ListHyperparameterTuningJobsResponse(hyperparameter_tuning_jobs=found)

    def cancel(self, request: Any) -> Any:
        from google.protobuf import empty_pb2

        self.states.cancelling(request.name, lambda: self._end(request.name))
        return empty_pb2.Empty()

    def close(self) -> None:
        for name in list(self._running):
            self._end(name)

    def _live(self, name: str) -> None:
        job = self.kept.newest(name)
        self.states.move(name, "RUNNING", start_time=now())
        (pool,) = job.trial_job_spec.worker_pool_specs
        if self.images is not None and pool.container_spec.image_uri not in self.images:
            self.states.over(name, "FAILED", "INVALID_ARGUMENT", "Failed to pull image: not found.")
            return
        self._running[name] = []
        with ThreadPoolExecutor(job.parallel_trial_count) as threads:
            ended = list(
                threads.map(lambda number: self._try(name, job, number), range(1, 1 + job.max_trial_count))
            )
        self._running.pop(name, None)
        if word(self.kept.newest(name)) == "CANCELLING":
            self.states.over(name, "CANCELLED", "CANCELLED", "CANCELED")
        elif job.max_failed_trial_count and ended.count(False) >= job.max_failed_trial_count:
            self.states.over(name, "FAILED", "INTERNAL", "Too many trials failed.")
        else:
            self.states.over(name, "SUCCEEDED")

    def _try(self, name: str, job: Any, number: int) -> bool:
        """One trial; whether it ended well."""
        from google.cloud import aiplatform_v1 as v1

        self.held.wait(30)
        if word(self.kept.newest(name)) != "RUNNING":
            return False
        chosen = [(spec.parameter_id, self._chosen(spec)) for spec in job.study_spec.parameters]
        spec = job.trial_job_spec.worker_pool_specs[0].container_spec
        command = [*command_of(spec), *(f"--{key}={value}" for key, value in chosen)]
        self.started.append(command)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "hypertune", "output.metrics")
            told = {"CLOUD_ML_TRIAL_ID": str(number), "CLOUD_ML_HP_METRIC_FILE": str(file)}
            log = Log()
            environment = {**environment_of(spec), **told}
            if number in self.quick:
                environment.pop("SLOW", None)
            process = Process(command, environment, None, log)
            self._running[name].append(process)
            if number in self.spoil:
                # At once: a trial that ended before its machine was lost has told its result.
                process.signal(signal.SIGKILL)
            while process.code is None:
                threading.Event().wait(0.01)
                if number in self.stop and file.exists():
                    process.end(GRACE_S)
            process.drained()
            lines = file.read_text().splitlines() if file.exists() else []
        reports = [json.loads(line) for line in lines]
        code = process.code
        well = code == 0 or (number in self.stop and bool(reports))
        (metric,) = job.study_spec.metrics
        trial = v1.types.Trial(
            id=str(number),
            state="SUCCEEDED" if well else "INFEASIBLE",
            parameters=[{"parameter_id": key, "value": _plain(value)} for key, value in chosen],
            infeasible_reason="" if well else f"The trial exited with a non-zero status of {code}.",
        )
        if well:
            value = float(reports[-1][metric.metric_id])
            trial.final_measurement = {
                "step_count": int(reports[-1]["global_step"]),
                "metrics": [{"metric_id": metric.metric_id, "value": value}],
            }
        self.kept.change(name, lambda one: one.trials.append(trial))
        return well

    def _chosen(self, spec: Any) -> str:
        draw = self._random
        if spec.categorical_value_spec.values:
            return str(draw.choice(list(spec.categorical_value_spec.values)))
        if spec.discrete_value_spec.values:
            return str(draw.choice(list(spec.discrete_value_spec.values)))
        if spec.integer_value_spec.max_value:
            bounds = spec.integer_value_spec
            return str(draw.randint(bounds.min_value, bounds.max_value))
        bounds = spec.double_value_spec
        if spec.scale_type.name == "UNIT_LOG_SCALE":
            return str(math.exp(draw.uniform(math.log(bounds.min_value), math.log(bounds.max_value))))
        return str(draw.uniform(bounds.min_value, bounds.max_value))

    def _end(self, name: str) -> None:
        for process in self._running.get(name, []):
            process.end(GRACE_S)


def _plain(value: str) -> float | str:
    try:
        return float(value)
    except ValueError:
        return value


def _admit(job: Any) -> None:
    """What the service refuses."""
    check_labels(job.labels)
    if not job.display_name or not job.max_trial_count or not job.parallel_trial_count:
        raise RpcError(
            "INVALID_ARGUMENT", "display_name, max_trial_count, parallel_trial_count are required."
        )
    if job.parallel_trial_count > job.max_trial_count:
        raise RpcError("INVALID_ARGUMENT", "parallel_trial_count must not be larger than max_trial_count.")
    if not job.study_spec.metrics or not job.study_spec.parameters:
        raise RpcError("INVALID_ARGUMENT", "study_spec needs metrics and parameters.")
    if not job.trial_job_spec.worker_pool_specs:
        raise RpcError("INVALID_ARGUMENT", "trial_job_spec.worker_pool_specs is required.")
