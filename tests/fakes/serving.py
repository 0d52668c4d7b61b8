"""The serving port in memory: keeps to the same contract as every adapter, and starts nothing."""

from dataclasses import replace
from datetime import datetime

from lifecycle.endpoint.manifest import split_problem
from lifecycle.errors import LifecycleError
from lifecycle.registry.bundle import BundleManifest, open_bundle
from lifecycle.registry.tables import open_tables
from resources.serving.base import (
    BundleGone,
    Deployment,
    EndpointSpec,
    EndpointState,
    FreshTables,
    VariantSpec,
    VariantState,
)
from resources.serving.full_split import full_split


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
        self._fences: dict[str, int] = {}
        self._bundles: dict[str, dict[str, BundleManifest]] = {}

    def deploy(self, deployment: Deployment) -> EndpointState:
        before = self._states.get(deployment.model)
        state = self.apply(full_split(deployment))
        if state != before:
            self.deployments.append(deployment)
        return state

    def apply(self, endpoint: EndpointSpec) -> EndpointState:
        if problem := split_problem([(v.name, v.role, v.weight) for v in endpoint.variants]):
            raise LifecycleError(f"the endpoint of {endpoint.model} cannot be deployed: {problem}")
        if not endpoint.model.isidentifier():
            raise LifecycleError(f"{endpoint.model!r} is no name of a model")
        if endpoint.fence is not None and endpoint.fence < self._fences.get(endpoint.model, 0):
            raise LifecycleError(f"the endpoint of {endpoint.model} obeyed a later decision already")
        bundles = {v.role: self._bundle(endpoint.model, v) for v in endpoint.variants}
        url = f"http://127.0.0.1:{endpoint.port}"
        others = [state for name, state in self._states.items() if name != endpoint.model and state.healthy]
        if url in {state.url for state in others}:
            raise LifecycleError(f"port {endpoint.port} belongs to another endpoint; choose another one")
        if broken := [v.version for v in endpoint.variants if v.bundle_digest in self.unloadable]:
            raise LifecycleError(f"{endpoint.model} cannot serve version {', '.join(broken)}: broken bundle")
        champion = next(v for v in endpoint.variants if v.role == "champion")
        state = EndpointState(
            model=endpoint.model,
            url=url,
            healthy=True,
            version=champion.version,
            bundle_digest=champion.bundle_digest,
            known_by=self._known_by(endpoint.model, bundles["champion"]),
            detail="in memory",
            variants=tuple(
                VariantState(
                    name=v.name,
                    role=v.role,
                    version=v.version,
                    bundle_digest=v.bundle_digest,
                    weight=v.weight,
                    ready=True,
                    mirrored=v.mirrored or v.role == "shadow",
                )
                for v in endpoint.variants
            ),
            salt=endpoint.salt,
        )
        self._states[endpoint.model] = state
        if endpoint.fence is not None:
            self._fences[endpoint.model] = endpoint.fence
        self._bundles[endpoint.model] = {
            v.bundle_digest: self._bundle(endpoint.model, v) for v in endpoint.variants
        }
        self._plans[endpoint.model] = bundles["champion"].plan_fingerprint
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

    def stop(self, model: str, *, fence: int | None = None) -> None:
        if fence is not None and fence < self._fences.get(model, 0):
            raise LifecycleError(f"the endpoint of {model} obeyed a later decision already")
        if before := self._states.get(model):
            self._states[model] = EndpointState(
                model=model,
                url=before.url,
                healthy=False,
                version=None,
                bundle_digest=None,
                known_by=None,
                detail="stopped",
                gone=True,
            )
            self._bundles[model] = {}
            self._fences[model] = max(fence or 0, self._fences.get(model, 0))

    def _bundle(self, model: str, variant: VariantSpec) -> BundleManifest:
        if variant.bundle is not None:
            return open_bundle(variant.bundle, expect_digest=variant.bundle_digest).manifest
        held = self._bundles.get(model, {})
        if variant.bundle_digest not in held:
            raise BundleGone(f"the bundle of version {variant.version} is gone: hand it over again")
        return held[variant.bundle_digest]

    def _known_by(self, model: str, bundle: BundleManifest) -> datetime:
        tables = self.tables.get(model)
        newer = tables and tables.plan == bundle.plan_fingerprint and tables.known_by >= bundle.cut_off
        return tables.known_by if tables and newer else bundle.cut_off
