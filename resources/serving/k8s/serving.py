"""Endpoints on a Kubernetes cluster: pods of each version behind one route, or pods of whole endpoints."""

from dataclasses import dataclass
from pathlib import Path

from lifecycle.endpoint.manifest import split_problem
from lifecycle.errors import LifecycleError
from resources.cluster.api import ClusterApi
from resources.cluster.settings import ClusterSettings, ServingSettings
from resources.serving.base import Deployment, EndpointSpec, EndpointState, FreshTables
from resources.serving.folder import EndpointFolder, endpoint_folder
from resources.serving.full_split import full_split
from resources.serving.k8s.change import Change, end, is_cut_short
from resources.serving.k8s.cluster import EndpointCluster
from resources.serving.k8s.state import read_state
from resources.serving.k8s.units import Home
from resources.serving.kserve.detect import kserve_cluster


@dataclass(frozen=True, slots=True, kw_only=True)
class K8sServing:
    """The serving port on a cluster.

    Bundles, manifests, tables and the request log travel by a volume that this process and the pods mount at
    the same path; weights are the route's. A change is prepared in the pods, then the route is written with
    the version of it that was read, then what nobody needs any more is removed.
    """

    root: Path
    """Folder of the endpoints' folders, on a volume that all pods mount."""
    settings: ClusterSettings
    serving: ServingSettings

    def deploy(self, deployment: Deployment) -> EndpointState:
        """See `Serving.deploy`."""
        return self.apply(full_split(deployment))

    def apply(self, endpoint: EndpointSpec) -> EndpointState:
        """See `Serving.apply`."""
        if problem := split_problem([(v.name, v.role, v.weight) for v in endpoint.variants]):
            raise LifecycleError(f"the endpoint of {endpoint.model} cannot be deployed: {problem}")
        folder, cluster = self._endpoint(endpoint.model)
        if not self.settings.holds(folder.path):
            raise LifecycleError(
                f"pods would not find {folder.path}: none of the volumes of the cluster's settings holds it; "
                "mount the claim with FLYWHEEL_HOME at the same path as here"
            )
        try:
            with folder.locked():
                Change(folder, cluster).apply(endpoint)
        except OSError as exc:
            raise LifecycleError(f"the endpoint of {endpoint.model} could not be deployed: {exc}") from exc
        return self._state(folder, cluster)

    def refresh(self, tables: FreshTables) -> EndpointState:
        """See `Serving.refresh`."""
        folder, cluster = self._endpoint(tables.model)
        try:
            with folder.locked():
                Change(folder, cluster).refresh(tables)
        except OSError as exc:
            raise LifecycleError(f"the tables of {tables.model} could not be refreshed: {exc}") from exc
        return self._state(folder, cluster)

    def state(self, model: str) -> EndpointState | None:
        """See `Serving.state`.

        A change whose maker died after the route was written is finished: its pods are told that the weights
        hold. Nobody else would: to whoever reads the weights, all is as it was asked for.
        """
        folder, cluster = self._endpoint(model)
        if is_cut_short(folder):
            with folder.locked_if_free() as free:
                if free:
                    Change(folder, cluster).finish()
        return read_state(folder.manifest(), cluster)

    def stop(self, model: str, *, fence: int | None = None) -> None:
        """See `Serving.stop`."""
        end(*self._endpoint(model), fence=fence)

    def _endpoint(self, model: str) -> tuple[EndpointFolder, EndpointCluster]:
        folder = endpoint_folder(self.root, model)
        api = ClusterApi(
            namespace=self.settings.namespace,
            context=self.settings.context,
            patience_s=self.settings.patience.server,
        )
        home = Home(model=model, folder=folder.path)
        of_kind = kserve_cluster if self.serving.routing == "kserve" else EndpointCluster
        return folder, of_kind(api, home, self.settings, self.serving)

    def _state(self, folder: EndpointFolder, cluster: EndpointCluster) -> EndpointState:
        state = read_state(folder.manifest(), cluster)
        if state is None:
            raise LifecycleError(f"the endpoint of {cluster.home.model} was removed by somebody just now")
        return state
