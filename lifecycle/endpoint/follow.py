"""An endpoint that follows a manifest in a staging folder: what it serves is brought, what it logs is sent.

For places where containers share no volume with whoever deploys. Beside the manifest lie `bundles/` and
`tables/` with a list of files each, the secret that hides sensitive keys in the log, `replicas/` with what
each replica says of itself, and `requests/` with the log.
"""

import logging
import os
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, ValidationError

from lifecycle.durable import replace_file
from lifecycle.endpoint.log.hiding import SECRET_FILE
from lifecycle.endpoint.log.segments import CLOSED, OPEN
from lifecycle.endpoint.manifest import EndpointManifest
from lifecycle.endpoint.readiness import Readiness
from lifecycle.endpoint.staging import Staging, is_inside
from lifecycle.errors import LifecycleError

log = logging.getLogger(__name__)

REPLICAS, REQUESTS = "replicas", "requests"
BEAT_S = 10.0
"""A replica tells how it is at least as often."""


class Report(BaseModel):
    """What a replica says of itself."""

    model_config = ConfigDict(frozen=True)

    at_s: float
    """Unix seconds by its own clock."""
    readiness: Readiness
    problem: str = ""
    """Why the newest manifest could not be brought here."""
    generation: int | None = None
    """Of that manifest."""


class Follower:
    """Keeps a local folder in step with a staging folder, in a thread of its own.

    Args:
        home: folder of the endpoint.
        manifest: name of the manifest there.
        folder: the local one, where the application follows `manifest.json`.
        readiness: what the application says of itself.
        every_s: how often it looks.
        unwanted: called when the manifest is gone before anything was served.
    """

    def __init__(
        self,
        home: Staging,
        manifest: str,
        folder: Path,
        *,
        readiness: Callable[[], Readiness],
        every_s: float,
        unwanted: Callable[[], object],
    ) -> None:
        self._home, self._manifest, self._folder = home, manifest, folder
        self._readiness, self._every_s, self._unwanted = readiness, every_s, unwanted
        unit = manifest.removesuffix(".json")
        self._reports, self._requests = home.below(REPLICAS, unit), home.below(REQUESTS)
        self._name = f"{uuid4().hex[:12]}.json"
        self._told: Report | None = None
        self._sent: dict[str, int] = {}
        self._seen: bytes | None = None
        self._problem = ""
        self._generation: int | None = None
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="follow", daemon=True)

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def end(self) -> None:
        """Stop, send what the log still holds, and be forgotten."""
        self._ending.set()
        self._thread.join(self._every_s + 30)
        for last in (self._ship, lambda: self._reports.remove(self._name)):
            try:
                last()
            except (LifecycleError, OSError) as exc:
                log.error("%s", exc)

    def look(self) -> None:
        """Look once: bring what is new, send what is new.

        Raises:
            LifecycleError: the staging folder does not answer.
        """
        content = self._home.read(self._manifest)
        if content is None:
            if not self._readiness().ready:
                self._unwanted()
        elif content != self._seen:
            self._bring(content)
        self._ship()
        self._report()

    def _follow(self) -> None:
        while not self._ending.is_set():
            try:
                self.look()
            except (LifecycleError, OSError) as exc:
                # What is served goes on, and so do we: a disk that is full may have room at the next look.
                # Who waits for us sees that we tell nothing.
                log.error("%s", exc)
            self._ending.wait(self._every_s)

    def _bring(self, content: bytes) -> None:
        try:
            manifest = EndpointManifest.model_validate_json(content)
            self._generation = manifest.generation
            for variant in manifest.variants:
                self._fetch(variant.bundle)
            if manifest.tables is not None:
                self._fetch(manifest.tables.folder)
            if (secret := self._home.read(SECRET_FILE)) is not None:
                replace_file(self._folder / SECRET_FILE, secret.decode("ascii", errors="replace"))
        except ValidationError as exc:
            self._problem = f"the manifest cannot be obeyed: {exc}"
            return
        except LifecycleError as exc:
            self._problem = str(exc)
            return
        aside = self._folder / ".manifest.json"
        aside.write_bytes(content)
        aside.replace(self._folder / "manifest.json")
        self._seen, self._problem = content, ""
        self._prune(manifest)

    def _fetch(self, name: str) -> None:
        """Bring a folder, whole or not at all; what it holds is audited when it is loaded."""
        target = self._folder / name
        if not is_inside(name):
            raise LifecycleError(f"the manifest names {name!r}, which is no folder beside it")
        if target.exists():
            return
        self._home.below(name).bring_folder(target)

    def _prune(self, manifest: EndpointManifest) -> None:
        """Remove folders that neither this manifest nor the one that is served names."""
        served = {variant.digest for variant in self._readiness().variants}
        kept = {self._folder / variant.bundle for variant in manifest.variants}
        for folder in (self._folder / "bundles").glob("*"):
            if folder not in kept and folder.name not in served:
                shutil.rmtree(folder, ignore_errors=True)

    def _ship(self) -> None:
        """Send the log: closed segments for good, the open one as far as it is written."""
        for file in sorted((self._folder / REQUESTS).glob(f"*{CLOSED}")):
            self._requests.upload(file, file.name)
            self._requests.remove(file.with_suffix(OPEN).name)
            self._sent.pop(file.stem, None)
            file.unlink(missing_ok=True)
        for file in (self._folder / REQUESTS).glob(f"*{OPEN}"):
            try:
                size = file.stat().st_size
                if self._sent.get(file.stem) == size:
                    continue
                written = file.read_bytes()[:size]
            except FileNotFoundError:
                continue  # closed since it was listed
            self._requests.write(file.name, written)
            self._sent[file.stem] = size

    def _report(self) -> None:
        now = Report(
            at_s=time.time(),
            readiness=self._readiness(),
            problem=self._problem,
            generation=self._generation,
        )
        before = self._told
        recent = before is not None and now.at_s - before.at_s < BEAT_S
        if before is not None and recent and now.model_copy(update={"at_s": before.at_s}) == before:
            return
        self._reports.write(self._name, now.model_dump_json().encode())
        self._told = now


def end_process() -> None:
    """End a container that nobody wants and that never served: at once, for nothing can be lost."""
    log.error("the manifest was removed before anything was served: this container is not wanted any more")
    logging.shutdown()
    os._exit(1)
