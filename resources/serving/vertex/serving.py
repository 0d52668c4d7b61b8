"""Endpoints on Vertex AI: our image in deployed models that follow a manifest in the staging folder."""

from dataclasses import dataclass
from pathlib import Path

from lifecycle.endpoint.manifest import split_problem
from lifecycle.errors import LifecycleError
from resources.serving.base import Deployment, EndpointSpec, EndpointState, FreshTables
from resources.serving.folder import EndpointFolder, endpoint_folder
from resources.serving.full_split import full_split
from resources.serving.k8s.change import Change, end, is_cut_short
from resources.serving.k8s.units import Home
from resources.serving.vertex.endpoint import VertexEndpoint
from resources.serving.vertex.link import link_versions
from resources.serving.vertex.state import read_state
from resources.vertex.api import VertexApi
from resources.vertex.settings import VertexSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class VertexServing:
    """The serving port on Vertex AI.

    With `routing: endpoint` one deployed model holds all versions and shares requests out by key: weights
    change within seconds, and nothing is deployed anew. With `routing: gateway` each version is a deployed
    model, and Vertex AI shares requests out by chance. Bundles are audited here, brought to the staging
    folder, and audited again by the container that loads them.
    """

    root: Path
    """Folder of the endpoints' folders on this machine: what was decided, and the lock over it."""
    settings: VertexSettings

    def deploy(self, deployment: Deployment) -> EndpointState:
        """See `Serving.deploy`."""
        return self.apply(full_split(deployment))

    def apply(self, endpoint: EndpointSpec) -> EndpointState:
        """See `Serving.apply`."""
        if problem := split_problem([(v.name, v.role, v.weight) for v in endpoint.variants]):
            raise LifecycleError(f"the endpoint of {endpoint.model} cannot be deployed: {problem}")
        if endpoint.settings.endpoint.require_token:
            raise LifecycleError(
                f"the endpoint of {endpoint.model} cannot ask for a token of its own on Vertex AI, which "
                "checks those of Google and hands none on: leave out `deployment.endpoint.require_token`"
            )
        folder, there = self._endpoint(endpoint.model)
        try:
            with folder.locked():
                Change(folder, there).apply(endpoint)
                if (kept := folder.manifest()) is not None:
                    link_versions(there, kept)
        except OSError as exc:
            raise LifecycleError(f"the endpoint of {endpoint.model} could not be deployed: {exc}") from exc
        return self._state(folder, there)

    def refresh(self, tables: FreshTables) -> EndpointState:
        """See `Serving.refresh`."""
        folder, there = self._endpoint(tables.model)
        try:
            with folder.locked():
                Change(folder, there).refresh(tables)
        except OSError as exc:
            raise LifecycleError(f"the tables of {tables.model} could not be refreshed: {exc}") from exc
        return self._state(folder, there)

    def state(self, model: str) -> EndpointState | None:
        """See `Serving.state`; a change whose maker died after the split was written is finished."""
        folder, there = self._endpoint(model)
        there.takes_older = True
        if is_cut_short(folder):
            with folder.locked_if_free() as free:
                if free:
                    Change(folder, there).finish()
        return read_state(folder.manifest(), there)

    def stop(self, model: str, *, fence: int | None = None) -> None:
        """See `Serving.stop`."""
        end(*self._endpoint(model), fence=fence)

    def _endpoint(self, model: str) -> tuple[EndpointFolder, VertexEndpoint]:
        folder = endpoint_folder(self.root, model)
        api = VertexApi(settings=self.settings, patience_s=self.settings.patience.server)
        home = Home(model=model, folder=folder.path, installation=self.settings.installation or "")
        return folder, VertexEndpoint(api, home, self.settings)

    def _state(self, folder: EndpointFolder, there: VertexEndpoint) -> EndpointState:
        state = read_state(folder.manifest(), there)
        if state is None:
            raise LifecycleError(f"the endpoint of {there.home.model} was removed by somebody just now")
        return state
