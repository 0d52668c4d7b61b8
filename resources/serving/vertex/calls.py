"""Calls about one Endpoint of Vertex AI; what a try whose answer was lost did is found, not done again."""

import time
from collections.abc import Mapping
from typing import Any

from lifecycle.errors import LifecycleError
from resources.serving.k8s.units import Home, Unit
from resources.serving.vertex.model import Rendered, deployed_body, endpoint_body
from resources.vertex.api import VertexApi, VertexRefusedError
from resources.vertex.messages import message
from resources.vertex.settings import VertexSettings


class EndpointCalls:
    """One Endpoint.

    Args:
        api: of the region.
        home: of the endpoint.
        settings: with those for serving.
        name: of the Endpoint.
    """

    def __init__(self, api: VertexApi, home: Home, settings: VertexSettings, name: str) -> None:
        self.api, self.home, self.settings, self.name = api, home, settings, name

    def found(self) -> Any | None:
        """The Endpoint as it is; None: there is none."""
        from google.cloud.aiplatform_v1 import types

        request = types.GetEndpointRequest(name=self.name)
        try:
            return self.api.call("Endpoint", "get_endpoint", request, asked=f"tell of {self.name}")
        except VertexRefusedError as exc:
            if exc.code == "NOT_FOUND":
                return None
            raise

    def create(self) -> None:
        """Create it, without anything that is deployed; it may be there by now."""
        from google.cloud.aiplatform_v1 import types

        request = types.CreateEndpointRequest(
            parent=self.settings.location,
            endpoint=message(types.Endpoint, endpoint_body(self.home, self.settings)),
            endpoint_id=self.home.name,
        )
        asked = f"create {self.name}"
        try:
            operation = self.api.call("Endpoint", "create_endpoint", request, asked=asked)
        except VertexRefusedError as exc:
            if exc.code != "ALREADY_EXISTS":
                raise
        else:
            self.api.wait("Endpoint", operation, asked=asked, within_s=self.settings.patience.operation)
        deadline = time.monotonic() + self.settings.patience.settle
        while self.found() is None:
            if time.monotonic() > deadline:
                raise LifecycleError(f"{self.name} was created and is not there: try again later")
            time.sleep(self.settings.poll_s)

    def deploy(self, unit: Unit, rendered: Rendered, version: str) -> Any:
        """Begin a deployment; None: it was begun already, by a try whose answer was lost, or by a run."""
        from google.cloud.aiplatform_v1 import types

        body = deployed_body(unit.name, rendered, version, self.settings)
        request = types.DeployModelRequest(
            endpoint=self.name, deployed_model=message(types.DeployedModel, body)
        )
        asked = f"deploy {unit.name} to {self.name}"
        try:
            return self.api.call("Endpoint", "deploy_model", request, asked=asked)
        except VertexRefusedError as exc:
            if exc.code == "ALREADY_EXISTS":
                return None
            raise

    def undeploy(self, deployed_id: str) -> Any:
        """Begin to undeploy what has no traffic; None: it is not there any more."""
        from google.cloud.aiplatform_v1 import types

        request = types.UndeployModelRequest(endpoint=self.name, deployed_model_id=deployed_id)
        try:
            return self.api.call(
                "Endpoint", "undeploy_model", request, asked=f"undeploy {deployed_id} from {self.name}"
            )
        except VertexRefusedError as exc:
            if exc.code == "NOT_FOUND":
                return None  # a try of ours whose answer was lost, or somebody else
            raise

    def update(self, found: Any, split: Mapping[str, int], told: Mapping[str, str]) -> None:
        """Put the whole split in the place of the one that was read.

        Args:
            found: the Endpoint as it was read.
            split: percent by the id of the deployed model.
            told: labels that go with it.

        Raises:
            LifecycleError: somebody else changed it since.
        """
        from google.cloud.aiplatform_v1 import types
        from google.protobuf import field_mask_pb2

        endpoint = types.Endpoint(
            name=self.name,
            etag=found.etag,
            traffic_split=dict(split),
            labels={**dict(found.labels), **told},
        )
        request = types.UpdateEndpointRequest(
            endpoint=endpoint, update_mask=field_mask_pb2.FieldMask(paths=["traffic_split", "labels"])
        )
        try:
            self.api.call("Endpoint", "update_endpoint", request, asked=f"set the split of {self.name}")
        except VertexRefusedError as exc:
            if exc.code not in ("ABORTED", "ALREADY_EXISTS", "FAILED_PRECONDITION"):
                raise
            now = self.found()
            # A try of ours whose answer was lost changed the etag.
            if now is None or dict(now.traffic_split) != dict(split):
                raise LifecycleError(self.changed) from exc

    @property
    def changed(self) -> str:
        """What is told where somebody else came in between."""
        return (
            f"the traffic split of {self.name} was changed by somebody else just now: nothing of this change "
            "holds; try again"
        )
