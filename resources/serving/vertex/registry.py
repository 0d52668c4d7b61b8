"""Versions in the Model Registry of Vertex AI: one of each unit, found by its labels, never made twice."""

from typing import Any

from lifecycle.endpoint.staging import Staging
from lifecycle.errors import LifecycleError
from resources.serving.k8s.units import Home, Unit
from resources.serving.vertex.model import RENDERED_LABEL, UNIT_LABEL, Rendered, model_body
from resources.vertex.api import VertexApi, VertexRefusedError
from resources.vertex.messages import message


class VertexRegistry:
    """The Model of one endpoint.

    Args:
        api: of the region.
        home: of the endpoint.
        staging: its folder.
    """

    def __init__(self, api: VertexApi, home: Home, staging: Staging) -> None:
        self._api, self._home, self._staging = api, home, staging
        self.name = f"{api.settings.location}/models/{home.name}"

    def version_of(self, unit: Unit, rendered: Rendered) -> str:
        """Name and number of the version that serves a unit; it is uploaded where there is none.

        Raises:
            LifecycleError: the service refuses it, or does not end.
        """
        if (there := self._found(unit, rendered)) is not None:
            return there
        try:
            self._upload(unit, rendered, parent=self._exists())
        except VertexRefusedError as exc:
            # Two deployers, or a try of ours whose answer was lost: what counts is what is there now.
            if exc.code != "ALREADY_EXISTS":
                raise
            if self._found(unit, rendered) is None:
                self._upload(unit, rendered, parent=True)
        made = self._found(unit, rendered)
        if made is None:
            raise LifecycleError(f"a version of {self.name} was uploaded and is not there: deploy again")
        return made

    def label(self, units: tuple[Unit, ...]) -> None:
        """Let the aliases `champion`, `challenger` and `shadow` name versions of units that hold one each."""
        from google.cloud.aiplatform_v1 import types

        for unit in units:
            (first, *more) = unit.serves.variants
            if more or unit.serves.assigned_by == "endpoint":
                continue
            for model in self._versions(f"labels.{UNIT_LABEL}={unit.name}"):
                gone = [f"-{a}" for a in _ROLES if a in model.version_aliases and a != first.role]
                new = [first.role] if first.role not in model.version_aliases else []
                if gone or new:
                    request = types.MergeVersionAliasesRequest(
                        name=f"{self.name}@{model.version_id}", version_aliases=[*gone, *new]
                    )
                    self._api.call("Model", "merge_version_aliases", request, asked=f"name {unit.name}")

    def _found(self, unit: Unit, rendered: Rendered) -> str | None:
        wanted = f"labels.{UNIT_LABEL}={unit.name} AND labels.{RENDERED_LABEL}={rendered.mark}"
        found = self._versions(wanted)
        return f"{self.name}@{found[0].version_id}" if found else None

    def _exists(self) -> bool:
        return bool(self._versions(""))

    def _versions(self, wanted: str) -> list[Any]:
        """Versions that fit a filter, the newest first."""
        from google.cloud.aiplatform_v1 import types

        request = types.ListModelVersionsRequest(name=self.name, filter=wanted)
        try:
            found = self._api.call("Model", "list_model_versions", request, asked=f"list {self.name}")
        except VertexRefusedError as exc:
            if exc.code == "NOT_FOUND":
                return []
            raise
        return sorted(found, key=lambda model: -int(model.version_id))

    def _upload(self, unit: Unit, rendered: Rendered, *, parent: bool) -> None:
        from google.cloud.aiplatform_v1 import types

        body = model_body(self._home, unit, rendered, self._staging, self._api.settings)
        where = {"parent_model": self.name} if parent else {"model_id": self._home.name}
        request = types.UploadModelRequest(
            parent=self._api.settings.location, model=message(types.Model, body), **where
        )
        asked = f"upload {unit.name}"
        operation = self._api.call("Model", "upload_model", request, asked=asked)
        self._api.wait("Model", operation, asked=asked, within_s=self._api.settings.patience.operation)


_ROLES = ("champion", "challenger", "shadow")
