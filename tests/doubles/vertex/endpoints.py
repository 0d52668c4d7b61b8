"""EndpointService and predictions: deployed models are processes; requests are shared out by the split."""

import itertools
import random
from collections.abc import Mapping
from typing import Any

from tests.doubles.vertex.containers import Replica, wait_healthy
from tests.doubles.vertex.errors import RpcError
from tests.doubles.vertex.jobs import check_labels
from tests.doubles.vertex.models import Models
from tests.doubles.vertex.operations import Operations
from tests.doubles.vertex.resources import NUMBERS, Kept, now


class Endpoints:
    """Endpoints.

    Args:
        operations: of the double.
        models: of the double.
        images: those that can be pulled; None: all.
    """

    def __init__(self, operations: Operations, models: Models, images: set[str] | None) -> None:
        self.kept = Kept("Endpoint")
        self.operations, self.models, self.images = operations, models, images
        self.replicas: dict[tuple[str, str], list[Replica]] = {}
        """By the name of the endpoint and the id of the deployed model."""
        self._etags = itertools.count(1)
        self._random = random.Random(7)
        self._deploying: set[tuple[str, str]] = set()
        self.closed = False
        self.stocked = True
        """Machines are to be had; else deployments fail."""

    def create(self, request: Any) -> Any:
        from google.cloud import aiplatform_v1 as v1

        endpoint = v1.Endpoint(request.endpoint)
        check_labels(endpoint.labels)
        endpoint.name = f"{request.parent}/endpoints/{request.endpoint_id or next(NUMBERS)}"
        if any(one.name == endpoint.name for one in self.kept.all()):
            raise RpcError("ALREADY_EXISTS", f"{endpoint.name} already exists.")
        endpoint.create_time, endpoint.etag = now(), str(next(self._etags))
        if endpoint.dedicated_endpoint_enabled:
            endpoint.dedicated_endpoint_dns = f"{endpoint.name.rsplit('/', 1)[1]}.prediction.example"
        self.kept.put(endpoint)
        return self.operations.begin(
            endpoint.name, v1.types.CreateEndpointOperationMetadata(), lambda: endpoint
        )

    def get(self, request: Any) -> Any:
        return self.kept.read(request.name)

    def listed(self, request: Any) -> Any:
        from google.cloud import aiplatform_v1 as v1

        return v1.types.ListEndpointsResponse(endpoints=self.kept.select(request.filter))

    def update(self, request: Any) -> Any:
        def change(endpoint: Any) -> None:
            if request.endpoint.etag and request.endpoint.etag != endpoint.etag:
                raise RpcError("ABORTED", "The etag does not match: the Endpoint was changed since.")
            for path in request.update_mask.paths:
                if path == "traffic_split":
                    _check_split(endpoint, dict(request.endpoint.traffic_split))
                setattr(endpoint, path, getattr(request.endpoint, path))
            endpoint.etag = str(next(self._etags))

        return self.kept.change(request.endpoint.name, change)

    def deploy(self, request: Any) -> Any:
        from google.cloud import aiplatform_v1 as v1

        endpoint = self.kept.newest(request.endpoint)
        deployed = v1.DeployedModel(request.deployed_model)
        model = self.models.resolve(deployed.model)
        deployed.id = deployed.id or str(next(NUMBERS))
        at = (endpoint.name, deployed.id)
        if at in self._deploying or any(one.id == deployed.id for one in endpoint.deployed_models):
            raise RpcError("ALREADY_EXISTS", f"The DeployedModel {deployed.id} already exists.")
        if request.traffic_split:
            raise RpcError("UNIMPLEMENTED", "The double takes the split by UpdateEndpoint only.")
        if not deployed.dedicated_resources.machine_spec.machine_type:
            raise RpcError("INVALID_ARGUMENT", "dedicated_resources.machine_spec.machine_type is required.")
        deployed.model, deployed.model_version_id = model.name.partition("@")[0], model.version_id
        deployed.create_time = now()
        self._deploying.add(at)

        def work() -> Any:
            try:
                self._start(at, model, deployed.dedicated_resources.min_replica_count)
                self.kept.change(endpoint.name, lambda one: _add(one, deployed))
            finally:
                self._deploying.discard(at)
            return v1.types.DeployModelResponse(deployed_model=deployed)

        return self.operations.begin(endpoint.name, v1.types.DeployModelOperationMetadata(), work)

    def undeploy(self, request: Any) -> Any:
        from google.cloud import aiplatform_v1 as v1

        endpoint = self.kept.newest(request.endpoint)
        gone = request.deployed_model_id
        if gone not in {one.id for one in endpoint.deployed_models}:
            raise RpcError("NOT_FOUND", f"The DeployedModel {gone} is not found.")
        if endpoint.traffic_split.get(gone):
            raise RpcError("FAILED_PRECONDITION", f"The DeployedModel {gone} still receives traffic.")

        def work() -> Any:
            self.kept.change(endpoint.name, lambda one: _drop(one, gone))
            for replica in self.replicas.pop((endpoint.name, gone), []):
                replica.end()
            return v1.types.UndeployModelResponse()

        return self.operations.begin(endpoint.name, v1.types.UndeployModelOperationMetadata(), work)

    def delete(self, request: Any) -> Any:
        from google.cloud import aiplatform_v1 as v1
        from google.protobuf import empty_pb2

        if self.kept.newest(request.name).deployed_models:
            raise RpcError("FAILED_PRECONDITION", f"{request.name} has deployed models.")
        self.kept.remove(request.name)
        return self.operations.begin(request.name, v1.types.DeleteOperationMetadata(), empty_pb2.Empty)

    def predict(self, name: str, body: bytes) -> tuple[int, bytes, Mapping[str, str]]:
        """The answer of a container to the body as it came, and which deployed model gave it."""
        endpoint = self.kept.newest(name)
        split = dict(endpoint.traffic_split)
        if not split:
            raise RpcError("FAILED_PRECONDITION", f"{name} has no deployed model that receives traffic.")
        chosen = self._random.choices(list(split), weights=list(split.values()))[0]
        replica = self._random.choice(self.replicas[name, chosen])
        status, content = replica.ask("POST", replica.spec.predict_route, body)
        return status, content, {"X-Vertex-AI-Deployed-Model-Id": chosen}

    def is_deployed(self, version: str) -> bool:
        return any(
            f"{one.model}@{one.model_version_id}" == version
            for endpoint in self.kept.all()
            for one in endpoint.deployed_models
        )

    def set_split(self, name: str, split: Mapping[str, int]) -> None:
        """As a person would, in the console."""

        def change(endpoint: Any) -> None:
            endpoint.traffic_split = dict(split)
            endpoint.etag = str(next(self._etags))

        self.kept.change(name, change)

    def remove_by_hand(self, name: str) -> None:
        """As a person would, with everything that is deployed to it."""
        self.kept.remove(name)
        for at in [at for at in self.replicas if at[0] == name]:
            for replica in self.replicas.pop(at):
                replica.end()

    def give_up(self) -> None:
        """End deployments that hang: the service takes the same ones anew."""
        self._deploying.clear()

    def close(self) -> None:
        self.closed = True
        for replicas in list(self.replicas.values()):
            for replica in replicas:
                replica.end()

    def _start(self, at: tuple[str, str], model: Any, count: int) -> None:
        spec = model.container_spec
        if self.images is not None and spec.image_uri not in self.images:
            raise RpcError("INVALID_ARGUMENT", f"Failed to pull image {spec.image_uri!r}: not found.")
        if not self.stocked:
            raise RpcError("RESOURCE_EXHAUSTED", "Machine type temporarily unavailable.")
        told = {"AIP_STORAGE_URI": model.artifact_uri, "AIP_DEPLOYED_MODEL_ID": at[1]}
        replicas = [Replica(spec, told) for _ in range(max(1, count))]
        self.replicas[at] = replicas
        limit_s = spec.deployment_timeout.total_seconds() or 1800.0
        if why := wait_healthy(replicas, within_s=limit_s):
            for replica in self.replicas.pop(at, []):
                replica.end()
            raise RpcError("FAILED_PRECONDITION", why)


def _check_split(endpoint: Any, split: Mapping[str, int]) -> None:
    unknown = set(split) - {one.id for one in endpoint.deployed_models}
    if unknown:
        raise RpcError("INVALID_ARGUMENT", f"traffic_split names unknown DeployedModels {sorted(unknown)}.")
    if split and sum(split.values()) != 100:
        raise RpcError("INVALID_ARGUMENT", f"traffic_split must sum to 100, not {sum(split.values())}.")


def _add(endpoint: Any, deployed: Any) -> None:
    endpoint.deployed_models = [*endpoint.deployed_models, deployed]


def _drop(endpoint: Any, gone: str) -> None:
    endpoint.deployed_models = [one for one in endpoint.deployed_models if one.id != gone]
    endpoint.traffic_split = {key: value for key, value in endpoint.traffic_split.items() if key != gone}
