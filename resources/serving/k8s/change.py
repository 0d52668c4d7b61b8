"""One change of an endpoint on a cluster: pods first, then the route, then what is no longer needed."""

from collections.abc import Sequence
from pathlib import Path

from lifecycle.endpoint.log.hiding import keep_secret
from lifecycle.endpoint.manifest import EndpointManifest, Tables, read_manifest, write_manifest
from lifecycle.errors import LifecycleError
from resources.serving.base import EndpointSpec, FreshTables
from resources.serving.folder import EndpointFolder
from resources.serving.k8s.route import RouteFacts
from resources.serving.k8s.state import champion_answer
from resources.serving.k8s.units import Unit, units_of
from resources.serving.unit_home import UnitHome
from resources.serving.wanted import fence_of, manifest_for, misfit

UNIT_FILES = "fw-*.json"
PUT_BACK_S = 30
"""How long a failed change waits for an API server that does not answer."""


def end(folder: EndpointFolder, cluster: UnitHome, *, fence: int | None) -> None:
    """End an endpoint; see `Serving.stop`."""
    if not folder.path.exists():
        return
    with folder.locked():
        route = cluster.route() if fence is not None else None
        folder.keep_end(fence, obeyed=route.fence if route is not None else 0)
        cluster.remove_all()


class Change:
    """A change under way; whoever makes it holds the folder's lock.

    Args:
        folder: of the endpoint.
        cluster: its objects.
    """

    def __init__(self, folder: EndpointFolder, cluster: UnitHome) -> None:
        self.folder, self.cluster = folder, cluster
        self.before = folder.manifest()
        self.route: RouteFacts | None = cluster.route()
        self._deployed = cluster.deployed()
        self._rerouted = False

    def apply(self, endpoint: EndpointSpec) -> None:
        """Make the endpoint serve variants; what fails leaves what was there.

        Raises:
            LifecycleError: see `Serving.apply`.
        """
        keep_secret(self.folder.path)
        before, route = self.before, self.route
        obeyed = max(before.fence if before else 0, route.fence if route is not None else 0)
        fence = fence_of(endpoint.model, endpoint.fence, obeyed)
        if route is None:
            self.cluster.refuse_taken_url()
        wanted = manifest_for(
            endpoint,
            fence=fence,
            bundles=[self.folder.adopt(v.bundle, v.bundle_digest) for v in endpoint.variants],
            tables=before.tables if before else None,
            generation=self._next_generation(),
        )
        if not self._holds(wanted):
            self._carried_out(wanted)
        kept = self.folder.manifest()
        self._prune(kept)
        self.folder.prune(before, kept)

    def finish(self) -> None:
        """Tell pods that the recorded weights hold, if the route has them."""
        if self.before is None:
            return
        units = self._units(self.before)
        if self.cluster.routed(units, self.route):
            for unit in units:
                self.cluster.tell(unit)

    def refresh(self, tables: FreshTables) -> None:
        """Make the pods answer with newer tables.

        Raises:
            LifecycleError: see `Serving.refresh`.
        """
        before = self.before
        answer = champion_answer(before, self.cluster.pods()) if before is not None else None
        if before is None or answer is None or not answer.ready:
            raise LifecycleError(
                f"no endpoint of {tables.model} answers: materialize {tables.model}/endpoint first"
            )
        if problem := misfit(tables, answer):
            raise LifecycleError(problem)
        newest = Tables(
            folder=self.folder.adopt_tables(tables.folder, tables.digest),
            digest=tables.digest,
            plan=tables.plan,
            known_by=tables.known_by,
        )
        if (before.tables, answer.tables) == (newest, newest.digest):
            return
        generation = self._next_generation()
        self._carried_out(before.model_copy(update={"tables": newest, "generation": generation}))

    def _next_generation(self) -> int:
        """Above all that were ever written: a number never means two things."""
        known = [self.before.generation if self.before else 0, self.route.generation if self.route else 0]
        return 1 + max(known)

    def _units(self, manifest: EndpointManifest, *, settled: bool = True) -> tuple[Unit, ...]:
        return units_of(self.cluster.home, manifest, self.cluster.routing, settled=settled)

    def _holds(self, wanted: EndpointManifest) -> bool:
        """Whether everything is as it is to be already."""
        before = self.before
        if before is None or before.model_copy(update={"generation": wanted.generation}) != wanted:
            return False
        units = self._units(before)
        return (
            self.cluster.routed(units, self.route)
            and self.cluster.is_as_rendered(units)
            and all(_text(unit.file) == _rendered(unit) for unit in units)
            and all(verdict.stage == "ready" for verdict in self.cluster.verdicts(units, {}).values())
        )

    def _carried_out(self, wanted: EndpointManifest) -> None:
        units = self._units(wanted)
        try:
            moving = not self.cluster.routed(units, self.route)
            opening = self.route is None and self.cluster.opens_early and len(units) > 1
            changing = self.route is not None and len(units) + len(self.route.weights) > 2
            if moving and (opening or changing):
                # While the route changes nobody knows how probable it was that a request came to a version.
                self._unsettle_leaving(wanted)
                self._told(self._units(wanted, settled=False))
                wanted = wanted.model_copy(update={"generation": wanted.generation + 1})
                units = self._units(wanted)
                self._record(wanted)
                self._rerouted = True
                self.cluster.write_route(units, self.route)
                self._told(units)
            else:
                self._told(units)
                self._record(wanted)
                if moving:
                    self._rerouted = True
                    self.cluster.write_route(units, self.route)
        except (LifecycleError, OSError) as exc:
            self._put_back(wanted, exc)
            raise

    def _told(self, units: Sequence[Unit]) -> None:
        """Hand units their manifests, have their pods, and wait until these serve them.

        Not for those that are there and get nothing any more: an ill version must not hold up its own end.
        """
        for unit in units:
            self.cluster.tell(unit)
        self.cluster.ensure(units)
        self.cluster.await_ready([u for u in units if u.weight or u.copied or u.name not in self._deployed])

    def _unsettle_leaving(self, wanted: EndpointManifest) -> None:
        """Tell units that are to go, too, and wait for none of them: they may be ill."""
        if self.before is None:
            return
        staying = {unit.name for unit in self._units(wanted)}
        moved = self.before.model_copy(update={"generation": wanted.generation})
        for unit in self._units(moved, settled=False):
            if unit.name not in staying:
                self.cluster.tell(unit)

    def _record(self, manifest: EndpointManifest) -> None:
        write_manifest(self.folder.manifest_path, manifest)

    def _put_back(self, failed: EndpointManifest, why: Exception) -> None:
        """After a failure, serve what was served before it."""
        self.cluster.hurry(PUT_BACK_S)
        try:
            if self.before is None:
                self.cluster.remove_route()
                self.cluster.remove([unit.name for unit in self._units(failed)])
                self._forget(failed)
                return
            # A higher generation, not the old one: a number never means two things.
            back = self.before.model_copy(update={"generation": failed.generation + 1})
            units = self._units(back)
            self._record(back)
            for unit in self._units(back, settled=not self._rerouted):
                self.cluster.tell(unit)
            self.cluster.restore(self._deployed)
            if self.route is None:
                # It was stopped before, and is so again.
                self.cluster.remove_route()
                self._prune(None)
                return
            found = self.cluster.route()
            if self._rerouted and not self.cluster.routed(units, found):
                self.cluster.write_route(units, found)
            for unit in units:
                self.cluster.tell(unit)
            self.cluster.await_ready(units)
            self._prune(back)
        except (LifecycleError, OSError) as exc:
            raise LifecycleError(f"{why}\nand the version before could not be put back: {exc}") from why

    def _prune(self, manifest: EndpointManifest | None) -> None:
        """Remove the units that a manifest does not name."""
        kept = {unit.name for unit in self._units(manifest)} if manifest is not None else set()
        gone = [name for name in self.cluster.deployed() if name not in kept]
        self.cluster.remove(gone)
        # Not only of those that are gone now: who removed a unit may have died before its file.
        for file in self.folder.path.glob(UNIT_FILES):
            if file.stem not in kept:
                file.unlink(missing_ok=True)

    def _forget(self, failed: EndpointManifest) -> None:
        self.folder.manifest_path.unlink(missing_ok=True)
        for unit in self._units(failed):
            unit.file.unlink(missing_ok=True)


def is_cut_short(folder: EndpointFolder) -> bool:
    """Whether pods were told that weights move, and not that they hold: now, or since their maker died."""
    for file in folder.path.glob(UNIT_FILES):
        try:
            if read_manifest(file).assigned_by == "unsettled":
                return True
        except LifecycleError:
            continue  # replaced at this moment; the next look sees what it is
    return False


def _text(file: Path) -> str | None:
    try:
        return file.read_text()
    except OSError:
        return None


def _rendered(unit: Unit) -> str:
    return unit.serves.model_dump_json(indent=2) + "\n"
