"""The serving port in memory: keeps to the same contract as every adapter, and starts nothing."""

from lifecycle.errors import LifecycleError
from lifecycle.registry.bundle import open_bundle
from resources.serving.base import Deployment, EndpointState


class FakeServing:
    """Serves nothing and says so truthfully. Bundles in `unloadable` (digests) fail to load."""

    def __init__(self) -> None:
        self.unloadable: set[str] = set()
        self.deployments: list[Deployment] = []
        """Every deployment that changed something, oldest first."""
        self._states: dict[str, EndpointState] = {}

    def deploy(self, deployment: Deployment) -> EndpointState:
        if not deployment.model.isidentifier():
            raise LifecycleError(f"{deployment.model!r} is no name of a model")
        open_bundle(deployment.bundle, expect_digest=deployment.bundle_digest)
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
            detail="in memory",
        )
        if self._states.get(deployment.model) != state:
            self.deployments.append(deployment)
            self._states[deployment.model] = state
        return state

    def state(self, model: str) -> EndpointState | None:
        return self._states.get(model)

    def stop(self, model: str) -> None:
        if before := self._states.get(model):
            self._states[model] = EndpointState(
                model=model, url=before.url, healthy=False, version=None, bundle_digest=None, detail="stopped"
            )
