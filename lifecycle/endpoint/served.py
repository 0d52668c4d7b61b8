"""What an endpoint serves now: versions are loaded beside the requests and swapped between them."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import NoReturn, Protocol, cast

from lifecycle.endpoint.manifest import EndpointManifest, Tables, Variant, read_manifest
from lifecycle.endpoint.readiness import LoadFailure
from lifecycle.endpoint.scorer import Score, Scorer
from lifecycle.errors import LifecycleError
from lifecycle.features.online_tables import load_online_tables
from lifecycle.registry.bundle import open_bundle
from lifecycle.registry.signature import VERIFY_KEY, key_file
from lifecycle.registry.tables import open_tables

log = logging.getLogger(__name__)


class RowScorer(Protocol):
    """A loaded model. It is called from two threads at once: small requests inline, batches beside them."""

    def score(self, rows: Sequence[Mapping[str, object]]) -> Sequence[Score]:
        """One score a row, in order; RowsError names every problem of every row."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """One bundle in memory."""

    scorer: RowScorer
    description: Mapping[str, object]
    """What a request may hold, with an example: the model's part of the answer to `GET /`."""
    plan: str
    """Fingerprint of its feature plan: tables for another one do not fit it."""
    known_by: datetime
    """What became known later is in none of its lookups and histories."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A manifest and its model. A request takes it once, so that one answer never mixes two versions."""

    manifest: EndpointManifest
    bundle: Loaded
    """The champion with the tables that its bundle ships."""
    loaded: Loaded
    """The champion with the newest tables: what answers."""

    @property
    def champion(self) -> Variant:
        """The variant that answers."""
        return self.manifest.variants[0]

    @property
    def tables(self) -> Tables | None:
        """The tables in use that are newer than the bundle's own."""
        return newer_tables(self.manifest, self.bundle)


def newer_tables(manifest: EndpointManifest, bundle: Loaded) -> Tables | None:
    """The tables of a manifest where they fit a bundle and are newer than its own.

    After a deployment they may be for the plan of the version before, or older than the new one's: until the
    next refresh the bundle's own are the right ones.
    """
    tables = manifest.tables
    fits = tables is not None and tables.plan == bundle.plan and tables.known_by >= bundle.known_by
    return tables if fits else None


Load = Callable[[Path, str], Loaded]
"""From the folder of a bundle and its digest."""
LoadTables = Callable[[Loaded, Path, str], Loaded]
"""The same model with the tables of a folder that has this digest."""


def load_bundle(path: Path, digest: str) -> Loaded:
    """Audit a bundle, build its scorer and score the golden rows, which also warms it up.

    Raises:
        LifecycleError: the bundle is not what its digest says, is not signed where it must be, or scores its
            golden rows differently here.
    """
    scorer = Scorer.load(open_bundle(path, expect_digest=digest, verify_key=key_file(VERIFY_KEY)))
    smoke = scorer.smoke()
    if not smoke.ok:
        features = ", ".join(smoke.differing_features[:5]) or "none"
        raise LifecycleError(
            f"bundle {digest[:12]} does not score its {smoke.rows} golden rows as at training: scores differ "
            f"by up to {smoke.max_difference:g}, differing features: {features}; serve it with the library "
            "versions it was trained with, or train again"
        )
    return Loaded(
        scorer=scorer,
        description=describe(scorer),
        plan=scorer.plan.fingerprint,
        known_by=scorer.manifest.cut_off,
    )


def load_tables(bundle: Loaded, path: Path, digest: str) -> Loaded:
    """Audit tables and put them in the place of those that the bundle ships.

    Raises:
        LifecycleError: the tables are not what their digest says, or lack one that the plan reads.
    """
    tables = open_tables(path, expect_digest=digest)
    scorer = cast(Scorer, bundle.scorer)  # loaded by `load_bundle`
    online = load_online_tables(tables, scorer.plan)
    return replace(bundle, scorer=scorer.with_tables(online), known_by=tables.manifest.known_by)


def describe(scorer: Scorer) -> Mapping[str, object]:
    """What a request row may hold, with a row that is known to score."""
    manifest = scorer.manifest
    columns = [
        {
            "name": name,
            "required": name in manifest.required,
            **column.model_dump(
                mode="json", include={"type", "description", "min", "max", "allowed"}, exclude_defaults=True
            ),
        }
        for name, column in manifest.request.items()
    ]
    return {
        "task": manifest.task,
        "as_of": manifest.as_of,
        "classes": list(manifest.classes),
        "columns": columns,
        "example": scorer.golden[0]["request"],
    }


class Watcher:
    """Follows a manifest. What cannot be loaded leaves what is served in place and is remembered."""

    def __init__(self, path: Path, *, load: Load, load_tables: LoadTables, poll_s: float) -> None:
        self.served: Served | None = None
        self.failure: LoadFailure | None = None
        self._path = path
        self._load = load
        self._load_tables = load_tables
        self._poll_s = poll_s

    async def follow(self) -> NoReturn:
        """Look at the manifest's file every `poll_s` and take what changed, until cancelled."""
        seen: object = self  # equal to no stamp: the first look always takes
        while True:
            stamp = self._stamp()
            if stamp != seen:
                # The stamp is older than what is read now: a change in between is seen by the next look.
                await self._take()
                seen = stamp
            await asyncio.sleep(self._poll_s)

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            stat = self._path.stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_ino, stat.st_size

    async def _take(self) -> None:
        generation: int | None = None
        try:
            manifest = await asyncio.to_thread(read_manifest, self._path)
            generation = manifest.generation
            bundle = await self._loaded_bundle(manifest.variants[0])
            loaded = await self._with_tables(bundle, manifest)
            self.served = Served(manifest=manifest, bundle=bundle, loaded=loaded)
            self.failure = None
        except LifecycleError as exc:
            self._remember(generation, str(exc))
        except Exception as exc:
            # Whatever a bundle does while it is loaded: the one that serves must go on serving.
            log.exception("generation %s cannot be loaded", generation)
            self._remember(generation, f"{type(exc).__name__}: {exc}")
        else:
            log.info("serving %s, generation %d", manifest.variants[0].version, generation)

    async def _loaded_bundle(self, variant: Variant) -> Loaded:
        # A deployer that takes a failed version back asks for what still is in memory: that cannot fail.
        if self.served is not None and self.served.champion == variant:
            return self.served.bundle
        return await asyncio.to_thread(self._load, self._path.parent / variant.bundle, variant.digest)

    async def _with_tables(self, bundle: Loaded, manifest: EndpointManifest) -> Loaded:
        tables = newer_tables(manifest, bundle)
        if tables is None:
            return bundle
        served = self.served
        if served is not None and served.bundle is bundle and served.tables == tables:
            return served.loaded
        folder = self._path.parent / tables.folder
        return await asyncio.to_thread(self._load_tables, bundle, folder, tables.digest)

    def _remember(self, generation: int | None, message: str) -> None:
        self.failure = LoadFailure(generation=generation, message=message)
        log.error("generation %s is not served: %s", generation, message)
