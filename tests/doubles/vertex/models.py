"""ModelService: versions of models, their aliases and labels."""

import re
from collections.abc import Callable
from typing import Any

from tests.doubles.vertex.errors import RpcError
from tests.doubles.vertex.jobs import check_labels
from tests.doubles.vertex.operations import Operations
from tests.doubles.vertex.resources import NUMBERS, Kept, now

ALIAS = re.compile(r"[a-z][a-zA-Z0-9-]{0,126}[a-z0-9]")


class Models:
    """Models; each version is kept under the name of its model, `@` and its number."""

    def __init__(self, operations: Operations) -> None:
        self.kept = Kept("Model")
        self.operations = operations

    def upload(self, request: Any) -> Any:
        from google.cloud import aiplatform_v1 as v1

        model = v1.Model(request.model)
        check_labels(model.labels)
        _check_aliases(model.version_aliases)
        if not model.display_name:
            raise RpcError("INVALID_ARGUMENT", "model.display_name is required.")
        base = request.parent_model or f"{request.parent}/models/{request.model_id or next(NUMBERS)}"

        def work() -> Any:
            with self.kept.lock:
                versions = self.versions(base)
                if request.parent_model and not versions:
                    raise RpcError("NOT_FOUND", f"The Model {base} does not exist.")
                if not request.parent_model and versions:
                    raise RpcError("ALREADY_EXISTS", f"The Model {base} already exists.")
                model.version_id = str(1 + max((int(one.version_id) for one in versions), default=0))
                model.name = f"{base}@{model.version_id}"
                model.create_time = model.version_create_time = now()
                model.version_aliases = [*model.version_aliases, *([] if versions else ["default"])]
                for alias in model.version_aliases:
                    self._take(base, alias)
                self.kept.put(model)
            return v1.types.UploadModelResponse(model=base, model_version_id=model.version_id)

        return self.operations.begin(base, v1.types.UploadModelOperationMetadata(), work)

    def get(self, request: Any) -> Any:
        return _told(self.resolve(request.name))

    def list_versions(self, request: Any) -> Any:
        from google.cloud import aiplatform_v1 as v1

        base = request.name.partition("@")[0]
        found = [one for one in self.kept.select(request.filter) if one.name.startswith(f"{base}@")]
        if not found and not self.versions(base):
            raise RpcError("NOT_FOUND", f"The Model {base} is not found.")
        return v1.types.ListModelVersionsResponse(models=[_told(one) for one in found])

    def merge_aliases(self, request: Any) -> Any:
        model = self.resolve(request.name)
        base = model.name.partition("@")[0]
        _check_aliases([alias.removeprefix("-") for alias in request.version_aliases])
        for alias in request.version_aliases:
            if alias == "-default":
                raise RpcError("INVALID_ARGUMENT", "The default alias cannot be removed.")
            if not alias.startswith("-"):
                self._take(base, alias)

        def change(one: Any) -> None:
            gone = {alias[1:] for alias in request.version_aliases if alias.startswith("-")}
            kept = [alias for alias in one.version_aliases if alias not in gone]
            one.version_aliases = kept + [a for a in request.version_aliases if not a.startswith("-")]

        self.kept.change(model.name, change)
        return _told(self.kept.newest(model.name))

    def delete_version(self, request: Any, deployed: Callable[[str], bool]) -> Any:
        from google.cloud import aiplatform_v1 as v1
        from google.protobuf import empty_pb2

        model = self.resolve(request.name)
        if deployed(model.name):
            raise RpcError("FAILED_PRECONDITION", f"{request.name} is deployed.")
        self.kept.remove(model.name)
        return self.operations.begin(model.name, v1.types.DeleteOperationMetadata(), empty_pb2.Empty)

    def versions(self, base: str) -> list[Any]:
        return [one for one in self.kept.all() if one.name.startswith(f"{base}@")]

    def resolve(self, name: str) -> Any:
        """A version by its number or alias; without either, the default one."""
        base, _, wanted = name.partition("@")
        for one in self.versions(base):
            if (wanted or "default") in (one.version_id, *one.version_aliases):
                return one
        raise RpcError("NOT_FOUND", f"The Model {name} is not found.")

    def _take(self, base: str, alias: str) -> None:
        for one in self.versions(base):
            if alias in one.version_aliases:
                self.kept.change(one.name, lambda old: _without(old, alias))


def _told(model: Any) -> Any:
    """As the service tells a version: its number is not part of the name."""
    model.name = model.name.partition("@")[0]
    return model


def _without(model: Any, alias: str) -> None:
    model.version_aliases = [one for one in model.version_aliases if one != alias]


def _check_aliases(aliases: Any) -> None:
    for alias in aliases:
        if not ALIAS.fullmatch(alias):
            raise RpcError("INVALID_ARGUMENT", f"The alias {alias!r} is not valid.")
