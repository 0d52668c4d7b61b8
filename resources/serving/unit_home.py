"""What a place offers where an endpoint is units that follow a manifest each, behind one split."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Protocol

from resources.cluster.settings import Routing
from resources.serving.k8s.judge import Verdict
from resources.serving.k8s.pods import ServingPod
from resources.serving.k8s.route import RouteFacts
from resources.serving.k8s.units import Home, Unit


class UnitHome(Protocol):
    """What there is of one endpoint: units, and the split before them. `Change` drives it."""

    home: Home
    opens_early: bool
    """The first units get requests as soon as they are there, whatever their weights are to be."""

    @property
    def routing(self) -> Routing:
        """Who shares the requests out."""
        ...

    def hurry(self, patience_s: float) -> None:
        """Wait no longer than that for a service that does not answer."""
        ...

    def tell(self, unit: Unit) -> None:
        """Hand a unit its manifest."""
        ...

    def route(self) -> RouteFacts | None:
        """The split as it is; None: no request goes anywhere."""
        ...

    def routed(self, units: Sequence[Unit], found: RouteFacts | None) -> bool:
        """Whether a split sends what it is to send where it is to go."""
        ...

    def write_route(self, units: Sequence[Unit], before: RouteFacts | None) -> None:
        """Put the whole split in the place of the one that was read, and wait until it was read back."""
        ...

    def refuse_taken_url(self) -> None:
        """Make sure that the endpoint can be made."""
        ...

    def pods(self) -> list[ServingPod]:
        """What each replica says of itself."""
        ...

    def deployed(self) -> Mapping[str, Mapping[str, Any]]:
        """What is there by the name of the unit, that of no manifest included."""
        ...

    def is_as_rendered(self, units: Iterable[Unit]) -> bool:
        """Whether all units are there as they would be made now."""
        ...

    def ensure(self, units: Iterable[Unit]) -> None:
        """Have the units; new ones get no requests."""
        ...

    def restore(self, deployed: Mapping[str, Mapping[str, Any]]) -> None:
        """Make units what they were."""
        ...

    def verdicts(self, units: Sequence[Unit], since: Mapping[str, float]) -> dict[str, Verdict]:
        """What is to be made of each unit now."""
        ...

    def await_ready(self, units: Sequence[Unit]) -> None:
        """Wait until every unit serves its manifest."""
        ...

    def remove(self, names: Collection[str]) -> None:
        """Remove units that get no requests."""
        ...

    def remove_route(self) -> None:
        """Send no requests any more."""
        ...

    def remove_all(self) -> None:
        """End what answers, the way in first, and wait until it has ended."""
        ...
