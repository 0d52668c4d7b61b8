"""What an endpoint serves now: versions are loaded beside the requests and swapped between them."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Protocol

from lifecycle.endpoint.manifest import EndpointManifest, Variant, read_manifest
from lifecycle.endpoint.readiness import LoadFailure
from lifecycle.endpoint.scorer import Score, Scorer
from lifecycle.errors import LifecycleError
from lifecycle.registry.bundle import open_bundle
from lifecycle.registry.signature import VERIFY_KEY, key_file

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A manifest and its model. A request takes it once, so that one answer never mixes two versions."""

    manifest: EndpointManifest
    loaded: Loaded

    @property
    def champion(self) -> Variant:
        """The variant that answers."""
        return self.manifest.variants[0]


Load = Callable[[Path, str], Loaded]


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
    return Loaded(scorer=scorer, description=describe(scorer))


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

    def __init__(self, path: Path, *, load: Load, poll_s: float) -> None:
        self.served: Served | None = None
        self.failure: LoadFailure | None = None
        self._path = path
        self._load = load
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
            self.served = Served(manifest=manifest, loaded=await self._loaded(manifest.variants[0]))
            self.failure = None
        except LifecycleError as exc:
            self._remember(generation, str(exc))
        except Exception as exc:
            # Whatever a bundle does while it is loaded: the one that serves must go on serving.
            log.exception("generation %s cannot be loaded", generation)
            self._remember(generation, f"{type(exc).__name__}: {exc}")
        else:
            log.info("serving %s, generation %d", manifest.variants[0].version, generation)

    async def _loaded(self, variant: Variant) -> Loaded:
        # A deployer that takes a failed version back asks for what still is in memory: that cannot fail.
        if self.served is not None and self.served.champion == variant:
            return self.served.loaded
        return await asyncio.to_thread(self._load, self._path.parent / variant.bundle, variant.digest)

    def _remember(self, generation: int | None, message: str) -> None:
        self.failure = LoadFailure(generation=generation, message=message)
        log.error("generation %s is not served: %s", generation, message)
