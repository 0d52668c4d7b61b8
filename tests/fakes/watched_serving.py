"""A serving adapter whose splits are remembered, whichever adapter it is."""

from resources.serving.base import EndpointSpec, EndpointState, Serving


class WatchedServing:
    """An adapter that remembers every split that it read back."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self.splits: list[dict[str, int]] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._serving, name)

    def apply(self, endpoint: EndpointSpec) -> EndpointState:
        state = self._serving.apply(endpoint)
        self.splits.append({v.version: v.weight for v in state.variants})
        return state
