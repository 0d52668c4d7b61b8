"""What an endpoint serves now: versions are loaded beside the requests and swapped between them."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from lifecycle.endpoint.loading import Load, Loaded, LoadTables
from lifecycle.endpoint.manifest import EndpointManifest, Tables, Variant, read_manifest
from lifecycle.endpoint.readiness import LoadFailure
from lifecycle.endpoint.router import Split, split_of
from lifecycle.errors import LifecycleError, in_words

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedVariant:
    """A variant in memory."""

    variant: Variant
    bundle: Loaded
    """The version with the tables that its bundle ships."""
    loaded: Loaded
    """The version with the newest tables: what answers."""
    tables: Tables | None
    """The tables in use that are newer than the bundle's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A manifest and its models. A request takes it once, so that one answer never mixes two manifests."""

    manifest: EndpointManifest
    variants: Mapping[str, ServedVariant]
    """By name. The champion is always among them; of the others those that could be loaded."""
    failures: Mapping[str, str]
    """Name of a variant that could not be loaded -> why. Its requests go to the champion."""
    split: Split

    @property
    def champion(self) -> ServedVariant:
        """Who answers where another cannot."""
        return self.variants[self.manifest.champion.name]


def newer_tables(manifest: EndpointManifest, bundle: Loaded) -> Tables | None:
    """The tables of a manifest where they fit a bundle and are newer than its own.

    After a deployment they may be for the plan of the version before, or older than the new one's: until the
    next refresh the bundle's own are the right ones. Of two variants they may fit one and not the other.
    """
    tables = manifest.tables
    fits = tables is not None and tables.plan == bundle.plan and tables.known_by >= bundle.known_by
    return tables if fits else None


class Watcher:
    """Follows a manifest. What cannot be loaded leaves what is served in place and is remembered.

    Args:
        path: of the manifest.
        load: reads a bundle.
        load_tables: reads newer tables for a bundle that is loaded.
        poll_s: how often the file is looked at.
        taken: is told of what is served from now on, in the event loop; an error of it keeps what was.
    """

    def __init__(
        self,
        path: Path,
        *,
        load: Load,
        load_tables: LoadTables,
        poll_s: float,
        taken: Callable[[Served], None],
    ) -> None:
        self.served: Served | None = None
        self.failure: LoadFailure | None = None
        self._path = path
        self._load = load
        self._load_tables = load_tables
        self._poll_s = poll_s
        self._taken = taken

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
            served = await self._loaded(manifest)
            self._taken(served)
            self.served = served
            self.failure = None
        except LifecycleError as exc:
            self._remember(generation, str(exc))
        except Exception as exc:
            # Whatever a bundle does while it is loaded: the one that serves must go on serving.
            log.exception("generation %s cannot be loaded", generation)
            self._remember(generation, f"{type(exc).__name__}: {exc}")
        else:
            told = ", ".join(f"{v.version} ({v.weight} %)" for v in manifest.variants)
            log.info("serving %s, generation %d", told, generation)

    async def _loaded(self, manifest: EndpointManifest) -> Served:
        """Every variant in memory; only a champion that cannot be loaded is an error."""
        variants: dict[str, ServedVariant] = {}
        failures: dict[str, str] = {}
        for variant in sorted(manifest.variants, key=lambda v: v.role != "champion"):
            try:
                variants[variant.name] = await self._variant(variant, manifest)
            except Exception as exc:
                if variant.role == "champion":
                    raise
                failures[variant.name] = in_words(exc)
                log.error(
                    "variant %s cannot be loaded: %s",
                    variant.name,
                    failures[variant.name],
                    exc_info=not isinstance(exc, LifecycleError),
                )
        split = split_of(manifest.variants, salt=manifest.salt)
        return Served(manifest=manifest, variants=variants, failures=failures, split=split)

    async def _variant(self, variant: Variant, manifest: EndpointManifest) -> ServedVariant:
        before = next((v for v in self._in_memory() if v.variant.digest == variant.digest), None)
        # What still is in memory is not read again: not for another weight or role, and not for a deployer
        # that takes a failed version back.
        path = self._path.parent / variant.bundle
        bundle = before.bundle if before else await asyncio.to_thread(self._load, path, variant.digest)
        tables = newer_tables(manifest, bundle)
        if tables is None:
            loaded = bundle
        elif before and before.tables == tables:
            loaded = before.loaded
        else:
            folder = self._path.parent / tables.folder
            loaded = await asyncio.to_thread(self._load_tables, bundle, folder, tables.digest)
        return ServedVariant(variant=variant, bundle=bundle, loaded=loaded, tables=tables)

    def _in_memory(self) -> Iterator[ServedVariant]:
        yield from self.served.variants.values() if self.served else ()

    def _remember(self, generation: int | None, message: str) -> None:
        self.failure = LoadFailure(generation=generation, message=message)
        log.error("generation %s is not served: %s", generation, message)
