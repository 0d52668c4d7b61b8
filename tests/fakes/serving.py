"""The serving port in memory: keeps to the same contract as every adapter, and starts nothing."""

from dataclasses import replace
from datetime import datetime

from lifecycle.errors import LifecycleError
from lifecycle.registry.bundle import BundleManifest, open_bundle
from lifecycle.registry.tables import open_tables
from resources.serving.base import Deployment, EndpointState, FreshTables


class FakeServing:
    """Serves nothing and says so truthfully. Bundles in `unloadable` (digests) fail to load."""

    def __init__(self) -> None:
        self.unloadable: set[str] = set()
        self.deployments: list[Deployment] = []
        """Every deployment that changed something, oldest first."""
        self.tables: dict[str, FreshTables] = {}
        """Model -> the tables that its endpoint was given last."""
        self._states: dict[str, EndpointState] = {}
        self._plans: dict[str, str] = {}

    def deploy(self, deployment: Deployment) -> EndpointState:
        if not deployment.model.isidentifier():
            raise LifecycleError(f"{deployment.model!r} is no name of a model")
        bundle = open_bundle(deployment.bundle, expect_digest=deployment.bundle_digest).manifest
        url = f"http://127.0.0.1:{deployment.port}"
        others = [state for name, state in self._states.items() if name != deployment.model and state.healthy]
        if url in {state.url for state in others}:
            raise LifecycleError(f"port {deployment.port} belongs to another endpoint; choose another one")
        if deployment.bundle_digest in self.unloadable:
            raise LifecycleError(
                f"{deployment.model} cannot serve version {deployment.version}: broken bundle"
            )
        state = EndpointState(
            model=deployment.model,
            url=url,
            healthy=True,
            version=deployment.version,
            bundle_digest=deployment.bundle_digest,
            known_by=self._known_by(deployment.model, bundle),
            detail="in memory",
        )
        if self._states.get(deployment.model) != state:
            self.deployments.append(deployment)
            self._states[deployment.model] = state
        self._plans[deployment.model] = bundle.plan_fingerprint
        return state

    def refresh(self, tables: FreshTables) -> EndpointState:
        before = self._states.get(tables.model)
        if before is None or not before.healthy:
            raise LifecycleError(f"no endpoint of {tables.model} answers: materialize it first")
        open_tables(tables.folder, expect_digest=tables.digest)
        if tables.plan != self._plans[tables.model]:
            raise LifecycleError(f"version {before.version} of {tables.model} has another feature plan")
        if before.known_by is not None and tables.known_by < before.known_by:
            raise LifecycleError(f"the endpoint of {tables.model} knows more: build them as of a later time")
        self.tables[tables.model] = tables
        self._states[tables.model] = replace(before, known_by=tables.known_by)
        return self._states[tables.model]

    def state(self, model: str) -> EndpointState | None:
        return self._states.get(model)

    def stop(self, model: str) -> None:
        if before := self._states.get(model):
            self._states[model] = EndpointState(
                model=model,
                url=before.url,
                healthy=False,
                version=None,
                bundle_digest=None,
                known_by=None,
                detail="stopped",
            )

    def _known_by(self, model: str, bundle: BundleManifest) -> datetime:
        tables = self.tables.get(model)
        newer = tables and tables.plan == bundle.plan_fingerprint and tables.known_by >= bundle.cut_off
        return tables.known_by if tables and newer else bundle.cut_off
