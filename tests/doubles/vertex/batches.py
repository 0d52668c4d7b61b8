"""JobService: batch predictions, whose container is a process that answers the instances."""

import json
import threading
from collections.abc import Iterator
from typing import Any, Literal

from fsspec.core import url_to_fs

from tests.doubles.vertex.containers import Replica, wait_healthy
from tests.doubles.vertex.errors import RpcError
from tests.doubles.vertex.jobs import check_labels
from tests.doubles.vertex.resources import now
from tests.doubles.vertex.states import States, word

Mishap = Literal["preempted", "internal", "deleted", "cancelled", "killed"]


class Batches:
    """Batch predictions.

    Args:
        images: those that can be pulled; None: all.
    """

    def __init__(self, images: set[str] | None) -> None:
        self.states = States("BatchPredictionJob", "batchPredictionJobs")
        self.kept, self.images = self.states.kept, images
        self.stocked = True
        """Machines are to be had; else jobs wait."""
        self.held = False
        """Containers that run are asked nothing before something befalls their job."""
        self.skip = 0
        """Instances that are given up without an answer."""
        self.spoil = 0
        """Requests whose instances come to the container without their features."""
        self._running: dict[str, Replica] = {}
        self._fate: dict[str, tuple[str, str]] = {}
        self._gate = threading.Condition()

    def create(self, request: Any) -> Any:
        from google.cloud import aiplatform_v1 as v1

        job = v1.BatchPredictionJob(request.batch_prediction_job)
        _admit(job)
        made = self.states.queue(job, request.parent)
        threading.Thread(target=self._live, args=(made.name,), daemon=True).start()
        return made

    def get(self, request: Any) -> Any:
        return self.kept.read(request.name)

    def listed(self, request: Any) -> Any:
        from google.cloud import aiplatform_v1 as v1

        return v1.types.ListBatchPredictionJobsResponse(batch_prediction_jobs=self.states.of_parent(request))

    def cancel(self, request: Any) -> Any:
        from google.protobuf import empty_pb2

        self.states.cancelling(request.name, lambda: self._end(request.name))
        return empty_pb2.Empty()

    def befall(self, mishap: Mishap) -> None:
        """Let something happen to the job that was created last."""
        name = self.states.newest().name
        if mishap == "deleted":
            self._end(name)
            self.kept.remove(name)
        elif mishap == "cancelled":
            self.states.move(name, "CANCELLING")
        elif mishap == "internal":
            self._fate[name] = ("INTERNAL", "Internal error encountered.")
        elif mishap == "preempted":
            self._fate[name] = ("UNAVAILABLE", "The machine was preempted.")
        # Let go only then: a container that is still there would answer everything meanwhile.
        self._end(name)
        with self._gate:
            self.held = False
            self._gate.notify_all()

    def stock(self) -> None:
        """Let there be machines."""
        with self._gate:
            self.stocked = True
            self._gate.notify_all()

    def close(self) -> None:
        self.held = False
        self.stock()
        for name in list(self._running):
            self._end(name)

    def _live(self, name: str) -> None:
        job = self.kept.newest(name)
        self.states.move(name, "PENDING")
        with self._gate:
            self._gate.wait_for(lambda: self.stocked or not self._waits(name))
        if not self._waits(name):
            if self.states.is_there(name):
                self.states.over(name, "CANCELLED", "CANCELLED", "CANCELED")
            return
        spec = job.unmanaged_container_model.container_spec
        if self.images is not None and spec.image_uri not in self.images:
            why = f"Failed to pull image {spec.image_uri!r}: not found."
            self.states.over(name, "FAILED", "INVALID_ARGUMENT", why)
            return
        replica = Replica(spec, {})
        self._running[name] = replica
        self.states.move(name, "RUNNING", start_time=now())
        try:
            wrong = wait_healthy([replica], within_s=60)
            with self._gate:
                self._gate.wait_for(lambda: not self.held)
            if not wrong and self.states.is_there(name):
                self._score(name, job, replica)
        except OSError:
            wrong = "Model server exited unexpectedly."  # it was ended meanwhile
        finally:
            self._running.pop(name, None)
            replica.end()
        if not self.states.is_there(name):
            return
        if word(self.kept.newest(name)) == "CANCELLING":
            self.states.over(name, "CANCELLED", "CANCELLED", "CANCELED")
        elif name in self._fate:
            self.states.over(name, "FAILED", *self._fate[name])
        elif wrong:
            self.states.over(name, "FAILED", "FAILED_PRECONDITION", wrong)
        else:
            self.states.over(name, "SUCCEEDED")

    def _score(self, name: str, job: Any, replica: Replica) -> None:
        """Ask the container, a request for each batch; what it refuses has failed."""
        answered, failed = list[bytes](), list[bytes]()
        key = job.instance_config.key_field
        for batch in _batches(job):
            asked = [{n: v for n, v in one.items() if n != key} for one in batch]
            if self.spoil:
                self.spoil, asked = self.spoil - 1, [{} for _ in batch]
            body = json.dumps({"instances": asked}).encode()
            status, content = replica.ask("POST", replica.spec.predict_route, body)
            if status == 200:
                found = json.loads(content)["predictions"]
                pairs = zip(batch, found, strict=True)
                answered += [json.dumps({"key": o[key], "prediction": p}).encode() for o, p in pairs]
            else:
                failed += [json.dumps({"key": o[key], "error": content.decode()}).encode() for o in batch]
        gone, kept = answered[: self.skip], answered[self.skip :]
        where = f"{job.output_config.gcs_destination.output_uri_prefix}/prediction-{name.rsplit('/', 1)[1]}"
        # Shards come in no order, and nor do their lines.
        for shard, lines in enumerate((kept[1::2], kept[::2])):
            _write(f"{where}/prediction.results-{shard:05}-of-00002", lines)
        _write(f"{where}/prediction.errors_stats-00000-of-00001", failed)
        told = {"successful_count": len(kept), "failed_count": len(failed), "incomplete_count": len(gone)}
        self.states.move(name, "RUNNING", output_info={"gcs_output_directory": where}, completion_stats=told)

    def _waits(self, name: str) -> bool:
        return self.states.is_there(name) and word(self.kept.newest(name)) == "PENDING"

    def _end(self, name: str) -> None:
        if (replica := self._running.get(name)) is not None:
            replica.end()
        with self._gate:
            self._gate.notify_all()


def _admit(job: Any) -> None:
    """What the service refuses."""
    check_labels(job.labels)
    if not job.display_name:
        raise RpcError("INVALID_ARGUMENT", "batch_prediction_job.display_name is required.")
    if not job.unmanaged_container_model.container_spec.image_uri or job.model:
        raise RpcError("UNIMPLEMENTED", "The double takes unmanaged_container_model only.")
    if job.input_config.instances_format != "jsonl" or job.output_config.predictions_format != "jsonl":
        raise RpcError("UNIMPLEMENTED", "The double reads and writes jsonl only.")
    if not job.dedicated_resources.machine_spec.machine_type:
        raise RpcError("INVALID_ARGUMENT", "dedicated_resources.machine_spec.machine_type is required.")


def _batches(job: Any) -> Iterator[list[dict[str, Any]]]:
    size = job.manual_batch_tuning_parameters.batch_size or 64
    for url in job.input_config.gcs_source.uris:
        files, path = url_to_fs(url)
        rows = [json.loads(line) for line in files.cat_file(path).splitlines()]
        yield from (rows[i : i + size] for i in range(0, len(rows), size))


def _write(url: str, lines: list[bytes]) -> None:
    files, path = url_to_fs(url)
    files.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
    files.pipe_file(path, b"".join(line + b"\n" for line in lines))
