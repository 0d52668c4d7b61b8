"""JobService: custom jobs whose containers are processes of this machine."""

import json
import re
import signal
import threading
import time
from collections.abc import Mapping
from typing import Any, Literal

from tests.doubles.gcs import Mount
from tests.doubles.kubernetes.process import Log, Process
from tests.doubles.vertex.containers import GRACE_S, command_of, environment_of
from tests.doubles.vertex.errors import RpcError
from tests.doubles.vertex.operations import Operations
from tests.doubles.vertex.resources import now
from tests.doubles.vertex.states import OVER, States, word
from tests.fakes.ports import free_port

Mishap = Literal["preempted", "killed", "internal", "deleted", "cancelled"]
LABEL = re.compile(r"[a-z][a-z0-9_-]{0,62}")
VALUE = re.compile(r"[a-z0-9_-]{0,63}")
PREEMPTED = 85


class Jobs:
    """Custom jobs.

    Args:
        operations: of the double.
        images: those that can be pulled; None: all.
    """

    def __init__(self, operations: Operations, images: set[str] | None) -> None:
        self.states = States("CustomJob", "customJobs")
        self.kept = self.states.kept
        self.operations, self.images = operations, images
        self.stocked = True
        """Machines are to be had; else jobs wait."""
        self.quota: int | None = None
        """Jobs that may run at once: more are queued."""
        self.mount: Mount | None = None
        """What containers see of a bucket below `/gcs`; None: nothing."""
        self._running: dict[str, list[Process]] = {}
        self._logs: dict[str, list[tuple[str, Log]]] = {}
        self._fate: dict[str, tuple[str, str]] = {}
        """Code and message that a job is to fail with, whatever its processes end with."""

    def create(self, request: Any) -> Any:
        from google.cloud import aiplatform_v1 as v1

        job = v1.CustomJob(request.custom_job)
        _admit(job)
        made = self.states.queue(job, request.parent)
        threading.Thread(target=self._live, args=(made.name,), daemon=True).start()
        return made

    def get(self, request: Any) -> Any:
        return self.kept.read(request.name)

    def listed(self, request: Any) -> Any:
        from google.cloud import aiplatform_v1 as v1

        return v1.types.ListCustomJobsResponse(custom_jobs=self.states.of_parent(request))

    def cancel(self, request: Any) -> Any:
        """Cancel: it ends a little later, as in life."""
        from google.protobuf import empty_pb2

        end = threading.Thread(target=self._end, args=(request.name,), daemon=True)
        self.states.cancelling(request.name, end.start)
        return empty_pb2.Empty()

    def delete(self, request: Any) -> Any:
        from google.cloud import aiplatform_v1 as v1
        from google.protobuf import empty_pb2

        if word(self.kept.newest(request.name)) not in OVER:
            raise RpcError("FAILED_PRECONDITION", f"{request.name} is running.")
        self.kept.remove(request.name)
        return self.operations.begin(request.name, v1.types.DeleteOperationMetadata(), empty_pb2.Empty)

    def befall(self, mishap: Mishap) -> None:
        """Let something happen to the job that was created last."""
        job = self.states.newest()
        if mishap == "deleted":
            self._end(job.name)
            self.kept.remove(job.name)
        elif mishap == "cancelled":
            self.states.move(job.name, "CANCELLING")
            self._end(job.name)
        elif mishap == "killed":
            for process in self._running.get(job.name, []):
                process.signal(signal.SIGKILL)
        elif mishap == "internal":
            self._fate[job.name] = ("INTERNAL", "Internal error occurred for the current attempt.")
            self._end(job.name)
        else:
            self._fate[job.name] = ("UNAVAILABLE", "Workerpool0-0 was preempted.")
            self._end(job.name)

    def log_entries(self, wanted: str) -> list[dict[str, Any]]:
        """Entries of Cloud Logging that fit a filter, oldest first."""
        fields = dict(re.findall(r'([a-z_.]+)="([^"]*)"', wanted))
        since = next(iter(re.findall(r'timestamp>="([^"]*)"', wanted)), "")
        found = []
        for task, log in self._logs.get(fields.get("resource.labels.job_id", ""), []):
            if fields.get("resource.labels.task_name", task) != task:
                continue
            for number, (at, line) in enumerate(log.lines):
                if at >= since:
                    found.append(
                        {
                            "insertId": f"{task}-{number:08}",
                            "timestamp": at,
                            "resource": {"labels": {"task_name": task}},
                            "jsonPayload": {"message": line.decode(errors="replace").rstrip("\n")},
                        }
                    )
        return sorted(found, key=lambda entry: (entry["timestamp"], entry["insertId"]))

    def close(self) -> None:
        for name in list(self._running):
            self._end(name)

    def _live(self, name: str) -> None:
        self._wait_turn(name)
        job = self.kept.newest(name)
        if word(job) == "CANCELLING":
            self.states.over(name, "CANCELLED")
            return
        self.states.move(name, "PENDING")
        pools = list(job.job_spec.worker_pool_specs)
        unknown = [
            p.container_spec.image_uri
            for p in pools
            if self.images and p.container_spec.image_uri not in self.images
        ]
        if unknown:
            self.states.over(
                name, "FAILED", "INVALID_ARGUMENT", f"Failed to pull image {unknown[0]!r}: not found."
            )
            return
        if self.mount is not None:
            self.mount.bring()
        processes = self._started(name, pools)
        if word(self.kept.newest(name)) == "PENDING":
            self.states.move(name, "RUNNING", start_time=now())
        limit_s = job.job_spec.scheduling.timeout.total_seconds() or 7 * 86_400
        codes = _ended(processes, limit_s)
        for process in processes:
            process.end(GRACE_S)
            process.drained()
        if self.mount is not None:
            self.mount.send()
        self._running.pop(name, None)
        self._judge(name, codes, processes)

    def _wait_turn(self, name: str) -> None:
        while word(self.kept.newest(name)) == "QUEUED" and (
            self.quota is not None and len(self._running) >= self.quota
        ):
            time.sleep(0.02)
        if word(self.kept.newest(name)) == "QUEUED":
            self.states.move(name, "PENDING")
        while word(self.kept.newest(name)) == "PENDING" and not self.stocked:
            time.sleep(0.02)

    def _started(self, name: str, pools: list[Any]) -> list[Process]:
        port, number = free_port(), name.rsplit("/", 1)[1]
        hosts = {f"workerpool{i}": [f"127.0.0.1:{port}"] * pool.replica_count for i, pool in enumerate(pools)}
        processes: list[Process] = []
        for i, pool in enumerate(pools):
            for index in range(pool.replica_count):
                task = {"type": f"workerpool{i}", "index": index, "trial": ""}
                told = {"cluster": hosts, "environment": "cloud", "task": task, "open_ports": [port]}
                log = Log()
                self._logs.setdefault(number, []).append((f"workerpool{i}-{index}", log))
                spec = pool.container_spec
                environment = {**environment_of(spec), "CLUSTER_SPEC": json.dumps(told)}
                try:
                    processes.append(Process(command_of(spec), environment, None, log))
                except OSError as exc:
                    log.append(str(exc).encode())
        self._running[name] = processes
        return processes

    def _judge(self, name: str, codes: Mapping[int, int] | None, processes: list[Process]) -> None:
        if not self.states.is_there(name):
            return
        if word(self.kept.newest(name)) == "CANCELLING":
            self.states.over(name, "CANCELLED", "CANCELLED", "CANCELED")
        elif name in self._fate:
            self.states.over(name, "FAILED", *self._fate[name])
        elif codes is None:
            self.states.over(name, "FAILED", "DEADLINE_EXCEEDED", "The job exceeded its timeout.")
        elif not processes:
            self.states.over(name, "FAILED", "INTERNAL", "The container could not be started.")
        elif wrong := {i: code for i, code in codes.items() if code}:
            worker, code = next(iter(wrong.items()))
            pool = "workerpool0-0" if worker == 0 else f"workerpool1-{worker - 1}"
            self.states.over(
                name,
                "FAILED",
                "INVALID_ARGUMENT",
                f"The replica {pool} exited with a non-zero status of {code}.",
            )
        else:
            self.states.over(name, "SUCCEEDED")

    def _end(self, name: str) -> None:
        for process in self._running.get(name, []):
            process.end(GRACE_S)


def _ended(processes: list[Process], limit_s: float) -> dict[int, int] | None:
    """Exit codes when all are well, or one is not; None: it took too long."""
    deadline = time.monotonic() + limit_s
    while True:
        codes = {i: code for i, process in enumerate(processes) if (code := process.code) is not None}
        if len(codes) == len(processes) or any(codes.values()):
            return codes
        if time.monotonic() > deadline:
            return None
        time.sleep(0.01)


def _admit(job: Any) -> None:
    """What the service refuses."""
    pools = job.job_spec.worker_pool_specs
    if not job.display_name or not pools:
        raise RpcError("INVALID_ARGUMENT", "custom_job.display_name and worker_pool_specs are required.")
    for pool in pools:
        machine = pool.machine_spec
        if not machine.machine_type:
            raise RpcError("INVALID_ARGUMENT", "machine_spec.machine_type is required.")
        if bool(machine.accelerator_count) != bool(machine.accelerator_type):
            raise RpcError("INVALID_ARGUMENT", "accelerator_type and accelerator_count go together.")
    if pools[0].replica_count != 1:
        raise RpcError("INVALID_ARGUMENT", "The first worker pool must have replica_count 1.")
    check_labels(job.labels)


def check_labels(labels: Mapping[str, str]) -> None:
    """The rule for labels of any resource."""
    for key, value in labels.items():
        if not LABEL.fullmatch(key) or not VALUE.fullmatch(value):
            raise RpcError("INVALID_ARGUMENT", f"Label {key}={value} is not valid.")
